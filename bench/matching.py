"""The matcher beside what people use instead, on grown plants of three sizes (--help).

The plants, the texts and the images come from the project's own generator (bench/plant/). The seeds here are
held out: whoever develops the matcher draws others (python -m bench.plant --seed 1).
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from math import log, nan
from pathlib import Path
from statistics import median

from rich.console import Console

from bench import contest
from bench.contest import Questions, Reply
from bench.plant.figures import FRONTIER, Count, Images, Quality, judge, judge_images, places_of, ratio
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

EXAMPLES = 20

WORDS = f"""# Matching

Grown plants, {TEXTS} texts and {IMAGES} images each (`bench/plant/`). {{ways}}:
at the least and the largest size the worst of {{seeds}} held-out seeds for each figure, of costs the
median. All else: the first of these seeds, and as many texts as a way answers in {SECONDS:.0f} s of CPU.
Each way runs in a process of its own; the index alone is weighed in another (tracemalloc).

Precision: approvals that are right; from: the lower end of its interval (Wilson, 95 %). Recall:
readable tags whose asset is approved. At 99.5 %: the same, if all above one score were approved, at
this precision. Shown: approved or suggested. Traps: texts that lure (the asset is missing and its
neighbour listed, two assets of one name, twins, tags cut or continued, digits read as other digits)
without a wrong approval. Signs: approvals on texts that are no tag, over all seeds. A text that came to
be another listed tag letter by letter counts nowhere: no text tells. CPU of one core, per text."""


@dataclass(frozen=True)
class Outcome:
    """What a way is worth on one list, and what it costs.

    Args:
        quality: Of its answers to the texts.
        images: Of its answers to the images; None where the texts took all the time.
        reply: The answers and their cost.
        weight: MB of the index; NaN where it was not weighed.
        wrong: The names of the assets in ``quality.wrong``.
    """

    quality: Quality
    images: Images | None
    reply: Reply
    weight: float
    wrong: tuple[str, ...]


Found = dict[tuple[str, int], list[Outcome]]
"""The outcomes of each way at each size, seed by seed."""


@dataclass(frozen=True)
class Column:
    """A figure of the table, and which of the seeds' values is told."""

    name: str
    of: Callable[[Outcome], float]
    told: Callable[[Sequence[float]], float]
    form: str = "{:.4f}"


COLUMNS = (
    Column("texts", lambda o: len(o.reply.answers), sum, "{:.0f}"),
    Column("precision", lambda o: o.quality.precision, min),
    Column("from", lambda o: o.quality.precision_from, min),
    Column("recall", lambda o: o.quality.recall, min),
    Column("at 99.5 %", lambda o: o.quality.frontier[0.995], min),
    Column("shown", lambda o: o.quality.shown, min),
    Column("traps", lambda o: o.quality.abstention, min),
    Column("signs", lambda o: o.quality.signs, sum, "{:.0f}"),
    Column("CPU ms", lambda o: o.reply.ms, median),
    Column("build s", lambda o: o.reply.build, median, "{:.2f}"),
    Column("index MB", lambda o: o.weight, lambda weights: weights[0], "{:.1f}"),
    Column("process MB", lambda o: o.reply.process, max, "{:.0f}"),
)
IMAGE_COLUMNS = (
    Column("precision", lambda o: o.images.precision if o.images else 0.0, min),
    Column("recall", lambda o: o.images.recall if o.images else 0.0, min),
    Column("wrong", lambda o: o.images.approvals - o.images.right if o.images else 0, sum, "{:.0f}"),
    Column("CPU ms", lambda o: o.reply.image_ms, median, "{:.3f}"),
)


def measure(
    console: Console,
    sizes: Sequence[int] = SIZES,
    seeds: Sequence[int] = SEEDS,
    ways: Sequence[str] = tuple(WAYS),
) -> str:
    """Measure the ways on the first seed, at every size; then those of ``EVERY_SEED``, at the ends."""
    found: Found = {}
    reader = Reader()
    with tempfile.TemporaryDirectory(prefix="image360-bench-") as folder:
        file = Path(folder) / "questions"
        for seed in seeds:
            console.print(f"seed {seed}: texts and images", highlight=False)
            core = grow(seed, sizes[0])
            queries, images = ask(core, seed, TEXTS, reader), scenes(core, seed, IMAGES, reader)
            reader.keep()
            is_first = seed == seeds[0]
            for size in sizes if is_first else sorted({sizes[0], sizes[-1]}):
                questions = Questions(grow(seed, size).assets, tuple(queries), tuple(images))
                contest.write(questions, file)
                asked = [way for way in ways if is_first or way in EVERY_SEED]
                places = places_of(questions.assets)
                for way in asked:
                    console.print(f"seed {seed}, {size} assets: {way}", highlight=False)
                    outcome = _outcome(way, questions, file, places, is_weighed=is_first)
                    found.setdefault((way, size), []).append(outcome)
    return "\n".join(_report(found, sizes, len(seeds), ways))


