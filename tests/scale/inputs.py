"""The campaigns of `make scale`: their people, their timelines, and the expected results."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.scale.variant import Variant

ACCOUNT = "scale"
LARGE = "large"
LAST_SCORE = 999
# In a small campaign every 50th person has an Android phone, the next one has no profile, and the one after that is in
# the table twice.
EVERY = 50
PEOPLE_EACH = 2


@dataclass(frozen=True, slots=True)
class Expected:
    """The expected results of one campaign."""

    name: str
    activities: int
    rows: int
    accepted: int
    phones: int

    @property
    def activity_type(self) -> str:
        return f"Type_{self.name}"


def expectations(variant: Variant) -> list[Expected]:
    """Returns the expected results of each campaign; the large one comes last."""
    people = variant.people
    twice, unknown, android = (len(range(first, people, EVERY)) for first in (2, 1, 0))
    small = [
        Expected(f"c{number:02d}", 1, people + twice, people, people - unknown - android)
        for number in range(variant.campaigns)
    ]
    everybody = variant.activities * PEOPLE_EACH
    return [*small, Expected(LARGE, variant.activities, everybody, everybody, everybody)]


def write_fleet(file: Path, variant: Variant) -> None:
    """Writes the file of phones that the sandbox knows."""
    with file.open("w", encoding="utf-8") as phones:
        phones.write("insider_id,udid,platform,os_version,push_enabled,gdpr,push_to_start_token\n")
        for each in expectations(variant):
            for number, insider_id in enumerate(_people(each)):
                if each.name != LARGE and number % EVERY == 1:
                    continue  # the vendor does not know this person
                platform = "android" if each.name != LARGE and number % EVERY == 0 else "ios"
                phones.write(f"{insider_id},phone-{insider_id},{platform},18.1,true,,t-{insider_id}\n")


def write_inputs(folder: Path, variant: Variant, *, begins: datetime) -> None:
    """Writes the tables of all campaigns, with times counted from `begins`."""
    folder.mkdir()
    for each in expectations(variant):
        write = _write_large if each.name == LARGE else _write_small
        write(folder, each, variant, begins)


def parameters(expected: Expected, variant: Variant, *, begins: datetime) -> dict[str, Any]:
    """Returns the parameters for the deployment `campaign`."""
    return {
        "mode": "run",
        "name": expected.name,
        "activity_type": expected.activity_type,
        "account": ACCOUNT,
        "segment": f"{expected.name}-people.csv",
        "timeline": f"{expected.name}-rows.csv",
        # A timeline at a URL may grow, so the end must be given.
        "ends_at": _at(begins, variant.ends),
        "approval": False,
        "poll_seconds": 10,
        "min_seconds_between_updates": 0,
        **({"split_by": ["flight"]} if expected.name == LARGE else {}),
    }


def _people(expected: Expected) -> Iterator[str]:
    for number in range(expected.accepted):
        yield f"{expected.name}-{number:06d}"


def _write_small(folder: Path, expected: Expected, variant: Variant, begins: datetime) -> None:
    with (folder / f"{expected.name}-people.csv").open("w", encoding="utf-8") as people:
        people.write("insider_id\n")
        for number, insider_id in enumerate(_people(expected)):
            people.write(f"{insider_id}\n" * (2 if number % EVERY == 2 else 1))
    with (folder / f"{expected.name}-rows.csv").open("w", encoding="utf-8") as timeline:
        timeline.write("at,event,title,message,score\n")
        timeline.write(f"{_at(begins, variant.starts)},start,Derby,kick-off,0\n")
        timeline.writelines(
            f"{_at(begins, moment)},update,Derby,goal,{score}\n"
            for score, moment in enumerate(_updates(variant), 1)
        )
        timeline.write(f"{_at(begins, variant.ends)},end,Derby,over,{LAST_SCORE}\n")


def _write_large(folder: Path, expected: Expected, variant: Variant, begins: datetime) -> None:
    with (folder / f"{LARGE}-people.csv").open("w", encoding="utf-8") as people:
        people.write("insider_id,flight\n")
        people.writelines(
            f"{insider_id},F{number // PEOPLE_EACH:05d}\n"
            for number, insider_id in enumerate(_people(expected))
        )
    with (folder / f"{LARGE}-rows.csv").open("w", encoding="utf-8") as timeline:
        timeline.write("flight,at,event,title,message,score\n")
        timeline.write(f",{_at(begins, variant.starts)},start,Flight,boarding,0\n")
        timeline.write(f",{_at(begins, variant.large_update)},update,Flight,departed,1\n")
        timeline.write(f",{_at(begins, variant.ends)},end,Flight,landed,{LAST_SCORE}\n")


def _updates(variant: Variant) -> Iterator[float]:
    moment = variant.starts + variant.update_seconds
    while moment < variant.ends:
        yield moment
        moment += variant.update_seconds


def _at(begins: datetime, seconds: float) -> str:
    return (begins + timedelta(seconds=seconds)).isoformat(timespec="milliseconds")
