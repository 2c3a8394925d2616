"""Rules of the report: every region on its faces and in its table, and no text that breaks the page."""

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

import report.page
from demo.judged import with_truth
from demo.score import PlateMap, Reading, StoredLink, Suggestion, score
from demo.truth import Plate, Truth
from demo.verdict import judge
from image360.geometry import FACES, FaceFragment, clip_to_faces, face_uv_to_direction
from report.confusions import confusions
from report.findings import Call, Costs, FaceFile, NamedAsset, Report, ReportImage, ReportRow, Verdict
from report.page import aim, places_of
from report.pictures import Allowance, Cube
from report.shown import visible
from report.viewer import Bundle
from report.write import write_report

PUMP = NamedAsset("21-P-1", "asset-1", "Feed pump")
OTHER = NamedAsset("21-P-2", "asset-2")
VOID = {"meta", "img", "input", "br"}


def box(
    u: float, v: float, width: float = 0.1, height: float = 0.04, face: str = "front"
) -> NDArray[np.float64]:
    half = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * [width / 2, height / 2]
    return face_uv_to_direction(face, u + half[:, 0], v + half[:, 1])


def face_file(face: str, bgr: tuple[int, int, int] = (90, 120, 150), side: int = 64) -> FaceFile:
    return FaceFile(face, cv2.imencode(".png", np.full((side, side, 3), bgr, np.uint8))[1].tobytes())


@dataclass
class Seen(HTMLParser):
    """What a browser would find: (tag, attributes) of each element, and the text of each row."""

    elements: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    rows: dict[str, str] = field(default_factory=dict)
    row: str | None = None

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.elements.append((tag, found))
        if tag not in VOID | {"path", "polygon"}:
            self.open.append(tag)
        if tag == "tr" and found.get("id"):
            self.row = found["id"]
            self.rows[self.row] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag in {"path", "polygon"}:
            return
        assert self.open.pop() == tag
        if tag == "tr":
            self.row = None

    def handle_data(self, data: str) -> None:
        if self.row:
            self.rows[self.row] += f" {data.strip()}"

    def all(self, wanted: str, **attributes: str) -> list[dict[str, str | None]]:
        return [
            found
            for tag, found in self.elements
            if tag == wanted and all(found.get(name) == value for name, value in attributes.items())
        ]


