"""The rules of the sample site: its mix, its asset list, its pixels, its truth."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from samples.camera import FACES, basis, face_of, project
from samples.image import render
from samples.layout import NOMINAL_PX, Plate
from samples.lettering import CAP
from samples.site import IMAGES, Site, generate, image_name, plan
from samples.tags import neighbours

SEED = 3
FACE_PX = 320


@pytest.fixture(scope="module", params=[1, 2, 3, 11, 4_000_000_000])
def site(request: pytest.FixtureRequest) -> Site:
    return plan(request.param)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("site")
    steps: list[int] = []
    generate(out, SEED, steps.append, FACE_PX)
    assert steps == [1] * IMAGES
    return out


def tag_plates(site: Site) -> list[Plate]:
    return [plate for plates in site.plates for plate in plates if plate.wish.asset is not None]


def share(flags: list[bool]) -> float:
    return sum(flags) / len(flags)


def test_a_site_has_enough_of_everything(site: Site) -> None:
    plates = [plate for plates in site.plates for plate in plates]
    kinds = [plate.wish.kind for plate in plates]
    assert len(site.plates) == IMAGES >= 6
    assert 130 <= len(tag_plates(site)) <= 160
    assert sum(plate.wish.tag is not None and plate.wish.asset is None for plate in plates) == 15
    assert kinds.count("text") >= 64
    assert len(site.listing.assets) >= 5000


def test_the_mix_holds_for_every_seed(site: Site) -> None:
    tags = tag_plates(site)
    style = [plate.wish.style for plate in tags]
    caps = [plate.cap_px(NOMINAL_PX) for plate in tags]
    seams = [len({face_of(corner) for corner in plate.ink}) > 1 for plate in tags]
    assert share([one in {"stencil", "engraved"} for one in style]) >= 0.10
    assert share([one == "low_contrast" for one in style]) >= 0.10
    assert share([len(plate.wish.lines) == 2 for plate in tags]) >= 0.08
    assert share(seams) >= 0.10
    assert share([35 < plate.tilt_deg <= 50 for plate in tags]) >= 0.20
    assert share([cap < 16 for cap in caps]) >= 0.15
    legible = [cap >= 16 and one == "plain" for cap, one in zip(caps, style, strict=True)]
    assert share(legible) >= 0.45
    assert min(caps) >= 8
    assert max(caps) <= 60


def test_some_assets_are_named_on_several_images(site: Site) -> None:
    where: dict[str | None, set[int]] = {}
    for image, plates in enumerate(site.plates):
        for plate in plates:
            where.setdefault(plate.wish.asset, set()).add(image)
    where.pop(None)
    assert sum(len(images) > 1 for images in where.values()) >= 8


def test_every_tag_has_a_listed_neighbour_one_digit_away(site: Site) -> None:
    names = {asset.name for asset in site.listing.assets}
    tags = {plate.wish.tag for plates in site.plates for plate in plates if plate.wish.tag}
    assert all(any(other in names for other in neighbours(tag)) for tag in tags)


def test_names_external_ids_and_aliases_are_unambiguous(site: Site) -> None:
    assets = site.listing.assets
    assert (
        len({asset.name for asset in assets}) == len(assets) == len({asset.external_id for asset in assets})
    )
    known = [asset.name for asset in assets] + [alias for asset in assets for alias in asset.aliases]
    assert len(set(known)) == len(known)
    assert not set(known) & set(site.listing.unlisted)


def test_the_tilt_is_the_angle_between_normal_and_ray(site: Site) -> None:
    for plate in tag_plates(site):
        normal = np.cross(plate.right, plate.down)
        ray = plate.ink.mean(axis=0)
        cosine = normal @ ray / np.linalg.norm(normal) / np.linalg.norm(ray)
        assert np.degrees(np.arccos(min(1.0, cosine))) == pytest.approx(plate.tilt_deg, abs=1e-4)


def test_the_ink_lies_on_the_plate_and_no_plate_covers_another(site: Site) -> None:
    for plates in site.plates:
        hulls = [plate.outline for plate in plates]
        for index, plate in enumerate(plates):
            assert all(inside(plate.outline, corner) for corner in plate.ink)
            others = hulls[:index] + hulls[index + 1 :]
            corners = (*plate.outline, plate.outline.mean(axis=0))
            assert not any(inside(hull, corner) for hull in others for corner in corners)


def inside(hull: np.ndarray, ray: np.ndarray) -> bool:
    """Whether a ray passes through a convex outline as seen from the camera."""
    sides = np.cross(hull, np.roll(hull, -1, axis=0)) @ ray
    return bool(hull.mean(axis=0) @ ray > 0 and ((sides > 0).all() or (sides < 0).all()))


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_folder_holds_the_site_in_its_format(folder: Path) -> None:
    rows = table(folder / "assets.csv")
    images = table(folder / "images.csv")
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    ids = {row["external_id"] for row in rows}
    assert list(rows[0]) == ["name", "external_id", "aliases", "description"]
    assert [row["image"] for row in images] == [image_name(index) for index in range(IMAGES)]
    assert truth["seed"] == SEED
    assert {plate["image"] for plate in truth["plates"]} == {row["image"] for row in images}
    assert all(plate["asset"] in ids for plate in truth["plates"] if plate["asset"])
    for plate in truth["plates"]:
        for name in ("text_polygon", "plate_polygon"):
            assert np.linalg.norm(plate[name], axis=1) == pytest.approx(np.ones(4), abs=1e-6)
    for row in images:
        for face in FACES:
            with Image.open(folder / "images" / row["image"] / f"{face}.jpg") as picture:
                assert (picture.format, picture.size) == ("JPEG", (FACE_PX, FACE_PX))


def test_a_seed_gives_the_same_bytes_again(folder: Path, tmp_path: Path) -> None:
    render(plan(SEED).plates[4], tmp_path / "again", (SEED, 4), FACE_PX)
    for face in FACES:
        first = folder / "images" / image_name(4) / f"{face}.jpg"
        assert (tmp_path / "again" / f"{face}.jpg").read_bytes() == first.read_bytes()


@pytest.mark.parametrize(
    ("here", "beside", "ours", "theirs"),
    [
        ("front", "right", np.s_[:, -1], np.s_[:, 0]),
        ("right", "back", np.s_[:, -1], np.s_[:, 0]),
        ("back", "left", np.s_[:, -1], np.s_[:, 0]),
        ("left", "front", np.s_[:, -1], np.s_[:, 0]),
        ("top", "front", np.s_[-1], np.s_[0]),
        ("front", "bottom", np.s_[-1], np.s_[0]),
    ],
)
def test_faces_continue_each_other(folder: Path, here: str, beside: str, ours: tuple, theirs: tuple) -> None:
    steps = []
    for image in map(image_name, range(IMAGES)):
        step = pixels(folder, image, here)[ours] - pixels(folder, image, beside)[theirs]
        steps.append(float(np.median(np.abs(step))))
    assert np.median(steps) < 6  # noise and JPEG; faces that do not belong together differ by 20 and more


def test_the_ink_is_inside_the_text_polygon_and_not_around_it(folder: Path) -> None:
    checked = 0
    for index, plates in enumerate(plan(SEED).plates):
        for plate in plates:
            plain = plate.wish.style == "plain" and not plate.lettering.framed
            if plain and plate.cap_px(FACE_PX) > 9:
                left, top, right, bottom = plate.measures.ink
                step = 0.25 * CAP
                within = np.ptp(brightness(folder, index, plate, (left, right), top + CAP / 2))
                around = [
                    np.ptp(brightness(folder, index, plate, (left, right), y))
                    for y in (top - step, bottom + step)
                ]
                assert within > 2 * max(around), (plate.wish.lines, within, around)
                checked += 1
    assert checked > 15


def brightness(folder: Path, index: int, plate: Plate, span: tuple[float, float], y: float) -> np.ndarray:
    """Brightness along a level line of the plate's texture, wherever it falls on the faces."""
    found = []
    for x in np.linspace(*span, 60):
        ray = plate.points((x, y, x, y))[:1]
        face = face_of(ray[0])
        assert ray[0] @ basis(face)[0] > 0
        column, row = np.clip(project(face, ray)[0] * FACE_PX, 0, FACE_PX - 1).astype(int)
        found.append(pixels(folder, image_name(index), face)[row, column])
    return np.array(found)


_FACES: dict[tuple[Path, str, str], np.ndarray] = {}


def pixels(folder: Path, image: str, face: str) -> np.ndarray:
    """Brightness of a face, decoded once."""
    key = folder, image, face
    if key not in _FACES:
        with Image.open(folder / "images" / image / f"{face}.jpg") as picture:
            _FACES[key] = np.asarray(picture.convert("L"), float)
    return _FACES[key]


def test_a_folder_with_a_site_is_left_alone(folder: Path) -> None:
    with pytest.raises(FileExistsError, match="name another folder"):
        generate(folder, SEED)
