"""The report in a real browser, opened from file: outlines lie where they should, and lead to their rows."""

from collections.abc import Iterator
from math import cos, pi, sin

import numpy as np
import pytest
from nodejs import needs

from demo.judged import with_truth
from demo.score import score
from demo.truth import Plate, Truth
from image360.geometry import FACES
from report.findings import Call, Costs, FaceFile, NamedAsset, Report, ReportRow

pytest.importorskip("playwright")
from tests.contract.report_lab import (
    PAPER,
    PHONE,
    Opened,
    Reader,
    image_of,
    leaning,
    marked,
    overlap,
    painted,
    quad,
    reader,
    three_rows,
)

pytestmark = [pytest.mark.slow, needs("chromium")]
ON_A_FACE = {face: leaning(face) for face in FACES}
OVER_SEAMS = {
    "front and right": quad("front", (0.93, 0.4), (1.09, 0.44), (1.07, 0.52), (0.91, 0.5)),
    "back and left": quad("back", (0.93, 0.6), (1.09, 0.64), (1.07, 0.72), (0.91, 0.7)),
    "front and top": quad("front", (0.3, -0.06), (0.5, -0.08), (0.48, 0.07), (0.31, 0.05)),
    "right and bottom": quad("right", (0.6, 0.95), (0.8, 0.93), (0.79, 1.06), (0.62, 1.08)),
    "a corner of the cube": quad("front", (0.92, -0.06), (1.07, -0.08), (1.08, 0.06), (0.94, 0.07)),
}
WEBGL_IS_MISSING = """
const get = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
  return kind.startsWith("webgl") ? null : get.call(this, kind, ...more);
};
"""
HOSTILE = (
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\" onmouseover='alert(1)",
    "\u202e1019-TP-12\u2066\u2028",
    "\x00\x1b[31m\ud800",
    "مضخة משאבה",
    "A" * 10_000,
)


@pytest.fixture(scope="module")
def launched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    with reader(tmp_path_factory.mktemp("reports")) as started:
        yield started


@pytest.fixture
def reports(launched: Reader) -> Iterator[Reader]:
    yield launched
    launched.close()


@pytest.mark.parametrize("name", [*ON_A_FACE, *OVER_SEAMS])
def test_an_outline_lies_over_what_is_painted_there(reports: Reader, name: str) -> None:
    polygon = {**ON_A_FACE, **OVER_SEAMS}[name]
    faces = list(painted(polygon).values())
    row = ReportRow("21-P-1001", polygon, "approve", asset=NamedAsset("21-P-1001", "asset-1"))
    opened = reports.show(image_of([row], faces=lambda: faces))
    opened.page.locator("#i0r0 .look").click()
    opened.settle()
    seen = marked(opened.stage())
    assert seen.sum() > 4000  # pixels: it is looked at, and not from far
    shared = overlap(opened.outline("i0r0"), seen)
    print(f"{name}: {shared:.3f} of {seen.sum()} pixels")
    assert shared > 0.95


def test_the_panorama_turns_a_click_on_an_outline_finds_its_row_and_a_row_its_outline(
    reports: Reader,
) -> None:
    opened = reports.show(image_of(three_rows()), image_of(three_rows(), "st02"))
    page = opened.page
    stage = page.locator("#stage canvas").bounding_box()
    assert stage is not None
    before = opened.position()
    page.mouse.move(stage["x"] + 300, stage["y"] + 300)
    page.mouse.down()
    page.mouse.move(stage["x"] + 200, stage["y"] + 330, steps=5)
    page.mouse.up()
    opened.settle()
    assert opened.position() != before

    page.locator("#i0r1 .look").click()  # of the right face
    opened.settle()
    assert abs(opened.position()[0] - pi / 2) < 0.5
    assert "21-P-I007: suggested, 21-P-1007 (st01, 2 of 3)" in page.locator("#said").inner_text()
    page.evaluate("() => document.getElementById('list').scrollTo(0, 9999)")
    middle = opened.outline("i0r1").mean(axis=0)
    page.mouse.click(stage["x"] + middle[0], stage["y"] + middle[1])
    page.wait_for_function("() => document.querySelector('#i0r1.picked')")
    assert opened.picked() == ["i0r1"]
    _is_in_view(opened, "i0r1")

    page.locator("#i1r0 .look").click()  # of another image
    opened.wait("i1")
    assert opened.picked() == ["i1r0"]
    assert page.locator("#where").inner_text() == "st02"
    assert opened.said == []


