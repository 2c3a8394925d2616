"""From which confidence on a text can be approved: own OCR reads rendered plates, the matcher matches them.

The list is harsher than a site: beside each tag it holds eight others that differ in one digit, and one tag
in seven is missing. So a misread digit often gives a listed tag, and only the confidence is left to tell.
"""

import sys
from collections import defaultdict
from collections.abc import Iterator

import numpy as np
from rich.console import Console

from bench.plant.plates import CAPS, Reader
from image360.matching import Asset, AssetIndex

SEED = 21
PLATES = 12_000
STEPS = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.97)


def tag(random: np.random.Generator) -> str:
    """A tag in one of three ways of writing."""
    unit, group = (
        random.choice([21, 23, 30, 71, 81]),
        random.choice(["PT", "TT", "FIC", "LAH", "PSV", "ESDV"]),
    )
    plant, part = random.choice(["LAB", "HAD", "MBP"]), random.choice(["CT", "CP", "AA"])
    number, suffix = random.integers(1000, 10_000), random.choice(["", "", "A", "B"])
    written = (
        f"{unit}-{group}-{number}{suffix}",
        f"{random.choice(list('PVKTE'))}-{number // 10}{suffix}",
        f"50{plant}{random.choice([10, 20])}{part}{number % 20:03d}",
    )
    return str(random.choice(written))


def list_around(random: np.random.Generator, printed: list[str]) -> list[Asset]:
    """The printed tags but one in seven, and eight neighbours of each."""
    missing = {text for text in printed if random.random() < 1 / 7}
    names = set(printed)
    for text in printed:
        for _ in range(8):
            i = int(random.choice([i for i, c in enumerate(text) if c.isdigit()]))
            names.add(f"{text[:i]}{random.integers(10)}{text[i + 1 :]}")
    return [Asset(name, name) for name in sorted(names - missing)]


def measure(console: Console) -> str:
    """Read and match the plates; the table tells by level and confidence how many assets are right."""
    random = np.random.default_rng(SEED)
    reader = Reader()
    printed = [tag(random) for _ in range(PLATES)]
    console.print(f"reading {PLATES} plates")
    reads = [reader.read(random, text) for text in printed]
    reader.keep()
    index = AssetIndex.build(list_around(random, sorted(set(printed))))
    # Without the confidence, so that it shows what it is worth.
    matches = index.match([text for text, _ in reads])
    counts: dict[tuple[str, float], list[int]] = defaultdict(lambda: [0, 0])
    for text, (_, confidence), match in zip(printed, reads, matches, strict=True):
        if match.decision == "approve" and match.asset and match.level:
            level = "misread" if match.level == "misread" else "exact, normalised"
            count = counts[level, max(step for step in STEPS if step <= confidence)]
            count[0] += 1
            count[1] += match.asset.key != text
    return "\n".join(_table(counts, len(index.assets)))


def _table(counts: dict[tuple[str, float], list[int]], assets: int) -> Iterator[str]:
    yield "# What a confidence of own OCR is worth"
    yield ""
    yield f"{PLATES} plates with capitals of {CAPS[0]} to {CAPS[-1]} px, {assets} assets, seed {SEED}."
    yield "The assets that would be approved if the confidence (in the least certain character) did not"
    yield "count, and the wrong ones among them."
    yield ""
    yield "| level | confidence from | assets | wrong | share |"
    yield "|---|---|---|---|---|"
    for (level, step), (total, wrong) in sorted(counts.items()):
        yield f"| {level} | {step} | {total} | {wrong} | {100 * wrong / total:.1f} % |"


if __name__ == "__main__":
    print(measure(Console(file=sys.stderr)))
