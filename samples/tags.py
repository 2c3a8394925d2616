"""The plant's asset list: dense numbering with gaps, and the tags that hang on plates.

Numbers run on without holes but for about one in ten, so that nearly every tag has neighbours that differ in
one digit. A number that was left out is what a plate without an asset in the list carries.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

_SHARE_LEFT_OUT = 0.10
_DIGITS = "0123456789"


@dataclass(frozen=True)
class PlantAsset:
    name: str
    external_id: str
    aliases: tuple[str, ...]
    description: str
    family: str


@dataclass(frozen=True)
class Register:
    """``listed``: the asset list. ``left_out``: assets that exist in the plant but not in the list."""

    listed: tuple[PlantAsset, ...]
    left_out: tuple[PlantAsset, ...]

    @cached_property
    def keys(self) -> frozenset[str]:
        """Every name, alias and external id of the list, as letters and digits alone."""
        return frozenset(bare(t) for a in self.listed for t in (a.name, a.external_id, *a.aliases))

    @cached_property
    def names(self) -> frozenset[str]:
        return frozenset(a.name for a in self.listed)

    def neighbours(self, name: str) -> list[str]:
        """The names in the list that differ from ``name`` in exactly one digit."""
        changed = (
            name[:i] + digit + name[i + 1 :]
            for i, char in enumerate(name)
            if char in _DIGITS
            for digit in _DIGITS
            if digit != char
        )
        return [other for other in changed if other in self.names]


def bare(text: str) -> str:
    """Letters and digits alone, in capitals."""
    return "".join(c for c in text.upper() if c.isalnum())


_UNITS = ("21", "23", "27", "31", "45", "56")
_AREAS = {
    "21": "feed water",
    "23": "lube oil",
    "27": "cooling water",
    "31": "fuel gas",
    "45": "condensate",
    "56": "instrument air",
}
_INSTRUMENTS = {
    "PT": "pressure transmitter",
    "TT": "temperature transmitter",
    "FT": "flow transmitter",
    "LT": "level transmitter",
    "PI": "pressure gauge",
    "TI": "thermometer",
    "PDT": "differential pressure transmitter",
    "PSV": "safety valve",
    "HV": "hand valve",
    "XV": "on/off valve",
    "PV": "pressure control valve",
    "LV": "level control valve",
}
_MACHINES = {"P": "pump", "K": "compressor", "E": "heat exchanger", "M": "motor", "F": "filter", "T": "tank"}
_VESSELS = {"VA": "separator", "VD": "drum", "TA": "storage tank", "HA": "cooler", "CA": "column"}
_KKS_SYSTEMS = {
    "LAB": "feed water piping",
    "LCA": "condensate piping",
    "PAB": "circulating water",
    "QFB": "control air",
}
_KKS_UNITS = {"AA": "valve", "CP": "pressure measurement", "CT": "temperature measurement", "BR": "pipe"}
_FLUIDS = {
    "CW": "cooling water",
    "FW": "feed water",
    "LO": "lube oil",
    "FG": "fuel gas",
    "IA": "instrument air",
}
_SIDES = ("inlet", "outlet", "suction", "discharge", "bypass", "drain", "return", "header", "north", "south")


def register(rng: np.random.Generator) -> Register:
    """The site's assets: at least 5 000 in the list, in an order as an export has it."""
    every = [*_instruments(rng), *_machines(rng), *_vessels(rng), *_kks(rng), *_lines(rng)]
    out = rng.random(len(every)) < _SHARE_LEFT_OUT
    kept = [_with_ids(asset, rng) for asset, left in zip(every, out, strict=True) if not left]
    taken: set[str] = {bare(asset.name) for asset in every}
    listed = [_with_aliases(asset, rng, taken) for asset in kept]
    return Register(tuple(listed), tuple(asset for asset, left in zip(every, out, strict=True) if left))


def _instruments(rng: np.random.Generator) -> Iterator[PlantAsset]:
    for unit in _UNITS:
        for code, what in _INSTRUMENTS.items():
            for block in (1000, 2000):
                for number in range(block + 1, block + 1 + int(rng.integers(24, 34))):
                    doubled = code in ("PSV", "PT", "HV") and rng.random() < 0.12
                    for suffix in ("", "A", "B") if doubled else ("",):
                        side = _SIDES[number % len(_SIDES)]
                        text = f"{_AREAS[unit].capitalize()} {side} {what} {suffix}".strip()
                        yield PlantAsset(f"{unit}-{code}-{number}{suffix}", "", (), text, "instrument")


