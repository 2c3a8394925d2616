"""What people's decisions spare them: a third of a queue is decided, and all else is matched once more.

A seeded plant through which somebody walks with a 360° camera again and again, always by the same stations.
Each plate is drawn as each walk sees it, and read by own OCR. What the matcher only suggests is the queue.
People decide a third of it by the truth; then all is matched again, with what they have taught. What they
have decided themselves counts nowhere.
"""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from rich.console import Console

from bench.plant.lists import Plant, grow
from bench.plant.noise import bare
from bench.plant.plates import Reader
from bench.plant.texts import BESIDE
from image360.lessons import learned
from image360.matching import AssetIndex, Match
from image360.matching.normaliser import COMMON_NORMALISER
from image360.state.decisions import Decision, Verdict
from image360.state.pairs import Pair

SEEDS = tuple(range(951, 956))  # held out: whoever develops the matcher draws others
ASSETS = 10_000
PLATES = 400
WALKS = 6
STATIONS = 40  # each with an image of each walk
SEEN = 0.85  # of the plates, by each walk
SHARE = 1 / 3  # of the queue is decided
# Which third: what the first walks ask, items drawn by lot, or the lowest scores of all walks at once, where
# the sightings of a plate come together, so that there is little left to be taught.
ORDERS = ("walk by walk", "by lot", "most doubtful first")
# What stands on a plate, of a hundred: the tag of an asset, alone or among words, or as it was before its
# letters were changed in the list; or the tag of what no list has.
KINDS = {"tag": 45, "words": 15, "former tag": 15, "part of it": 10, "not listed": 15}


@dataclass(frozen=True)
class People:
    """Who decides.

    Args:
        name: In words.
        wrong: The share of their decisions that say the contrary of the truth.
        say_always: Whether they do, of a former tag that was read well.
    """

    name: str
    wrong: float = 0.0
    say_always: bool = True


PEOPLE = (
    People("right"),
    People("right, never say always", say_always=False),
    People("wrong in 2 %", 0.02),
    People("wrong in 5 %", 0.05),
)


@dataclass(frozen=True)
class Plate:
    """What is printed, and the place of its asset: None where no list has it."""

    printed: str
    asset: int | None
    is_former: bool = False


@dataclass(frozen=True)
class Sighting:
    """A plate on an image, as it was read there."""

    plate: Plate
    image: int
    text: str
    confidence: float


@dataclass(frozen=True)
class Item:
    """What waits for a person."""

    sighting: Sighting
    match: Match

    @property
    def pair(self) -> Pair:
        """Image and asset."""
        assert self.match.asset is not None
        return Pair(("plant", f"image-{self.sighting.image:03}"), int(str(self.match.asset.key)))


@dataclass(frozen=True)
class Outcome:
    """What became of the items on which nobody has decided.

    Args:
        queue: Items before anybody decided.
        decided: Of these.
        left: Items that nobody has decided on.
        approved, ended: Of these: approved now, and not asked any more.
        wrong: Texts, asked or not, that are approved for another asset now, and were not before.
        lost: Of those ended, how many were right.
    """

    queue: int
    decided: int
    left: int
    approved: int
    ended: int
    wrong: int
    lost: int

    @property
    def fewer(self) -> float:
        """Share of what nobody has decided on that is suggested no more."""
        return (self.approved + self.ended) / self.left

    @property
    def next_queue(self) -> int:
        """How many items the next run suggests."""
        return self.left - self.approved - self.ended


def plates(plant: Plant, seed: int) -> list[Plate]:
    """The plates of a plant."""
    random = np.random.default_rng([seed, 7])
    doubled = {plant.assets[place].name for place in plant.doubles}
    single = [place for place in range(plant.core) if plant.assets[place].name not in doubled]
    taken = {bare(text) for a in plant.assets for text in (a.name, *a.aliases) if text}
    taken |= {bare(text) for text in (*plant.unlisted, *plant.children)}
    shares = np.array(list(KINDS.values())) / sum(KINDS.values())
    found: list[Plate] = []
    for kind in random.choice(list(KINDS), PLATES, p=shares).tolist():
        place = int(random.choice(single))
        name = plant.assets[place].name or ""
        if kind == "part of it":
            found.append(Plate(str(random.choice(plant.children)), None))
        elif kind == "not listed":
            found.append(Plate(str(random.choice(plant.unlisted)), None))
        elif kind == "words":
            found.append(Plate(str(random.choice(BESIDE)).format(name), place))
        else:
            former = formerly(random, name) if kind == "former tag" else name
            is_former = bare(former) not in taken
            found.append(Plate(former if is_former else name, place, is_former))
    return found


def formerly(random: np.random.Generator, tag: str) -> str:
    """A tag with one letter lost, added or changed."""
    at = int(random.choice([i for i, c in enumerate(tag) if c.isalpha()]))
    letter = str(random.choice(list("ACEFHKPTVX")))
    ways = (tag[:at] + tag[at + 1 :], tag[:at] + letter + tag[at:], tag[:at] + letter + tag[at + 1 :])
    return ways[int(random.integers(len(ways)))]


def sightings(plant: Plant, seed: int, reader: Reader) -> list[Sighting]:
    """Every plate on the images on which it is seen, as own OCR reads it there."""
    random = np.random.default_rng([seed, 8])
    found: list[Sighting] = []
    for number, plate in enumerate(plates(plant, seed)):
        station = int(random.integers(STATIONS))
        for walk in range(WALKS):
            if random.random() < SEEN:
                look = np.random.default_rng([seed, 10, number])
                read = reader.read(random, plate.printed, look)
                found.append(Sighting(plate, walk * STATIONS + station, *read))
    return found


