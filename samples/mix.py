"""What hangs on the plates of a site, and in which shares the hard ones come."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from samples.tags import PlantAsset, Register, bare, draw_assets, paint_tag, splits
from samples.texts import draw_texts

STATIONS = 8
LISTED_TAGS = 136
LEFT_OUT_TAGS = 18  # tags whose asset is not in the list
TEXTS = 80
_REPEATED = 14  # plates that show a tag that hangs at another station too

# Shares of the tag plates; a little above what is promised, so that rounding never falls below.
_TWO_LINES, _SEAM, _TILTED, _SMALL = 0.11, 0.135, 0.25, 0.19
_STYLES = {"stencil": 0.065, "engraved": 0.06, "low_contrast": 0.12}

SMALL_CAP = 16.0  # px on a face of 1024
TILTED = 35.0  # degrees
_WIDEST = 480.0  # px: cap height times letters


@dataclass(frozen=True)
class Wanted:
    """One plate to be hung: what it says and how hard it is to read."""

    kind: str  # "tag" or "text"
    lines: tuple[str, ...]
    tag: str | None
    asset: str | None  # external id
    style: str
    cap_px: float  # on a face of 1024
    seam: bool
    tilted: bool
    station: int = 0


def wanted_plates(site: Register, rng: np.random.Generator) -> list[Wanted]:
    """All plates of a site, dealt over its stations; no tag twice at one station."""
    fresh = draw_assets(site.listed, site, LISTED_TAGS - _REPEATED, rng)
    plates = _tags([*fresh, *fresh[:_REPEATED]], rng)
    plates += _tags(draw_assets(site.left_out, site, LEFT_OUT_TAGS, rng), rng)
    return plates + _texts(site, rng)


def _tags(assets: list[PlantAsset], rng: np.random.Generator) -> list[Wanted]:
    n = len(assets)
    splitting = np.array([splits(asset) for asset in assets])
    two_lines = _share(n, _TWO_LINES, rng, splitting)
    seam, tilted, small = _share(n, _SEAM, rng), _share(n, _TILTED, rng), _share(n, _SMALL, rng)
    styles = _styles(n, rng)
    plates = []
    for i, asset in enumerate(assets):
        text = paint_tag(asset, bool(two_lines[i]), rng)
        cap = _cap(bool(small[i]), text.lines, rng)
        external = asset.external_id or None
        plates.append(
            Wanted(
                "tag",
                text.lines,
                text.tag,
                external,
                styles[i],
                cap,
                bool(seam[i]),
                bool(tilted[i]),
                i % STATIONS,
            )
        )
    return plates


def _texts(site: Register, rng: np.random.Generator) -> list[Wanted]:
    texts = [lines for lines in draw_texts(TEXTS + 20, rng) if bare("".join(lines)) not in site.keys][:TEXTS]
    styles = _styles(len(texts), rng)
    seam, tilted, small = (_share(len(texts), share, rng) for share in (0.05, 0.15, 0.15))
    return [
        Wanted(
            "text",
            lines,
            None,
            None,
            styles[i],
            _cap(bool(small[i]), lines, rng),
            bool(seam[i]),
            bool(tilted[i]),
            i % STATIONS,
        )
        for i, lines in enumerate(texts)
    ]


def _share(
    n: int, share: float, rng: np.random.Generator, allowed: NDArray[np.bool_] | None = None
) -> NDArray[np.bool_]:
    """Which of n: the share of all, rounded up, drawn from those allowed."""
    pool = np.arange(n) if allowed is None else np.flatnonzero(allowed)
    chosen = np.zeros(n, bool)
    chosen[rng.permutation(pool)[: int(np.ceil(share * n))]] = True
    return chosen


def _styles(n: int, rng: np.random.Generator) -> list[str]:
    styles = [style for style, share in _STYLES.items() for _ in range(int(np.ceil(share * n)))]
    styles += ["plain"] * (n - len(styles))
    return [styles[i] for i in rng.permutation(n)]


def _cap(small: bool, lines: tuple[str, ...], rng: np.random.Generator) -> float:
    """Many small letters, few large ones, none near the bound between them; long texts are smaller."""
    if small:
        return float(rng.uniform(8.4, 15.2))
    largest = np.clip(_WIDEST / max(len(line) for line in lines), 20.0, 57.0)
    return float(17.0 * (largest / 17.0) ** (rng.random() ** 1.4))
