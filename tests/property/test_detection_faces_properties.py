"""Whatever the bytes are: a face, or the one kind of error that names the file."""

import io

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from image360.detection.faces import decode_face
from image360.errors import BadImageError


def sound_files():
    pixels = np.random.default_rng(1).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    image = Image.fromarray(pixels)
    forms = [(image, "JPEG"), (image, "PNG"), (image.quantize(4), "PNG"), (image.convert("CMYK"), "JPEG")]
    for picture, kind in forms:
        buffer = io.BytesIO()
        picture.save(buffer, kind)
        yield buffer.getvalue()


damage = st.lists(st.tuples(st.integers(0, 2**16), st.integers(0, 255)), max_size=8)


@given(st.sampled_from(list(sound_files())), st.none() | st.floats(0, 1), damage)
def test_damaged_bytes_give_a_face_or_a_bad_image_error(sound, kept_share, damage):
    broken = bytearray(sound if kept_share is None else sound[: int(len(sound) * kept_share)])
    for place, value in damage:
        if broken:
            broken[place % len(broken)] = value
    try:
        face = decode_face(bytes(broken), "front.jpg")
    except BadImageError as error:
        message = str(error)
    else:
        message = "front.jpg was read"
        assert face.shape == (64, 64, 3)
    assert message.startswith("front.jpg")
