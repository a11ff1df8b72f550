"""Cards in the report: what three typical phones showed minute by minute, or what was handed to Apple."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from markupsafe import Markup

from live_activity.cards import card_html, card_text
from live_activity.core.content import Content
from live_activity.core.formatting import count_of
from live_activity.engine.typical_phones import PhoneMoment, TypicalPhone
from live_activity.ledger.push_log import LoggedPush
from live_activity.views.report_data import ReportData
from live_activity.views.sketcher import Sketcher

MOST_MOMENTS = 40
_KINDS = {"repeat": "update, repeated", "settle": "final content before the end"}
_SENT = ("done", "unknown", "locked")


def phones_section(data: ReportData) -> Markup:
    """A table with a row for each push and a column for each phone; a card where the phone shows something new."""
    phones, sketcher = data.phones, data.sketcher
    if not phones or sketcher is None:
        return Markup("")
    begin = phones[0].moments[0].at
    moments = list(zip(*(phone.moments for phone in phones), strict=True))
    head = [Markup("<div></div>"), *map(_phone_head, phones)]
    rows: list[Markup] = []
    shown: list[PhoneMoment | None] = [None] * len(phones)
    left_out = _left_out(len(moments))
    for number, row in enumerate(moments):
        if number in left_out:
            if number == left_out[0]:
                rows.append(Markup('<div class="between">{}</div>').format(_in_table(left_out)))
            shown = [
                moment if moment.missed is None else before for moment, before in zip(row, shown, strict=True)
            ]
            continue
        rows.append(_minute(row[0], begin, data))
        for place, moment in enumerate(row):
            rows.append(_cell(moment, shown[place], sketcher, data))
            if moment.missed is None or shown[place] is None:
                shown[place] = moment
    whose = f" ({data.activity_name})" if data.activity_name else ""
    return Markup(
        "<section><h2>What typical phones showed{whose}</h2>"
        '<div class="scroll"><div class="minutes minutes-{n}">{head}{rows}</div></div></section>'
    ).format(whose=whose, n=len(phones), head=Markup("").join(head), rows=Markup("").join(rows))


def sent_section(data: ReportData) -> Markup:
    """The contents that were handed to Apple, in order, for the activity with the most phones."""
    sketcher = data.sketcher
    pushes = [
        push
        for push in data.pushes
        if push.number == data.activity and push.outcome in _SENT and push.content
    ]
    if not pushes or sketcher is None:
        return Markup("")
    attributes = data.attributes.get(data.activity, {})
    pieces, last = [], None
    fresh = [push for push in pushes if push.kind not in ("repeat",)]
    left_out = _left_out(len(fresh))
    for number, push in enumerate(fresh):
        if number in left_out:
            if number == left_out[0]:
                pieces.append(Markup("<p>{}</p>").format(_in_table(left_out)))
            continue
        content = Content.from_body(push.content or {"content_state": {}})
        same = last is not None and last == content
        last = content
        pieces.append(_sent(push, content, attributes, sketcher, data, same=same))
    whose = f" ({data.activity_name})" if data.activity_name else ""
    return Markup('<section><h2>Handed to Apple{}</h2><div class="sent">{}</div></section>').format(
        whose, Markup("").join(pieces)
    )


def _in_table(left_out: range) -> str:
    return f"{count_of(len(left_out), 'push', 'pushes')} more, in the table above"


def _sent(
    push: LoggedPush,
    content: Content,
    attributes: Mapping[str, Any],
    sketcher: Sketcher,
    data: ReportData,
    *,
    same: bool,
) -> Markup:
    behind = f", {push.left_behind:,} left behind" if push.left_behind else ""
    drawn = (
        Markup('<p class="same">the same content again</p>')
        if same
        else Markup(card_html(sketcher.card_of(content, attributes, push.sent), island=False, caption=False))
    )
    return Markup("<div><h3>{} {} <span>{} handed to Apple{}</span></h3>{}</div>").format(
        f"{push.sent.astimezone(data.zone):%H:%M:%S}",
        _KINDS.get(push.kind, push.kind),
        f"{push.reached:,}",
        behind,
        drawn,
    )


def _phone_head(phone: TypicalPhone) -> Markup:
    first, _, rest = phone.name.partition(", ")
    stands_for = f"{rest}; " if rest else ""
    return Markup('<div class="minutes-head">A phone that {}<span>{}stands for {}</span></div>').format(
        first, stands_for, count_of(phone.phones, "phone")
    )


def _minute(moment: PhoneMoment, begin: datetime, data: ReportData) -> Markup:
    there = moment.at.astimezone(data.zone)
    since = (moment.at - begin) / timedelta(minutes=1)
    passed = (
        f"+{since:,.0f} min" if since >= 1 or since == 0 else f"+{(moment.at - begin).total_seconds():,.0f} s"
    )
    return Markup('<div class="minute">{}<span>{}</span><span>{}</span></div>').format(
        f"{there:%H:%M:%S}", passed if since else "the start", "" if moment.kind == "start" else moment.kind
    )


def _cell(moment: PhoneMoment, before: PhoneMoment | None, sketcher: Sketcher, data: ReportData) -> Markup:
    if moment.content is None:
        return Markup('<div class="cell"><p class="same">shows nothing{}</p></div>').format(
            Markup(": <b>{}</b>").format(moment.missed) if moment.missed else ""
        )
    card = sketcher.card_of(moment.content, moment.attributes, moment.at)
    if moment.missed is not None:
        return Markup(
            '<div class="cell"><p class="same"><b>{}</b>; still shows: <bdi>{}</bdi></p></div>'
        ).format(moment.missed, card_text(card))
    if (
        before is not None
        and before.content is not None
        and before.content.state == moment.content.state
        and (not _words_of(moment.content) or _words_of(before.content) == _words_of(moment.content))
    ):
        return Markup('<div class="cell"><p class="same">shows the same: <bdi>{}</bdi></p></div>').format(
            card_text(card)
        )
    return Markup('<div class="cell">{}</div>').format(Markup(card_html(card, island=False, caption=False)))


def _words_of(content: Content) -> Sequence[str]:
    return [word for word in (content.title, content.message) if word]


def _left_out(number: int) -> range:
    """The moments in the middle, which are left out if there are very many."""
    half = MOST_MOMENTS // 2
    return range(half, number - half) if number > MOST_MOMENTS else range(0)