def _machines(rng: np.random.Generator) -> Iterator[PlantAsset]:
    for letter, what in _MACHINES.items():
        for unit in ("21", "27", "31", "45"):
            for number in range(1, 13):
                for suffix in ("A", "B") if letter in "PKM" or rng.random() < 0.3 else ("",):
                    text = f"{_AREAS[unit].capitalize()} {what} {number}{suffix}"
                    yield PlantAsset(f"{letter}-{unit}{number:02d}{suffix}", "", (), text, "machine")


def _vessels(rng: np.random.Generator) -> Iterator[PlantAsset]:
    for unit in ("23", "45", "56"):
        for code, what in _VESSELS.items():
            for number in range(1, int(rng.integers(20, 28))):
                text = f"{_AREAS[unit].capitalize()} {what} {number}"
                yield PlantAsset(f"{unit}-{code}-{number:04d}", "", (), text, "vessel")


def _kks(rng: np.random.Generator) -> Iterator[PlantAsset]:
    for system, what in _KKS_SYSTEMS.items():
        for line in (10, 20, 30, 40):
            for code, thing in _KKS_UNITS.items():
                for number in range(1, int(rng.integers(7, 11))):
                    text = f"{what.capitalize()} {line} {thing} {number}"
                    yield PlantAsset(f"10{system}{line}{code}{number:03d}", "", (), text, "kks")


def _lines(rng: np.random.Generator) -> Iterator[PlantAsset]:
    for fluid, what in _FLUIDS.items():
        for number in range(1201, 1241):
            size = int(rng.choice([2, 3, 4, 6, 8, 10]))
            name = f'{size}"-{fluid}-{number}-{rng.choice(["A1", "B1", "C2"])}'
            yield PlantAsset(name, "", (), f"{what.capitalize()} line {number}", "line")


def _with_ids(asset: PlantAsset, rng: np.random.Generator) -> PlantAsset:
    """External ids as sites have them: the name itself, a functional location, or an equipment number."""
    draw = rng.random()
    if draw < 0.62:
        external = asset.name
    elif draw < 0.87:
        external = f"VLB-{asset.family[:3].upper()}-{bare(asset.name)}"
    else:
        external = f"EQ{int(rng.integers(10**8, 10**9))}"
    return replace(asset, external_id=external)


def _with_aliases(asset: PlantAsset, rng: np.random.Generator, taken: set[str]) -> PlantAsset:
    """One asset in seven keeps a number from before the plant was renumbered."""
    if rng.random() > 0.15:
        return asset
    letters = "".join(c for c in asset.name if c.isalpha())[:2] or "L"
    old = f"{letters}-{int(rng.integers(30000, 99999))}"
    if bare(old) in taken:
        return asset
    taken.add(bare(old))
    return replace(asset, aliases=(old,))


_FAMILY_SHARES = {"machine": 0.17, "vessel": 0.10, "kks": 0.10, "line": 0.03, "instrument": 0.60}


def draw_assets(
    pool: Sequence[PlantAsset], site: Register, count: int, rng: np.random.Generator
) -> list[PlantAsset]:
    """``count`` different assets, families in their shares, each with two or more neighbours in the list."""
    queues = {
        family: [a for a in pool if a.family == family and len(site.neighbours(a.name)) >= 2]
        for family in _FAMILY_SHARES
    }
    for queue in queues.values():
        rng.shuffle(queue)  # pyright: ignore[reportArgumentType]
    shares = np.array(list(_FAMILY_SHARES.values()))
    families = rng.choice(list(queues), count, p=shares / shares.sum())
    return [(queues[family] or queues["instrument"]).pop() for family in families]


@dataclass(frozen=True)
class TagText:
    """What a tag plate says: the tag as one string, and as it is painted."""

    tag: str
    lines: tuple[str, ...]


def paint_tag(asset: PlantAsset, two_lines: bool, rng: np.random.Generator) -> TagText:
    """Most plates carry the name as the list has it; some an old number, or other separators."""
    if two_lines:
        return TagText(asset.name, _split(asset.name))
    draw = rng.random()
    if asset.aliases and draw < 0.25:
        return TagText(asset.aliases[0], (asset.aliases[0],))
    if asset.family in ("instrument", "vessel"):
        if draw > 0.95:
            return TagText(asset.name, (asset.name.replace("-", " "),))
        if draw > 0.91:
            return TagText(asset.name, (asset.name.replace("-", ""),))
    return TagText(asset.name, (asset.name,))


def splits(asset: PlantAsset) -> bool:
    """Whether sign makers would set the tag on two lines."""
    return asset.family != "machine"


def _split(name: str) -> tuple[str, str]:
    if '"' in name:
        first, second, rest = name.split("-", 2)
        return (f"{first}-{second}", rest)
    if "-" in name:
        head, _, tail = name.rpartition("-")
        return (head, tail)
    return (name[:-5], name[-5:])
