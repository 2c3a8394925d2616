"""Rules of the site folder: what load_site reads, and the one line it answers to a broken folder."""

from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pytest

from demo.panorama import cut_panorama, face_side
from demo.site import load_site
from demo.tables import SiteAsset, SiteError
from image360.geometry import FACES, direction_to_panorama_uv, face_uv_to_direction

ASSETS = "name,external_id,aliases,description\n21-PT-1019,pt1019,PT1019; 1019 PT,Pressure transmitter\n"


def write(path: Path, content: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


def jpeg(width: int, height: int) -> bytes:
    return cv2.imencode(".jpg", np.full((height, width, 3), 90, np.uint8))[1].tobytes()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    site = tmp_path / "plant"
    for face in FACES:
        write(site / "images" / "st01" / f"{face}.jpg", jpeg(8, 8))
    write(site / "assets.csv", ASSETS)
    return site


def refusal(folder: Path) -> str:
    with pytest.raises(SiteError) as raised:
        load_site(folder)
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_a_site_is_its_images_and_its_asset_list(folder: Path):
    site = load_site(folder)
    assert site.name == "plant"
    assert [image.id for image in site.images] == ["st01"]
    assert tuple(site.images[0].faces) == FACES
    assert site.assets == (SiteAsset("21-PT-1019", "pt1019", ("PT1019", "1019 PT"), "Pressure transmitter"),)
    assert site.truth is None


def test_face_files_are_handed_over_as_they_are_good_or_bad(folder: Path):
    write(folder / "images/st01/back.jpg", b"no picture at all")
    (folder / "images/st01/left.jpg").unlink()
    write(folder / "images/st01/Left.PNG", b"\x89PNG broken")
    files = {file.face: file for file in load_site(folder).images[0].face_files()}
    assert files["back"].content == b"no picture at all"
    assert files["left"].mime_type == "image/png"
    assert files["front"].mime_type == "image/jpeg"


def test_a_missing_face_is_left_to_the_product(folder: Path):
    (folder / "images/st01/top.jpg").unlink()
    assert "top" not in load_site(folder).images[0].faces


def test_what_file_managers_leave_behind_is_passed_over(folder: Path):
    for name in (".DS_Store", "Thumbs.db", "st01/.DS_Store", "st01/desktop.ini"):
        write(folder / "images" / name, b"x")
    assert len(load_site(folder).images) == 1


def test_images_csv_says_where_and_when(folder: Path):
    write(folder / "images/st02/front.jpg", jpeg(8, 8))
    write(
        folder / "images.csv",
        "image,station,label,taken_at,translation_x,euler_z\n"
        "st01,deck,Deck 3,2026-11-22T09:30:00+01:00,12.5,-0.5\n",
    )
    first, second = load_site(folder).images
    assert (first.station, first.label) == ("deck", "Deck 3")
    assert first.taken_at == datetime(2026, 11, 22, 8, 30, tzinfo=UTC)
    assert first.translation == (12.5, 0.0, 0.0)
    assert first.euler == (0.0, 0.0, -0.5)
    assert (second.station, second.label, second.taken_at) == ("st02", "st02", None)


def test_a_byte_order_mark_and_windows_line_ends_are_fine(folder: Path):
    write(folder / "assets.csv", b"\xef\xbb\xbf" + ASSETS.replace("\n", "\r\n").encode())
    assert load_site(folder).assets[0].external_id == "pt1019"


def test_an_asset_may_lack_its_name_and_two_may_share_one(folder: Path):
    write(folder / "assets.csv", "name,external_id\n,a\nP-101,b\nP-101,c\n")
    assert [asset.name for asset in load_site(folder).assets] == ["", "P-101", "P-101"]


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("21-PT-1019,pt1019\n", "no header"),
        ("", "no header"),
        ("name;external_id\nP;p\n", "not separated by commas"),
        ("name,external_id,colour\nP,p,red\n", "unknown column 'colour'"),
        ("name,name,external_id\nP,P,p\n", "'name' twice"),
        ("name,aliases\nP,p\n", "no column 'external_id'"),
        ("name,external_id\n", "lists no asset"),
        ("name,external_id\nP,p\nQ,\n", "line 3: external_id is empty"),
        ("name,external_id\nP,p\nQ,q\nR,p\n", "assets.csv, line 2;"),
        ("name,external_id\nPump, main,p\n", "line 2 has 3 values for 2 columns"),
        ('name,external_id\nP,"p\n', "line 2: unexpected end of data"),
        ("name,external_id\nP\xe5,p\n".encode("latin-1"), "not UTF-8 (byte 19)"),
    ],
)
def test_a_broken_asset_list_is_named_with_its_row(folder: Path, table: str | bytes, said: str):
    write(folder / "assets.csv", table)
    message = refusal(folder)
    assert said in message
    assert "assets.csv" in message


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("st01,deck\n", "no header"),
        ("station,label\ndeck,Deck\n", "no column 'image'"),
        ("image,heading\nst01,90\n", "unknown column 'heading'"),
        ("image\nst09\n", "line 2: there is no image 'st09'"),
        ("image\nst01\nst01\n", "line 3: image 'st01' has a row already"),
        ("image,euler_x\nst01,east\n", "line 2: euler_x is 'east'"),
        ("image,euler_x\nst01,inf\n", "line 2: euler_x is 'inf'"),
        ("image,taken_at\nst01,yesterday\n", "line 2: taken_at is 'yesterday'"),
    ],
)
def test_a_broken_image_table_is_named_with_its_row(folder: Path, table: str, said: str):
    write(folder / "images.csv", table)
    message = refusal(folder)
    assert said in message
    assert "images.csv" in message


