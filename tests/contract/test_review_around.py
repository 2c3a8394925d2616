"""The 360° image to look about in, as a browser draws it: each direction has the pixel of its face."""

import io
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from nodejs import needs
from PIL import Image

from image360.geometry import FACES, direction_to_face_uv
from review import around

pytest.importorskip("playwright")
from playwright.sync_api import Page, sync_playwright

pytestmark = [pytest.mark.slow, needs("chromium")]
COLOURS = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (0, 255, 255), (255, 0, 255)]
WIDTH, HEIGHT = 500, 480


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        yield browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        browser.close()


def jpeg(colour: tuple[int, int, int]) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (16, 16), colour).save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


def far_from_seams(direction: np.ndarray) -> bool:
    """Whether it is on one face for sure, by some pixels."""
    first, second = np.sort(np.abs(direction))[:0:-1]
    return bool(second / first < 0.95)


def test_each_direction_is_drawn_where_it_lies(page: Page, tmp_path: Path) -> None:
    drawn = np.random.default_rng(7).normal(size=(12, 3))
    faces = dict(zip(FACES, map(jpeg, COLOURS), strict=True))
    for number, direction in enumerate(drawn / np.linalg.norm(drawn, axis=1)[:, None]):
        aside = np.cross(direction, [0.1, 0.2, 0.9])
        corners = [direction + 1e-4 * each for each in (aside, np.cross(direction, aside), -aside)]
        file = tmp_path / f"{number}.html"
        file.write_text(around.page(faces, np.array(corners).tolist(), "around"), "utf-8")
        page.goto(file.as_uri())
        pixels = np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("RGB"), int)
        yaw, pitch = np.radians(around.turn_to(direction))
        zoom = float(page.evaluate("parseFloat(document.getElementById('view').style.perspective)"))
        checked = 0
        for x, y in [(40, 40), (460, 60), (60, 400), (440, 400)]:
            ray = np.array([(x + 0.5 - WIDTH / 2), (y + 0.5 - HEIGHT / 2), -zoom])
            tilted = turned_x(-pitch) @ ray
            there = around.CSS_AXES.T @ turned_y(-yaw) @ tilted
            there /= np.linalg.norm(there)
            if far_from_seams(there):
                face, _, _ = direction_to_face_uv(there)
                assert np.abs(pixels[y, x] - COLOURS[FACES.index(str(face))]).max() < 12, (number, x, y)
                checked += 1
        assert checked


def turned_x(angle: float) -> np.ndarray:
    return np.array([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]])


def turned_y(angle: float) -> np.ndarray:
    return np.array([[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]])
