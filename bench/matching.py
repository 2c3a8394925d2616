"""The matcher beside what people use instead, on grown plants of three sizes (--help).

The plants, the texts and the images come from the project's own generator (bench/plant/). The seeds here are
held out: whoever develops the matcher draws others (python -m bench.plant --seed 1).
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import log
from pathlib import Path
from statistics import median

from rich.console import Console

from bench import contest
from bench.contest import Outcome, Questions
from bench.plant.figures import Count, Quality, ratio
from bench.plant.images import scenes
from bench.plant.lists import grow
from bench.plant.plates import Reader
from bench.plant.texts import SHARES, ask
from bench.rivals import DICT, EVERY_SEED, KEYS, OURS, WAYS

SEEDS = tuple(range(901, 906))
SIZES = (10_000, 100_000, 500_000)
TEXTS = 21_000
IMAGES = 1000
SECONDS = 20.0  # of CPU for the answers of one way on one plant; who is slower is asked fewer texts

_EXAMPLES = 20

WORDS = f"""# Matching

Grown plants, {TEXTS} texts and {IMAGES} images each (`bench/plant/`). {{ways}}: the worst of
{{seeds}} held-out seeds for each figure, of costs the median; the others: the first seed, as many texts
as they answer in {SECONDS:.0f} s of CPU. Each way runs in a process of its own.

Precision: approvals that are right; from: the lower end of its interval (Wilson, 95 %). Recall:
readable tags whose asset is approved. At 99.5 %: the same, if all above one score were approved, at
this precision. Shown: approved or suggested. Traps: texts that lure (the asset is missing and its
neighbour listed, two assets of one name, twins, tags cut or continued, digits read as other digits)
without a wrong approval. Signs: approvals on texts that are no tag, over all seeds. A text that came to
be another listed tag letter by letter counts nowhere: no text tells. CPU of one core, per text."""

Outcomes = dict[tuple[str, int], list[Outcome]]
"""The outcomes of a way at a size, seed by seed."""


@dataclass(frozen=True)
class Column:
    """A figure of the table, and which of the seeds' values is told: the worst, of costs the median."""

    name: str
    of: Callable[[Outcome], float]
    told: Callable[[Sequence[float]], float]
    form: str = "{:.4f}"


COLUMNS = (
    Column("texts", lambda o: o.texts, sum, "{:.0f}"),
    Column("precision", lambda o: o.quality.precision, min),
    Column("from", lambda o: o.quality.precision_from, min),
    Column("recall", lambda o: o.quality.recall, min),
    Column("at 99.5 %", lambda o: o.quality.frontier, min),
    Column("shown", lambda o: o.quality.shown, min),
    Column("traps", lambda o: o.quality.abstention, min),
    Column("signs", lambda o: o.quality.signs, sum, "{:.0f}"),
    Column("CPU ms", lambda o: o.ms, median),
    Column("build s", lambda o: o.build, median, "{:.2f}"),
    Column("index MB", lambda o: o.memory[0], median, "{:.1f}"),
    Column("process MB", lambda o: o.memory[1], max, "{:.0f}"),
)
IMAGE_COLUMNS = (
    Column("precision", lambda o: o.images.precision if o.images else 0.0, min),
    Column("recall", lambda o: o.images.recall if o.images else 0.0, min),
    Column("wrong", lambda o: o.images.approvals - o.images.right if o.images else 0, sum, "{:.0f}"),
    Column("CPU ms", lambda o: o.image_ms, median, "{:.3f}"),
)


def measure(
    console: Console,
    sizes: Sequence[int] = SIZES,
    seeds: Sequence[int] = SEEDS,
    ways: Sequence[str] = tuple(WAYS),
) -> str:
    """Measure the ways at every size; those of ``EVERY_SEED`` on every seed, the others on the first."""
    found: Outcomes = {}
    reader = Reader()
    with tempfile.TemporaryDirectory(prefix="image360-bench-") as folder:
        file = Path(folder) / "questions"
        for seed, size in ((seed, size) for seed in seeds for size in sizes):
            plant = grow(seed, size)
            queries, images = ask(plant, seed, TEXTS, reader), scenes(plant, seed, IMAGES, reader)
            reader.keep()
            contest.write(Questions(plant, queries, images), file)
            for way in ways:
                if way in EVERY_SEED or seed == seeds[0]:
                    console.print(f"seed {seed}, {size} assets: {way}", highlight=False)
                    found.setdefault((way, size), []).append(contest.run(way, file, SECONDS))
    return "\n".join(_report(found, sizes, seeds, ways))


