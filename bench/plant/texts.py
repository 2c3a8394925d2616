"""What is read on a plant: texts of every kind, each with the assets that it shows."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from rapidfuzz.distance import Levenshtein

from bench.plant.lists import GROUPS, Plant
from bench.plant.noise import noisy, other_engine, rewritten, sure
from bench.plant.plates import Reader
from image360.matching.confusions import COMMON_CONFUSIONS
from image360.matching.normaliser import normalise

Random = np.random.Generator
_CLEAN = "clean"

# So many of a thousand texts are of each kind.
SHARES = {
    _CLEAN: 95, "rewritten": 70, "alias": 30, "noise": 95, "other engine": 45, "ocr": 130, "words": 50,
    "words, ocr": 15, "glued": 10, "merged": 20, "twin": 8,
    "trap missing": 90, "trap missing, noise": 20, "trap missing, ocr": 40, "trap missing, words": 24,
    "trap part": 24, "trap double": 14, "trap half": 12, "trap cut end": 24, "trap cut start": 16,
    "sign": 60, "sign, ocr": 30, "sign, number": 40,
}  # fmt: skip

_SIGNS = (
    "EMERGENCY SHOWER", "EYE WASH", "NO SMOKING", "HOT SURFACE", "PUMP", "VALVE", "IP65", "IP66/67", "24 VDC",
    "4-20mA", "DN200 PN16", "TYPE PMD75-NNN2", "DECK 6", "ZONE 2", "EX d IIC T4", "MADE IN NORWAY", "SIL 3",
    "05.12.2012", "A3", "9D21", "TB13-26", "MCC3", "-20/+60 C", "E-STOP", "AUTO", "OFF", "SIEMENS", "ROTORK",
    "ENDRESS+HAUSER", "CLOSED", "MAN", "START", "STOP", "230V 50Hz", "CAUTION", "1", "12", "B", "FISHER",
    "MUSTER STATION 4", "FLOW", "RESET", "NO ENTRY", "FULL", "ASSEMBLY POINT", "FIRE HOSE", "3/4 NPT", "SS316",
)  # fmt: skip
_NUMBERED = (
    "S/N {a}", "SERIAL NO SZ-2014-{b}", "ORDER {a}/{c}", "WEIGHT {b} KG", "MAX LOAD {c} KG", "TEL +47 {a}",
    "PH-{a}-P-{b}-001", "P/N {a}", "{b} BAR", "WELD {b}-{c}", "DWG {a}-{b}", "INSPECTED {c}.07.2021", "{a}",
    "MOD. 3051{c}", "CERT {b}X", "TYPE {c}-{b}", "{b} RPM", "LOT {a}",
)  # fmt: skip
_BESIDE = (
    "TAG {}", "TAG NO: {}", "PUMP {}", "{} INLET", "ITEM {} SEAWATER LIFT PUMP", "VESSEL {}", "{} 230V",
    "{} NORMALLY OPEN", "EQ. {} SCRUBBER", "{} SET 16 BARG", "VALVE: {}", "{} DISCHARGE", "INSTR. {}",
    "{} PRESSURE TRANSMITTER", "ASSET {}", "{} 4-20mA", "XMTR {}", "UNIT {} BYPASS", "{} SPARE", "{} LO",
)  # fmt: skip
_GLUED = ("{}INLET", "VESSEL{}", "PUMP{}", "TAG{}", "{}NORMALLY OPEN", "UNIT{}OUTLET", "{}PUMP", "MOTOR{}")
_BETWEEN = (" / ", "/", " ", "  ", ", ", "", "-", " & ", "+")


@dataclass(frozen=True)
class Query:
    """A text as an engine reads it, with the places of the assets that it shows; none must be approved for others.

    ``readable``: one of them can be made out, at least by a person with the list.
    """

    text: str
    confidence: float
    assets: tuple[int, ...]
    kind: str
    readable: bool


def ask(plant: Plant, seed: int, count: int) -> list[Query]:
    """``count`` texts, of every kind in ``SHARES``."""
    random = np.random.default_rng([seed, 2])
    maker = _Maker(plant, random)
    queries = [
        maker.query(kind)
        for kind, share in SHARES.items()
        for _ in range(round(count * share / sum(SHARES.values())))
    ]
    random.shuffle(queries)
    return queries


class _Maker:
    def __init__(self, plant: Plant, random: Random) -> None:
        self.plant = plant
        self.random = random
        self.reader = Reader(random)
        self.names = [asset.name or "" for asset in plant.assets[: plant.core]]
        keys = [normalise(name) for name in self.names]
        counts = Counter(keys)
        self.single = [i for i, key in enumerate(keys) if counts[key] == 1]
        self.doubled = [i for i, key in enumerate(keys) if counts[key] > 1]
        self.aliased = [i for i in self.single if plant.assets[i].aliases]
        self.twins = [i for i in self.single if plant.core - plant.core // 50 <= i]

    def one(self, of: list[int]) -> int:
        return of[int(self.random.integers(len(of)))]

    def some(self, of: tuple[str, ...]) -> str:
        return of[int(self.random.integers(len(of)))]

    def query(self, kind: str) -> Query:
        """A text of a kind."""
        if kind.startswith("sign"):
            return self._sign(kind)
        if kind.startswith("trap"):
            return self._trap(kind)
        if kind == "merged":
            return self._merged()
        i = self.one(self.twins if kind == "twin" else self.aliased if kind == "alias" else self.single)
        tag = self.plant.assets[i].aliases[0] if kind == "alias" else self.names[i]
        text, confidence = self._read(kind, tag)
        return Query(text, confidence, (i,), kind, _is_readable(text, tag, kind))

    def _read(self, kind: str, tag: str) -> tuple[str, float]:
        random = self.random
        ways: dict[str, Callable[[], tuple[str, float]]] = {
            "rewritten": lambda: (rewritten(random, tag), sure(random)),
            "noise": lambda: noisy(random, tag),
            "other engine": lambda: (other_engine(random, tag), float(random.uniform(0.1, 0.95))),
            "ocr": lambda: self.reader.read(tag),
            "words": lambda: (self.some(_BESIDE).format(tag), sure(random)),
            "words, ocr": lambda: self.reader.read(self.some(_BESIDE).format(tag)),
            "glued": lambda: self.reader.read(self.some(_GLUED).format(tag)),
            "twin": lambda: self.reader.read(tag),
            "alias": lambda: (tag if random.random() < 0.7 else rewritten(random, tag), sure(random)),
        }
        return ways[kind]() if kind in ways else (tag, sure(random))

    def _merged(self) -> Query:
        one, two = self.one(self.single), self.one(self.single)
        tags = self.names[one], self.names[two]
        text = self.some(_BETWEEN).join(tags)
        read = self.reader.read(text) if self.random.random() < 0.5 else (text, sure(self.random))
        readable = any(_is_readable(read[0], tag, "merged") for tag in tags)
        return Query(*read, (one, two), "merged", readable)

    def _trap(self, kind: str) -> Query:
        random = self.random
        missing = self.some(self.plant.unlisted)
        listed = self.names[self.one(self.single)]
        ways: dict[str, Callable[[], tuple[str, float]]] = {
            "trap missing": lambda: (rewritten(random, missing) if random.random() < 0.3 else missing, sure(random)),
            "trap missing, noise": lambda: noisy(random, missing),
            "trap missing, ocr": lambda: self.reader.read(missing),
            "trap missing, words": lambda: (self.some(_BESIDE + _GLUED).format(missing), sure(random)),
            "trap part": lambda: (self.some(self.plant.children), sure(random)),
            "trap double": lambda: (self.names[self.one(self.doubled)], sure(random)),
            "trap half": lambda: (self._half(listed), sure(random)),
            "trap cut end": lambda: (listed[: -int(random.integers(1, 4))], sure(random)),
            "trap cut start": lambda: (listed[int(random.integers(1, 4)) :], sure(random)),
        }
        text, confidence = ways[kind]()
        # A cut tag that is another one as it stands is that one, for all that a text can tell.
        assets = tuple(i for i in self.whole.get(normalise(text), ()) if kind.startswith(("trap cut", "trap half")))
        return Query(text, confidence, assets, kind, readable=False)

    @property
    def whole(self) -> dict[str, tuple[int, ...]]:
        """The places of the assets by key, of the whole list."""
        if not hasattr(self, "_whole"):
            self._whole: dict[str, tuple[int, ...]] = {}
            for i, asset in enumerate(self.plant.assets):
                for text in (asset.name or "", *asset.aliases):
                    key = normalise(text)
                    self._whole[key] = (*self._whole.get(key, ()), i)
        return self._whole

    def _half(self, tag: str) -> str:
        """One of the lines that a tag is broken into."""
        cuts = [i for i, c in enumerate(tag) if c in "-. "]
        cut = self.one(cuts) if cuts else len(tag) // 2
        return tag[cut + 1 :] if self.random.random() < 0.6 else tag[:cut]

    def _sign(self, kind: str) -> Query:
        random = self.random
        text = self.some(_SIGNS)
        if kind == "sign, number" or (kind == "sign, ocr" and random.random() < 0.5):
            a, b, c = (int(random.integers(low, 10 * low)) for low in (10**6, 10**3, 10))
            text = self.some(_NUMBERED).format(a=a, b=b, c=c)
        elif random.random() < 0.1:
            text = self.some(tuple(GROUPS))
        read = self.reader.read(text) if kind == "sign, ocr" else (text, sure(random))
        return Query(*read, (), kind, readable=False)


def _is_readable(text: str, tag: str, kind: str) -> bool:
    """Whether no more than two characters of the tag are wrong, look-alikes apart."""
    fold = COMMON_CONFUSIONS.fold
    key, true = fold(normalise(text)), fold(normalise(tag))
    if kind in ("words", "words, ocr", "glued", "merged"):
        starts = range(max(1, len(key) - len(true) + 3))
        return min(Levenshtein.distance(key[i : i + len(true)], true, score_cutoff=2) for i in starts) <= 2
    return Levenshtein.distance(key, true, score_cutoff=2) <= 2
