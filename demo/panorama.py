"""An equirectangular panorama, cut into the six faces of a cube."""

import io
import math
import warnings
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from image360.geometry import FACES, direction_to_panorama_uv, face_uv_to_direction

LARGEST_WIDTH = 16384
LARGEST_SIDE = 2048
JPEG_QUALITY = 92


class PanoramaError(ValueError):
    """The file is no usable panorama; the message says why and what to do."""


def check_panorama(path: Path) -> None:
    """Looks at the header alone.

    Raises:
        PanoramaError: The file is no image, not twice as wide as high, or wider than LARGEST_WIDTH.
    """
    with _opened(path):
        pass


def cut_panorama(path: Path) -> Iterator[tuple[str, bytes]]:
    """The six faces as (name, JPEG bytes), front in the middle of the panorama.

    A face is as wide as keeps the panorama's detail in the middle of the face, LARGEST_SIDE at the most.

    Raises:
        PanoramaError: As ``check_panorama``, or the pixels cannot be decoded.
    """
    with _opened(path) as image:
        try:
            pixels = np.asarray(image.convert("RGB"))
        except (OSError, ValueError, SyntaxError) as error:
            raise PanoramaError(f"the picture is damaged ({error}); export it again") from error
    side = face_side(pixels.shape[1])
    pixels = _without_needless_detail(pixels, side)
    for face in FACES:
        buffer = io.BytesIO()
        Image.fromarray(_face(pixels, face, side)).save(buffer, "JPEG", quality=JPEG_QUALITY, subsampling=0)
        yield face, buffer.getvalue()


def face_side(panorama_width: int) -> int:
    """Side of a face in pixels, a multiple of 16: in its middle a face of side s has s / 2 pixels per radian,
    a panorama has width / 2 pi."""
    return min(LARGEST_SIDE, max(1, math.ceil(panorama_width / math.pi / 16)) * 16)


def _opened(path: Path) -> Image.Image:
    try:
        with warnings.catch_warnings():
            # Pillow's own limit is for strangers' uploads; ours is below, and a person names the folder.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(path)
    except Image.DecompressionBombError as error:
        raise PanoramaError(f"too large; make it at most {LARGEST_WIDTH} px wide") from error
    except (OSError, ValueError, SyntaxError) as error:
        raise PanoramaError("not an image; export it as JPEG or PNG") from error
    width, height = image.size
    if abs(width - 2 * height) > 2:
        image.close()
        raise PanoramaError(
            f"{width}x{height} px is not 2:1; an equirectangular panorama is twice as wide as high "
            "(cube faces go into a folder named after the image)"
        )
    if width > LARGEST_WIDTH:
        image.close()
        raise PanoramaError(f"{width} px wide; make it at most {LARGEST_WIDTH} px wide")
    return image


def _without_needless_detail(pixels: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Sampling a much larger panorama by points would alias: shrink it first."""
    width = round(side * math.pi)
    if pixels.shape[1] <= 1.05 * width:
        return pixels
    return cv2.resize(pixels, (width, width // 2), interpolation=cv2.INTER_AREA)  # type: ignore[return-value]


def _face(pixels: NDArray[np.uint8], face: str, side: int) -> NDArray[np.uint8]:
    height, width = pixels.shape[:2]
    centres = (np.arange(side) + 0.5) / side
    u, v = direction_to_panorama_uv(face_uv_to_direction(face, centres[None, :], centres[:, None]))
    x = (u * width - 0.5).astype(np.float32)
    # The panorama goes on at its left and right edge, but not over the poles.
    y = np.clip(v * height - 0.5, 0, height - 1).astype(np.float32)
    return cv2.remap(pixels, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_WRAP)  # type: ignore[return-value]
