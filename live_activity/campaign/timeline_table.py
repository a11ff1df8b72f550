"""A campaign's timeline as a table: the source itself, or the rows that its template makes of it."""

from __future__ import annotations

from collections.abc import Callable

from live_activity.campaign.model import Campaign
from live_activity.core.findings import Finding, InvalidInput, collecting, invalid
from live_activity.core.source_access import PUBLIC_ACCESS, SourceAccess
from live_activity.sources.timeline_source import PolledSource
from live_activity.tables.counted_table import CountedTable
from live_activity.template import Template, TemplatedTable, Texts, read_template, read_texts


def source_of(campaign: Campaign, access: SourceAccess = PUBLIC_ACCESS) -> PolledSource:
    """The source of the campaign's timeline; a change of its template or texts counts as a change of the source."""
    beside = [path for path in (campaign.template, campaign.texts) if path]
    return PolledSource(campaign.timeline, beside=beside, access=access)


def timeline_table(
    campaign: Campaign, opened: Callable[[], CountedTable], *, spelt: bool, access: SourceAccess
) -> CountedTable | TemplatedTable:
    """The table that the timeline is read from; `spelt`: no contract gives the types of a template's text.

    Raises `InvalidInput` with everything that keeps the source, the template and the texts from being read.
    """
    problems: list[Finding] = []
    table: CountedTable | None = None
    template: Template | None = None
    texts: Texts | None = None
    with collecting(problems):
        table = opened()
    with collecting(problems):
        if campaign.template is not None:
            template = read_template(campaign.template, zone=campaign.zone, split_by=campaign.split_by)
        elif campaign.texts is not None:
            raise invalid(
                "texts_without_template", "are texts for a template; name one, or remove texts", where="texts"
            )
    with collecting(problems):
        texts = read_texts(campaign.texts, access=access) if campaign.texts is not None else None
    if problems or table is None:
        raise InvalidInput(problems)
    if template is None:
        return table
    return TemplatedTable(
        table,
        template,
        texts=texts,
        split_by=campaign.split_by,
        defaults=campaign.defaults,
        spelt=spelt,
    )