class Bench:
    """Writes a report of images and reads it back."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.html = ""

    def image(self, rows: Iterable[ReportRow], name: str = "st01", problem: str = "") -> ReportImage:
        faces = [face_file(face) for face in FACES]
        return ReportImage(name, tuple(rows), problem=problem, faces=lambda: faces)

    def write(self, *images: ReportImage, viewer: Bundle | None = None, **changes: Any) -> Seen:
        given = replace(Report("plant", images), **changes)
        return self.read(given, viewer)

    def read(self, given: Report, viewer: Bundle | None = None) -> Seen:
        write_report(self.folder / "report.html", given, viewer)
        self.html = (self.folder / "report.html").read_text(encoding="utf-8")
        seen = Seen()
        seen.feed(self.html)
        seen.close()
        assert seen.open == []
        return seen


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def plate(name: str, polygon: NDArray[np.float64], asset: str | None, painted: str) -> Plate:
    tag = painted if asset else None
    return Plate(name, "st01", "tag", (painted,), tag, asset, polygon, polygon, 20.0, 5.0, "plain", ())


def test_every_region_is_drawn_and_has_its_row_in_the_colour_of_its_decision(bench: Bench):
    rows = [
        ReportRow("21-P-1", box(0.3, 0.3), "approve", 0.98, "exact", 1.0, PUMP, OTHER, "reads the name"),
        ReportRow(
            "21-P-Z", box(0.3, 0.6), "suggest", 0.7, "misread", 0.8, OTHER, None, "Z for 2", ("21-P-2",)
        ),
        ReportRow("NO SMOKING", box(0.6, 0.6), "none", 0.9, reason="fits no tag pattern"),
    ]
    seen = bench.write(bench.image(rows))
    drawn = {(shape["class"], shape["data-row"]) for shape in seen.all("polygon")}
    assert drawn == {("approve", "i0r0"), ("suggest", "i0r1"), ("none", "i0r2")}
    for said in (
        "21-P-1",
        "approved",
        "exact",
        "1.00",
        "asset-1",
        "Feed pump",
        "21-P-2",
        "reads the name",
        "0.98",
    ):
        assert said in seen.rows["i0r0"]
    assert "also read 21-P-2" in seen.rows["i0r1"].replace("  ", " ")
    assert "left alone" in seen.rows["i0r2"]


def test_a_region_over_a_seam_is_drawn_on_both_faces(bench: Bench):
    seen = bench.write(bench.image([ReportRow("21-P-1", box(1.0, 0.5), "approve", asset=PUMP)]))
    xs = sorted(
        sorted({float(point.split(",")[0]) for point in (shape["points"] or "").split()})
        for shape in seen.all("polygon")
    )
    assert xs[0][0] == 0.0
    assert xs[1][-1] == 1000.0


def test_the_page_asks_nobody_for_anything(bench: Bench):
    seen = bench.write(bench.image([ReportRow("21-P-1", box(0.3, 0.3), "approve", asset=PUMP)]))
    assert "://" not in bench.html
    assert not seen.all("link")
    for _, attributes in seen.elements:
        assert (attributes.get("src") or "data:image/jpeg;base64,").startswith("data:image/jpeg;base64,")
        assert (attributes.get("href") or "#").startswith("#")
    (policy,) = seen.all("meta", **{"http-equiv": "Content-Security-Policy"})
    assert "default-src 'none'" in (policy["content"] or "")


def test_every_picture_says_what_it_shows_and_every_link_has_its_target(bench: Bench):
    seen = bench.write(bench.image([ReportRow("21-P-1", box(0.3, 0.3), "approve", asset=PUMP)]))
    assert {picture["alt"] for picture in seen.all("img") if picture["alt"]} == {
        f"{face} face of st01" for face in FACES
    }
    ids = [attributes["id"] for _, attributes in seen.elements if attributes.get("id")]
    assert len(ids) == len(set(ids))
    assert {(link["href"] or "")[1:] for link in seen.all("a")} <= set(ids)
    assert {shape["data-row"] for shape in seen.all("polygon")} <= set(ids)


HOSTILE = (
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\" onmouseover='alert(1)",
    "</title></style></svg></table>",
    "\x00\x01\x1b[31m\x7f\x85 \ud800 \ufffe",
    "\u202e1019-TP-12\u2066\u200b\u2028",
    "مضخة משאבה",
    "A" * 10_000,
    "a" + "\u0301" * 9_999,
    "{{ 7 * 7 }}{% raw %}{#",
    "21-P-1\n\t&lt;",
)


def test_no_text_breaks_the_page(bench: Bench):
    plain = bench.write(bench.image([ReportRow("a", box(0.3, 0.3), "none")] * len(HOSTILE), "a"))
    counted = [tag for tag, _ in plain.elements]
    rows = [
        ReportRow(text, box(0.3, 0.3), "suggest", level="fuzzy", asset=NamedAsset(text, text, text),
                  runner_up=NamedAsset("", text), reason=text, other_readings=(text,))
        for text in HOSTILE
    ]  # fmt: skip
    image = bench.image(rows, HOSTILE[3], problem=HOSTILE[0])
    seen = bench.write(
        image,
        title=HOSTILE[5],
        facts={"engine": HOSTILE[1]},
        notes=(HOSTILE[0],),
        costs=Costs(
            {HOSTILE[3]: 1.0}, {HOSTILE[2]: 1}, (Call(*HOSTILE[:3], HOSTILE[4], 1.0, {HOSTILE[0]: 2}),)
        ),
    )
    for tag in ("script", "style", "title", "svg", "img"):
        assert [name for name, _ in seen.elements].count(tag) == counted.count(tag)
    assert not [
        attributes
        for _, attributes in seen.elements
        if "onerror" in attributes or "onmouseover" in attributes
    ]
    assert not set(bench.html) & set("\x00\x01\x1b\x7f\x85\u202e\u2066\u200b\u2028\ufffe")
    assert "[U+202E]1019-TP-12" in seen.rows["i0r5"]
    assert '<bdi class="tag">مضخة משאבה</bdi>' in bench.html
    assert "(10000 characters)" in seen.rows["i0r7"]
    assert "{{ 7 * 7 }}" in seen.rows["i0r9"]
    assert "A" * 200 not in bench.html


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("21-PT-1019", "21-PT-1019"),
        ("a\x00b", "a[U+0000]b"),
        ("\u202eabc", "[U+202E]abc"),
        ("\ud800", "[U+D800]"),
        ("x" * 161, "x" * 160 + "… (161 characters)"),
        ("Ø 50 µm 泵", "Ø 50 µm 泵"),
    ],
)
def test_what_hides_in_a_text_is_spelled_out(text: str, shown: str):
    assert visible(text) == shown


TRUTH = Truth(
    1,
    (
        plate("right", box(0.3, 0.2), "asset-1", "21-P-1"),
        plate("wrong", box(0.3, 0.4), "asset-9", "21-P-9"),
        plate("missed", box(0.3, 0.6), "asset-8", "21-P-8"),
        plate("unread", box(0.3, 0.8), "asset-7", "21-P-7"),
        plate("sign", box(0.7, 0.2), None, "NO SMOKING"),
    ),
)


def on_sphere(part: FaceFragment) -> NDArray[np.float64]:
    return face_uv_to_direction(part.face, part.vertices[:, 0], part.vertices[:, 1])


def judged_report(bench: Bench) -> Seen:
    rows = [
        ReportRow("21-P-1", box(0.3, 0.2), "approve", 0.9, "exact", 1.0, PUMP),
        ReportRow("21-P-2", box(0.3, 0.4), "approve", 0.9, "exact", 1.0, OTHER),
        ReportRow("21-P", box(0.3, 0.6), "none"),
        ReportRow("NO SMOKING", box(0.7, 0.2), "none"),
    ]
    links = [
        StoredLink("st01", part.face, row.asset.external_id, row.text, on_sphere(part))
        for row in rows
        if row.asset
        for part in clip_to_faces(row.polygon)
    ]
    found = score(TRUTH, links, [], [Reading("st01", row.text, row.polygon) for row in rows])
    summary = {**found.summary(), "engine": "ocr", "second_run_writes": 0, "unseen": []}
    return bench.read(with_truth(Report("plant", (bench.image(rows),)), TRUTH, found, summary))


def test_the_truth_stands_beside_each_row(bench: Bench):
    seen = judged_report(bench)
    assert "right asset 21-P-1" in seen.rows["i0r0"].replace("  ", " ")
    assert "wrong approval" in seen.rows["i0r1"]
    assert "○ missed" in seen.rows["i0r2"]
    assert "nothing to link" in seen.rows["i0r3"]


def test_errors_come_first_and_are_drawn_red(bench: Bench):
    seen = judged_report(bench)
    assert [name for name in seen.rows if "r" in name] == ["i0r1", "i0r0", "i0r2", "i0r3"]
    assert seen.all("polygon", **{"class": "wrong", "data-row": "i0r1"})
    assert seen.all("a", href="#i0r1")
    assert "of 10 floors missed" in bench.html


def test_misses_are_listed_with_what_was_read_there(bench: Bench):
    seen = judged_report(bench)
    listed = [text for name, text in seen.rows.items() if "m" in name]
    assert len(listed) == 3
    assert any("21-P-9" in text and "21-P-2" in text for text in listed)
    assert any("21-P-8" in text and "21-P " in text for text in listed)
    assert any("21-P-7" in text and "nothing read" in text for text in listed)
    assert len(seen.all("polygon", **{"class": "missed"})) == 3
    assert len(seen.all("polygon", **{"class": "truth"})) == 2


def test_what_is_to_be_known_of_the_engine_is_told_in_full(bench: Bench):
    notes = (f"own OCR instead: CDF refuses a 3D job <b>{'x' * 300}", "moved to \u202edata modeling")
    bench.write(bench.image([]), notes=notes)
    assert f"own OCR instead: CDF refuses a 3D job &lt;b&gt;{'x' * 300}<" in bench.html
    assert "moved to [U+202E]data modeling" in bench.html


def test_without_a_truth_its_columns_vanish(bench: Bench):
    seen = bench.write(bench.image([ReportRow("21-P-1", box(0.3, 0.2), "approve", asset=PUMP)]))
    assert not seen.all("td", **{"data-name": "Truth"})
    assert not seen.all("input", **{"data-layer": "truth"})
    assert "floors" not in bench.html.split("</style>")[1].split("<script>")[0]
    assert "Missed" not in bench.html.split("</style>")[1].split("<script>")[0]


def test_a_bad_face_says_why_and_the_others_are_shown(bench: Bench):
    faces = [
        face_file("front"),
        face_file("bottom"),
        FaceFile("top", b"no image"),
        FaceFile("left", face_file("left").content[:60]),
        FaceFile("back", cv2.imencode(".png", np.zeros((10000, 9500), np.uint8))[1].tobytes()),
    ]
    image = bench.image([], problem="the face top is damaged; replace it")
    seen = bench.write(replace(image, faces=lambda: faces), bench.image([], "st02"))
    shown = [picture["alt"] for picture in seen.all("img")]
    assert [alt for alt in shown if "st01" in alt] == ["front face of st01", "bottom face of st01"]
    assert len([alt for alt in shown if "st02" in alt]) == 6
    for said in (
        "not an image",
        "damaged",
        "too large to show",
        "no file",
        "the face top is damaged; replace it",
    ):
        assert said in bench.html


def test_greyscale_cmyk_alpha_and_single_pixels_are_shown():
    grey = cv2.imencode(".jpg", np.full((8, 8), 100, np.uint8))[1].tobytes()
    alpha = cv2.imencode(".png", np.full((8, 8, 4), 100, np.uint8))[1].tobytes()
    dot = cv2.imencode(".png", np.zeros((1, 1, 3), np.uint8))[1].tobytes()
    cube = Cube.of([FaceFile("front", grey), FaceFile("back", alpha), FaceFile("top", dot)])
    assert {face: pixels.shape for face, pixels in cube.pixels.items()} == {
        "front": (8, 8, 3),
        "back": (8, 8, 3),
        "top": (1, 1, 3),
    }
    assert cube.crop(box(0.5, 0.5, face="top")) is not None


def test_a_picture_gets_smaller_until_it_fits():
    noise = np.random.default_rng(0).integers(0, 255, (1024, 1024, 3), np.uint8)
    cube = Cube.of([FaceFile("front", cv2.imencode(".png", noise)[1].tobytes())])
    large, small = cube.face("front", 400_000), cube.face("front", 100_000)
    assert len(small) <= 100_000 < len(large) <= 400_000


def test_an_allowance_gives_what_is_left():
    allowance = Allowance(10)
    assert allowance.take(6)
    assert not allowance.take(5)
    assert allowance.take(4)


def test_a_full_page_keeps_its_rows_and_says_what_it_left_out(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(report.page, "PICTURE_BYTES", 6_000)
    row = ReportRow("21-P-1", box(0.3, 0.2), "approve", asset=PUMP)
    images = [bench.image([row], f"st{number:02d}") for number in range(8)]
    seen = bench.write(*images)
    assert len(seen.rows) == 8
    assert "left out: the page is full" in bench.html
    assert sum(len(picture["src"] or "") for picture in seen.all("img")) <= 6_000


def pixels_of(uri: str) -> NDArray[np.uint8]:
    content = np.frombuffer(base64.b64decode(uri.split(",")[1]), np.uint8)
    return cv2.imdecode(content, cv2.IMREAD_COLOR)


def test_a_crop_is_level_and_goes_over_seams():
    blue, red = (255, 0, 0), (0, 0, 255)
    cube = Cube.of([face_file("front", blue), face_file("right", red)])
    crop = cube.crop(box(1.0, 0.5, 0.2, 0.1))
    assert crop is not None
    pixels = pixels_of(crop).astype(int)
    height, width = pixels.shape[:2]
    assert width > height
    assert pixels[height // 2, 4].tolist() == pytest.approx(blue, abs=40)
    assert pixels[height // 2, -4].tolist() == pytest.approx(red, abs=40)


def test_a_crop_turns_text_upright():
    upside_down = np.roll(box(0.5, 0.25, 0.3, 0.2), 2, axis=0)
    picture = np.zeros((64, 64, 3), np.uint8)
    picture[:16] = 255  # above the text's middle on the face: below it for its reader
    cube = Cube.of([FaceFile("front", cv2.imencode(".png", picture)[1].tobytes())])
    crop = cube.crop(upside_down)
    assert crop is not None
    pixels = pixels_of(crop)
    assert pixels[4].mean() < 60
    assert pixels[-4].mean() > 200


def test_there_is_no_crop_where_nothing_is_shown():
    assert Cube.of([face_file("back")]).crop(box(0.5, 0.5)) is None
    assert Cube.of([face_file("front")]).crop(box(0.5, 0.5, 0.1, 0.0)) is None


@pytest.mark.parametrize(
    ("face", "yaw", "pitch"),
    [("front", 0, 0), ("right", 90, 0), ("left", -90, 0), ("top", None, 90), ("bottom", None, -90)],
)
def test_the_viewer_turns_to_where_a_region_is(face: str, yaw: float | None, pitch: float):
    found = aim(box(0.5, 0.5, 0.1, 0.04, face))
    assert found.pitch == pytest.approx(pitch, abs=0.01)
    assert yaw is None or found.yaw == pytest.approx(yaw, abs=0.01)
    assert found.extent == pytest.approx(2 * np.degrees(np.arctan(np.hypot(0.1, 0.04))), abs=0.05)


def test_the_panorama_is_given_a_place_where_cognites_viewer_was_measured_to_show_it():
    measured = json.loads((Path(__file__).parent / "data" / "image360_vectors.json").read_text())["vectors"]
    x, y, z = np.array([row[4] for row in measured]).T
    yaw, pitch = np.array(places_of(np.stack([x, y, z], axis=-1))).T
    # The library looks along +z at yaw 0, to -x at a quarter to the right, and +y is up: the viewer's axes.
    seen = np.stack([-np.cos(pitch) * np.sin(yaw), np.sin(pitch), np.cos(pitch) * np.cos(yaw)], axis=-1)
    assert np.abs(seen - np.stack([x, z, -y], axis=-1)).max() < 2e-5


READ_FOR_ANOTHER = [
    ReportRow("21-PT-I019", box(0.3, 0.2), "approve", asset=NamedAsset("21-PT-1019", "a")),
    ReportRow("21 PT IOI9", box(0.3, 0.2), "approve", asset=NamedAsset("21-PT-1019", "a")),
    ReportRow("21-PT-1O20", box(0.3, 0.2), "suggest", asset=NamedAsset("21-PT-1020", "b")),
    ReportRow("21-PT-10", box(0.3, 0.2), "approve", asset=NamedAsset("21-PT-1019", "a")),
    ReportRow("NO SMOKING", box(0.3, 0.2), "none"),
]


def test_what_was_read_for_another_is_counted_where_it_is_known():
    of_approved = confusions(READ_FOR_ANOTHER[:1] + READ_FOR_ANOTHER[2:])
    assert [(each.read, each.meant, each.times) for each in of_approved] == [("I", "1", 1)]
    judged = [
        replace(row, verdict=Verdict("right", "", row.asset.name if row.asset else None))
        for row in READ_FOR_ANOTHER
    ]
    of_truth = {(each.read, each.meant): each.times for each in confusions(judged)}
    assert of_truth == {("I", "1"): 1, ("O", "0"): 1}  # three wrong characters tell nothing of their places


def test_precision_and_recall_are_told_only_against_a_truth(bench: Bench):
    bench.write(bench.image([ReportRow("21-P-1", box(0.3, 0.2), "approve", asset=PUMP)]))
    assert "Precision" not in bench.html
    judged_report(bench)
    assert "1 of 2 approvals is wrong" in bench.html
    assert "1 of 4 tags approved" in bench.html


def test_the_viewer_goes_into_the_page_with_the_licences_of_what_is_in_it(bench: Bench):
    viewer = Bundle(
        "/*! three\n\nThe MIT License */ globalThis.Panorama = null", "/*! core */ .psv { top: 0 }"
    )
    bench.write(bench.image([]), viewer=viewer)
    assert viewer.script in bench.html
    assert viewer.style in bench.html
    assert "make viewer" not in bench.html
    bench.write(bench.image([]))
    assert "make viewer" in bench.html


@pytest.mark.parametrize(
    ("row", "mark", "words"),
    [
        (ReportRow("x", box(0.3, 0.2), "approve", asset=PUMP), "right", "right asset"),
        (ReportRow("x", box(0.3, 0.2), "approve", asset=OTHER), "wrong", "wrong approval"),
        (ReportRow("x", box(0.5, 0.9), "approve", asset=PUMP), "wrong", "wrong approval"),
        (ReportRow("x", box(0.7, 0.2), "approve", asset=PUMP), "wrong", "wrong approval"),
        (ReportRow("x", box(0.3, 0.2), "suggest", asset=PUMP), "right", "right asset, a person decides"),
        (ReportRow("x", box(0.3, 0.2), "suggest", asset=OTHER), "open", "another asset, a person decides"),
        (ReportRow("x", box(0.3, 0.6), "none"), "missed", "missed"),
        (ReportRow("x", box(0.3, 0.2), "none"), "open", "suggested by another row"),
        (ReportRow("x", box(0.7, 0.2), "none"), "right", "nothing to link"),
        (ReportRow("x", box(0.5, 0.9), "none"), "right", "nothing to link"),
    ],
)
def test_a_row_is_judged_by_the_plate_beneath_it(row: ReportRow, mark: str, words: str):
    found = score(TRUTH, [], [Suggestion("st01", "asset-1", "x", box(0.3, 0.2))])
    verdict = judge(row, "st01", PlateMap(TRUTH), {each.plate.id: each for each in found.outcomes})
    assert (verdict.mark, verdict.words) == (mark, words)
