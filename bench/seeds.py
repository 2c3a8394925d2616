"""The demo's figures over ten seeds that nobody looked at while developing.

The seeds are named here and nowhere else; whoever tunes the product draws others.
"""

import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from rich.console import Console

from demo.job import Job, Result, run_job
from demo.progress import Steps

SEEDS = range(101, 111)


@dataclass(frozen=True)
class Figure:
    """One figure of a run, in percent where it is a share."""

    name: str
    part: str
    whole: str | None = None

    def of(self, result: Result) -> float:
        """Return the figure of one run."""
        value = float(result.summary[self.part])
        return value if self.whole is None else 100 * value / result.summary[self.whole]


FIGURES = (
    Figure("tags", "tags_in_truth"),
    Figure("legible", "legible_tags"),
    Figure("legible approved %", "legible_approved", "legible_tags"),
    Figure("legible shown %", "legible_shown", "legible_tags"),
    Figure("approved %", "approved", "tags_in_truth"),
    Figure("IoU ok", "iou_ok"),
    Figure("links", "annotations_written"),
    Figure("wrong", "wrong_approvals"),
    Figure("duplicates", "duplicates"),
    Figure("requests", "requests"),
)


def measure(console: Console) -> str:
    """Run the demo on every seed; return the table as Markdown."""
    results: list[Result] = []
    for seed in SEEDS:
        with tempfile.TemporaryDirectory(prefix="image360-bench-") as folder, Steps(console) as steps:
            results.append(run_job(Job("hybrid", "auto", seed, None, Path(folder) / "out"), steps))
        console.print(f"seed {seed}: {results[-1].summary}", highlight=False)
    return "\n".join([*_table(results), "", *_styles(results), "", *_wrong(results), ""])


def _table(results: Sequence[Result]) -> Iterator[str]:
    yield "# The demo over ten held-out seeds"
    yield ""
    yield "| seed | " + " | ".join(figure.name for figure in FIGURES) + " |"
    yield "|---" * (len(FIGURES) + 1) + "|"
    for result in results:
        cells = [f"{figure.of(result):.4g}" for figure in FIGURES]
        yield f"| {result.summary['seed']} | " + " | ".join(cells) + " |"
    means = [f"{mean(figure.of(result) for result in results):.4g}" for figure in FIGURES]
    yield "| **mean** | " + " | ".join(means) + " |"


def _styles(results: Sequence[Result]) -> Iterator[str]:
    yield "| style | approved | of |"
    yield "|---|---|---|"
    for style in results[0].summary["per_style"]:
        counts = [result.summary["per_style"][style] for result in results]
        yield f"| {style} | {sum(c['approved'] for c in counts)} | {sum(c['total'] for c in counts)} |"


def _wrong(results: Sequence[Result]) -> Iterator[str]:
    """List each wrong approval with what was read."""
    scored = [(result.summary["seed"], result.score) for result in results if result.score]
    wrong = [(seed, each) for seed, score in scored for each in score.wrong]
    approvals = sum(len(score.ious) for _, score in scored)
    yield f"{len(wrong)} of {approvals} approvals are wrong ({100 * len(wrong) / max(1, approvals):.2f} %)."
    for seed, each in wrong:
        plate, link = each.plate, each.approval
        painted = f"'{plate.painted}' ({plate.style}, {plate.cap_px:.0f} px)" if plate else "nothing"
        yield f"* seed {seed}, {link.image}: painted {painted}, read '{link.text}', linked to {link.asset}"


if __name__ == "__main__":
    print(measure(Console(file=sys.stderr)))
