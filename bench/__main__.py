"""``python -m bench [NAME ...]``: run the benchmarks, all or those named; tables go to bench/results/."""

import argparse
import os
import platform
import sqlite3
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from rich.console import Console

from bench import confusions, imports, kills, learning, localcdf_calls, matching, matching_confidence, seeds

RESULTS = Path(__file__).parent / "results"
BENCHMARKS = {
    "matching": matching,
    "matching_confidence": matching_confidence,
    "confusions": confusions,
    "learning": learning,
    "seeds": seeds,
    "call": localcdf_calls,
    "kills": kills,
    "imports": imports,
}
VERSIONS = (
    "cognite-sdk",
    "httpx2",
    "numpy",
    "opencv-python-headless",
    "openvino",
    "pydantic",
    "rapidfuzz",
    "rapidocr",
    "scikit-learn",
    "sparse-dot-topn",
    "starlette",
    "symspellpy",
    "uvicorn",
)


def main() -> None:
    """Run the benchmarks and write their tables."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*BENCHMARKS, []], help="all when none is named")
    names = parser.parse_args().names or list(BENCHMARKS)
    RESULTS.mkdir(exist_ok=True)
    for name in names:
        module = BENCHMARKS[name]
        table = module.measure(Console(file=sys.stderr))
        file = module.__name__.rpartition(".")[2]
        (RESULTS / f"{file}.md").write_text(f"{table}\n{_machine()}\n", "utf-8")
        print(table)


def _machine() -> str:
    versions = ", ".join(f"{package} {version(package)}" for package in VERSIONS)
    today = datetime.now(UTC).date().isoformat()
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    machine += f", SQLite {sqlite3.sqlite_version}"
    return f"Measured on {today}: {machine}, {versions}."


if __name__ == "__main__":
    main()
