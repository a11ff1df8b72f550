"""docs/troubleshooting.md has an entry for each code of a finding, and for no other."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

from live_activity.decision.activity_change import FeedEventKind
from live_activity.segment.unmatched import Suspicion
from tests.docs.finding_codes import ROOT, Collector

PAGE = (ROOT / "docs" / "troubleshooting.md").read_text("utf-8")

# Computed codes: the expression in the code, and the codes that it can have.
COMPUTED = {
    "f'feed_{event.kind}'": tuple(f"feed_{kind}" for kind in get_args(FeedEventKind)),
    "f'second_{row.event}'": ("second_start", "second_end"),
    "f'activity_{step.status}'": ("activity_expired", "activity_failed", "activity_nobody_eligible"),
    "suspicion": get_args(Suspicion),
}


def documented() -> list[str]:
    """The codes in the first column of the tables of codes."""
    found = []
    in_table = False
    for line in PAGE.splitlines():
        in_table = line.startswith("| code |") or (in_table and line.startswith("|"))
        if in_table:
            found += re.findall(r"`(\w+)`", line.split("|")[1])
    return found


def test_every_code_of_a_finding_is_documented_and_no_other() -> None:
    collected = Collector(COMPUTED).collect()
    assert collected.unknown == [], "say in COMPUTED which codes these are"
    entries = documented()
    missing = {code: places for code, places in collected.codes.items() if code not in entries}
    assert missing == {}, "write an entry for these codes"
    assert set(entries) - set(collected.codes) == set(), "these codes are in no finding any more"


def test_every_code_has_one_entry() -> None:
    entries = documented()
    assert sorted(entries) == sorted(set(entries))


def test_codes_are_collected_however_a_finding_is_made(tmp_path: Path) -> None:
    module = tmp_path / "live_activity" / "part.py"
    module.parent.mkdir()
    module.write_text(
        "from live_activity.core.findings import Finding, invalid\n"
        "NAMED, OTHER = 'named', 'other'\n"
        "def _finding(code, message): return Finding.warning(code, message)\n"
        "def one(kind, latest):\n"
        "    make = Finding.info if latest else Finding.warning\n"
        "    Finding.error('literal', 'text')\n"
        "    Finding(severity='info', code='built', message='text')\n"
        "    Finding.info(f'kind_{kind}', 'text')\n"
        "    Finding.error('yes' if latest else 'no', 'text').model_copy(update={'code': 'copied'})\n"
        "    make(NAMED, 'text')\n"
        "    _finding('forwarded', 'text')\n"
        "    raise invalid(kind, 'text')\n",
        "utf-8",
    )
    found = Collector({"f'kind_{kind}'": ("kind_a", "kind_b")}, root=tmp_path).collect()
    assert set(found.codes) == {
        "built", "copied", "forwarded", "kind_a", "kind_b", "literal", "named", "no", "yes",
    }  # fmt: skip
    assert found.unknown == ["live_activity/part.py:12: kind"]
