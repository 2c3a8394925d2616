"""What a cold start of the two functions costs beside what it must cost: importing the SDK.

CDF imports a handler in a new process before its first call. Each pair is a new process that imports
`cognite.client` alone and one that imports a handler, which imports it too; who goes first alternates.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from rich.console import Console

import detect_handler

PAIRS = 15
TARGET = 1.3  # times `import cognite.client`
SDK = "cognite.client"
HANDLERS = ("detect_handler", "match_handler")
TIMED = "import time; start = time.perf_counter(); import {}; print(time.perf_counter() - start)"


@dataclass(frozen=True)
class Pairs:
    """Seconds of each pair."""

    handler: str
    sdk: Sequence[float]
    ours: Sequence[float]

    @property
    def ratio(self) -> float:
        """The median of the pairs' ratios: what slows the machine down slows both of a pair."""
        return median(ours / sdk for ours, sdk in zip(self.ours, self.sdk, strict=True))


def measure(console: Console) -> str:
    """Measure each handler; return the table as Markdown."""
    load = os.getloadavg()[0]
    measured = [_pairs(handler) for handler in HANDLERS]
    rows = [
        f"| `{each.handler}` | {median(each.sdk):.2f} | {median(each.ours):.2f} | {each.ratio:.2f} |"
        for each in measured
    ]
    console.print(*rows, sep="\n", highlight=False)
    return "\n".join([*_head(max(each.ratio for each in measured), load), *rows, ""])


def _head(highest: float, load: float) -> Iterator[str]:
    yield "# Cold import of the two handlers"
    yield ""
    yield f"Seconds, medians of {PAIRS} interleaved pairs of new processes: one imports `{SDK}`,"
    yield "one a handler. The ratio is the median of the pairs' ratios."
    yield f"The load of the machine was {load:.1f} at the start."
    yield ""
    verdict = "met" if highest <= TARGET else "missed"
    yield f"Target: at most {TARGET:g} times `import {SDK}`: {verdict} with {highest:.2f}."
    yield ""
    yield f"| handler | `{SDK}` | handler | ratio |"
    yield "|---|---|---|---|"


def _pairs(handler: str) -> Pairs:
    for module in (SDK, handler):
        _seconds(module)  # its bytecode is compiled, its files are read
    sdk: list[float] = []
    ours: list[float] = []
    for number in range(PAIRS):
        for module in (SDK, handler) if number % 2 else (handler, SDK):
            (sdk if module == SDK else ours).append(_seconds(module))
    return Pairs(handler, sdk, ours)


def _seconds(module: str) -> float:
    command = [sys.executable, "-c", TIMED.format(module)]
    done = subprocess.run(  # noqa: S603
        command, cwd=Path(detect_handler.__file__).parent, capture_output=True, text=True, check=True
    )
    return float(done.stdout)
