"""What is read on a plant: texts of every kind, each with the assets that it shows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from rapidfuzz.distance import Levenshtein

from bench.plant.lists import GROUPS, Plant
from bench.plant.noise import bare, folded, noisy, other_digit, other_engine, rewritten, sure
from bench.plant.plates import Reader

Random = np.random.Generator
Read = tuple[str, float]

# So many of a thousand texts are of each kind. "ocr": read by the real engine from a drawn plate.
SHARES = {
    "clean": 110, "rewritten": 85, "alias": 30, "noise": 100, "other engine": 45, "ocr": 55, "words": 55,
    "words, ocr": 10, "glued": 12, "merged": 12, "merged, ocr": 8,
    "trap twin": 8, "trap missing": 95, "trap missing, noise": 25, "trap missing, ocr": 20,
    "trap missing, words": 25, "trap part": 27, "trap double": 16, "trap half": 14, "trap cut end": 24,
    "trap cut start": 16, "trap digit": 24,
    "sign": 55, "sign, number": 40, "sign, ocr": 15,
}  # fmt: skip

SIGNS = (
    "EMERGENCY SHOWER", "EYE WASH", "NO SMOKING", "HOT SURFACE", "PUMP", "VALVE", "IP65", "IP66/67", "24 VDC",
    "4-20mA", "DN200 PN16", "TYPE PMD75-NNN2", "DECK 6", "ZONE 2", "EX d IIC T4", "MADE IN NORWAY", "SIL 3",
    "05.12.2012", "A3", "9D21", "TB13-26", "MCC3", "-20/+60 C", "E-STOP", "AUTO", "OFF", "SIEMENS", "ROTORK",
    "ENDRESS+HAUSER", "CLOSED", "MAN", "START", "STOP", "230V 50Hz", "CAUTION", "1", "12", "B", "FISHER",
    "MUSTER STATION 4", "FLOW", "RESET", "NO ENTRY", "FULL", "ASSEMBLY POINT", "FIRE HOSE", "3/4 NPT",
)  # fmt: skip
_NUMBERED = (
    "S/N {a}", "SERIAL NO SZ-2014-{b}", "ORDER {a}/{c}", "WEIGHT {b} KG", "MAX LOAD {c} KG", "TEL +47 {a}",
    "PH-{a}-P-{b}-001", "P/N {a}", "{b} BAR", "WELD {b}-{c}", "DWG {a}-{b}", "INSPECTED {c}.07.2021", "{a}",
    "MOD. 3051{c}", "CERT {b}X", "TYPE {c}-{b}", "{b} RPM", "LOT {a}",
)  # fmt: skip
BESIDE = (
    "TAG {}", "TAG NO: {}", "PUMP {}", "{} INLET", "ITEM {} SEAWATER LIFT PUMP", "VESSEL {}", "{} 230V",
    "{} NORMALLY OPEN", "EQ. {} SCRUBBER", "{} SET 16 BARG", "VALVE: {}", "{} DISCHARGE", "INSTR. {}",
    "{} PRESSURE TRANSMITTER", "ASSET {}", "{} 4-20mA", "XMTR {}", "UNIT {} BYPASS", "{} SPARE", "{} LO",
)  # fmt: skip
_GLUED = ("{}INLET", "VESSEL{}", "PUMP{}", "TAG{}", "{}NORMALLY OPEN", "UNIT{}OUTLET", "{}PUMP", "MOTOR{}")
_BETWEEN = (" / ", "/", " ", "  ", ", ", "", "-", " & ", "+")
_IN_WORDS = ("words", "words, ocr", "glued", "merged", "merged, ocr")


@dataclass(frozen=True)
class Query:
    """A text as an engine reads it.

    Args:
        text: As read.
        confidence: Of the engine, 0..1.
        assets: The places of the assets that it shows; no other may be approved. Of two assets of one name
            none may be.
        kind: One of ``SHARES``.
        readable: A person with the list can make out one of ``assets``: no more than two characters are
            wrong, look-alikes apart.
    """

    text: str
    confidence: float
    assets: tuple[int, ...]
    kind: str
    readable: bool

    @property
    def is_trap(self) -> bool:
        """Whether something beside the text's own asset lures."""
        return self.kind.startswith("trap")

    @property
    def is_sign(self) -> bool:
        """Whether the text is no tag."""
        return self.kind.startswith("sign")


def ask(plant: Plant, seed: int, count: int, reader: Reader) -> list[Query]:
    """About ``count`` texts, of every kind in ``SHARES``; the same for a plant of every size."""
    queries: list[Query] = []
    for number, (kind, share) in enumerate(SHARES.items()):
        maker = _Maker(plant, np.random.default_rng([seed, 4, number]), reader)
        queries += [maker.query(kind) for _ in range(max(1, round(count * share / sum(SHARES.values()))))]
    np.random.default_rng([seed, 5]).shuffle(queries)  # type: ignore[arg-type]
    return queries


