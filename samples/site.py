"""Writes a whole plant site: pictures, assets, stations and the truth."""

import csv
import json
import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from samples import boards, develop, layout
from samples.camera import Array, turn_about_z, views
from samples.light import bake
from samples.mix import STATIONS, Wanted, wanted_plates
from samples.piping import support
from samples.plates import Plate
from samples.render import render
from samples.rooms import ROOMS
from samples.scene import Mount, Scene
from samples.tags import Register, register
from samples.truth import plate_record

Progress = Callable[[int], None]

IMAGES = STATIONS

_ATTEMPTS = 12
_MARGIN = 8  # px that blur may look beyond a face


@dataclass(frozen=True, eq=False)
class Station:
    """One image before it is drawn: its scene, how the scene lies in the image's frame, and its plates."""

    name: str
    scene: Scene
    turn: Array
    hung: list[tuple[Plate, Mount]]


def generate(out: Path, seed: int, progress: Progress | None = None, face_px: int = 1024) -> None:
    """Writes the site folder: images/<image>/<face>.jpg, assets.csv, images.csv, truth.json.

    ``progress`` is called with 1 after each of the IMAGES images. The same seed gives the same bytes. Smaller
    faces (``face_px``) show the same plates with smaller letters.
    """
    site = register(_rng(seed, 0))
    wanted = wanted_plates(site, _rng(seed, 1))
    out.mkdir(parents=True, exist_ok=True)
    jobs = [(out, seed, i, [w for w in wanted if w.station == i], face_px) for i in range(STATIONS)]
    records = []
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        for found in pool.map(make_station, *zip(*jobs, strict=True)):
            records.extend(found)
            if progress:
                progress(1)
    plates = [{"id": f"p{n:04d}", **record} for n, record in enumerate(records, 1)]
    (out / "truth.json").write_text(
        json.dumps({"seed": seed, "plates": plates}, indent=1, ensure_ascii=False) + "\n"
    )
    _write_assets(out / "assets.csv", site)
    _write_images(out / "images.csv", _rng(seed, 2))


def build_station(seed: int, index: int, wanted: list[Wanted]) -> Station:
    """The scene of a station with its plates hung; another scene is tried where one has no room for them."""
    for attempt in range(_ATTEMPTS):
        rng = _rng(seed, 10 + index, attempt)
        scene = ROOMS[index % len(ROOMS)](rng)
        turn = turn_about_z(rng.uniform(0, 2 * np.pi))
        designs = [boards.design(w, rng) for w in wanted]
        try:
            hung = layout.hang(scene, turn, designs, rng)
        except layout.NoRoomError:
            continue
        for plate, mount in hung:
            support(scene, plate, mount)
        return Station(image_name(index), scene, turn, hung)
    raise RuntimeError(
        f"seed {seed}, station {index}: no room for its {len(wanted)} plates in {_ATTEMPTS} scenes"
    )


def image_name(index: int) -> str:
    return f"st{index + 1:02d}"


def make_station(
    out: Path, seed: int, index: int, wanted: list[Wanted], face_px: int
) -> list[dict[str, object]]:
    """Writes the faces of one station; its plates for the truth."""
    cv2.setNumThreads(1)
    station = build_station(seed, index, wanted)
    folder = out / "images" / station.name
    folder.mkdir(parents=True, exist_ok=True)
    rng = _rng(seed, 30 + index)
    quality = int(rng.integers(84, 93))
    for face, picture in draw(station, face_px, rng).items():
        Image.fromarray(picture).save(folder / f"{face}.jpg", quality=quality, subsampling=2)
    return [plate_record(station.name, plate, station.turn, face_px) for plate, _ in station.hung]


def draw(station: Station, face_px: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """The six faces of a station, RGB (face_px, face_px, 3)."""
    scene = station.scene
    maps = bake(scene)
    sides = views(station.turn, face_px, _MARGIN)
    faces = [render(scene, maps, view) for view in sides]
    for plate, mount in station.hung:
        ground = mount.solid.material.colour if mount.solid else None
        look = boards.look(plate.design, ground, rng)
        k = plate.cap_px(station.turn, face_px) * develop.OVERSAMPLING
        board = develop.lit_board(scene, maps, plate, mount, boards.picture(plate.design, look, k, rng))
        for light, view in zip(faces, sides, strict=True):
            develop.put(light, view, plate, board)
    gain = develop.exposure(faces)
    blur = rng.uniform(0.45, 0.9) * max(face_px / 1024, 0.5)
    return {
        view.face: develop.to_bytes(light + develop.glow(scene, view), view, gain, blur, rng)
        for light, view in zip(faces, sides, strict=True)
    }


def _rng(*key: int) -> np.random.Generator:
    return np.random.default_rng(key)


def _write_assets(path: Path, site: Register) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["name", "external_id", "aliases", "description"])
        rows.writerows([a.name, a.external_id, ";".join(a.aliases), a.description] for a in site.listed)


def _write_images(path: Path, rng: np.random.Generator) -> None:
    """Where each image was taken: stations along a walk, the camera turned and not quite level."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        pose = [f"{what}_{axis}" for what in ("translation", "euler") for axis in "xyz"]
        rows.writerow(["image", "station", "label", "taken_at", *pose])
        at = np.array([120.0, 48.0, 1.65])
        for i in range(STATIONS):
            at = at + np.append(rng.uniform(3, 9, 2), 0.0)
            euler = [*rng.normal(0, 0.02, 2), rng.uniform(-np.pi, np.pi)]
            taken = f"2026-09-{14 + i // 5:02d}T{8 + i % 5:02d}:{int(rng.integers(60)):02d}:00Z"
            name = image_name(i)
            rows.writerow(
                [
                    name,
                    f"station-{i + 1:02d}",
                    f"Station {i + 1}",
                    taken,
                    *(f"{v:.4f}" for v in (*at, *euler)),
                ]
            )
