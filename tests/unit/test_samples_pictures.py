"""The sample site as files: its format, its determinism, its seams, and the truth against the pixels."""

import csv
import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from samples import boards, develop
from samples.camera import FACES, face_index, to_pixels, views
from samples.mix import Wanted, wanted_plates
from samples.plates import Plate
from samples.site import IMAGES, Station, build_station, draw, generate, image_name, make_station
from samples.tags import register

SEED = 3
FACE_PX = 160
# face, its border, the face beyond, that face's border; True where one runs the other way
SEAMS = (
    ("front", "u1", "right", "u0", False),
    ("right", "u1", "back", "u0", False),
    ("back", "u1", "left", "u0", False),
    ("left", "u1", "front", "u0", False),
    ("front", "v0", "top", "v1", False),
    ("back", "v0", "top", "v0", True),
    ("left", "v0", "top", "u0", False),
    ("right", "v0", "top", "u1", True),
    ("front", "v1", "bottom", "v0", False),
    ("back", "v1", "bottom", "v1", True),
    ("left", "v1", "bottom", "u0", True),
    ("right", "v1", "bottom", "u1", False),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("site")
    steps: list[int] = []
    generate(out, SEED, steps.append, FACE_PX)
    assert steps == [1] * IMAGES
    return out


@pytest.fixture(scope="module")
def station() -> Station:
    return build_station(SEED, 0, wanted_at(0))


def wanted_at(index: int) -> list[Wanted]:
    site = register(np.random.default_rng((SEED, 0)))
    return [w for w in wanted_plates(site, np.random.default_rng((SEED, 1))) if w.station == index]


def pixels(folder: Path, image: str, face: str) -> np.ndarray:
    with Image.open(folder / "images" / image / f"{face}.jpg") as picture:
        return np.asarray(picture).astype(float)


def test_the_folder_holds_the_site_in_its_format(folder: Path) -> None:
    with (folder / "assets.csv").open(encoding="utf-8", newline="") as file:
        assets = list(csv.DictReader(file))
    with (folder / "images.csv").open(encoding="utf-8", newline="") as file:
        images = list(csv.DictReader(file))
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    assert list(assets[0]) == ["name", "external_id", "aliases", "description"]
    assert [row["image"] for row in images] == [image_name(i) for i in range(IMAGES)]
    assert all(abs(float(row["translation_x"])) > 1 and float(row["euler_z"]) for row in images)
    assert truth["seed"] == SEED
    assert len({plate["id"] for plate in truth["plates"]}) == len(truth["plates"])
    known = {row["external_id"] for row in assets}
    for plate in truth["plates"]:
        assert plate["asset"] is None or plate["asset"] in known
        for polygon in ("text_polygon", "plate_polygon"):
            assert np.linalg.norm(plate[polygon], axis=1) == pytest.approx(np.ones(4), abs=1e-8)
    for i in range(IMAGES):
        for face in FACES:
            assert pixels(folder, image_name(i), face).shape == (FACE_PX, FACE_PX, 3)


def test_the_same_seed_gives_the_same_bytes_in_another_process(folder: Path, tmp_path: Path) -> None:
    records = make_station(tmp_path, SEED, 0, wanted_at(0), FACE_PX)
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))["plates"]
    named = [{"id": plate["id"], **record} for plate, record in zip(truth, records, strict=False)]
    assert named == truth[: len(records)]
    for face in FACES:
        file = Path("images") / image_name(0) / f"{face}.jpg"
        assert (folder / file).read_bytes() == (tmp_path / file).read_bytes(), face


def test_faces_continue_each_other_across_every_seam(folder: Path) -> None:
    """The step over a seam is about the step to the next pixel inside; unrelated rows differ more."""
    for here, border, beyond, other, reverse in SEAMS:
        steps, strange = [], []
        for i in range(IMAGES):
            ours, inner = edge(pixels(folder, image_name(i), here), border)
            theirs, _ = edge(pixels(folder, image_name(i), beyond), other)
            theirs = theirs[::-1] if reverse else theirs
            inside_step = np.abs(ours - inner).mean()
            steps.append(np.abs(ours - theirs).mean() / inside_step)
            strange.append(np.abs(ours - theirs[::-1]).mean() / inside_step)
        assert np.median(steps) < 2, (here, beyond)
        assert np.median(steps) < 0.5 * np.median(strange), (here, beyond)


