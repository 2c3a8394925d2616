"""What own OCR reads for what, counted on rendered plates: the ground of the matcher's table."""

import sys
from collections import Counter
from collections.abc import Iterator

import numpy as np
from rapidfuzz.distance import Levenshtein
from rich.console import Console

from bench.plant.lists import grow
from bench.plant.plates import CAPS, Reader
from image360.matching.confusions import COMMON_CONFUSIONS
from image360.matching.normaliser import normalise

SEEDS = (201, 202, 203, 204)
ASSETS, PLATES = 10_000, 2500  # of each seed
_SELDOM = 5  # a pair read less often is left out of the table

Pair = tuple[str, str]


def measure(console: Console) -> str:
    """Read the plates, and set the counts beside those that the matcher goes by."""
    reader = Reader()
    seen: Counter[Pair] = Counter()
    fates: Counter[str] = Counter()
    for seed in SEEDS:
        console.print(f"seed {seed}: reading {PLATES} plates")
        random = np.random.default_rng(seed)
        names = [asset.name or "" for asset in grow(seed, ASSETS).assets]
        for place in random.choice(len(names), PLATES, replace=False).tolist():
            printed = normalise(names[place])
            read = normalise(reader.read(random, names[place])[0])
            fates[_fate(printed, read)] += 1
            if _fate(printed, read) == "differs":
                seen.update(_replaced(printed, read))
        reader.keep()
    return "\n".join(_table(seen, fates))


def _fate(printed: str, read: str) -> str:
    if printed == read:
        return "the same"
    # What differs in more than a third was not read at all.
    return "unreadable" if Levenshtein.distance(printed, read) > max(2, len(printed) // 3) else "differs"


def _replaced(printed: str, read: str) -> Iterator[Pair]:
    """The characters read for others, each pair in the order of the alphabet."""
    for edit in Levenshtein.editops(printed, read):
        if edit.tag == "replace":
            one, other = sorted((printed[edit.src_pos], read[edit.dest_pos]))
            yield one, other


def _table(seen: Counter[Pair], fates: Counter[str]) -> Iterator[str]:
    known: Counter[Pair] = Counter()
    for printed, read, times in COMMON_CONFUSIONS.counts:
        known[min(printed, read), max(printed, read)] += times
    yield "# What own OCR reads for what"
    yield ""
    yield f"{fates.total()} plates with capitals of {CAPS[0]} to {CAPS[-1]} px: {fates['the same']} read"
    yield f"right, {fates['differs']} in part, {fates['unreadable']} not. Pairs of characters that were taken"
    yield f"for each other {_SELDOM} times and more, whichever was printed, beside the matcher's table"
    yield "(`matching/confusions.py`). A digit read for a digit is never undone, and is in no table."
    yield ""
    yield "| pair | here | table |"
    yield "|---|---|---|"
    for (one, other), times in sorted(seen.items(), key=lambda each: (-each[1], each[0])):
        if times >= _SELDOM:
            yield f"| {one} {other} | {times} | {known[one, other] or ''} |"


if __name__ == "__main__":
    print(measure(Console(file=sys.stderr)))