def _outcome(
    way: str, questions: Questions, file: Path, places: dict[str, set[int]], *, is_weighed: bool
) -> Outcome:
    reply = contest.reply_of(way, file, SECONDS)
    weight = contest.weight_of(way, file) if is_weighed else nan
    quality = judge(questions.queries[: len(reply.answers)], reply.answers, places)
    images = judge_images(questions.scenes, reply.on_images, places) if reply.on_images else None
    names = tuple(questions.assets[place].name or "" for *_, place in quality.wrong)
    return Outcome(quality, images, reply, weight, names)


def _report(found: Found, sizes: Sequence[int], seeds: int, ways: Sequence[str]) -> Iterator[str]:
    yield from WORDS.format(ways=", ".join(EVERY_SEED), seeds=seeds).splitlines()
    for size in sizes:
        yield from ("", f"## {size} assets", "")
        yield from _table(COLUMNS, {way: found[way, size] for way in ways})
        yield from _beside(found, size, ways)
    yield from ("", "## Images", "")
    yield "Precision and recall by image; a way that knows no images answers box by box."
    for size in sizes:
        with_images = {way: [o for o in found[way, size] if o.images] for way in ways}
        yield from ("", f"{size} assets:", "")
        yield from _table(IMAGE_COLUMNS, {way: outcomes for way, outcomes in with_images.items() if outcomes})
    if len(sizes) > 1:
        yield from _scaling(found, sizes[0], sizes[-1], ways)
    for size in sorted({sizes[0], sizes[-1]} if OURS in ways else ()):
        yield from _frontier(found[OURS, size], size)
        yield from _kinds(found[OURS, size], size)
        yield from _wrong(found[OURS, size])


def _table(columns: Sequence[Column], rows: dict[str, list[Outcome]]) -> Iterator[str]:
    yield f"| way | {' | '.join(column.name for column in columns)} |"
    yield "|---" * (len(columns) + 1) + "|"
    for way, outcomes in rows.items():
        cells = (c.form.format(c.told([c.of(outcome) for outcome in outcomes])) for c in columns)
        yield f"| {way} | {' | '.join(cells)} |"


def _beside(found: Found, size: int, ways: Sequence[str]) -> Iterator[str]:
    """Our index beside a dict of the keys, and how many texts are set aside."""
    yield ""
    if OURS in ways and KEYS in ways:
        ours, keys = found[OURS, size], found[KEYS, size]
        build = median(o.reply.build for o in ours) / median(o.reply.build for o in keys)
        weight = ours[0].weight / keys[0].weight
        yield f"{OURS} beside {KEYS}: {build:.2f} times the build, {weight:.2f} times the memory."
    if OURS in ways:
        qualities = [outcome.quality for outcome in found[OURS, size]]
        aside, approved = sum(q.unsettled for q in qualities), sum(q.unsettled_approvals for q in qualities)
        yield f"Set aside, over all seeds: {aside} texts; {OURS} approves {approved} of them."


def _scaling(found: Found, least: int, most: int, ways: Sequence[str]) -> Iterator[str]:
    yield from ("", "## Scaling", "")
    yield f"CPU per text grows with this power of the number of assets, {least} to {most}:"
    yield ""
    yield f"| way | exponent | times {DICT} at {most} |"
    yield "|---|---|---|"
    cost = {key: median(o.reply.ms for o in outcomes) for key, outcomes in found.items()}
    for way in ways:
        exponent = log(cost[way, most] / cost[way, least]) / log(most / least)
        times = f"{cost[way, most] / cost[DICT, most]:.0f}" if DICT in ways else ""
        yield f"| {way} | {exponent:.3f} | {times} |"


def _frontier(outcomes: Sequence[Outcome], size: int) -> Iterator[str]:
    yield from ("", f"## {OURS}, {size} assets: precision against recall", "")
    yield "Recall of the worst seed, if all above one score were approved:"
    yield ""
    yield f"| {' | '.join(f'{100 * precision:.1f} %' for precision in FRONTIER)} |"
    yield "|---" * len(FRONTIER) + "|"
    worst = (min(outcome.quality.frontier[precision] for outcome in outcomes) for precision in FRONTIER)
    yield f"| {' | '.join(f'{recall:.4f}' for recall in worst)} |"


def _kinds(outcomes: Sequence[Outcome], size: int) -> Iterator[str]:
    yield from ("", f"## {OURS}, {size} assets, by kind, over all seeds", "")
    yield "| kind | texts | readable | approved | shown | wrong approvals |"
    yield "|---|---|---|---|---|---|"
    for kind in SHARES:
        count = sum((outcome.quality.kinds[kind] for outcome in outcomes), Count())
        found, shown = (
            f"{ratio(part, count.readable):.4f}" if count.readable else ""
            for part in (count.found, count.shown)
        )
        wrong = count.approvals - count.right
        yield f"| {kind} | {count.texts} | {count.readable} | {found} | {shown} | {wrong} |"


def _wrong(outcomes: Sequence[Outcome]) -> Iterator[str]:
    wrong = list(chain.from_iterable(zip(o.quality.wrong, o.wrong, strict=True) for o in outcomes))
    yield from ("", f"Wrong approvals: {len(wrong)}{', the first:' if len(wrong) > EXAMPLES else ''}", "")
    for (kind, text, confidence, _), name in wrong[:EXAMPLES]:
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
