"""How fast a contract is read from 500 Swift files, and how fast it checks 100,000 rows compared with other checkers.

Run it with `python benchmarks/bench_contract.py`; it prints seconds, and ratios to plain jsonschema and pydantic.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, TypeVar

from jsonschema import Draft202012Validator
from pydantic import BaseModel, ConfigDict

from live_activity.contract import Contract, read_contract

T = TypeVar("T")

FILES = 500
ROWS = 100_000

_ACTIVITY = """
import ActivityKit
import SharedModels

@available(iOS 16.1, *)
public struct MatchActivityAttributes: ActivityAttributes {
    public struct ContentState: Codable, Hashable {
        public var homeScore: Int
        public var awayScore: Int
        public var period: Period
        public var minute: Int
        public var scorer: Scorer?
    }
    public let homeTeam: String
    public let awayTeam: String
}
"""
_MODELS = """
public enum Period: String, Codable { case first_half, half_time, second_half, full_time }
public struct Scorer: Codable, Hashable { public let name: String; public var goals: Int }
"""
_VIEW = """
import SwiftUI

struct Screen{n}: View {{
    @State private var isOpen = false
    @ObservedObject var model: Screen{n}Model
    let period: Period

    var body: some View {{
        VStack(alignment: .leading, spacing: 8) {{
            ForEach(model.items) {{ item in
                HStack {{
                    Text(item.title).font(.headline).lineLimit(1)
                    Spacer()
                    if isOpen {{ Text("\\(item.count) of \\(model.items.count)").foregroundColor(.secondary) }}
                }}
                .padding(.horizontal, 16)
                .onTapGesture {{ withAnimation {{ isOpen.toggle() }} }}
            }}
        }}
    }}
}}

final class Screen{n}Model: ObservableObject {{
    struct Item: Identifiable, Codable {{ let id: UUID; var title: String; var count: Int }}
    @Published var items: [Item] = []

    func load() async throws {{
        let (data, _) = try await URLSession.shared.data(from: URL(string: "https://example.com/{n}")!)
        items = try JSONDecoder().decode([Item].self, from: data)
    }}
}}
"""


class _Scorer(BaseModel):
    model_config = ConfigDict(strict=True)

    name: str
    goals: int


class _State(BaseModel):
    model_config = ConfigDict(strict=True)

    homeScore: int
    awayScore: int
    period: Literal["first_half", "half_time", "second_half", "full_time"]
    minute: int
    scorer: _Scorer | None = None


def main() -> None:
    """Measures and prints the results."""
    with tempfile.TemporaryDirectory() as folder:
        app = Path(folder)
        write_app(app)
        contract, reading = timed(lambda: read_contract(app, "MatchActivityAttributes"))
    print_time(f"reading {FILES} Swift files", reading)
    rows = make_rows()
    validator = Draft202012Validator(contract.json_schema()["properties"]["content_state"])
    findings, ours = timed(lambda: check_all(contract, rows))
    _, schema = timed(lambda: sum(not validator.is_valid(row) for row in rows))
    _, models = timed(lambda: [_State.model_validate(row) for row in rows])
    print_time(f"checking {ROWS:,} rows ({findings} findings)", ours)
    print_time("the same rows, jsonschema", schema, ours)
    print_time("the same rows, pydantic", models, ours)
    invalid = [{**row, "period": "SecondHalf", "minutes": 3} for row in rows]
    findings, wrongly = timed(lambda: check_all(contract, invalid))
    print_time(f"checking {ROWS:,} rows that are all wrong ({findings:,} findings)", wrongly)


def write_app(app: Path) -> None:
    """Writes an app of 500 files, of which two declare the Live Activity."""
    (app / "MatchActivity.swift").write_text(_ACTIVITY)
    (app / "Models.swift").write_text(_MODELS)
    for number in range(FILES - 2):
        module = app / f"Module{number % 20}"
        module.mkdir(exist_ok=True)
        (module / f"Screen{number}.swift").write_text(_VIEW.format(n=number) * 2)


def make_rows() -> list[dict[str, Any]]:
    """Rows of a match; every second one has a scorer."""
    periods = ("first_half", "half_time", "second_half", "full_time")
    rows: list[dict[str, Any]] = []
    for number in range(ROWS):
        row = {
            "homeScore": number % 7,
            "awayScore": number % 5,
            "period": periods[number % 4],
            "minute": number % 95,
        }
        rows.append({**row, "scorer": {"name": f"Player {number}", "goals": 1}} if number % 2 else row)
    return rows


def check_all(contract: Contract, rows: list[dict[str, Any]]) -> int:
    """Checks every row against the contract. Returns the number of findings."""
    return sum(len(contract.check_state(row, from_text=False).findings) for row in rows)


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """Returns the result of `work`, and the seconds that it took."""
    began = time.perf_counter()
    result = work()
    return result, time.perf_counter() - began


def print_time(what: str, seconds: float, ours: float | None = None) -> None:
    """Prints one line, with the ratio to `ours`."""
    ratio = "" if ours is None else f"  ({seconds / ours:.1f} times ours)"
    sys.stdout.write(f"{what}: {seconds:.2f} s{ratio}\n")


if __name__ == "__main__":
    main()
