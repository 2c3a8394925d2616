"""Own OCR: the text regions of one image from its six faces, read by an engine.

Views find the text; a close-up of each line, straight from the faces, says where it ends and reads it
again. Readings that differ are kept with the region, so that nobody approves it unseen.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol, cast

import numpy as np

from image360.detection.closeup import find_ink, line_picture
from image360.detection.merge import (
    Reading,
    Sighting,
    group,
    held,
    key,
    outline_of,
    settle,
    whole,
    without_margin,
)
from image360.detection.views import Cube, Pixels, View, view_around, view_plan
from image360.geometry import Array
from image360.matching import TextRegion

# Raised when views, close-ups or merging change what is read in the same pixels.
_METHOD = "2"
# A box this near to the border of its view, in pixels, is taken to go on beyond it.
_BORDER = 3
# A close-up read with less confidence than this may lie on its head.
_DOUBTFUL = 0.8
# As many letters and digits the border of a view makes out of anything.
_SCRAP = 2


@dataclass(frozen=True, eq=False)
class Read:
    """Text that an engine read in a picture.

    Args:
        text: As read.
        quad: (4, 2) pixels of its corners, from the upper left of the reading direction onwards: the first
            side runs along the top of the text, also where the text is turned or upside down.
        confidence: 0..1: how sure the engine is of its least certain letter or digit.
    """

    text: str
    quad: Array
    confidence: float


class Engine(Protocol):
    """Reads text in pictures. The same picture gives the same reads every time."""

    @property
    def name(self) -> str:
        """What config calls it."""
        ...

    @property
    def settings(self) -> Mapping[str, str]:
        """Everything that decides what it reads: models, versions, precision."""
        ...

    def read(self, picture: Pixels) -> list[Read]:
        """All text in a picture (height, width, 3) RGB."""
        ...

    def read_line(self, picture: Pixels) -> tuple[str, float]:
        """Text and confidence of a picture (height, width, 3) RGB that holds one upright line."""
        ...


# A further engine is a further file and a further line.
_ENGINES = {"ocr": "image360.detection.rapid:RapidOcrEngine"}


def engine_named(name: str) -> Engine:
    """Make the engine that config calls ``name``; its libraries are loaded here and not before.

    Raises:
        ValueError: There is no such engine.
    """
    if name not in _ENGINES:
        raise ValueError(f"no OCR engine is called {name!r}; there is {', '.join(sorted(_ENGINES))}")
    module, kind = _ENGINES[name].split(":")
    return cast("Engine", getattr(import_module(module), kind)())


def reading_settings(engine: Engine) -> Mapping[str, str]:
    """Everything that decides what ``detect_text`` reads: the engine's settings, and how it is used."""
    return {**engine.settings, "method": _METHOD}


def detect_text(faces: Mapping[str, Pixels], engine: Engine) -> tuple[TextRegion, ...]:
    """Read all text of one image.

    Args:
        faces: The six faces by name, each (N, N, 3) RGB, as ``decode_face`` gives them.
        engine: Reads the views and the close-ups.

    Returns:
        One region for each line of text, its polygon tight around the ink; the same order every time.

    Raises:
        BadImageError: The faces differ in size.
    """
    cube = Cube(faces)
    return read_views(cube, view_plan(cube.side), engine)


def read_views(cube: Cube, views: Iterable[View], engine: Engine) -> tuple[TextRegion, ...]:
    """As ``detect_text``, through any views."""
    sightings = [sighting for view in views for sighting in _sightings(cube, view, engine)]
    for seen in group(sightings):
        sightings += _whole_sightings(cube, seen, engine)
    regions = [_region(cube, seen, engine) for seen in group(sightings)]
    return tuple(region for region in regions if region is not None)


def _whole_sightings(cube: Cube, seen: Sequence[Sighting], engine: Engine) -> list[Sighting]:
    """What a view of its own shows of a text that no other view holds from end to end."""
    outline = outline_of(seen)
    if whole(seen, outline) or all(sighting.ink is None for sighting in seen):
        return []
    width = np.degrees(np.arccos(np.clip((outline @ outline.T).min(), -1, 1)))
    view = view_around(outline, float(np.clip(3 * width, 40, 110)), 736)
    # Small text is read better elsewhere than in a view so wide.
    return [sighting for sighting in _sightings(cube, view, engine) if held(outline, sighting.outline) > 0.5]


def _sightings(cube: Cube, view: View, engine: Engine) -> list[Sighting]:
    seen: list[Sighting] = []
    for read in engine.read(cube.render(view)):
        quad = view.directions(read.quad)
        far = np.array([view.width, view.height]) - _BORDER
        cut = bool(read.quad.min() < _BORDER or (read.quad > far).any())
        seen.append(
            Sighting(read.text, read.confidence, quad, find_ink(cube, quad, len(key(read.text))), cut)
        )
    return seen


def _region(cube: Cube, seen: Sequence[Sighting], engine: Engine) -> TextRegion | None:
    outline = outline_of(seen)
    views = whole(seen, outline) or [sighting for sighting in seen if not sighting.cut]
    if not views and max(len(key(sighting.text)) for sighting in seen) <= _SCRAP:
        return None  # not even a view of its own shows it: something that a border cut into a letter
    outline, readings = _readings(cube, outline, views, engine)
    settled = settle(readings)
    if settled is None:
        return None
    best, others = settled
    return TextRegion(best.text, outline, best.confidence, others)


def _readings(
    cube: Cube, outline: Array, seen: Sequence[Sighting], engine: Engine
) -> tuple[Array, list[Reading]]:
    """What the views and a close-up read of a text, and the outline that the close-up bears out."""

    def read_again(outline: Array) -> Reading:
        return Reading(*engine.read_line(line_picture(cube, outline)))

    said = [Reading(sighting.text, sighting.confidence) for sighting in seen]
    again = read_again(outline)
    if again.confidence < _DOUBTFUL:
        turned = np.roll(outline, 2, axis=0)
        upside_down = read_again(turned)
        if upside_down.confidence > max(_DOUBTFUL, *(reading.confidence for reading in said)):
            return turned, [upside_down]
    for sighting in seen:
        if key(again.text) != key(sighting.text) and key(again.text) in key(sighting.text):
            # The outline may have lost a letter that the engine's box holds.
            box = without_margin(sighting.quad)
            wider = read_again(box)
            if key(wider.text) == key(sighting.text):
                return box, [*said, wider]
    return outline, [*said, again]