class _Maker:
    """Makes texts about the core of a plant."""

    def __init__(self, plant: Plant, random: Random, reader: Reader) -> None:
        self.plant = plant
        self.random = random
        self.reader = reader
        self.names = [asset.name or "" for asset in plant.assets[: plant.core]]
        doubled = {self.names[place] for place in plant.doubles}
        self.single = [place for place, name in enumerate(self.names) if name not in doubled]
        self.aliased = [place for place in self.single if plant.assets[place].aliases]
        self.twins = [place for pair in plant.twins for place in pair]

    def query(self, kind: str) -> Query:
        """A text of a kind."""
        if kind.startswith("sign"):
            text, confidence = self._sign(kind)
            return Query(text, confidence, (), kind, readable=False)
        if kind.startswith("merged"):
            return self._merged(kind)
        if kind.startswith("trap") and kind != "trap twin":
            text, confidence = self._trap(kind)
            return Query(text, confidence, (), kind, readable=False)
        place = self._one({"trap twin": self.twins, "alias": self.aliased}.get(kind, self.single))
        tag = self.plant.assets[place].aliases[0] if kind == "alias" else self.names[place]
        text, confidence = self._shown(kind, tag)
        return Query(text, confidence, (place,), kind, is_readable(text, tag, within=kind in _IN_WORDS))

    def _one(self, places: Sequence[int]) -> int:
        return places[int(self.random.integers(len(places)))]

    def _some(self, texts: Sequence[str]) -> str:
        return texts[int(self.random.integers(len(texts)))]

    def _sure(self, text: str) -> Read:
        return text, sure(self.random)

    def _either(self, text: str) -> Read:
        """The text as it stands, at times as another hand writes it."""
        return self._sure(rewritten(self.random, text) if self.random.random() < 0.3 else text)

    def _shown(self, kind: str, tag: str) -> Read:
        random, reader = self.random, self.reader
        ways: dict[str, Callable[[], Read]] = {
            "clean": lambda: self._sure(tag),
            "rewritten": lambda: self._sure(rewritten(random, tag)),
            "alias": lambda: self._either(tag),
            "noise": lambda: noisy(random, tag),
            "other engine": lambda: other_engine(random, tag),
            "ocr": lambda: reader.read(random, tag),
            "words": lambda: self._sure(self._some(BESIDE).format(tag)),
            "words, ocr": lambda: reader.read(random, self._some(BESIDE).format(tag)),
            "glued": lambda: self._sure(self._some(_GLUED).format(tag)),
            "trap twin": lambda: reader.read(random, tag),
        }
        return ways[kind]()

    def _merged(self, kind: str) -> Query:
        """Two tags in one text; at times one of them is in no list."""
        places = [self._one(self.single), self._one(self.single)]
        tags = [self.names[place] for place in places]
        if self.random.random() < 0.2:
            places.pop()
            tags[1] = self._some(self.plant.unlisted)
            if self.random.random() < 0.5:
                tags.reverse()
        text = self._some(_BETWEEN).join(tags)
        read = self.reader.read(self.random, text) if kind == "merged, ocr" else self._sure(text)
        readable = any(is_readable(read[0], self.names[place], within=True) for place in places)
        return Query(*read, tuple(places), kind, readable)

    def _trap(self, kind: str) -> Read:
        """A text that shows no single listed asset, and looks as if it did."""
        random = self.random
        missing, listed = self._some(self.plant.unlisted), self.names[self._one(self.single)]
        ways: dict[str, Callable[[], Read]] = {
            "trap missing": lambda: self._either(missing),
            "trap missing, noise": lambda: noisy(random, missing),
            "trap missing, ocr": lambda: self.reader.read(random, missing),
            "trap missing, words": lambda: self._sure(self._some(BESIDE + _GLUED).format(missing)),
            "trap part": lambda: self._either(self._some(self.plant.children)),
            "trap double": lambda: self._either(self.names[self._one(self.plant.doubles)]),
            "trap half": lambda: self._sure(self._half(listed)),
            "trap cut end": lambda: self._sure(listed[: -int(random.integers(1, 4))]),
            "trap cut start": lambda: self._sure(listed[int(random.integers(1, 4)) :]),
            "trap digit": lambda: (other_digit(random, listed), float(random.uniform(0.5, 0.98))),
        }
        return ways[kind]()

    def _half(self, tag: str) -> str:
        """One of the lines that a tag is broken into."""
        cut = self._one([i for i, c in enumerate(tag) if c in "-. "] or [len(tag) // 2])
        return tag[cut:].lstrip("-. ") if self.random.random() < 0.6 else tag[:cut]

    def _sign(self, kind: str) -> Read:
        random = self.random
        text = self._some(SIGNS) if random.random() < 0.9 else self._some(GROUPS)
        if kind == "sign, number" or (kind == "sign, ocr" and random.random() < 0.5):
            text = numbered_sign(random)
        return self.reader.read(random, text) if kind == "sign, ocr" else self._sure(text)


def numbered_sign(random: Random) -> str:
    """A text with numbers that is no tag."""
    a, b, c = (int(random.integers(low, 10 * low)) for low in (10**6, 10**3, 10))
    return _NUMBERED[int(random.integers(len(_NUMBERED)))].format(a=a, b=b, c=c)


def is_readable(text: str, tag: str, *, within: bool = False) -> bool:
    """Whether two characters of the tag are wrong at most, look-alikes apart; ``within``: beside others."""
    key, true = folded(text), folded(tag)
    if not within:
        return Levenshtein.distance(key, true, score_cutoff=2) <= 2
    starts = range(max(1, len(key) - len(true) + 3))
    return min(Levenshtein.distance(key[i : i + len(true)], true, score_cutoff=2) for i in starts) <= 2


def is_settled(query: Query, places: dict[str, set[int]]) -> bool:
    """Whether the text can tell. A text that came to be another listed tag, letter by letter, cannot.

    Args:
        query: A text.
        places: By the letters and digits of each name and alias, the places of the assets that it names.
    """
    return query.kind == "trap double" or places.get(bare(query.text), set()) <= set(query.assets)
