"""The matcher beside what people use instead: difflib, rapidfuzz and one dict look-up.

The list and the texts come from a seeded generator of its own. A digit read as another digit that happens to
give another listed tag is left out: no text tells it from that tag (it counts against every way alike).
"""

import difflib
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import rapidfuzz
from rich.console import Console

from image360.matching import Asset, AssetIndex
from image360.matching.normaliser import normalise

SEEDS = (11, 12, 13)
ASSETS = 3000
TEXTS = 800

GROUPS = (
    "PT",
    "PI",
    "PSV",
    "TT",
    "TI",
    "FT",
    "FIC",
    "FO",
    "LT",
    "LIC",
    "LAHH",
    "HV",
    "XV",
    "ZS",
    "ESDV",
    "PA",
    "VG",
)
PLANTS = ("LAA", "LBA", "MBP", "HAD", "EKG")
SIGNS = (
    "EMERGENCY SHOWER", "EYE WASH", "NO SMOKING", "HOT SURFACE", "PUMP", "VALVE", "IP65", "IP66/67", "24 VDC",
    "4-20mA", "DN200 PN16", "S/N 4829792", "SERIAL NO SZ-2014-4604", "TYPE PMD75-NNN2", "DECK 6", "ZONE 2",
    "EX d IIC T4", "MADE IN NORWAY", "05.12.2012", "WEIGHT 283 KG", "PH-13929-P-4117635-001", "A3", "9D21",
    "TB13-26", "SIL 3", "ORDER 78836/2", "MAX LOAD 39 KG", "1269 BAR", "MCC3", "-20/+60 C", "E-STOP",
    "TEL +47 21628168",
)  # fmt: skip
LABELS = ("TAG {}", "TAG NO: {}", "PUMP {}", "{} INLET", "ITEM {} SEAWATER LIFT PUMP", "{}INLET", "VESSEL{}")
CONFUSIONS = {
    "0": "O",
    "1": "Il",
    "2": "Z",
    "5": "S",
    "6": "G",
    "8": "B",
    "O": "0",
    "I": "1",
    "S": "5",
    "B": "8",
}


@dataclass(frozen=True)
class Query:
    """A text with the asset it shows; None where no asset may be approved."""

    text: str
    asset: int | None
    kind: str


@dataclass(frozen=True)
class Answer:
    """What a way of matching says: an asset, and whether it approves it."""

    asset: int | None
    approve: bool


Way = Callable[[list[Asset]], Callable[[list[str]], list[Answer]]]


