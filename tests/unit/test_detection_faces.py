"""Which bytes become a face, and what is said about the others."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from image360.detection.faces import MAX_SIDE, WORKING_SIDE, decode_face
from image360.errors import BadImageError


def picture(side=96):
    """Red on the left, blue on the right, a green bar at the bottom."""
    pixels = np.zeros((side, side, 3), np.uint8)
    pixels[:, : side // 2, 0] = 200
    pixels[:, side // 2 :, 2] = 200
    pixels[-side // 8 :] = (0, 180, 0)
    return Image.fromarray(pixels)


def encoded(image, kind="PNG", **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def png_header(width, height):
    """A PNG of a few bytes that claims any size."""

    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )


def test_a_png_face_is_given_pixel_by_pixel():
    image = picture()
    face = decode_face(encoded(image), "front.png")
    assert face.dtype == np.uint8
    assert (face == np.asarray(image)).all()


def test_a_jpeg_face_is_given_in_full_size():
    face = decode_face(encoded(picture(), "JPEG", quality=95), "front.jpg")
    assert face.shape == (96, 96, 3)
    assert np.abs(face[10, 10].astype(int) - [200, 0, 0]).max() < 10


@pytest.mark.parametrize("mode", ["L", "1", "P", "CMYK", "RGBA", "LA"])
def test_every_colour_mode_becomes_rgb(mode):
    kind = "JPEG" if mode == "CMYK" else "PNG"
    face = decode_face(encoded(picture().convert(mode), kind), "face")
    assert face.shape == (96, 96, 3)
    if mode in {"P", "CMYK", "RGBA"}:
        assert face[10, 10].argmax() == 0
        assert face[10, 80].argmax() == 2
        assert face[90, 50].argmax() == 1
    if mode in {"L", "LA"}:
        assert (face[..., 0] == face[..., 1]).all()
        assert face[10, 10, 0] == np.asarray(picture().convert("L"))[10, 10]


def test_sixteen_bit_grey_keeps_its_shades():
    shades = np.tile(np.linspace(0, 65535, 96).astype(np.uint16), (96, 1))
    face = decode_face(encoded(Image.fromarray(shades)), "front.png")
    assert (face[0, :, 0] == shades[0] >> 8).all()


def test_what_is_transparent_becomes_white():
    image = picture().convert("RGBA")
    image.putalpha(Image.new("L", image.size, 0))
    assert (decode_face(encoded(image), "front.png") == 255).all()


def test_a_transparent_palette_colour_becomes_white():
    image = picture().quantize(8)
    red = image.getpixel((10, 10))
    face = decode_face(encoded(image, transparency=red), "front.png")
    assert (face[10, 10] == 255).all()
    assert face[10, 80].argmax() == 2


def test_an_exif_orientation_does_not_turn_a_face():
    exif = Image.Exif()
    exif[0x0112] = 6  # "turn me by 90 degrees"
    upright = decode_face(encoded(picture(), "JPEG"), "front.jpg")
    assert (decode_face(encoded(picture(), "JPEG", exif=exif), "front.jpg") == upright).all()


def test_a_camera_file_with_pictures_behind_the_first_is_read():
    many = encoded(picture(), "MPO", save_all=True, append_images=[picture().rotate(90)])
    assert decode_face(many, "front.jpg")[10, 10].argmax() == 0


def test_an_8k_jpeg_is_reduced_to_the_working_size():
    wide = Image.new("L", (8192, 8192), 90)
    wide.paste(200, (4096, 0, 8192, 8192))
    face = decode_face(encoded(wide, "JPEG"), "front.jpg")
    assert face.shape == (WORKING_SIDE, WORKING_SIDE, 3)
    assert abs(int(face[5, 10, 0]) - 90) < 3
    assert abs(int(face[5, -10, 0]) - 200) < 3


def test_a_large_png_is_reduced_to_the_working_size():
    face = decode_face(encoded(Image.new("RGBA", (2500, 2500), "teal")), "front.png")
    assert face.shape == (WORKING_SIDE, WORKING_SIDE, 3)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is empty: upload the face again"),
        (b"not an image at all", "is no JPEG or PNG image: replace the file"),
        (encoded(picture(), "GIF"), "is no JPEG or PNG image"),
        (encoded(picture(), "TIFF"), "is no JPEG or PNG image"),
        (encoded(Image.new("RGB", (1, 1))), "has 1 x 1 px: a face needs 64 px a side"),
        (encoded(Image.new("RGB", (128, 64))), "has 128 x 64 px: a cube face is square; cut the faces again"),
        (encoded(picture(512), "JPEG")[:-600], "is cut off or damaged"),
        (encoded(picture(512), "PNG")[:-300], "is cut off or damaged"),
        (png_header(9000, 9000), "up to 8192 px a side as JPEG and 4096 px as PNG; make it smaller"),
        (png_header(11000, 11000), "claims a size that no face has"),
        (png_header(50000, 50000), "claims a size that no face has"),
    ],
)
def test_bytes_that_are_no_face_are_refused_with_name_reason_and_fix(data, reason):
    with pytest.raises(BadImageError, match=r"^st01/front\.jpg") as refused:
        decode_face(data, "st01/front.jpg")
    assert reason in str(refused.value)


def test_a_jpeg_over_the_limit_is_refused_before_it_is_decoded():
    small = bytearray(encoded(picture(), "JPEG"))
    frame = small.index(b"\xff\xc0")
    small[frame + 5 : frame + 9] = struct.pack(">HH", MAX_SIDE["JPEG"] + 1, MAX_SIDE["JPEG"] + 1)
    with pytest.raises(BadImageError, match="8193 x 8193 px"):
        decode_face(bytes(small), "front.jpg")
