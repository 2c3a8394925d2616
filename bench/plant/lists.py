"""Asset lists as plants have them: several ways of writing tags, dense numbers with holes, twins, doubles.

A list begins with its ``core``: the assets on whose plates texts are read. What follows is more of the same
plant, so that one set of texts can be asked of lists of every size.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, islice

import numpy as np

from image360.matching import Asset
from image360.matching.normaliser import normalise

Random = np.random.Generator

GROUPS = (
    "PT PI PIC PSV PSH PSLL PDT PCV TT TI TE TIC TW TSHH FT FI FIC FO FCV FSL LT LI LIC LG LAHH LALL LCV HV XV"
    " MOV ESDV BDV ZS ZSO ZSC AT AE VT SDV UZ YE YS HS EV"
).split()
MACHINES = "P V E K T C F D R H PA VA HA KA TA CB GX VG".split()
_SYSTEMS = "LAA LAB LBA LCA MAA MBA MBP PAB PCA QFA EKA GCB HAD HFC NDA SAC".split()
_PARTS = "AA AC AP BB BR CE CF CL CP CQ CT GS AN".split()
_HOLES = 0.12
_TWINS = {"0": "O", "1": "I", "5": "S", "8": "B", "2": "Z"}


@dataclass(frozen=True)
class Plant:
    """A plant.

    Args:
        assets: Every listed asset; its key is its place.
        core: How many of the first are on plates.
        unlisted: Tags of the same forms that no list holds.
        children: Tags of parts of listed assets, which no list holds.
        prefixes: What some aliases put before a name.
    """

    assets: tuple[Asset, ...]
    core: int
    unlisted: tuple[str, ...]
    children: tuple[str, ...]


def grow(seed: int, count: int, core: int) -> Plant:
    """A plant of ``count`` assets."""
    random = np.random.default_rng([seed, 1])
    names = list(dict.fromkeys(islice(_names(random), count * 13 // 10 + core)))
    # What is missing in the list is missing among the listed, not beside them.
    first = names[: core * 5 // 4]
    missing = set(random.choice(len(first), len(first) - core, replace=False).tolist())
    unlisted = [name for i, name in enumerate(first) if i in missing]
    listed = [name for i, name in enumerate(names) if i not in missing][:count]
    taken = {normalise(name) for name in names}
    few = core // 100
    listed[core - 2 * few : core - few] = twins = list(_twins(random, listed[:core], taken, few))
    assets = [_asset(random, key, name) for key, name in enumerate(listed)]
    doubles = random.choice(core - 3 * few, len(twins), replace=False).tolist()
    for key, double in enumerate(doubles, core - few):
        assets[key] = Asset(key, assets[double].name, f"site2:{assets[double].name}", (), "second site")
    keys = {normalise(text) for asset in assets for text in (asset.name or "", *asset.aliases)}
    known = taken | keys
    children = (f"{name}{end}" for name in listed[:core] for end in ("-01", "A", "-M01", "C", "-09", "/2"))
    return Plant(
        tuple(assets),
        core,
        tuple(name for name in unlisted if normalise(name) not in keys),
        tuple(child for child in children if normalise(child) not in known)[::3],
    )


def _twins(random: Random, listed: list[str], taken: set[str], count: int) -> Iterator[str]:
    """Names that differ from a listed one by a letter that looks like a digit."""
    made = 0
    for name in random.permutation(listed[: len(listed) // 4 * 3]).tolist():
        if made == count:
            return
        place = max((i for i, c in enumerate(name) if c in _TWINS), default=-1)
        twin = name[:place] + _TWINS.get(name[place], "") + name[place + 1 :]
        if place >= 0 and normalise(twin) not in taken:
            made += 1
            yield twin


def _names(random: Random) -> Iterator[str]:
    """Tags without end, of ways of writing that the seed chooses, dense along the numbers."""
    kept = random.choice(len(_WAYS), 6, replace=False)
    ways = [_WAYS[i](random) for i in sorted(kept.tolist())]
    shares = random.dirichlet(np.full(len(ways), 2.0))
    while True:
        for way, share in zip(ways, shares, strict=True):
            yield from islice(way, 1 + int(200 * share))


def _loops(
    random: Random, written: Callable[[str, int], str], groups: list[str], first: int
) -> Iterator[str]:
    """Numbers one after the other; at each a few groups, some of them with suffixes or parts."""
    number = first
    while True:
        number += 1
        if random.random() < _HOLES:
            continue
        for group in random.choice(groups, int(random.integers(1, 6)), replace=False).tolist():
            tag = written(group, number)
            draw = random.random()
            if draw < 0.15:
                yield from (f"{tag}{letter}" for letter in "ABC"[: int(random.integers(2, 4))])
            elif draw < 0.3:
                yield from (f"{tag}-{part:02d}" for part in range(1, int(random.integers(2, 6))))
            else:
                yield tag


def _by_unit(
    random: Random, units: list[int], written: Callable[[int, str, int], str], first: int, width: int
) -> Iterator[str]:
    """The loops of several units, side by side; after a while new units come."""
    groups = [*GROUPS, *MACHINES[8:]]
    while True:
        rows = [_loops(random, _of(unit, written), groups, first) for unit in units]
        for _ in range(10**width // 8):
            for row in rows:
                yield from islice(row, 5)
        units = [unit + 1 for unit in units]


def _of(unit: int, written: Callable[[int, str, int], str]) -> Callable[[str, int], str]:
    return lambda group, number: written(unit, group, number)


def _norsok(random: Random) -> Iterator[str]:
    units = random.choice(range(20, 90), 3, replace=False).tolist()
    first = int(random.integers(1, 9)) * 10_000 + 1000
    return _by_unit(random, units, lambda u, g, n: f"{u}-{g}-{n}", first, 5)


def _four_digits(random: Random) -> Iterator[str]:
    units = random.choice(range(20, 90), 3, replace=False).tolist()
    return _by_unit(random, units, lambda u, g, n: f"{u}-{g}-{n:04d}", 1000 * int(random.integers(1, 5)), 4)


def _short(random: Random) -> Iterator[str]:
    return _by_unit(random, [int(random.integers(1, 10))], lambda u, g, n: f"{u}-{g}-{n}", 100, 3)


def _plain(random: Random) -> Iterator[str]:
    return _by_unit(random, [1], lambda u, g, n: f"{g}-{u}{n:03d}", 100, 4)


def _compact(random: Random) -> Iterator[str]:
    return _by_unit(random, [int(random.integers(1, 7))], lambda u, g, n: f"{g}{u}{n:03d}", 0, 3)


def _project(random: Random) -> Iterator[str]:
    units = [int(random.integers(10, 60)) * 100 + 1]
    return _by_unit(random, units, lambda u, g, n: f"{u}-{g}-{n}", 23_000, 5)


def _dotted(random: Random) -> Iterator[str]:
    return _by_unit(random, [int(random.integers(10, 40))], lambda u, g, n: f"{g}.{u}.{n:03d}", 0, 3)


def _suffixed(random: Random) -> Iterator[str]:
    return _by_unit(random, [int(random.integers(1, 5))], lambda u, g, n: f"{u}{n:03d}{g}", 100, 3)


def _with_letter(random: Random) -> Iterator[str]:
    letter = random.choice(list("ACEFGH"))
    return _by_unit(random, [11], lambda u, g, n: f"{letter}-{u}{g}{n:04d}", 1000, 4)


def _spaced(random: Random) -> Iterator[str]:
    return _by_unit(random, [int(random.integers(1, 9))], lambda u, g, n: f"{g} {u}{n:04d}", 100, 4)


def _kks(random: Random) -> Iterator[str]:
    unit = int(random.integers(1, 9)) * 10
    parts = random.choice(_PARTS, 8, replace=False).tolist()
    systems = random.choice(_SYSTEMS, 10, replace=False).tolist()
    while True:
        for system in systems:
            for section, part in ((s, p) for s in (10, 20, 30) for p in parts):
                last = int(random.integers(3, 14))
                yield from (
                    f"{unit}{system}{section}{part}{n:03d}"
                    for n in range(1, last)
                    if random.random() >= _HOLES
                )
        unit += 1


def _iec(random: Random) -> Iterator[str]:
    kinds = "QA FC MA BG SF TA PF BP GQ RN".split()
    field = int(random.integers(1, 6))
    while True:
        for cell in range(1, 9):
            for kind in kinds:
                last = int(random.integers(2, 6))
                numbers = (n for n in range(1, last) if random.random() >= _HOLES)
                yield from (f"=A{field}.B{cell}-{kind}{n}+S{1 + cell % 3}" for n in numbers)
        field += 1


_WAYS = (
    _norsok,
    _four_digits,
    _short,
    _plain,
    _compact,
    _project,
    _dotted,
    _suffixed,
    _with_letter,
    _spaced,
    _kks,
    _iec,
)

_KINDS = ("transmitter", "valve", "pump", "indicator", "switch", "vessel", "motor", "sampler")
_PLACES = ("inlet", "discharge", "suction", "bypass", "north", "deck 3", "stage 1", "crude export", "seawater")


def _asset(random: Random, key: int, name: str) -> Asset:
    draw = random.random(3)
    external_id = name
    if draw[0] < 0.6:
        number = int(random.integers(10**9))
        external_id = (f"site1:{name}", f"sap_{number:09d}", f"{number:08x}-{key:04x}-4a00")[key % 3]
    aliases: tuple[str, ...] = ()
    if draw[1] < 0.15:
        aliases = (f"WEST_{name}",)
    elif draw[1] < 0.25:
        aliases = (f"OLD-{random.integers(10_000, 99_999)}-{random.choice(list('KNRTW'))}",)
    elif draw[1] < 0.3:
        aliases = (f"SN{random.integers(10**6, 10**7)}",)
    kind, place = _KINDS[int(draw[2] * 997) % len(_KINDS)], _PLACES[int(draw[2] * 9973) % len(_PLACES)]
    return Asset(key, name, external_id, aliases, f"{kind} {place}" if draw[2] < 0.9 else None)


def labels_of(assets: tuple[Asset, ...]) -> list[tuple[str, int]]:
    """Each name and alias, with the place of its asset."""
    pairs = ((text, place) for place, a in enumerate(assets) for text in chain((a.name,), a.aliases))
    return [(text, place) for text, place in pairs if text]