def tags(random: np.random.Generator, count: int) -> list[str]:
    """Different tags in four ways of writing, with dense numbers."""
    found: dict[str, None] = {}
    while len(found) < count:
        unit, group = random.choice([21, 30, 45, 71]), random.choice(GROUPS)
        number, suffix = (
            random.integers(1000, 1000 + count // 20),
            random.choice(["", "", "", "A", "B", "-01", "-02"]),
        )
        plant = f"{random.choice([10, 50])}{random.choice(PLANTS)}{random.choice([10, 20, 30])}"
        written = (
            f"{unit}-{group}-{number}{suffix}",
            f"{unit}-{group}-{number}{suffix}",
            f"{group}-{random.integers(100, 400)}",
            f"{plant}{random.choice(['CT', 'CP', 'AA', 'BR'])}{random.integers(1, 40):03d}",
        )
        found.setdefault(str(random.choice(written)))
    return list(found)


def site(random: np.random.Generator, count: int) -> tuple[list[Asset], list[str]]:
    """Assets, and the tags that stand on the plant but not in the list: one in five."""
    every = tags(random, count * 5 // 4)
    listed, missing = every[:count], every[count:]
    assets: list[Asset] = []
    for key, name in enumerate(listed):
        aliases = (
            (f"OLD-{random.integers(10000, 99999)}-{random.choice(list('KRN'))}",) if key % 5 == 0 else ()
        )
        assets.append(Asset(key, name, f"sap_{10**7 + key}", aliases, "seawater lift pump"))
    doubles = [Asset(count + n, assets[n * 50].name) for n in range(count // 100)]
    return [*assets, *doubles], missing


def queries(random: np.random.Generator, assets: list[Asset], missing: list[str], count: int) -> list[Query]:
    """Texts of every kind, ``count`` in all."""
    names = [asset.name or "" for asset in assets]
    keys = [normalise(name) for name in names]
    counts = Counter(keys)
    singles = [i for i, key in enumerate(keys) if counts[key] == 1]
    doubled = [i for i, key in enumerate(keys) if counts[key] > 1]
    aliased = [i for i in singles if assets[i].aliases]
    listed = {*keys, *(normalise(alias) for i in aliased for alias in assets[i].aliases)}

    def one(kind: str) -> Query:
        i = int(random.choice(singles))
        name, unlisted, by_alias = names[i], str(random.choice(missing)), int(random.choice(aliased))
        makers: dict[str, Callable[[], tuple[str, int | None]]] = {
            "clean": lambda: (name, i),
            "rewritten": lambda: (rewritten(random, name), i),
            "alias": lambda: (assets[by_alias].aliases[0], by_alias),
            "misread": lambda: (misread(random, name), i),
            "digit for digit": lambda: (digit_for_digit(random, name), i),
            "lost character": lambda: (lost(random, name), i),
            "among words": lambda: (str(random.choice(LABELS)).format(name), i),
            "missing": lambda: (unlisted, None),
            "missing, misread": lambda: (misread(random, unlisted), None),
            "missing, among words": lambda: (str(random.choice(LABELS)).format(unlisted), None),
            "two of one name": lambda: (names[int(random.choice(doubled))], None),
            "cut": lambda: (name[: -int(random.integers(1, 3))], None),
            "no tag": lambda: (str(random.choice(SIGNS)), None),
        }
        text, asset = makers[kind]()
        return Query(text, asset, kind)

    shares = {"clean": 5, "rewritten": 3, "alias": 1, "misread": 4, "digit for digit": 1, "lost character": 1}
    shares |= {"among words": 2, "missing": 4, "missing, misread": 2, "missing, among words": 1}
    shares |= {"two of one name": 1, "cut": 1, "no tag": 4}
    kinds = [kind for kind, share in shares.items() for _ in range(count * share // sum(shares.values()))]
    # A spoiled text that is another listed tag cannot be judged by its text.
    spoiled = ("digit for digit", "lost character", "cut", "missing, misread")
    found = (one(kind) for kind in kinds)
    return [q for q in found if not (q.kind in spoiled and normalise(q.text) in listed)]


def rewritten(random: np.random.Generator, name: str) -> str:
    forms = (name.lower(), name.replace("-", ""), name.replace("-", " "), f" {name}.", name.replace("-", "–"))
    return str(random.choice(forms))


def misread(random: np.random.Generator, name: str) -> str:
    """One or two letters for digits or digits for letters."""
    places = [i for i, c in enumerate(name) if c in CONFUSIONS]
    for i in random.permutation(places)[: random.integers(1, 3)]:
        name = name[:i] + str(random.choice(list(CONFUSIONS[name[i]]))) + name[i + 1 :]
    return name


def digit_for_digit(random: np.random.Generator, name: str) -> str:
    i = int(random.choice([i for i, c in enumerate(name) if c.isdigit()]))
    return name[:i] + str((int(name[i]) + random.integers(1, 10)) % 10) + name[i + 1 :]


def lost(random: np.random.Generator, name: str) -> str:
    i = int(random.integers(0, len(name)))
    return name[:i] + name[i + 1 :]


def image360(assets: list[Asset]) -> Callable[[list[str]], list[Answer]]:
    index = AssetIndex.build(assets)

    def ask(texts: list[str]) -> list[Answer]:
        return [
            Answer(m.asset.key if m.asset and isinstance(m.asset.key, int) else None, m.decision == "approve")
            for m in index.match(texts)
        ]

    return ask


def labels_of(assets: list[Asset]) -> tuple[list[str], list[int]]:
    pairs = [(text, int(str(a.key))) for a in assets for text in (a.name, *a.aliases) if text]
    return [text for text, _ in pairs], [key for _, key in pairs]


def one_look_up(assets: list[Asset]) -> Callable[[list[str]], list[Answer]]:
    table = dict(zip(*labels_of(assets), strict=True))
    return lambda texts: [Answer(table.get(text), text in table) for text in texts]


def difflib_recipe(assets: list[Asset]) -> Callable[[list[str]], list[Answer]]:
    labels, keys = labels_of(assets)
    table = dict(zip(labels, keys, strict=True))

    def one(text: str) -> Answer:
        if text in table:
            return Answer(table[text], True)
        near = difflib.get_close_matches(text, labels, n=1, cutoff=0.6)
        if not near:
            return Answer(None, False)
        return Answer(table[near[0]], difflib.SequenceMatcher(None, near[0], text).ratio() >= 0.9)

    return lambda texts: [one(text) for text in texts]


def extract_one(assets: list[Asset]) -> Callable[[list[str]], list[Answer]]:
    labels, keys = labels_of(assets)
    upper = [label.upper() for label in labels]

    def one(text: str) -> Answer:
        scorer = rapidfuzz.fuzz.ratio
        near = rapidfuzz.process.extractOne(text.upper().strip(), upper, scorer=scorer, score_cutoff=60)
        return Answer(keys[near[2]], near[1] >= 90) if near else Answer(None, False)

    return lambda texts: [one(text) for text in texts]


WAYS: dict[str, Way] = {
    "image360": image360,
    "one dict look-up": one_look_up,
    "rapidfuzz extractOne, ratio >= 90": extract_one,
    "exact, then difflib >= 0.9": difflib_recipe,
}


def figures_of(way: Way, assets: list[Asset], asked: list[Query]) -> dict[str, float]:
    """Precision, recall and cost of one way on one list."""
    started = time.process_time()
    ask = way(assets)
    built = time.process_time() - started
    started = time.process_time()
    answers = ask([query.text for query in asked])
    spent = time.process_time() - started
    pairs = list(zip(asked, answers, strict=True))
    approved = [(q, a) for q, a in pairs if a.approve]
    true = [(q, a) for q, a in pairs if q.asset is not None]
    traps = [a for q, a in pairs if q.asset is None and q.kind != "no tag"]
    return {
        "precision": sum(q.asset == a.asset for q, a in approved) / len(approved),
        "recall": sum(a.approve and q.asset == a.asset for q, a in true) / len(true),
        "shown": sum(q.asset == a.asset for q, a in true) / len(true),
        "traps": 1 - sum(a.approve for a in traps) / len(traps),
        "signs": sum(a.approve for q, a in pairs if q.kind == "no tag"),
        "build": built,
        "ms": 1000 * spent / len(asked),
    }


def measure(console: Console) -> str:
    """Measure every way on every seed; the table holds the worst seed of each figure."""
    figures: dict[str, list[dict[str, float]]] = {name: [] for name in WAYS}
    for seed in SEEDS:
        random = np.random.default_rng(seed)
        assets, missing = site(random, ASSETS)
        asked = queries(random, assets, missing, TEXTS)
        for name, way in WAYS.items():
            console.print(f"seed {seed}: {name}")
            figures[name].append(figures_of(way, assets, asked))
    return "\n".join(_table(figures))


def _table(figures: dict[str, list[dict[str, float]]]) -> Iterator[str]:
    yield "# Matching"
    yield ""
    yield f"{ASSETS} assets, about {TEXTS} texts; for each figure the worst of {len(SEEDS)} seeds."
    yield "Precision: approvals that are right. Recall: tags whose asset is approved. Shown: approved or"
    yield "suggested. Traps: texts of missing, doubled and cut tags that are not approved. Signs: approvals"
    yield "on texts that are no tag, over all seeds. CPU: one core, per text; x: times the dict look-up."
    yield ""
    yield "| way | precision | recall | shown | traps | signs | build s | CPU ms | x |"
    yield "|---|---|---|---|---|---|---|---|---|"
    floor = max(found["ms"] for found in figures["one dict look-up"])
    for name, found in figures.items():
        worst = {
            figure: (max if figure in ("build", "ms") else min)(each[figure] for each in found)
            for figure in found[0]
        }
        signs = sum(each["signs"] for each in found)
        cells = (
            *(f"{worst[figure]:.4f}" for figure in ("precision", "recall", "shown", "traps")),
            f"{signs:.0f}",
            f"{worst['build']:.2f}",
            f"{worst['ms']:.4f}",
            f"{worst['ms'] / floor:.0f}",
        )
        yield f"| {name} | {' | '.join(cells)} |"


if __name__ == "__main__":
    print(measure(Console(file=sys.stderr)))
