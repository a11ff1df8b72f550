"""The manifest of a staged segment, which holds nobody's id and is written last."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from live_activity.core.findings import Finding, invalid
from live_activity.segment.folder import Folder

MANIFEST, PEOPLE, REJECTS = "segment.json", "people.parquet", "rejects.csv"


class ActivityEntry(BaseModel):
    """One activity and its batches."""

    model_config = ConfigDict(frozen=True)

    key: dict[str, str]
    people: int
    first_batch: int
    batches: int


class Manifest(BaseModel):
    """A whole segment. `fingerprint` is the SHA-256 of its split values and accepted ids, in order."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    version: Literal[1] = 1
    rows: int
    accepted: int
    rejected: int
    reasons: dict[str, int]
    columns: tuple[str, ...]
    id_column: str
    split_by: tuple[str, ...]
    activities: tuple[ActivityEntry, ...]
    batch_size: int
    fingerprint: str
    findings: tuple[Finding, ...]
    discarded: bool = False
    # Rows with an id that can match nobody; 0 where an older version staged the segment, without counting them.
    unmatched: int = 0


def write_manifest(manifest: Manifest, folder: Folder) -> None:
    """Writes the manifest; from then on the segment is complete."""
    with folder.written(MANIFEST) as file:
        file.write(manifest.model_dump_json(indent=1).encode())


def read_manifest(folder: Folder) -> Manifest:
    """The manifest. Raises `InvalidInput` where there is none, or none that this program can read."""
    try:
        with folder.read(MANIFEST) as file:
            return Manifest.model_validate_json(file.read())
    except FileNotFoundError:
        what = "no segment is staged there, or its staging did not finish; stage it again"
        raise invalid("not_staged", what, where=MANIFEST) from None
    except ValidationError:
        what = "was not written by this version of the program; stage the segment again elsewhere"
        raise invalid("unreadable_segment", what, where=MANIFEST) from None