def test_all_of_it_can_be_done_by_keyboard(reports: Reader) -> None:
    opened = reports.show(image_of(three_rows()))
    page, press = opened.page, opened.page.keyboard.press
    press("Tab")
    assert page.evaluate("() => document.activeElement.className") == "skip"
    page.locator("#stage").focus()
    before = opened.position()
    press("ArrowRight")
    opened.settle()
    assert opened.position() != before
    press("n")
    press("n")
    opened.settle()
    assert opened.picked() == ["i0r1"]
    for _ in range(20):  # past its buttons to its outlines
        press("Tab")
        if opened.focused() == "outline i0r1":
            break
    assert opened.focused() == "outline i0r1"
    press("Enter")
    assert opened.focused() == "i0r1"
    _is_in_view(opened, "i0r1")
    press("Escape")
    assert (opened.picked(), opened.focused()) == ([], "stage")
    page.locator("#i0r2 .look").focus()
    press("Enter")  # of the back face
    opened.settle()
    assert abs(opened.position()[0] - pi) < 0.5
    assert (opened.picked(), opened.focused()) == (["i0r2"], "i0r2")
    ring = page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle")
    assert ring == "solid"


def test_layers_and_search_leave_out_rows_and_outlines(reports: Reader) -> None:
    opened = reports.show(image_of(three_rows()))
    page = opened.page
    page.locator("[data-layer=approve]").uncheck()
    assert not page.locator("#i0r0").is_visible()
    page.locator("#find").fill("p i007")
    page.wait_for_function("() => document.getElementById('found').textContent === '1 found'")
    shown = page.eval_on_selector_all(
        "tr[data-image]", "rows => rows.filter(r => r.offsetParent).map(r => r.id)"
    )
    assert shown == ["i0r1"]


def test_the_browser_is_asked_for_nothing_but_the_file(reports: Reader) -> None:
    opened = reports.show(image_of(three_rows()))
    assert [url for url in opened.asked if not url.startswith(("file:", "data:", "blob:"))] == []
    assert [url for url in opened.asked if url.startswith("file:")] == [opened.page.url]
    assert opened.said == []


def test_without_the_viewer_or_webgl_the_faces_are_flat_and_it_is_said(reports: Reader) -> None:
    given = Report("plant", (image_of(three_rows()),))
    flat = reports.open(reports.write(given, flat=True))
    blind = reports.open(reports.write(given), script=WEBGL_IS_MISSING)
    for opened, says in ((flat, "make viewer"), (blind, "WebGL")):
        page = opened.page
        assert says in page.locator("#flat").inner_text()
        assert not page.locator("#stage").is_visible()
        page.locator("polygon[data-row=i0r1]").click()
        assert (opened.picked(), opened.focused()) == (["i0r1"], "i0r1")
        page.locator("polygon[data-row=i0r0]").focus()
        page.keyboard.press("Enter")
        assert (opened.picked(), opened.focused()) == (["i0r0"], "i0r0")
        _is_in_view(opened, "i0r0")
        assert not [each for each in opened.said if each.startswith("thrown")]


def test_hostile_texts_are_text_in_the_panorama_too(reports: Reader) -> None:
    rows = [
        ReportRow(
            text, leaning("front"), "suggest", 0.5, "fuzzy", 0.5, NamedAsset("", text, text), reason=text
        )
        for text in HOSTILE
    ]
    opened = reports.show(image_of(rows, HOSTILE[1], problem=HOSTILE[0], about=HOSTILE[2]))
    page = opened.page
    for number in range(len(HOSTILE)):
        page.locator(f"#i0r{number} .look").click()
    assert page.locator("#stage path[data-row]").count() == len(HOSTILE)
    assert page.locator("#where").inner_text() == HOSTILE[1]
    assert page.locator("img[src=x], [onerror], [onmouseover]").count() == 0
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 1440
    assert opened.said == []


def test_images_without_faces_and_a_run_without_images_can_be_looked_at(reports: Reader) -> None:
    front = painted(leaning("front"))["front"]
    for faces in ((), (front,), (FaceFile("top", b"no picture"),)):
        opened = reports.show(image_of(three_rows(), faces=lambda faces=faces: faces))
        opened.page.locator("#i0r1 .look").click()
        opened.settle()
        assert opened.picked() == ["i0r1"]
        assert opened.said == []
    nothing = reports.open(reports.write(Report("plant", ())))
    assert nothing.page.get_by_text("No image is in this run.").is_visible()
    empty = reports.show(image_of([]))
    assert empty.page.get_by_text("No text was read on this image.").is_visible()
    assert nothing.said + empty.said == []


