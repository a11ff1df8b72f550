"""Makes the passengers of the day from a seed: python make_example.py"""

from __future__ import annotations

import csv
import gzip
import io
import random
from pathlib import Path

HERE = Path(__file__).parent
PEOPLE, SEED = 60_000, 20130208
LANGUAGES = ("en", "es")


def main() -> None:
    """Writes the segment beside this file."""
    with (HERE / "flights-2013-02-08.csv").open(encoding="utf-8", newline="") as file:
        flights = [(row["carrier"], row["flight"]) for row in csv.DictReader(file)]
    (HERE / "passengers.csv.gz").write_bytes(gzip.compress(segment(flights).encode(), 9, mtime=0))


def segment(flights: list[tuple[str, str]]) -> str:
    """Some sixty people for each flight, at least one in each language; a few cells are empty, as in real exports."""
    chance = random.Random(SEED)
    # Sorted ids compress well; the flights of the people are shuffled below.
    numbers = sorted(chance.sample(range(10**8), PEOPLE))
    seats = [(*flight, language) for flight in flights for language in LANGUAGES]
    others = [(*chance.choice(flights), _language(chance)) for _ in range(PEOPLE - len(seats))]
    seats += others
    chance.shuffle(seats)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["insider_id", "carrier", "flight", "language"])
    writer.writerows([f"{number:08d}", *seat] for number, seat in zip(numbers, seats, strict=True))
    return text.getvalue()


def _language(chance: random.Random) -> str:
    # Empty means the default of the campaign file.
    return "" if chance.random() < 0.01 else chance.choices(LANGUAGES, weights=(3, 1))[0]


if __name__ == "__main__":
    main()
