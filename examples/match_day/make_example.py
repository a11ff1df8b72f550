"""Extract one day's matches from the tournament and make its fans from a seed.

Usage: python make_example.py worldcup-2022.json
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
DAY, PEOPLE, SEED = "2022-12-01", 24_000, 20221201
LANGUAGES = ("en", "es")


def main() -> None:
    """Writes the day's matches and the segment beside this file."""
    tournament = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    matches = [match for match in tournament["matches"] if match["date"] == DAY]
    (HERE / "matches.json").write_text(json.dumps(matches, ensure_ascii=False, indent=1) + "\n", "utf-8")
    (HERE / "fans.csv.gz").write_bytes(gzip.compress(segment(matches).encode(), 9, mtime=0))


def segment(matches: list[dict[str, Any]]) -> str:
    """People who follow one of the matches, each in a language; some follow two, in two activities."""
    chance = random.Random(SEED)
    names = [f"{match['team1']} - {match['team2']}" for match in matches]
    rows = []
    for number in sorted(chance.sample(range(10**8), PEOPLE)):
        language = chance.choices(LANGUAGES, weights=(2, 1))[0]
        follows = chance.sample(names, 2 if chance.random() < 0.05 else 1)
        rows += [[f"{number:08d}", match, language] for match in follows]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([["insider_id", "match", "language"], *rows])
    return text.getvalue()


if __name__ == "__main__":
    main()