def test_a_folder_that_is_no_site_is_named(tmp_path: Path):
    assert "is no folder" in refusal(tmp_path / "nowhere")
    assert "no folder images/" in refusal(tmp_path)
    (tmp_path / "images").mkdir()
    assert "is empty" in refusal(tmp_path)
    write(tmp_path / "images/st01/front.jpg", jpeg(8, 8))
    assert "assets.csv is missing" in refusal(tmp_path)


def test_an_unknown_face_is_named_with_the_faces_there_are(folder: Path):
    write(folder / "images/st01/north.jpg", b"x")
    message = refusal(folder)
    assert "north.jpg is no face" in message
    assert "front, back, left, right, top, bottom" in message


def test_two_files_for_one_face_or_image_are_named(folder: Path):
    write(folder / "images/st01/front.png", b"x")
    assert "same face" in refusal(folder)
    (folder / "images/st01/front.png").unlink()
    write(folder / "images/st01.jpg", jpeg(64, 32))
    assert "both named 'st01'" in refusal(folder)


def test_a_file_that_is_no_image_is_named(folder: Path):
    write(folder / "images/readme.txt", "hello")
    assert "readme.txt is neither a folder of faces nor a panorama" in refusal(folder)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (jpeg(64, 48), "64x48 px is not 2:1"),
        (b"text", "not an image"),
        (cv2.imencode(".png", np.zeros((8200, 16400), np.uint8))[1].tobytes(), "16400 px wide"),
    ],
)
def test_a_panorama_that_cannot_be_used_is_named_from_its_header(folder: Path, content: bytes, said: str):
    write(folder / "images/hall.png", content)
    message = refusal(folder)
    assert said in message
    assert "hall.png" in message


def test_a_damaged_panorama_is_named_when_it_is_cut(folder: Path):
    noise = np.random.default_rng(0).integers(0, 255, (64, 128, 3), np.uint8)
    write(folder / "images/hall.jpg", cv2.imencode(".jpg", noise)[1].tobytes()[:3000])
    hall = load_site(folder).images[0]
    with pytest.raises(SiteError, match=r"hall\.jpg: the picture is damaged"):
        list(hall.face_files())


def test_a_panorama_is_cut_into_the_faces_that_its_directions_say(tmp_path: Path):
    v, u = (np.indices((128, 256)) + 0.5) / [[[128]], [[256]]]
    turn = 2 * np.pi * (u - 0.5)
    # Red and green go around without a jump where the panorama ends, blue goes from top to bottom.
    picture = np.stack([200 * v, 120 + 100 * np.sin(turn), 120 + 100 * np.cos(turn)], axis=-1)
    write(tmp_path / "hall.png", cv2.imencode(".png", picture.astype(np.uint8))[1].tobytes())
    faces = dict(cut_panorama(tmp_path / "hall.png"))
    assert tuple(faces) == FACES
    for face, content in faces.items():
        pixels = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR).astype(float)
        side = face_side(256)
        assert pixels.shape == (side, side, 3)
        centres = (np.arange(side) + 0.5) / side
        pu, pv = direction_to_panorama_uv(face_uv_to_direction(face, centres[None, :], centres[:, None]))
        turn = 2 * np.pi * (pu - 0.5)
        wanted = np.stack([200 * pv, 120 + 100 * np.sin(turn), 120 + 100 * np.cos(turn)], axis=-1)
        # Within two panorama pixels of a pole all longitudes meet.
        far = (pv > 2 / 128) & (pv < 1 - 2 / 128)
        assert np.abs(pixels - wanted)[far].max() < 12


@pytest.mark.parametrize(
    ("width", "side"), [(16384, 2048), (7296, 2048), (5376, 1712), (4096, 1312), (64, 32)]
)
def test_a_face_keeps_the_detail_of_its_panorama_up_to_a_limit(width: int, side: int):
    assert face_side(width) == side


def test_a_truth_that_is_none_is_named(folder: Path):
    write(folder / "truth.json", "[]")
    assert "truth.json is no truth" in refusal(folder)
    write(folder / "truth.json", '{"seed": 1, "plates": [{"id": "p1", "image": "st01"}]}')
    assert "plate 'p1': KeyError('kind')" in refusal(folder)
