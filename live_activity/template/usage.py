"""How a template was used: which of its rows were made, and which conditions never held."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from live_activity.core.findings import Finding
from live_activity.core.formatting import count_of, quoted
from live_activity.template.reading import Template


class TemplateUsage:
    """How often the rows of a template were made and skipped, and how many source rows made nothing."""

    def __init__(self, template: Template) -> None:
        self.made: Counter[str] = Counter()
        self.skipped: Counter[str] = Counter()
        self._template = template
        self._rows = 0
        self._without = 0
        self._failed = 0
        self._last: Mapping[str, Any] = {}

    def take(self, cells: Mapping[str, Any], *, made: int, failed: bool) -> None:
        """Counts what one source row became."""
        self._rows += 1
        self._failed += failed
        self._without += not made and not failed
        self._last = cells

    def findings(self) -> Iterator[Finding]:
        """Names that nothing fills in, and conditions that held for no row where that is probably a mistake, with the
        number of source rows that made nothing."""
        for row in self._template.rows:
            for column, name in row.single_braced:
                if name in self._last or name in self._template.let:
                    message = (
                        f"{row.place}: {{{name}}} is sent as it stands here; write {{{{ {name} }}}} in quotes"
                    )
                    yield Finding.warning("template_braces", message, column=f"{row.name}.{column}")
        never = [row for row in self._template.rows if self.skipped[row.place] and not self.made[row.place]]
        nothing = f", and {count_of(self._without, 'source row')} made no row at all" if self._without else ""
        reported = False
        for row in never:
            texts = [each.name for each in row.comparisons if isinstance(self._last.get(each.name), str)]
            if texts:
                reported = True
                yield Finding.warning(
                    "when_never_holds",
                    f"{row.place}: its when held for none of {count_of(self._rows, 'source row')} "
                    f"({quoted(row.condition, most=120)}){nothing}; {texts[0]} is text in this source, and text never "
                    f"equals a number: write {texts[0]} | number",
                    column=f"{row.name}.when",
                )
        if reported or self._without < self._rows or self._failed:
            return
        for row in never:
            yield Finding.warning(
                "when_never_holds",
                f"{row.place}: its when held for none of {count_of(self._rows, 'source row')} "
                f"({quoted(row.condition, most=120)}){nothing}",
                column=f"{row.name}.when",
            )
