"""Texts that are read anew, wherever chance has them: what an engine might make of the stations next time."""

from collections.abc import Mapping, Sequence
from random import Random

from image360.geometry import face_uv_to_direction
from image360.matching import TextRegion
from stations.site import TEXTS

NUMBERS = range(10, 18)  # of the tags that are read
WIDTH, HEIGHT = 0.2, 0.03


def tag(number: int) -> str:
    """Return a tag of the site."""
    return f"21-PT-10{number}"


def asset(number: int) -> str:
    """Return the external id of its asset."""
    return f"asset-10{number}"


def readings(dice: Random) -> Mapping[str, Sequence[TextRegion]]:
    """Return what is read on each image: some tags, at one of two places each, some with blanks in them."""
    return {image: [_region(dice, number) for number in NUMBERS if dice.random() < 0.5] for image in TEXTS}


def _region(dice: Random, number: int) -> TextRegion:
    text = tag(number) if dice.random() < 0.8 else tag(number).replace("-", " ")
    left, top = 0.1 + 0.5 * dice.randrange(2), 0.05 + 0.1 * (number - NUMBERS.start)
    u = [left, left + WIDTH, left + WIDTH, left]
    v = [top, top, top + HEIGHT, top + HEIGHT]
    return TextRegion(text, face_uv_to_direction("back", u, v), 0.99)
