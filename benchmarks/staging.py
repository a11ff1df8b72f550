"""Staging a segment, compared with polars' streaming scan, unique and write of the same file.

    python benchmarks/staging.py [ROWS] [--split N] [--gz] [--parquet] [--quoted] [--duplicates SHARE]

Each runs twice, in processes of their own, one after the other, and the better time counts; memory is the peak of the
resident set. polars is installed by `pip install live-activity[bench]`.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

_PART = 1_000_000
_ROUNDS = 2


def main() -> None:
    """Writes the file, measures both and prints the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="?", type=int, default=1_000_000)
    parser.add_argument("--split", type=int, default=0, help="values of a split column; 0: none")
    parser.add_argument("--gz", action="store_true")
    parser.add_argument("--parquet", action="store_true")
    parser.add_argument("--quoted", action="store_true", help="every cell in quotes")
    parser.add_argument(
        "--duplicates", type=float, default=0.02, help="share of rows whose id is a duplicate"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--child", choices=["ours", "polars"], help=argparse.SUPPRESS)
    parser.add_argument("--file", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        _child(options)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = _written(Path(folder), options)
        print(f"{options.rows:,} rows, {path.stat().st_size / 1e6:,.0f} MB, {path.name}")
        results = {who: _measured(who, path, options) for who in ("ours", "polars")}
        lines = [
            f"{who:8} {result['seconds']:7.2f} s  {result['peak_mb']:7.0f} MB  {result['people']:,} people"
            for who, result in results.items()
        ]
        ours, theirs = results["ours"], results["polars"]
        time_ratio = ours["seconds"] / theirs["seconds"]
        memory_ratio = ours["peak_mb"] / theirs["peak_mb"]
        print("\n".join([*lines, f"ratio    {time_ratio:7.2f} x  {memory_ratio:7.2f} x"]))


def _written(folder: Path, options: argparse.Namespace) -> Path:
    """Writes a file with the given number of rows: ids, a city (not in Parquet), and the split column."""
    path = folder / f"people.{'parquet' if options.parquet else 'csv.gz' if options.gz else 'csv'}"
    random = np.random.default_rng(options.seed)
    if options.parquet:
        import pyarrow
        import pyarrow.parquet

        numbers = _numbers(random, options.rows, options.duplicates)
        ids = [f"user-{number:08x}" for number in numbers.tolist()]
        columns = {
            "insider_id": ids,
            "flight": [f"TK{n % max(1, options.split):04d}" for n in range(options.rows)],
        }
        pyarrow.parquet.write_table(pyarrow.table(columns), path)
        return path
    row = '"user-{:08x}","Ankara","TK{:04d}"\n' if options.quoted else "user-{:08x},Ankara,TK{:04d}\n"
    with gzip.open(path, "wt", compresslevel=1) if options.gz else path.open("w") as file:
        file.write("insider_id,city,flight\n")
        for begin in range(0, options.rows, _PART):
            count = min(_PART, options.rows - begin)
            numbers = _numbers(random, count, options.duplicates)
            flights = random.integers(0, max(1, options.split), count)
            file.write("".join(map(row.format, numbers.tolist(), flights.tolist())))
    return path


def _numbers(random: Any, count: int, duplicates: float) -> Any:
    """Random numbers of which about the given share are duplicates."""
    numbers = random.integers(0, 1 << 60, count)
    again = int(count * duplicates)
    numbers[random.integers(0, count, again)] = numbers[random.integers(0, count, again)]
    return numbers


def _measured(who: str, path: Path, options: argparse.Namespace) -> dict[str, Any]:
    best: dict[str, Any] = {}
    for _ in range(_ROUNDS):
        command = [
            sys.executable,
            __file__,
            "--child",
            who,
            "--file",
            str(path),
            "--split",
            str(options.split),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        result = json.loads(done.stdout)
        if not best or result["seconds"] < best["seconds"]:
            best = result
    return best


def _peak_mb() -> float:
    """The peak of the resident set. On Linux, getrusage would include the process that started this one."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _child(options: argparse.Namespace) -> None:
    folder = tempfile.mkdtemp()
    begun = time.perf_counter()
    people = (_ours if options.child == "ours" else _polars)(options.file, folder, options.split)
    seconds = time.perf_counter() - begun
    peak = _peak_mb()
    shutil.rmtree(folder)
    print(json.dumps({"seconds": seconds, "peak_mb": peak, "people": people}))


def _ours(path: str, folder: str, split: int) -> int:
    from live_activity.segment import stage

    return stage(path, folder=os.path.join(folder, "staged"), split_by=["flight"] if split else []).accepted


def _polars(path: str, folder: str, split: int) -> int:
    import polars

    columns = ["flight", "insider_id"] if split else ["insider_id"]
    scan = (
        polars.scan_parquet(path) if path.endswith(".parquet") else polars.scan_csv(path, infer_schema=False)
    )
    target = os.path.join(folder, "people.parquet")
    scan.select(columns).unique(maintain_order=False).sink_parquet(target)
    return int(polars.scan_parquet(target).select(polars.len()).collect().item())


if __name__ == "__main__":
    main()
