"""The place of a text on a 360° image: a picture of it with some surroundings, over seams too."""

import io
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from cognite.client import CogniteClient
from cognite.client.exceptions import CogniteAPIError, CogniteRequestError
from numpy.typing import NDArray
from PIL import Image as Pictures
from PIL import ImageDraw

from image360.catalog import find_image
from image360.catalog.image import Image
from image360.config import AnyConfig
from image360.download import download
from image360.errors import SetupError
from image360.geometry import FACES, direction_to_face_index_uv, polygon_centre

WIDTH, HEIGHT = 720, 440  # pixels of a picture
SURROUNDINGS = 3.5  # the picture is so many times as wide as the text
NARROWEST, WIDEST = math.radians(8), math.radians(90)
LINE = (255, 64, 0)
OFF = 7.0  # pixels from the text to the line around it
Floats = NDArray[np.float64]
Pixels = NDArray[np.uint8]
Polygon = Sequence[Sequence[float]]


class PictureError(Exception):
    """There is nothing to show; the message says why."""


@dataclass(frozen=True)
class Photograph:
    """An image in CDF whose faces are loaded when they are looked at, each once."""

    client: CogniteClient
    image: Image
    loaded: dict[str, Pixels] = field(default_factory=dict[str, Pixels])

    @classmethod
    def find(cls, client: CogniteClient, config: AnyConfig, external_id: str) -> "Photograph":
        """Find an image of the configured collections.

        Raises:
            PictureError: It is not there any more, or lacks a face.
        """
        try:
            image = find_image(client, config, external_id)
        except (SetupError, CogniteAPIError, CogniteRequestError) as error:
            raise PictureError(f"the image cannot be read: {error}") from error
        if image is None:
            raise PictureError(f"the image {external_id} is no longer in CDF")
        if not isinstance(image, Image):
            raise PictureError(f"the image {external_id} is incomplete: {image.reason}")
        return cls(client, image)

    def faces(self, names: Iterable[str]) -> Mapping[str, Pixels]:
        """Load faces; a PictureError says which cannot be read."""
        wanted = [name for name in names if name not in self.loaded]
        files = [self.image.faces[name].id for name in wanted]
        try:
            for name, content in zip(wanted, download(self.client, files), strict=True):
                self.loaded[name] = _decoded(content, name)
        except (CogniteAPIError, CogniteRequestError) as error:
            raise PictureError(f"a face of the image cannot be loaded: {error}") from error
        return self.loaded


def crop(photograph: Photograph, polygon: Polygon) -> bytes:
    """Return a JPEG of what is around a polygon on the sphere, with the polygon drawn.

    Raises:
        PictureError: A face cannot be loaded, or the polygon is none.
    """
    view = View.of(polygon)
    index, u, v = direction_to_face_index_uv(view.directions())
    names = [FACES[each] for each in np.unique(index)]
    faces = photograph.faces(names)
    pixels = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    for name in names:
        here = index == FACES.index(name)
        pixels[here] = _sampled(faces[name], u[here], v[here])
    picture = Pictures.fromarray(pixels)
    _outline(picture, view.places(polygon))
    return _jpeg(picture, 90)


def small_faces(photograph: Photograph, side: int = 640) -> Mapping[str, bytes]:
    """Return all faces as JPEGs of so many pixels, by name; a PictureError says which cannot be read."""
    faces = photograph.faces(FACES)
    return {name: _jpeg(Pictures.fromarray(faces[name]).resize((side, side)), 80) for name in FACES}


@dataclass(frozen=True)
class View:
    """A perspective view: `frame` has the rows right, down and ahead; `zoom` is pixels per tangent."""

    frame: Floats
    zoom: float

    @classmethod
    def of(cls, polygon: Polygon) -> "View":
        """Return the view on a polygon."""
        corners = np.array(polygon, np.float64)
        if corners.ndim != 2 or corners.shape[0] < 3 or corners.shape[1] != 3:
            raise PictureError("the proposal does not say where the text is")
        ahead = polygon_centre(corners)
        widest = float(np.arccos(np.clip(corners @ ahead, -1, 1)).max())
        angle = min(max(2 * widest * SURROUNDINGS, NARROWEST), WIDEST)
        up = np.array([0.0, 0.0, 1.0]) if abs(ahead[2]) < 0.99 else np.array([0.0, -1.0, 0.0])
        right = np.cross(ahead, up)
        right /= np.linalg.norm(right)
        return cls(np.stack([right, np.cross(ahead, right), ahead]), WIDTH / 2 / math.tan(angle / 2))

    def directions(self) -> Floats:
        """Return where each pixel looks, (HEIGHT, WIDTH, 3)."""
        x = (np.arange(WIDTH) + 0.5 - WIDTH / 2) / self.zoom
        y = (np.arange(HEIGHT) + 0.5 - HEIGHT / 2) / self.zoom
        across, down = np.meshgrid(x, y)
        return np.stack([across, down, np.ones_like(across)], axis=-1) @ self.frame

    def places(self, polygon: Polygon) -> list[tuple[float, float]]:
        """Return the pixels of directions."""
        x, y, depth = self.frame @ np.array(polygon, np.float64).T
        return [
            (WIDTH / 2 + self.zoom * float(a / d), HEIGHT / 2 + self.zoom * float(b / d))
            for a, b, d in zip(x, y, np.maximum(depth, 1e-6), strict=True)
        ]


def _decoded(content: bytes, name: str) -> Pixels:
    try:
        with Pictures.open(io.BytesIO(content)) as picture:
            return np.asarray(picture.convert("RGB"))
    except (OSError, ValueError, SyntaxError, Pictures.DecompressionBombError) as error:
        raise PictureError(f"the {name} face of the image is no readable picture") from error


def _sampled(face: Pixels, u: Floats, v: Floats) -> Pixels:
    """Return the colours between the pixels of a face, (N, 3)."""
    height, width = face.shape[:2]
    x, y = np.clip(u * width - 0.5, 0, width - 1), np.clip(v * height - 0.5, 0, height - 1)
    left, top = x.astype(np.intp), y.astype(np.intp)
    right, below = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
    a, b = (x - left)[:, None], (y - top)[:, None]
    upper = face[top, left] * (1 - a) + face[top, right] * a
    lower = face[below, left] * (1 - a) + face[below, right] * a
    return np.round(upper * (1 - b) + lower * b).astype(np.uint8)


def _outline(picture: Pictures.Image, corners: list[tuple[float, float]]) -> None:
    """Draw a line around corners, some pixels off them, so that it covers no letter."""
    draw = ImageDraw.Draw(picture)
    outer = _grown(np.array(corners))
    closed = [*outer, outer[0]]
    draw.line(closed, fill=(255, 255, 255), width=6, joint="curve")  # seen on dark and on bright
    draw.line(closed, fill=LINE, width=3, joint="curve")


def _grown(corners: Floats) -> list[tuple[float, float]]:
    from_middle = corners - corners.mean(axis=0)
    off = OFF * np.sign(np.round(from_middle, 6))
    return [(float(x), float(y)) for x, y in corners + off]


def _jpeg(picture: Pictures.Image, quality: int) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()
