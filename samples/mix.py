"""What the plates of a site shall be: the fixed mix of what makes reading hard."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from samples.tags import OLD, Asset, AssetList
from samples.texts import other_text

LARGEST_PX, LEGIBLE_PX, SMALLEST_PX = 59.5, 17.0, 8.2  # cap heights; between 15.3 and 17 no tag is wished for
_TEXTS = 72
_UNLISTED = 15
_OLD_NAMES = 3  # plates that still bear an asset's older name
# Shares of the tag plates; a little above the floors the site promises.
_SHARES = {
    "hard": 0.115,
    "low_contrast": 0.115,
    "two_lines": 0.10,
    "seam": 0.12,
    "tilted": 0.225,
    "small": 0.175,
}


@dataclass(frozen=True)
class Wish:
    """What a plate shall be, before it has a place."""

    kind: str
    lines: tuple[str, ...]
    tag: str | None
    asset: str | None
    style: str
    cap_px: float
    tilted: bool
    seam: bool


@dataclass(frozen=True)
class _Name:
    painted: str
    tag: str
    asset: str | None


def wishes(listing: AssetList, count: int, rng: np.random.Generator) -> tuple[tuple[Wish, ...], ...]:
    """The plates of each of `count` images: in all 135..157 tags of assets, 15 of none, 72 other texts.

    Every share of the mix holds by construction, for the tags of assets and for those of none alike.
    """
    total = int(rng.integers(132, 155))
    assets = listing.assets
    chosen = [assets[at] for at in _spread(assets, total - total // 8, rng)]
    chosen += [chosen[at] for at in rng.choice(len(chosen), total // 8, replace=False)]
    named = [_Name(asset.name, asset.name, asset.external_id) for asset in chosen]
    named += _renamed(assets, rng)
    strangers = rng.choice(len(listing.unlisted), _UNLISTED, replace=False)
    unknown = [_Name(listing.unlisted[at], listing.unlisted[at], None) for at in strangers]
    tags = _mixed(named, rng) + _mixed(unknown, rng)
    texts = [_text_wish(rng) for _ in range(_TEXTS)]
    return tuple(tuple(deal) for deal in _deal(tags, count, rng, texts))


def _spread(assets: tuple[Asset, ...], total: int, rng: np.random.Generator) -> list[int]:
    """Assets by chance, each format about as often as the others are."""
    forms: dict[str, list[int]] = {}
    for at, asset in enumerate(assets):
        forms.setdefault(_form(asset.name), []).append(at)
    weight = {"loop": 0.58, "suffix": 0.08, "pump": 0.1, "vessel": 0.1, "kks": 0.14}
    picked: list[int] = []
    for form, share in weight.items():
        picked += [int(at) for at in rng.choice(forms[form], round(share * total), replace=False)]
    rest = np.setdiff1d(forms["loop"], picked)
    picked += [int(at) for at in rng.choice(rest, max(0, total - len(picked)), replace=False)]
    return [picked[at] for at in rng.permutation(len(picked))[:total]]


def _renamed(assets: tuple[Asset, ...], rng: np.random.Generator) -> list[_Name]:
    """Plates that nobody changed when the asset got its name of today."""
    known = [(asset, alias) for asset in assets for alias in asset.aliases if alias.startswith(OLD)]
    picked = (known[at] for at in rng.choice(len(known), _OLD_NAMES, replace=False))
    return [_Name(alias, asset.name, asset.external_id) for asset, alias in picked]


def _form(name: str) -> str:
    if "-" not in name:
        return "kks"
    if name.startswith("P-"):
        return "pump"
    if "-VA-" in name:
        return "vessel"
    return "suffix" if name[-1].isalpha() else "loop"


def _flags(count: int, share: float, rng: np.random.Generator) -> list[bool]:
    """Exactly the share, rounded up, of the flags are set."""
    return [bool(flag) for flag in rng.permutation(count) < math.ceil(share * count)]


def _mixed(named: list[_Name], rng: np.random.Generator) -> list[Wish]:
    """A wish for each name, the shares of the mix rounded up."""
    count = len(named)
    flags = {name: _flags(count, share, rng) for name, share in _SHARES.items()}
    order = rng.permutation(count)
    two = _two_lines(named, rng)
    hard, low = math.ceil(_SHARES["hard"] * count), math.ceil(_SHARES["low_contrast"] * count)
    found = []
    for at, name in enumerate(named):
        style = "plain"
        if order[at] < hard:
            style = "stencil" if order[at] % 2 else "engraved"
        elif order[at] < hard + low:
            style = "low_contrast"
        lines = _split(name.painted) if at in two else (name.painted,)
        cap = _cap(flags["small"][at], rng)
        tilted, seam = flags["tilted"][at], flags["seam"][at]
        found.append(Wish("tag", lines, name.tag, name.asset, style, cap, tilted, seam))
    return found


def _two_lines(named: list[_Name], rng: np.random.Generator) -> set[int]:
    """Which names go on two lines; none with a lone letter on the first."""
    long = [at for at, name in enumerate(named) if "-" not in name.painted[:2]]
    return {int(at) for at in rng.choice(long, math.ceil(_SHARES["two_lines"] * len(named)), replace=False)}


def _cap(small: bool, rng: np.random.Generator) -> float:
    """A cap height: the small ones evenly spread, the others more often near the low end than the high."""
    if small:
        return float(rng.uniform(SMALLEST_PX, 15.3))
    return float(LEGIBLE_PX * (LARGEST_PX / LEGIBLE_PX) ** (rng.random() ** 1.7))


def _split(tag: str) -> tuple[str, str]:
    """The two lines a tag is painted on."""
    if "-" not in tag:
        return tag[:7], tag[7:]
    head, _, tail = tag.rpartition("-")
    return head, tail


def _text_wish(rng: np.random.Generator) -> Wish:
    style = str(rng.choice(["plain", "stencil", "engraved", "low_contrast"], p=[0.8, 0.08, 0.06, 0.06]))
    cap = _cap(bool(rng.random() < 0.2), rng)
    return Wish("text", other_text(rng), None, None, style, cap, bool(rng.random() < 0.15), False)


def _deal(tags: list[Wish], count: int, rng: np.random.Generator, texts: list[Wish]) -> list[list[Wish]]:
    """Hands the plates out over the images; seam plates evenly, and no tag twice in one image."""
    hands: list[list[Wish]] = [[] for _ in range(count)]
    ordered = sorted((tags[at] for at in rng.permutation(len(tags))), key=lambda wish: not wish.seam)
    for wish in ordered:
        free = [hand for hand in hands if all(other.tag != wish.tag for other in hand)]
        min(free, key=len).append(wish)
    for text in texts:
        min(hands, key=len).append(text)
    return hands
