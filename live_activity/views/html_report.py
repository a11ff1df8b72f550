"""The report as one self-contained HTML page: it loads nothing, runs no script, and names no person."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence

from markupsafe import Markup

from live_activity.cards import CAPTION, card_css, card_html
from live_activity.core.findings import Finding, what_and_fix
from live_activity.engine.edition import Edition
from live_activity.views.handoff import LABEL, seconds
from live_activity.views.markdown import moment
from live_activity.views.minute_by_minute import phones_section, sent_section
from live_activity.views.report_data import ReportData, data_of_edition
from live_activity.views.report_sections import (
    activities_section,
    html_table,
    pushes_section,
    reach_section,
    throttling_section,
)
from live_activity.views.report_style import REPORT_CSS

MOST_FINDINGS = 200
_PAGE = Markup(
    '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    '<meta name="referrer" content="no-referrer">\n'
    '<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
    "<title>{title}</title>\n<style>{style}</style>\n</head>\n<body>\n<main>\n{parts}\n</main>\n</body>\n</html>\n"
)
_SEVERITIES = ("error", "warning", "info")
_GOOD = frozenset({"ended", "checked"})


def html_report(source: Edition | ReportData) -> str:
    """Returns the page of an edition, or of data that `data_of_edition` or `data_of_inputs` made.

    For a rehearsal the page says what phones showed; for a live campaign it says what was handed to Apple.
    """
    data = source if isinstance(source, ReportData) else data_of_edition(source)
    report = data.report
    style = Markup(_style())
    parts = [
        _header(data),
        _tiles(data),
        _findings(report.findings),
        reach_section(data.report),
        _plan(data),
        pushes_section(data),
        phones_section(data) if data.phones else sent_section(data),
        throttling_section(data),
        _faults(data),
        activities_section(data),
        Markup("<footer>{} Times are those of {}.</footer>").format(CAPTION, data.zone.key),
    ]
    page = _PAGE.format(
        policy=Markup(content_policy()),
        title=f"{report.campaign}: {heading_kind(report.mode)}, {report.status}",
        style=style,
        parts=Markup("\n").join(part for part in parts if part),
    )
    return str(page)


def _style() -> str:
    return f"\n{card_css()}{REPORT_CSS}"


def content_policy() -> str:
    """The Content-Security-Policy of the page: its own style sheet, and nothing else."""
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'"


def heading_kind(mode: str) -> str:
    """The mode as the heading names it."""
    return {"rehearse": "Rehearsal", "test": "Test", "run": "Live", "check": "Check"}.get(mode, mode)


def _header(data: ReportData) -> Markup:
    report = data.report
    says = {
        "rehearse": "Rehearsal: nobody received anything",
        "test": "Test: sent to the test segment only",
        "run": "Live: sent to the segment",
        "check": "Check: nothing was sent",
    }
    colour = "status-good" if report.status in _GOOD else "status-bad" if report.failed else "status-plain"
    return Markup(
        '<header><span class="banner">{says}</span><h1 dir="auto">{name} <span class="{colour}">{status}</span></h1>'
        '<p class="soft">{edition}</p></header>'
    ).format(
        says=says.get(report.mode, report.mode),
        name=report.campaign,
        colour=colour,
        status=report.status.replace("_", " "),
        edition=f"Edition of {moment(report.edition, zone=data.zone)}" if report.edition is not None else "",
    )


def _tiles(data: ReportData) -> Markup:
    report = data.report
    activities = report.activities
    who = "activities" if report.device_started else "people"
    tiles = [(f"{who} accepted", report.segment.accepted)]
    if report.segment.rejected:
        tiles.append(("rows rejected", report.segment.rejected))
    if activities and not report.device_started:
        tiles.append(("phones matched", sum(each.matched for each in activities)))
    if report.phones is not None:
        tiles += [
            ("phones that showed it", report.phones.reached),
            ("show the final state", report.phones.showing_final),
            ("stuck", report.phones.stuck),
        ]
    elif activities:
        last = {push.number: push.reached for push in data.pushes if push.outcome == "done"}
        if last:
            tiles.append(("handed to Apple by the last push", sum(last.values())))
    if activities:
        tiles.append(("left behind at the end", sum(each.unsynced_at_end for each in activities)))
        tiles.append(("phone alerts at most", max(each.alerts for each in activities)))
    shown = [(label, f"{number:,}") for label, number in tiles]
    # In a rehearsal, time passes only between calls, so there is nothing to measure.
    if report.mode != "rehearse" and report.handoff.p50 is not None and report.handoff.p99 is not None:
        figures = f"{seconds(report.handoff.p50)}, {seconds(report.handoff.p99)}"
        shown.append((f"{LABEL}, p50 and p99", figures))
    return Markup('<dl class="tiles">{}</dl>').format(
        Markup("").join(Markup("<div><dt>{}</dt><dd>{}</dd></div>").format(*each) for each in shown)
    )


def _plan(data: ReportData) -> Markup:
    cards = Markup("")
    if data.sketcher is not None and data.contents:
        drawn = [
            Markup('<div><p dir="auto">{}, {}</p>{}</div>').format(
                each.named("content"),
                moment(each.at, zone=data.zone),
                Markup(
                    card_html(data.sketcher.card_of(each.content, each.attributes, each.at), caption=False)
                ),
            )
            for each in data.contents
        ]
        cards = Markup('<div class="plan-cards">{}</div>').format(Markup("").join(drawn))
    return Markup(
        '<section><h2>The plan</h2><div class="plan"><dl class="facts">{}</dl>{}</div></section>'
    ).format(_facts(data.plan), cards)


def _facts(facts: Iterable[tuple[str, str]]) -> Markup:
    return Markup("").join(Markup("<dt>{}</dt><dd>{}</dd>").format(*fact) for fact in facts)


def _findings(findings: Sequence[Finding]) -> Markup:
    if not findings:
        return Markup("<section><h2>Findings</h2><p>Nothing was found.</p></section>")
    ordered = sorted(findings, key=lambda finding: _SEVERITIES.index(finding.severity))
    items = [_finding(finding) for finding in ordered[:MOST_FINDINGS]]
    if len(ordered) > MOST_FINDINGS:
        items.append(
            Markup("<li>and {} more, in the JSON report</li>").format(f"{len(ordered) - MOST_FINDINGS:,}")
        )
    return Markup('<section><h2>Findings</h2><ul class="findings">{}</ul></section>').format(
        Markup("").join(items)
    )


def _finding(finding: Finding) -> Markup:
    what, fix = what_and_fix(finding.message)
    place = [
        finding.where or "",
        f"row {finding.row}" if finding.row is not None else "",
        finding.column or "",
    ]
    return Markup(
        '<li class="{severity}"><p><span class="severity">{severity}</span> <span dir="auto">{what}</span></p>{fix}'
        '<p class="place">{place}</p></li>'
    ).format(
        severity=finding.severity,
        what=f"{what}.",
        fix=Markup('<p dir="auto">How to fix it: {}.</p>').format(fix) if fix else "",
        place=", ".join(part for part in (*place, finding.code) if part),
    )


def _faults(data: ReportData) -> Markup:
    if data.report.mode != "rehearse":
        return Markup("")
    if not data.faults:
        return Markup("<section><h2>Faults played</h2><p>None: every call was answered.</p></section>")
    return Markup("<section><h2>Faults played</h2>{}</section>").format(
        html_table(("fault", "times"), data.faults)
    )
