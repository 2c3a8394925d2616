"""The asset list of a plant: dense numbering, several formats, gaps that no asset fills."""

from __future__ import annotations

import string
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

import numpy as np

OLD = "K-"  # how the names of an older numbering begin
_GAP = 0.05  # share of the numbers in a row that no asset bears
_SORTS = {
    "PT": "Pressure transmitter",
    "TT": "Temperature transmitter",
    "FT": "Flow transmitter",
    "LT": "Level transmitter",
    "PI": "Pressure gauge",
    "PSV": "Safety valve",
    "HV": "Hand valve",
    "XV": "Shutdown valve",
    "FCV": "Flow control valve",
}
_MEDIA = ("seawater", "produced gas", "crude", "cooling medium", "instrument air", "flare gas", "methanol")


@dataclass(frozen=True)
class Asset:
    """One row of the asset list."""

    name: str
    external_id: str
    aliases: tuple[str, ...]
    description: str


@dataclass(frozen=True)
class AssetList:
    """The assets, and tags of the same form that belong to none of them."""

    assets: tuple[Asset, ...]
    unlisted: tuple[str, ...]


def neighbours(tag: str) -> Iterator[str]:
    """Every tag that differs from this one in one digit."""
    for at, old in enumerate(tag):
        if old in string.digits:
            yield from (tag[:at] + new + tag[at + 1 :] for new in string.digits if new != old)


def make_assets(rng: np.random.Generator) -> AssetList:
    """A list of more than 5 000 assets; each has a neighbour one digit away, and so has each unlisted tag."""
    rows = list(_names())
    kept = rng.random(len(rows)) >= _GAP
    listed = {name for (name, _), keep in zip(rows, kept, strict=True) if keep}
    assets: list[Asset] = []
    unlisted: list[str] = []
    old_names = (f"{OLD}{number}" for number in count(40001))
    for (name, sort), keep in zip(rows, kept, strict=True):
        near = any(other in listed for other in neighbours(name))
        if keep and near:
            assets.append(_asset(name, sort, rng, old_names))
        elif near and not name[-1].isalpha():
            unlisted.append(name)
    return AssetList(tuple(assets), tuple(unlisted))


def _names() -> Iterator[tuple[str, str]]:
    """Every number of every row, with the sort of equipment it names."""
    for area in (21, 22, 24, 45):
        for place, (code, sort) in enumerate(_SORTS.items()):
            first = 1001 if place < 5 else 2001
            for number in range(first, first + 120):
                yield f"{area}-{code}-{number}", sort
                if number % 11 == 0:
                    yield f"{area}-{code}-{number}A", sort
    for number in range(2101, 2261):
        yield from ((f"P-{number}{twin}", "Pump") for twin in "AB")
    for area in (44, 45, 46):
        yield from ((f"{area}-VA-{number:04d}", "Vessel") for number in range(1, 90))
    for system in ("10LAB20", "10LAB30", "11LAC10", "11PAB40"):
        yield from ((f"{system}AA{number:03d}", "Valve") for number in range(1, 60))
        yield from ((f"{system}CP{number:03d}", "Pressure measurement") for number in range(1, 40))


def _asset(name: str, sort: str, rng: np.random.Generator, old_names: Iterator[str]) -> Asset:
    """An asset of that name; its external id is not always the name, and a few have an older name too."""
    draw = rng.random(3)
    external_id = name
    if draw[0] < 0.2:
        external_id = f"WMT:{name}"
    elif draw[0] < 0.3:
        external_id = "eq" + "".join(str(digit) for digit in rng.integers(0, 10, 4)) + f"-{name.lower()}"
    aliases: tuple[str, ...] = ()
    if draw[1] < 0.06:
        aliases = (name.replace("-", ""),) if "-" in name else (f"{name[:7]} {name[7:]}",)
    if draw[1] < 0.02:
        aliases = (*aliases, next(old_names))
    description = f"{sort}, {rng.choice(_MEDIA)}" if draw[2] < 0.9 else ""
    return Asset(name, external_id, aliases, description)
