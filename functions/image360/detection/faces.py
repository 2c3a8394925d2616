"""The bytes of a cube face become pixels, or an error that says what to do about them.

The bytes come from anybody, so size and format are judged from the header, before anything is decoded.
"""

import io
import struct
import zlib
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from image360.errors import BadImageError

if TYPE_CHECKING:
    from PIL import Image, ImageFile

MIN_SIDE = 64
# Larger faces are reduced to this. It keeps one image within the memory and the minutes of a function
# (docs/decisions/0002-own-ocr-engine.md), and a panorama of 8192 px has faces of about this size.
WORKING_SIDE = 2048
# A JPEG is reduced while it is decoded; a PNG must be decoded whole first, so its limit is lower.
MAX_SIDE = {"JPEG": 8192, "PNG": 4096}

# What Pillow raises on bytes that break off or lie.
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, IndexError, OverflowError, struct.error, zlib.error)


def decode_face(data: bytes, name: str) -> NDArray[np.uint8]:
    """Decode one cube face.

    JPEG and PNG in any of their colour modes: grey, CMYK, palette and 16 bit become RGB, and what is
    transparent becomes white. An EXIF orientation is not applied: the face lies as its pixels lie,
    which is how the viewer shows it.

    Args:
        data: The bytes of the file.
        name: What to call the file in errors.

    Returns:
        (N, N, 3) RGB, N at most WORKING_SIDE.

    Raises:
        BadImageError: The bytes are no usable face; the message names the file, the reason and the fix.
    """
    from PIL import Image, UnidentifiedImageError

    if not data:
        raise BadImageError(f"{name} is empty: upload the face again")
    try:
        image = Image.open(io.BytesIO(data), formats=["JPEG", "PNG"])
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise BadImageError(f"{name} claims a size that no face has ({error}): replace the file") from error
    except UnidentifiedImageError as error:
        raise BadImageError(f"{name} is no JPEG or PNG image: replace the file") from error
    except _BROKEN as error:
        raise BadImageError(f"{name} has a broken header ({error}): upload the face again") from error
    with image:
        _check_header(image, name)
        try:
            return _decode(image)
        except _BROKEN as error:
            raise BadImageError(f"{name} is cut off or damaged ({error}): upload the face again") from error


def _check_header(image: "ImageFile.ImageFile", name: str) -> None:
    width, height = image.size
    largest = MAX_SIDE["PNG" if image.format == "PNG" else "JPEG"]  # an MPO file is a JPEG with more behind
    if max(width, height) > largest:
        raise BadImageError(
            f"{name} has {width} x {height} px: a face may have up to {MAX_SIDE['JPEG']} px a side as JPEG "
            f"and {MAX_SIDE['PNG']} px as PNG; make it smaller"
        )
    if width != height:
        raise BadImageError(f"{name} has {width} x {height} px: a cube face is square; cut the faces again")
    if width < MIN_SIDE:
        raise BadImageError(
            f"{name} has {width} x {height} px: a face needs {MIN_SIDE} px a side to hold any text; "
            "upload the face in full size"
        )


def _decode(image: "ImageFile.ImageFile") -> NDArray[np.uint8]:
    from PIL import Image

    # Twice the size that is wanted: the rest is left to a resize that does not alias.
    image.draft(image.mode, (2 * WORKING_SIDE, 2 * WORKING_SIDE))
    image.load()
    rgb = _to_rgb(image)
    rgb.thumbnail((WORKING_SIDE, WORKING_SIDE), Image.Resampling.LANCZOS)
    return np.array(rgb, dtype=np.uint8)


def _to_rgb(image: "Image.Image") -> "Image.Image":
    from PIL import Image

    if image.mode == "I;16":  # Pillow's own conversion would cut the values off at 255
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8)).convert("RGB")
    if not image.has_transparency_data:
        return image.convert("RGB")
    rgba = image.convert("RGBA")
    opaque = Image.new("RGB", rgba.size, "white")
    opaque.paste(rgba, mask=rgba.getchannel("A"))
    return opaque