def _report(
    found: Outcomes, sizes: Sequence[int], seeds: Sequence[int], ways: Sequence[str]
) -> Iterator[str]:
    yield from _words(len(seeds))
    for size in sizes:
        yield from ("", f"## {size} assets", "")
        yield from _table(COLUMNS, {way: found[way, size] for way in ways})
        yield from _beside(found, size)
    yield from (
        "",
        "## Images",
        "",
        "Precision and recall by image; a way that knows no images answers box by box.",
    )
    for size in sizes:
        asked = {way: [o for o in found[way, size] if o.images] for way in ways}
        yield from ("", f"{size} assets:", "")
        yield from _table(IMAGE_COLUMNS, {way: outcomes for way, outcomes in asked.items() if outcomes})
    if len(sizes) > 1:
        yield from _scaling(found, sizes[0], sizes[-1], ways)
    if OURS in ways:
        for size in sorted({sizes[0], sizes[-1]}):
            yield from _kinds([outcome.quality for outcome in found[OURS, size]], size)
            yield from _wrong([outcome.quality for outcome in found[OURS, size]])


def _words(seeds: int) -> Iterator[str]:
    yield from WORDS.format(ways=", ".join(EVERY_SEED), seeds=seeds).splitlines()


def _table(columns: Sequence[Column], rows: dict[str, list[Outcome]]) -> Iterator[str]:
    yield f"| way | {' | '.join(column.name for column in columns)} |"
    yield "|---" * (len(columns) + 1) + "|"
    for way, outcomes in rows.items():
        cells = (c.form.format(c.told([c.of(outcome) for outcome in outcomes])) for c in columns)
        yield f"| {way} | {' | '.join(cells)} |"


def _beside(found: Outcomes, size: int) -> Iterator[str]:
    """The index beside a dict of the keys, and how many texts are set aside."""
    ours, keys = found.get((OURS, size)), found.get((KEYS, size))
    if ours and keys:
        build = median(o.build for o in ours) / median(o.build for o in keys)
        memory = median(o.memory[0] for o in ours) / median(o.memory[0] for o in keys)
        yield ""
        yield f"{OURS} beside {KEYS}: {build:.2f} times the build, {memory:.2f} times the memory."
    if ours:
        aside = sum(o.quality.unsettled for o in ours)
        approved = sum(o.quality.unsettled_approvals for o in ours)
        yield f"Set aside, over all seeds: {aside} texts; {OURS} approves {approved} of them."


def _scaling(found: Outcomes, least: int, most: int, ways: Sequence[str]) -> Iterator[str]:
    yield from ("", "## Scaling", "")
    yield f"CPU per text grows with the power of the number of assets, {least} to {most}:"
    yield ""
    yield f"| way | exponent | times {DICT} |"
    yield "|---|---|---|"
    cost = {(way, size): median(o.ms for o in found[way, size]) for way in ways for size in (least, most)}
    for way in ways:
        exponent = log(cost[way, most] / cost[way, least]) / log(most / least)
        times = f"{cost[way, most] / cost[DICT, most]:.0f}" if DICT in ways else ""
        yield f"| {way} | {exponent:.3f} | {times} |"


def _kinds(qualities: Sequence[Quality], size: int) -> Iterator[str]:
    yield from ("", f"## {OURS}, {size} assets, by kind, over all seeds", "")
    yield "| kind | texts | readable | approved | shown | wrong approvals |"
    yield "|---|---|---|---|---|---|"
    for kind in SHARES:
        count = sum((quality.kinds[kind] for quality in qualities), Count())
        found, shown = (
            f"{ratio(part, count.readable):.4f}" if count.readable else ""
            for part in (count.found, count.shown)
        )
        wrong = count.approvals - count.right
        yield f"| {kind} | {count.texts} | {count.readable} | {found} | {shown} | {wrong} |"


def _wrong(qualities: Sequence[Quality]) -> Iterator[str]:
    wrong = [each for quality in qualities for each in quality.wrong]
    yield from ("", f"Wrong approvals: {len(wrong)}{', the first:' if len(wrong) > _EXAMPLES else ''}", "")
    for kind, text, confidence, name in wrong[:_EXAMPLES]:
        yield f"* {kind}: `{text}` ({confidence:.2f}) for `{name}`"


def main() -> None:
    """Measure what is asked for, and print the table."""
    parser = argparse.ArgumentParser(prog="bench.matching", description=__doc__)
    parser.add_argument("--assets", type=int, nargs="+", default=SIZES)
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    parser.add_argument("--ways", nargs="+", choices=list(WAYS), default=list(WAYS))
    given = parser.parse_args()
    print(measure(Console(file=sys.stderr), given.assets, given.seeds, given.ways))


if __name__ == "__main__":
    main()
