"""Pictures for the report: faces made small, and what a polygon holds, rectified."""

import base64
import io
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from image360.geometry import FACES, direction_to_face_index_uv
from report.findings import FaceFile
from report.tangent import TangentPlane

MOST_PIXELS = 80_000_000
"""A face beyond this is not decoded: the report need not show what the product refuses."""
SIZES = ((1024, 86), (1024, 76), (896, 70), (768, 66), (512, 62), (384, 56), (256, 50))
"""Side in pixels and JPEG quality, from the best to the least."""
CROP_HEIGHT, CROP_WIDTH, CROP_QUALITY = 72, 460, 74
CROP_MARGIN = 0.35
"""Around the text, as a share of its height."""


class UnshowableError(Exception):
    """A face that cannot be decoded, and why in a few words."""


class Allowance:
    """How many bytes pictures may still take; the page is to stay small enough to send around."""

    def __init__(self, size: int) -> None:
        self.left = size

    def take(self, size: int) -> bool:
        """Takes ``size`` bytes if they are left."""
        if size > self.left:
            return False
        self.left -= size
        return True


@dataclass(frozen=True, eq=False)
class Cube:
    """The decoded faces of one image, (H, W, 3) by name, and why others cannot be shown."""

    pixels: Mapping[str, NDArray[np.uint8]]
    problems: Mapping[str, str]

    @classmethod
    def of(cls, files: Iterable[FaceFile]) -> "Cube":
        """Decodes what can be decoded; a face that is not there is a problem too."""
        pixels: dict[str, NDArray[np.uint8]] = {}
        problems: dict[str, str] = dict.fromkeys(FACES, "no file")
        for file in files:
            try:
                pixels[file.face] = _decoded(file.content)
                del problems[file.face]
            except UnshowableError as error:
                problems[file.face] = str(error)
        return cls(pixels, problems)

    def face(self, face: str, size: int) -> str:
        """A face as a data URI of about ``size`` bytes at the most."""
        picture = Image.fromarray(self.pixels[face])
        encoded = ""
        for side, quality in SIZES:
            encoded = _data_uri(picture, (side, side), quality)
            if len(encoded) <= size:
                break
        return encoded

    def crop(self, polygon: NDArray[np.float64]) -> str | None:
        """What a polygon (N, 3) holds, turned level, as a data URI; None where there is nothing to show."""
        plane = TangentPlane.at(polygon)
        points = plane.project(polygon)
        if points is None:
            return None
        low, high = points.min(axis=0), points.max(axis=0)
        margin = CROP_MARGIN * (high[1] - low[1])
        low, high = low - margin, high + margin
        width, height = high - low
        if min(width, height) <= 0:
            return None
        scale = min(CROP_HEIGHT / height, CROP_WIDTH / width)
        grid = [
            low[axis] + (np.arange(max(8, round(extent * scale))) + 0.5) / scale
            for axis, extent in enumerate((width, height))
        ]
        picture = self._sample(plane.directions(np.stack(np.meshgrid(*grid), axis=-1)))
        return None if picture is None else _data_uri(Image.fromarray(picture), None, CROP_QUALITY)

    def _sample(self, directions: NDArray[np.float64]) -> NDArray[np.uint8] | None:
        index, u, v = direction_to_face_index_uv(directions)
        picture = np.zeros((*index.shape, 3), np.uint8)
        shown = False
        for number, face in enumerate(FACES):
            pixels, here = self.pixels.get(face), index == number
            if pixels is None or not here.any():
                continue
            height, width = pixels.shape[:2]
            x, y = (u * width - 0.5).astype(np.float32), (v * height - 0.5).astype(np.float32)
            sampled = cv2.remap(pixels, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
            picture[here] = sampled[here]
            shown = True
        return picture if shown else None


def _decoded(content: bytes) -> NDArray[np.uint8]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(content))
        if image.width * image.height > MOST_PIXELS:
            raise UnshowableError(f"too large to show: {image.width}x{image.height} px")
        return np.asarray(image.convert("RGB"))
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise UnshowableError("too large to show") from error
    except UnidentifiedImageError as error:
        raise UnshowableError("not an image") from error
    except (OSError, ValueError, SyntaxError) as error:
        raise UnshowableError("damaged") from error


def _data_uri(picture: Image.Image, size: tuple[int, int] | None, quality: int) -> str:
    if size and max(picture.size) > size[0]:
        picture = picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")
