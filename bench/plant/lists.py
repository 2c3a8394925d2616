"""Asset lists as plants have them: several ways of writing tags, dense numbers with holes, twins, doubles.

A list begins with its ``core``: the assets on whose plates texts are read. What follows is more of the same
plant, so that one set of texts can be asked of lists of every size.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice

import numpy as np

from bench.plant.noise import LOOKS, bare
from image360.matching import Asset

Random = np.random.Generator

GROUPS = (
    "PT", "PI", "PIC", "PSV", "PSH", "PSLL", "PDT", "PCV", "TT", "TI", "TE", "TIC", "TW", "TSHH", "FT", "FI",
    "FIC", "FO", "FCV", "FSL", "LT", "LI", "LIC", "LG", "LAHH", "LALL", "LCV", "HV", "XV", "MOV", "ESDV",
    "BDV", "ZS", "ZSO", "ZSC", "AT", "AE", "VT", "SDV", "UZ", "YE", "YS", "HS", "EV",
)  # fmt: skip
MACHINES = ("PA", "VA", "HA", "KA", "TA", "CB", "GX", "VG", "R", "H")
ENDS = ("-01", "A", "-M01", "C", "-09", "/2", " M01", "-07", "-S1", "B-02")
_SYSTEMS = (
    "LAA", "LAB", "LBA", "LCA", "MAA", "MBA", "MBP", "PAB",
    "PCA", "QFA", "EKA", "GCB", "HAD", "HFC", "NDA", "SAC",
)  # fmt: skip
_PARTS = ("AA", "AC", "AP", "BB", "BR", "CE", "CF", "CL", "CP", "CQ", "CT", "GS", "AN")
_MACHINE_PARTS = ("-M01", "-EPH", "A", "B", "-MB", "-GB", "-H01", "-LO")
_IEC_KINDS = ("QA", "FC", "MA", "BG", "SF", "TA", "PF", "BP", "GQ", "RN")
_HOLES = 0.12
_GROUPS = 16  # letter groups of one way of writing
_UNLISTED = 0.25  # as many tags of the core's ways of writing, per listed one, are in no list
_FEW = 0.01  # of the core are twins, as many are doubles


@dataclass(frozen=True)
class Plant:
    """A plant, and what stands on it.

    Args:
        assets: Every listed asset; its key is its place.
        core: How many of the first are on plates, the same in lists of every size.
        unlisted: Tags among those of the core that no list holds.
        children: Tags of parts of listed assets, which no list holds.
        twins: Pairs of places in the core: their names differ in one letter that looks like a digit.
        doubles: Places in the core of names that a second asset of another site has too.
    """

    assets: tuple[Asset, ...]
    core: int
    unlisted: tuple[str, ...]
    children: tuple[str, ...]
    twins: tuple[tuple[int, int], ...]
    doubles: tuple[int, ...]


def grow(seed: int, count: int, core: int = 8000) -> Plant:
    """A plant of ``count`` assets, at least ``core``; of one seed the longer list begins with the shorter."""
    names = _different(_names(np.random.default_rng([seed, 1])), set())
    random = np.random.default_rng([seed, 2])
    few = int(core * _FEW)
    first = list(islice(names, core - 2 * few + int(core * _UNLISTED)))
    # What is missing is missing among the listed, not beside them.
    missing = set(random.choice(len(first), int(core * _UNLISTED), replace=False).tolist())
    unlisted = [name for i, name in enumerate(first) if i in missing]
    listed = [name for i, name in enumerate(first) if i not in missing]
    known = {bare(name) for name in first}
    twins = dict(islice(_twins(random, listed, known), few))
    pairs = tuple((place, len(listed) + i) for i, place in enumerate(twins))
    doubles = sorted(set(range(len(listed))) - set(twins))
    doubles = sorted(random.choice(doubles, few, replace=False).tolist())
    children = [name + end for name in listed for end in random.choice(ENDS, 2, replace=False).tolist()]
    listed += [*twins.values(), *(listed[place] for place in doubles)]
    banned = known | {bare(name) for name in (*children, *listed)}
    listed += islice((name for name in names if bare(name) not in banned), count - core)
    return Plant(
        tuple(_assets(np.random.default_rng([seed, 3]), listed, range(core - few, core))),
        core,
        tuple(unlisted),
        tuple(_different(children, {bare(name) for name in (*first, *listed)})),
        pairs,
        tuple(doubles),
    )


def _different(names: Iterable[str], known: set[str]) -> Iterator[str]:
    """The names whose letters and digits did not come before and are not known."""
    seen = set(known)
    for name in names:
        key = bare(name)
        if key not in seen:
            seen.add(key)
            yield name


def _twins(random: Random, listed: list[str], known: set[str]) -> Iterator[tuple[int, str]]:
    """Places of names, and other names that differ from them by a letter that looks like a digit."""
    for place in random.permutation(len(listed)).tolist():
        name = listed[place]
        at = max((i for i, c in enumerate(name) if c in LOOKS), default=-1)
        twin = name[:at] + LOOKS.get(name[at], "")[:1] + name[at + 1 :]
        if at >= 0 and bare(twin) not in known:
            yield place, twin


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
                if random.random() < 0.35:
                    yield tag
                yield from (f"{tag}-{part:02d}" for part in range(1, int(random.integers(2, 6))))
            else:
                yield tag


def _by_unit(
    random: Random, units: list[int], written: Callable[[int, str, int], str], first: int, width: int
) -> Iterator[str]:
    """The loops of several units, side by side; after a while new units come."""
    groups = random.choice([*GROUPS, *MACHINES], _GROUPS, replace=False).tolist()
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


def _machinery(random: Random) -> Iterator[str]:
    """Machines with their parts: 23-KA-9101, 23-KA-9101-M01, 23-KA-9101-EPH."""
    unit = int(random.integers(20, 90))
    number = int(random.integers(90, 97)) * 100
    while True:
        number += 1
        for machine in random.choice(MACHINES, int(random.integers(1, 4)), replace=False).tolist():
            tag = f"{unit}-{machine}-{number}"
            yield tag
            parts = random.choice(_MACHINE_PARTS, 3, replace=False)
            yield from (tag + part for part in parts.tolist() if random.random() < 0.4)
        if number % 100 == 99:
            unit, number = unit % 89 + 1, number - 99 + 100 * int(random.integers(1, 4))


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
    field = int(random.integers(1, 6))
    while True:
        for cell in range(1, 9):
            for kind in _IEC_KINDS:
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
    _machinery,
    _iec,
)

_KINDS = ("transmitter", "valve", "pump", "indicator", "switch", "vessel", "motor", "sampler")
_PLACES = ("inlet", "discharge", "suction", "bypass", "north", "deck 3", "stage 1", "export", "seawater")


def _assets(random: Random, names: list[str], second_site: range) -> Iterator[Asset]:
    used: set[str] = set()
    for key, name in enumerate(names):
        draw = random.random(4)
        number = int(draw[3] * 10**9)
        external_id = name
        if draw[0] < 0.6:
            external_id = (f"site1:{name}", f"sap_{number:09d}", f"{number:08x}-{key:04x}-4a00")[key % 3]
        if key in second_site:
            yield Asset(key, name, f"site2:{name}", (), "second site")
            continue
        alias = _alias(name, draw[1], number)
        aliases = (alias,) if alias and alias not in used else ()
        used.update(aliases)
        kind, place = _KINDS[int(draw[2] * 997) % len(_KINDS)], _PLACES[int(draw[2] * 9973) % len(_PLACES)]
        yield Asset(key, name, external_id, aliases, f"{kind} {place}" if draw[2] < 0.9 else None)


def _alias(name: str, draw: float, number: int) -> str | None:
    if draw < 0.15:
        return f"WEST_{name}"
    if draw < 0.25:
        return f"OLD-{10_000 + number % 90_000}-{'KNRTW'[number % 5]}"
    return f"SN{10**6 + number % (9 * 10**6)}" if draw < 0.3 else None


def labels_of(assets: Iterable[Asset]) -> list[tuple[str, int]]:
    """Each name and alias, with the place of its asset."""
    pairs = ((text, place) for place, a in enumerate(assets) for text in chain((a.name,), a.aliases))
    return [(text, place) for text, place in pairs if text]
