"""The place of a text on a 360° image: a picture of it with some surroundings, over seams too."""

import io
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from cognite.client import CogniteClient
from cognite.client.exceptions import CogniteAPIError, CogniteRequestError
from numpy.typing import ArrayLike, NDArray
from PIL import Image as Pictures
from PIL import ImageDraw

from image360.catalog import find_image
from image360.catalog.image import Image
from image360.config import AnyConfig
from image360.download import download
from image360.errors import SetupError
from image360.geometry import (
    FACE_FRAMES,
    FACES,
    direction_to_face_index_uv,
    direction_to_face_uv,
    polygon_centre,
)

WIDTH, HEIGHT = 720, 440  # pixels of a picture
SURROUNDINGS = 3.5  # the picture is so many times as wide as the text
NARROWEST, WIDEST = math.radians(8), math.radians(90)
LINE = (255, 64, 0)
OFF = 7.0  # pixels from the text to the line around it
Floats = NDArray[np.float64]
Picture = Pictures.Image
Polygon = Sequence[Sequence[float]]


class PictureError(Exception):
    """There is nothing to show; the message says why."""


@dataclass(frozen=True)
class Photograph:
    """An image in CDF whose faces are loaded when they are looked at, each once."""

    client: CogniteClient
    image: Image
    loaded: dict[str, Picture] = field(default_factory=dict[str, Picture])

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

    def faces(self, names: Iterable[str]) -> Mapping[str, Picture]:
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
    shown = view.faces()
    faces = photograph.faces(shown)
    picture = Pictures.new("RGB", (WIDTH, HEIGHT))
    for name, mask in shown.items():
        face = faces[name]
        size = (WIDTH, HEIGHT)
        seen = face.transform(
            size, Pictures.Transform.PERSPECTIVE, view.onto(name, face.size), Pictures.Resampling.BILINEAR
        )
        picture.paste(seen, mask=mask)
    _outline(picture, view.places(polygon))
    return _jpeg(picture, 90)


def small_faces(photograph: Photograph, side: int = 640) -> Mapping[str, bytes]:
    """Return all faces as JPEGs of so many pixels, by name; a PictureError says which cannot be read."""
    faces = photograph.faces(FACES)
    return {name: _jpeg(faces[name].resize((side, side)), 80) for name in FACES}


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

    @property
    def rays(self) -> Floats:
        """The matrix (3, 3) from a place in the picture (x, y, 1) to where it looks."""
        step = 1 / self.zoom
        plane = np.array([[step, 0, -WIDTH / 2 * step], [0, step, -HEIGHT / 2 * step], [0, 0, 1]])
        return self.frame.T @ plane

    def faces(self) -> Mapping[str, Picture | None]:
        """Return the faces that are seen, each with the part of the picture that it fills; None: all of it.

        Face and picture are both convex: a face with all corners of the picture has all of it.
        """
        x, y = np.array([0.0, WIDTH, WIDTH, 0.0]), np.array([0.0, 0.0, HEIGHT, HEIGHT])
        corners = {str(face) for face in direction_to_face_uv(self._look(x, y))[0]}
        if len(corners) == 1:
            return dict.fromkeys(corners)
        across, down = np.meshgrid(np.arange(WIDTH) + 0.5, np.arange(HEIGHT) + 0.5)
        index = direction_to_face_index_uv(self._look(across, down))[0]
        return {
            name: Pictures.fromarray(np.where(index == place, 255, 0).astype(np.uint8))
            for place, name in enumerate(FACES)
            if (index == place).any()
        }

    def onto(self, face: str, size: tuple[int, int]) -> tuple[float, ...]:
        """Return the eight numbers by which Pillow finds the pixel of a face for a place in the picture."""
        left, up, ahead = FACE_FRAMES[FACES.index(face)] @ self.rays
        width, height = size
        rows = np.stack([width / 2 * (ahead - left), height / 2 * (ahead - up), ahead])
        return tuple((rows / rows[2, 2]).ravel()[:8].tolist())

    def _look(self, x: ArrayLike, y: ArrayLike) -> Floats:
        return np.stack([x, y, np.ones_like(x)], axis=-1) @ self.rays.T

    def places(self, polygon: Polygon) -> list[tuple[float, float]]:
        """Return the pixels of directions."""
        x, y, depth = self.frame @ np.array(polygon, np.float64).T
        return [
            (WIDTH / 2 + self.zoom * float(a / d), HEIGHT / 2 + self.zoom * float(b / d))
            for a, b, d in zip(x, y, np.maximum(depth, 1e-6), strict=True)
        ]


def _decoded(content: bytes, name: str) -> Picture:
    try:
        with Pictures.open(io.BytesIO(content)) as picture:
            return picture.convert("RGB")
    except (OSError, ValueError, SyntaxError, Pictures.DecompressionBombError) as error:
        raise PictureError(f"the {name} face of the image is no readable picture") from error


def _outline(picture: Picture, corners: list[tuple[float, float]]) -> None:
    """Draw a line around corners, some pixels off them, so that it covers no letter."""
    draw = ImageDraw.Draw(picture)
    outer = _grown(np.array(corners))
    closed = [*outer, outer[0]]
    draw.line(closed, fill=(255, 255, 255), width=6, joint="curve")  # seen on dark and on bright
    draw.line(closed, fill=LINE, width=3, joint="curve")


def _grown(corners: Floats) -> list[tuple[float, float]]:
    from_middle = corners - corners.mean(axis=0)
    off: Floats = OFF * np.sign(np.where(np.abs(from_middle) < 1e-6, 0, from_middle))
    return [(float(x), float(y)) for x, y in corners + off]


def _jpeg(picture: Picture, quality: int) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()