def edge(face: np.ndarray, border: str) -> tuple[np.ndarray, np.ndarray]:
    """The row of pixels along a border, and the next one."""
    rows = face.transpose(1, 0, 2) if border[0] == "u" else face
    return (rows[0], rows[1]) if border[1] == "0" else (rows[-1], rows[-2])


def test_the_ink_fills_the_text_polygon_and_leaves_it_nowhere(station: Station) -> None:
    """Each plate is drawn with and without its letters; where the two differ there is ink."""
    px = 1024
    seen = 0
    for plate, _ in station.hung:
        directions = inked(plate, station, px)
        polygon = plate.text_polygon() @ station.turn.T
        sides = np.cross(polygon, np.roll(polygon, -1, axis=0))
        sides /= np.linalg.norm(sides, axis=1, keepdims=True)
        away = -directions @ sides.T  # radians beyond each side, below 0 inside
        pixel = 2 / px
        assert away.max() < 1.5 * pixel, plate.design.wanted.lines
        assert (away.max(axis=0) > -2.5 * pixel).all(), plate.design.wanted.lines
        seen += 1
    assert seen > 20


def inked(plate: Plate, station: Station, px: int) -> np.ndarray:
    """Directions (n, 3) in the image of the pixels, on all faces, that show a plate's letters."""
    lettering = plate.design.lettering
    blank = dataclasses.replace(lettering, mask=np.zeros_like(lettering.mask))
    marked = boards.Look((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
    directions = []
    touched = {FACES[i] for i in face_index(plate.plate_polygon() @ station.turn.T)}
    for view, side in zip(views(station.turn, px), views(np.eye(3), px), strict=True):
        if view.face not in touched:
            continue
        faces = []
        for letters in (lettering, blank):
            design = dataclasses.replace(plate.design, lettering=letters)
            k = plate.cap_px(station.turn, px) * develop.OVERSAMPLING
            picture = boards.picture(design, marked, k, np.random.default_rng(0))
            board = np.concatenate([picture.colour, picture.alpha[..., None]], axis=2)
            face = np.zeros((px, px, 3), np.float32)
            develop.put(face, view, dataclasses.replace(plate, design=design), board)
            faces.append(face)
        y, x = np.nonzero(np.abs(faces[0] - faces[1]).max(axis=2) > 0.12)
        rays = np.stack([x + 0.0, y + 0.0, np.ones(len(x))], axis=1) @ side.ray_matrix().T
        directions.append(rays / np.linalg.norm(rays, axis=1, keepdims=True))
    return np.concatenate(directions)


def test_the_cap_height_is_the_height_of_a_line_of_capitals_on_its_face(station: Station) -> None:
    checked = 0
    for plate, _ in station.hung:
        line = plate.design.lettering.lines
        if len(line) == 1 and line[0].replace("-", "").isalnum() and not set("QJ") & set(line[0]):
            corners = plate.text_polygon() @ station.turn.T
            top, bottom = (corners[0] + corners[1]) / 2, (corners[2] + corners[3]) / 2
            faces = np.repeat(face_index(top + bottom), 2)
            height = np.linalg.norm(np.diff(to_pixels(np.stack([top, bottom]), faces, 1024), axis=0))
            assert height == pytest.approx(plate.cap_px(station.turn, 1024), rel=0.15)
            checked += 1
    assert checked >= 8


def test_seam_plates_show_on_two_faces_and_others_on_one(station: Station) -> None:
    for plate, _ in station.hung:
        corners = plate.text_polygon() @ station.turn.T
        s = np.linspace(0, 1, 101)[:, None]
        outline = np.concatenate(
            [(1 - s) * a + s * b for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True)]
        )
        assert (len(set(face_index(outline))) > 1) == plate.design.wanted.seam


def test_a_picture_is_neither_flat_nor_noise(station: Station) -> None:
    faces = draw(station, 128, np.random.default_rng(0))
    for picture in faces.values():
        grey = picture.astype(float).mean(axis=2)
        assert grey.std() > 6
        assert np.abs(np.diff(grey, axis=1)).mean() < 12
    assert 60 < np.mean([picture.mean() for picture in faces.values()]) < 190
