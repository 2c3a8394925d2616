"""Reports made for a look: drawn cubes with known marks, and pages opened from file in a browser."""

import fcntl
import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

import report.viewer
from image360.geometry import FACES, clip_to_faces, face_uv_to_direction
from report.findings import FaceFile, NamedAsset, Report, ReportImage, ReportRow
from report.write import write_report

DESKTOP, PHONE, PAPER = (1440, 900), (380, 800), (794, 1123)
SOFTWARE = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]  # WebGL without a GPU
PATIENCE = 60_000  # milliseconds, for a busy machine
MARK = (255, 0, 255)  # magenta, in either order of colours
INK = 160  # of red and blue, from which a pixel is of the mark; and of green, up to which
AXE = report.viewer.FOLDER / "node_modules" / "axe-core" / "axe.min.js"
# Of a page in the browser: where the viewer draws the outline of a row, in pixels of the stage.
DRAWN = """row => {
  const path = document.querySelector(`#stage path[data-row="${row}"]`);
  return [path.getAttribute("d"), path.getAttribute("transform")];
}"""


def require_viewer() -> report.viewer.Bundle:
    """The viewer, made if it is not there: without npm's registry its tests are skipped, but not in CI."""
    with (report.viewer.FOLDER / "package-lock.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another worker that is at it is waited for
        if not (report.viewer.is_made() and AXE.exists()):
            try:
                report.viewer.make()
            except report.viewer.ViewerError as error:
                if os.environ.get("IMAGE360_BROWSER") == "required":
                    raise
                pytest.skip(f"the panorama viewer cannot be had: {error}")
    made = report.viewer.bundle()
    assert made is not None
    return made


def quad(face: str, *corners: tuple[float, float]) -> NDArray[np.float64]:
    """A polygon (N, 3) of places on a face, also beyond its edges."""
    u, v = np.array(corners).T
    return face_uv_to_direction(face, u, v)


def leaning(face: str) -> NDArray[np.float64]:
    """A polygon on a face that lies elsewhere, or otherwise, when the face is turned or mirrored."""
    return quad(face, (0.60, 0.14), (0.88, 0.20), (0.84, 0.36), (0.57, 0.28))


def painted(polygon: NDArray[np.float64], side: int = 1024) -> dict[str, FaceFile]:
    """Six grey faces with the polygon painted on them, over their edges too."""
    parts = {part.face: part.vertices for part in clip_to_faces(polygon)}
    files: dict[str, FaceFile] = {}
    for face in FACES:
        pixels = np.full((side, side, 3), 90, np.uint8)
        if face in parts:
            cv2.fillPoly(pixels, [np.round(parts[face] * side).astype(np.int32)], MARK)
        files[face] = FaceFile(face, cv2.imencode(".png", pixels)[1].tobytes())
    return files


def image_of(rows: Sequence[ReportRow], name: str = "st01", **changes: Any) -> ReportImage:
    """An image with these rows; its faces are grey."""
    faces = [FaceFile(face, _grey()) for face in FACES]
    return ReportImage(name, tuple(rows), **{"faces": lambda: faces, **changes})


def _grey() -> bytes:
    return cv2.imencode(".png", np.full((64, 64, 3), 90, np.uint8))[1].tobytes()


def three_rows() -> list[ReportRow]:
    """One of each decision, far from each other."""
    pump, other = NamedAsset("21-P-1001", "asset-1", "Feed pump"), NamedAsset("21-P-1007", "asset-7")
    return [
        ReportRow(
            "21-P-1001", leaning("front"), "approve", 0.98, "exact", 1.0, pump, reason="reads the name"
        ),
        ReportRow("21-P-I007", leaning("right"), "suggest", 0.7, "misread", 0.8, other, pump, "I for 1"),
        ReportRow("NO SMOKING", leaning("back"), "none", 0.9, reason="fits no tag pattern"),
    ]


@dataclass
class Opened:
    """A report in a browser that has no network, and what the page has said and asked for."""

    page: Page
    said: list[str] = field(default_factory=list[str])
    asked: list[str] = field(default_factory=list[str])

    def wait(self, image: str = "i0") -> None:
        """Wait until the panorama shows an image."""
        self.page.wait_for_selector(f'#stage[data-shown="{image}"]')

    def settle(self) -> None:
        """Wait until the panorama stands still, and everything is drawn."""
        before = None
        while before != (now := self.position()):
            before = now
            self.page.wait_for_timeout(150)

    def position(self) -> tuple[float, float]:
        """Where the panorama looks: yaw and pitch in radians."""
        at = self.page.evaluate("() => globalThis.report.panorama.position")
        return round(at["yaw"], 4), round(at["pitch"], 4)

    def focused(self) -> str:
        """Where the focus is: the row, the outline, or the id of what has it."""
        return self.page.evaluate(
            """() => { const at = document.activeElement;
              return at.dataset.row ? `outline ${at.dataset.row}` : at.closest("tr")?.id ?? at.id ?? ""; }"""
        )

    def picked(self) -> list[str]:
        """The rows that are picked, by the page's marks and by what a screen reader is told."""
        return self.page.eval_on_selector_all(
            "tr.picked[aria-current=true]", "rows => rows.map(row => row.id)"
        )

    def outline(self, row: str) -> NDArray[np.float64]:
        """The corners (N, 2) of an outline as the viewer draws it, pixels of the stage."""
        path, moved = self.page.evaluate(DRAWN, row)
        return _numbers(path) + _numbers(moved)

    def stage(self) -> NDArray[np.uint8]:
        """The pixels of the panorama, without outlines and buttons."""
        hide = "#stage .psv-markers, #stage .psv-navbar { visibility: hidden !important }"
        style = self.page.add_style_tag(content=hide)
        picture = np.frombuffer(self.page.locator("#stage").screenshot(), np.uint8)
        style.evaluate("node => node.remove()")
        return cv2.imdecode(picture, cv2.IMREAD_COLOR)  # type: ignore[return-value]

    def violations(self) -> list[str]:
        """What axe finds wrong, serious or critical."""
        self.page.evaluate(AXE.read_text("utf-8"))
        found = self.page.evaluate("async () => (await axe.run(document)).violations")
        return [
            f"{each['id']}: {each['nodes'][0]['html'][:200]} {each['nodes'][0]['failureSummary'][:300]}"
            for each in found
            if each["impact"] in ("serious", "critical")
        ]


def _numbers(text: str) -> NDArray[np.float64]:
    return np.array(re.findall(r"-?\d+(?:\.\d+)?", text), np.float64).reshape(-1, 2)


def marked(pixels: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Where the mark is."""
    blue, green, red = np.moveaxis(pixels, -1, 0)
    return (blue > INK) & (red > INK) & (green < INK)


def overlap(corners: NDArray[np.float64], seen: NDArray[np.bool_]) -> float:
    """How much of an outline and of what is seen is of both, 0..1."""
    drawn = np.zeros(seen.shape, np.uint8)
    cv2.fillPoly(drawn, [np.round(corners).astype(np.int32)], 1)
    return float((seen & (drawn > 0)).sum() / (seen | (drawn > 0)).sum())


@dataclass
class Reader:
    """Who opens reports."""

    browser: Browser
    folder: Path
    viewer: report.viewer.Bundle
    number: int = 0

    def write(self, given: Report, *, flat: bool = False) -> Path:
        """Write a report, without the viewer if it is to be flat."""
        self.number += 1
        path = self.folder / f"report-{self.number}.html"
        write_report(path, given, None if flat else self.viewer)
        return path

    def open(self, path: Path, size: tuple[int, int] = DESKTOP, script: str = "", **context: Any) -> Opened:
        """Open a report from file, without a network; `script` runs before it does."""
        opened = Opened(self._context(size, context).new_page())
        page = opened.page
        page.set_default_timeout(PATIENCE)
        page.on("console", lambda message: opened.said.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: opened.said.append(f"thrown: {error}"))
        page.on("dialog", lambda dialog: (opened.said.append("a dialog"), dialog.dismiss()))
        page.on("request", lambda request: opened.asked.append(request.url))
        if script:
            page.add_init_script(script)
        page.goto(path.as_uri())
        return opened

    def show(self, *images: ReportImage, **changes: Any) -> Opened:
        """Write and open a report of images; wait for its panorama."""
        opened = self.open(self.write(Report("plant", images)), **changes)
        opened.wait()
        return opened

    def _context(self, size: tuple[int, int], further: Mapping[str, Any]) -> BrowserContext:
        width, height = size
        return self.browser.new_context(
            viewport={"width": width, "height": height}, offline=True, reduced_motion="reduce", **further
        )

    def close(self) -> None:
        """Close all that was opened."""
        for context in self.browser.contexts:
            context.close()


@contextmanager
def reader(folder: Path) -> Iterator[Reader]:
    """Start a browser."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=SOFTWARE)
        yield Reader(browser, folder, require_viewer())
        browser.close()
