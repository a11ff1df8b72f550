"""People who must not be in a segment: a table of ids, and a share of all people, kept out as a control group."""

from __future__ import annotations

import hashlib
import tempfile
from typing import Any

import numpy as np

from live_activity.core.findings import Finding
from live_activity.core.formatting import count_of
from live_activity.core.threads import stop_if_abandoned
from live_activity.segment.columns import check_columns
from live_activity.segment.first_rows import FirstRows, RepeatedIds
from live_activity.segment.ids import fault_of
from live_activity.segment.people_file import PeopleFile
from live_activity.segment.plain_ids import needs_a_look
from live_activity.segment.text_columns import text_column
from live_activity.segment.unmatched import UnmatchedIds, suspicion_of
from live_activity.tables import Table

_BATCH = 10_000


class Exclusion:
    """The ids of a table, in a file without a name; memory holds 12 to 17 bytes for each."""

    def __init__(self, table: Table, *, id_column: str, seed: int) -> None:
        check_columns(table, id_column=id_column, split_by=())
        self._file = tempfile.TemporaryFile()  # noqa: SIM115  # closed by close
        self._people = PeopleFile(self._file, split=False, batch_size=_BATCH)
        self._ids = FirstRows(self._people, seed=seed, expected=table.expected_rows)
        self._hits = RepeatedIds()
        self.findings = tuple(self._read(table, id_column))
        self._people.finish()

    def _read(self, table: Table, id_column: str) -> list[Finding]:
        damaged = without = 0
        first: int | None = None
        unmatched = UnmatchedIds()
        for chunk in table.arrow_chunks([id_column]):
            stop_if_abandoned()
            damaged += len(chunk.damaged)
            if chunk.damaged and first is None:
                first = chunk.damaged[0].line
            column = text_column(chunk.columns[id_column])
            texts = column.texts
            odd = needs_a_look(texts)
            kept = np.ones(len(texts), bool)
            kept[list(column.not_text)] = False
            for place in odd:
                text = texts[int(place)].as_py()
                fault = fault_of(text) if kept[place] else "not_text"
                if fault is not None:
                    kept[place] = False
                    if text or fault == "not_text":
                        without += 1
                elif (suspicion := suspicion_of(text)) is not None:
                    line = int(chunk.lines[place])
                    unmatched.add(suspicion, number=chunk.first + int(place), line=line)
            import pyarrow

            rows = np.flatnonzero(kept)
            fine = texts if len(rows) == len(texts) else texts.take(pyarrow.array(rows))
            self._ids.accept(fine, self._ids.hashes(fine), None)
        findings = [*table.findings]
        if damaged or without:
            at = f", the first on line {first}" if first is not None else ""
            what = (
                f"{count_of(damaged + without, 'row')} cannot be read{at}, so these people are not excluded; "
                "correct them"
            )
            findings.append(Finding.warning("exclude_damaged_rows", what, where=table.where))
        if unmatched.total:
            what = (
                f"{count_of(unmatched.total, 'id')} can match nobody, so these people are not excluded; export the "
                "ids as text"
            )
            findings.append(
                Finding.warning("exclude_unmatched_ids", what, where=table.where, column=id_column)
            )
        return findings

    def holds(self, ids: Any) -> Any:
        """A mask of the ids that are in the table."""
        import pyarrow

        places = self._ids.find(ids)
        found = places >= 0
        if found.any():
            rows = np.flatnonzero(found)
            self._hits.add(ids.take(pyarrow.array(rows)), places[rows], None)
        return found

    def verify(self) -> None:
        """Compares the ids found letter by letter. Raises `HashCollision` where two ids only share a hash."""
        self._ids.verify(self._file, batch_size=_BATCH)
        self._hits.verify(self._file, self._people.counts, batch_size=_BATCH)

    def close(self) -> None:
        """Deletes the files."""
        self._ids.close()
        self._hits.close()
        self._file.close()


def held_out(ids: Any, *, percent: float, salt: str) -> Any:
    """A mask of the ids that belong to the control group: the same ones whenever salt and percentage are the same.

    An id belongs to it where the first 8 bytes of the SHA-256 of `SALT\\nID` are less than `percent` of 2 ** 64, so
    that a larger group holds all of a smaller one.
    """
    begun = hashlib.sha256(f"{salt}\n".encode())
    border = int(percent * 2**64 / 100)
    return np.fromiter((_number(begun, person) < border for person in ids.to_pylist()), bool, len(ids))


def _number(begun: Any, person: str) -> int:
    digest = begun.copy()
    digest.update(person.encode())
    return int.from_bytes(digest.digest()[:8], "big")
