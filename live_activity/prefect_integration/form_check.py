"""Checks the blocks, placeholders and files that a form names, all together and before anything is read."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from live_activity.campaign.model import Campaign, Mode, read_campaign
from live_activity.campaign.paths import PATHS, join, resolved
from live_activity.campaign.placeholders import placeholder_findings
from live_activity.core.findings import Finding, InvalidInput, collecting
from live_activity.core.settings import settings
from live_activity.engine.notifications import NotPlayed, notify_if_not_played
from live_activity.ledger import Database, LedgerUnwritable, newest_edition
from live_activity.prefect_integration.account_block import account_named
from live_activity.prefect_integration.form_parameters import FORM
from live_activity.prefect_integration.source_block import blocks_named, source_named
from live_activity.sources.saved_query import is_query
from live_activity.tables.file import missing_file


def parameters(values: dict[str, Any]) -> Campaign:
    """Returns the campaign that a form asks for, its paths relative to the inputs folder. Raises `InvalidInput`."""
    return resolved(read_campaign(values, where=FORM), settings().inputs)


async def checked_parameters(values: dict[str, Any], own: Mapping[str, Any]) -> Campaign:
    """Returns the same campaign after a check of every block and file that it names; `own` holds the mode.

    Raises `InvalidInput` with all findings.
    """
    mode: Mode = own["mode"] if own.get("mode") in get_args(Mode) else "rehearse"
    name, account = str(values.get("name") or "campaign"), str(values.get("account") or "")
    async with notify_if_not_played(NotPlayed(name, mode, account)):
        return await _checked(values, mode)


async def _checked(values: dict[str, Any], mode: Mode) -> Campaign:
    findings: list[Finding] = []
    campaign: Campaign | None = None
    with collecting(findings):
        campaign = parameters(values)
    faulty = {(finding.column or "").partition(".")[0] for finding in findings}
    given = {name: value for name, value in values.items() if name not in faulty}
    findings += await _block_findings(given, campaign, mode)
    paths = {name: path for name in PATHS if isinstance(path := given.get(name), str) and path}
    findings += placeholder_findings(paths, where=FORM)
    if mode == "test" and "test_segment" not in paths and "test_segment" not in faulty:
        message = "is empty, and a test goes to nobody else; name a table with a few colleagues"
        findings.append(Finding.error("no_test_segment", message, where=FORM, column="test_segment"))
    if not _goes_on(given, mode):
        findings += _missing_files(paths, mode)
    if findings or campaign is None:
        raise InvalidInput(findings)
    return campaign


async def _block_findings(given: Mapping[str, Any], campaign: Campaign | None, mode: Mode) -> list[Finding]:
    """Findings about an account or a source block that does not exist. A rehearsal needs no account."""
    findings: list[Finding] = []
    account = given.get("account", Campaign.model_fields["account"].default)
    if mode != "rehearse" and isinstance(account, str):
        with collecting(findings):
            await account_named(account)
    credentials = given.get("source_credentials")
    names = {credentials: "source_credentials"} if isinstance(credentials, str) and credentials else {}
    if campaign is not None:
        names = {name: names.get(name, "timeline") for name in blocks_named(campaign)}
    for name, field in names.items():
        with collecting(findings):
            await source_named(name, field=field)
    return findings


def _missing_files(paths: Mapping[str, str], mode: Mode) -> Iterator[Finding]:
    """Findings about files that this mode needs and that do not exist.

    Paths with a placeholder, and queries, are left to the run.
    """
    unused = {"test": "segment", "rehearse": "test_segment", "run": "test_segment"}.get(mode)
    for name, path in paths.items():
        whole = join(settings().inputs, path)
        if name == unused or "{" in path or is_query(whole):
            continue
        if (message := missing_file(whole)) is not None:
            yield Finding.error("no_such_file", message, where=FORM, column=name)


def _goes_on(given: Mapping[str, Any], mode: Mode) -> bool:
    """Whether the campaign continues an edition: a missing file must not stop an edition from being ended."""
    name = given.get("name")
    if mode not in ("test", "run") or not isinstance(name, str):
        return False
    with (
        contextlib.suppress(LedgerUnwritable),
        contextlib.closing(Database(settings().database_url)) as ledger,
    ):
        newest = newest_edition(ledger, name, mode=mode)
        return newest is not None and not newest.finished
    return False
