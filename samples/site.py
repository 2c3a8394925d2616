"""Writes a whole site: images, the list of assets, the list of images and the truth."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from samples.camera import Vectors, face_of, unit
from samples.image import render
from samples.layout import NOMINAL_PX, Plate, place
from samples.mix import wishes
from samples.tags import Asset, AssetList, make_assets

IMAGES = 8
_WORKERS = 2
_IMAGE_COLUMNS = (
    "image",
    "station",
    "label",
    "taken_at",
    "translation_x",
    "translation_y",
    "translation_z",
    "euler_x",
    "euler_y",
    "euler_z",
)


@dataclass(frozen=True)
class Site:
    """What a seed makes of a site, before a pixel is drawn."""

    seed: int
    listing: AssetList
    plates: tuple[tuple[Plate, ...], ...]


def plan(seed: int) -> Site:
    """The assets and plates of a seed."""
    rng = np.random.default_rng(seed)
    listing = make_assets(rng)
    hands = wishes(listing, IMAGES, rng)
    return Site(seed, listing, tuple(place(hand, rng) for hand in hands))


def image_name(index: int) -> str:
    """The folder an image's faces lie in."""
    return f"st{index + 1:02d}"


def generate(
    out: Path, seed: int, progress: Callable[[int], None] | None = None, face_px: int = NOMINAL_PX
) -> None:
    """Writes the site of a seed; the same seed gives the same bytes.

    Args:
        out: Folder to write; must not hold a site yet.
        seed: Any number from 0.
        progress: Called with 1 after each of the IMAGES images.
        face_px: Width of a cube face in pixels.

    Raises:
        FileExistsError: The folder holds images already.
    """
    if (out / "images").exists():
        raise FileExistsError(f"{out} holds a site already: name another folder or remove it first")
    out.mkdir(parents=True, exist_ok=True)
    site = plan(seed)
    _write_assets(out / "assets.csv", site.listing.assets)
    _write_images(out / "images.csv", seed)
    truth = {"seed": seed, "plates": list(_truth(site, face_px))}
    (out / "truth.json").write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8")
    with ProcessPoolExecutor(_WORKERS, mp_context=get_context("spawn")) as pool:
        jobs = [
            pool.submit(render, plates, out / "images" / image_name(index), (seed, index), face_px)
            for index, plates in enumerate(site.plates)
        ]
        for job in jobs:
            job.result()
            if progress:
                progress(1)


def _write_assets(path: Path, assets: Iterable[Asset]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(("name", "external_id", "aliases", "description"))
        rows.writerows((one.name, one.external_id, ";".join(one.aliases), one.description) for one in assets)


def _write_images(path: Path, seed: int) -> None:
    rng = np.random.default_rng([seed, 2])
    start = datetime(2025, 5, 6, 8, tzinfo=UTC)
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(_IMAGE_COLUMNS)
        for index in range(IMAGES):
            at = np.array([8.0 * (index % 4), 9.0 * (index // 4)]) + rng.normal(0, 0.4, 2)
            pose = (*at, 1.7, *rng.normal(0, 0.02, 2), rng.uniform(-math.pi, math.pi))
            taken = (start + timedelta(minutes=4 * index)).isoformat()
            label = f"Module M20, station {index + 1}"
            figures = (f"{figure:.4f}" for figure in pose)
            rows.writerow((image_name(index), f"station-{index + 1}", label, taken, *figures))


def _truth(site: Site, face_px: int) -> Iterable[dict[str, object]]:
    number = 0
    for index, plates in enumerate(site.plates):
        for plate in plates:
            number += 1
            yield _record(f"p{number:04d}", image_name(index), plate, face_px)


def _record(name: str, image: str, plate: Plate, face_px: int) -> dict[str, object]:
    wish, cap_px = plate.wish, plate.cap_px(face_px)
    flags = {
        "two_lines": len(wish.lines) > 1,
        "seam": len({face_of(corner) for corner in plate.ink}) > 1,
        "tilted": plate.tilt_deg > 35,
        "small": cap_px < 16,
    }
    return {
        "id": name,
        "image": image,
        "kind": wish.kind,
        "lines": list(wish.lines),
        "tag": wish.tag,
        "asset": wish.asset,
        "text_polygon": _rays(plate.ink),
        "plate_polygon": _rays(plate.outline),
        "cap_px": round(cap_px, 2),
        "tilt_deg": round(plate.tilt_deg, 2),
        "style": wish.style,
        "traits": [flag for flag, is_set in flags.items() if is_set],
    }


def _rays(points: Vectors) -> list[list[float]]:
    return [[round(float(value), 7) for value in ray] for ray in unit(points)]