def queue(seen: Sequence[Sighting], matches: Sequence[Match]) -> list[Item]:
    """What is suggested, the most doubtful first: one item for each asset on an image."""
    items = [Item(s, m) for s, m in zip(seen, matches, strict=True) if m.decision == "suggest"]
    items.sort(key=lambda item: (item.match.score, item.pair.parts, item.sighting.text))
    return list({item.pair: item for item in items}.values())


def ordered(items: Sequence[Item], order: str, random: np.random.Generator) -> list[Item]:
    """The queue in the order in which it is decided."""
    if order == "walk by walk":
        return sorted(items, key=lambda item: item.sighting.image)
    return [items[n] for n in random.permutation(len(items))] if order == "by lot" else list(items)


def decided(item: Item, moment: int, random: np.random.Generator, people: People) -> Decision:
    """What one of the people says of an item."""
    seen, plate = item.sighting, item.sighting.plate
    right = (plate.asset == item.pair.asset) != (random.random() < people.wrong)
    verdict: Verdict = "approve" if right else "reject"
    always = people.say_always and right and plate.is_former and bare(seen.text) == bare(plate.printed)
    said = "a person", moment, always
    return Decision(item.pair, item.pair.decision_id, verdict, None, None, seen.text, *said)


def outcome(seen: Sequence[Sighting], index: AssetIndex, seed: int, order: str, people: People) -> Outcome:
    """Decide the first third of the queue, and match everything again."""
    texts, confidences = [s.text for s in seen], [s.confidence for s in seen]
    random = np.random.default_rng([seed, 9])
    before = index.match(texts, confidences)
    items = ordered(queue(seen, before), order, random)
    count = round(SHARE * len(items))
    decisions = [decided(item, n, random, people) for n, item in enumerate(items[:count])]
    taught = index.taught(learned(decisions, COMMON_NORMALISER.key))
    after = taught.match(texts, confidences)
    left = items[count:]
    again = taught.match([i.sighting.text for i in left], [i.sighting.confidence for i in left])
    became = Counter(match.decision for match in again)
    return Outcome(
        len(items),
        count,
        len(left),
        became["approve"],
        became["none"],
        sum(map(_is_wrong, seen, before, after)),
        sum(
            m.decision == "none" and i.sighting.plate.asset == i.pair.asset
            for i, m in zip(left, again, strict=True)
        ),
    )


def _is_wrong(seen: Sighting, before: Match, after: Match) -> bool:
    """Whether a text is approved for another asset than the plate's, and was not before."""
    approved = after.decision == "approve" and before.decision != "approve"
    return approved and after.asset is not None and after.asset.key != seen.plate.asset


COLUMNS = (
    *("people", "order", "queue", "decided", "left", "approved", "not asked", "fewer", "least"),
    *("wrong", "lost", "next queue"),
)
Rows = dict[tuple[str, str], list[Outcome]]
"""The outcomes of the seeds, by order and people."""


def measure(console: Console) -> str:
    """Measure each seed, in each order, and with people who are wrong at times; return the table."""
    reader = Reader()
    rows: Rows = {}
    for seed in SEEDS:
        plant = grow(seed, ASSETS)
        console.print(f"seed {seed}: reading plates", highlight=False)
        seen = sightings(plant, seed, reader)
        reader.keep()
        index = AssetIndex.build(plant.assets)
        for people, order in product(PEOPLE, ORDERS):
            found = outcome(seen, index, seed, order, people)
            rows.setdefault((order, people.name), []).append(found)
    return "\n".join([*_table(rows), ""])


def _table(rows: Rows) -> Iterator[str]:
    kinds = ", ".join(f"{kind} {share}" for kind, share in KINDS.items())
    yield "# What decisions spare"
    yield ""
    yield f"{PLATES} plates of a plant with {ASSETS} assets, seen by {WALKS} walks past {STATIONS} stations"
    yield f"and read by own OCR; {len(SEEDS)} held-out seeds. Of a hundred plates: {kinds}."
    yield "People decide a third of what is suggested, in one of three orders; then all is matched again."
    yield "Of what nobody has decided on: approved, not asked any more, and together the share that is"
    yield "suggested no more (least: of the worst seed). Wrong: of all texts, asked or not, those that are"
    yield "approved for another asset now and were not before. Lost: of those not asked any more, the asset"
    yield "was right. Next queue: what the next run suggests."
    yield ""
    yield "| " + " | ".join(COLUMNS) + " |"
    yield "|---" * len(COLUMNS) + "|"
    for (order, people), outcomes in rows.items():
        yield _row(order, people, outcomes)


def _row(order: str, people: str, outcomes: Sequence[Outcome]) -> str:
    each, least = _sum(outcomes), min(one.fewer for one in outcomes)
    counts = " | ".join(
        str(cell) for cell in (each.queue, each.decided, each.left, each.approved, each.ended)
    )
    shares = f"{100 * each.fewer:.1f} % | {100 * least:.1f} %"
    ends = " | ".join(str(cell) for cell in (each.wrong, each.lost, each.next_queue))
    return f"| {people} | {order} | {counts} | {shares} | {ends} |"


def _sum(outcomes: Sequence[Outcome]) -> Outcome:
    fields = vars(outcomes[0])
    return replace(outcomes[0], **{name: sum(vars(each)[name] for each in outcomes) for name in fields})


if __name__ == "__main__":
    print(measure(Console(file=sys.stderr)))