def test_five_thousand_rows_are_one_page(reports: Reader) -> None:
    rows = [
        ReportRow(
            f"21-P-{n:04}", _somewhere(n), "suggest", 0.5, "fuzzy", 0.5, NamedAsset(f"21-P-{n}", f"a{n}")
        )
        for n in range(1000)
    ]
    opened = reports.show(*(image_of(rows, f"st{n}") for n in range(5)))
    page = opened.page
    page.locator("#find").fill("0777")
    page.wait_for_function("() => document.getElementById('found').textContent === '5 found'")
    page.locator("#i3r777 .look").click()
    opened.wait("i3")
    opened.settle()
    assert opened.picked() == ["i3r777"]
    yaw, pitch = opened.position()
    ahead = np.array([-sin(yaw) * cos(pitch), -cos(yaw) * cos(pitch), sin(pitch)])
    assert ahead @ _somewhere(777).mean(axis=0) > 0.99
    assert opened.said == []


def _somewhere(number: int) -> np.ndarray:
    u, v = (number * 0.37) % 0.9, (number * 0.61) % 0.9
    return quad(FACES[number % 4], (u, v), (u + 0.05, v), (u + 0.05, v + 0.02), (u, v + 0.02))


@pytest.mark.parametrize("size", [None, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("colours", ["light", "dark"])
def test_axe_finds_nothing_serious(reports: Reader, size: tuple[int, int] | None, colours: str) -> None:
    given = _full_report()
    for flat in (False, True):
        opened = reports.open(
            reports.write(given, flat=flat), **({"size": size} if size else {}), color_scheme=colours
        )
        if not flat:
            opened.wait()
            opened.page.locator("#i0r0 .look").click()
        assert opened.violations() == []


def test_a_phone_scrolls_down_alone(reports: Reader) -> None:
    for flat in (False, True):
        opened = reports.open(reports.write(_full_report(), flat=flat), PHONE)
        if not flat:
            opened.wait()
        width, _ = PHONE
        assert opened.page.evaluate("() => document.documentElement.scrollWidth") == width


def test_on_paper_are_the_crops_and_tables(reports: Reader) -> None:
    opened = reports.show(image_of(three_rows()), image_of(three_rows(), "st02"), size=PAPER)
    page = opened.page
    page.emulate_media(media="print")
    for gone in ("#stage", ".side", ".cube"):
        assert not page.locator(gone).first.is_visible()
    for row in ("i0r0", "i1r2"):
        assert page.locator(f"#{row} .look img").is_visible()
        assert page.locator(f"#{row}").evaluate("row => getComputedStyle(row).display") == "table-row"
    height, inside = page.locator("#list").evaluate("list => [list.clientHeight, list.scrollHeight]")
    assert height == inside  # nothing is cut
    assert page.pdf().startswith(b"%PDF")


def _full_report() -> Report:
    """A report in which everything is that can be."""
    rows = three_rows()
    truth = Truth(1, (_plate("21-P-1001", "asset-1", "front"), _plate("21-P-9", "asset-9", "top")))
    found = score(truth, [], [])
    summary = {**found.summary(), "engine": "ocr", "second_run_writes": 0, "unseen": []}
    calls = (Call("r1", "match", "done", "2026-11-23 10:00:00", 2.5, {"regions": 3, "approved": 1}),)
    costs = Costs({"st01": 4.5}, {"POST /models/instances/list": 12}, calls)
    images = (image_of(rows, about="collection site"), image_of([], "st02", problem="a face is damaged"))
    facts = {"project": "local", "engine": "ocr"}
    given = Report("plant", images, facts=facts, notes=("One image was left out.",), costs=costs)
    return with_truth(given, truth, found, summary)


def _plate(text: str, asset: str, face: str) -> Plate:
    place = leaning(face)
    return Plate(text, "st01", "tag", (text,), text, asset, place, place, 20, 5, "plain", ("tilted",))


def _is_in_view(opened: Opened, row: str) -> None:
    box, frame = (opened.page.locator(each).bounding_box() for each in (f"#{row}", "#list"))
    assert box is not None
    assert frame is not None
    size = opened.page.viewport_size
    assert size is not None
    assert max(0, frame["y"]) - 1 <= box["y"]
    assert box["y"] + box["height"] <= min(size["height"], frame["y"] + frame["height"]) + 1
