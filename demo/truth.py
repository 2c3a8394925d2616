"""The truth of a sample site: what is painted on each plate, and which asset it names."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

LEGIBLE_CAP_PX = 16.0
"""Cap height in pixels of the face image from which a tag in a clean style counts as legible."""


class TruthError(ValueError):
    """truth.json does not hold what it should; the message names the plate and the key."""


@dataclass(frozen=True, eq=False)
class Plate:
    """One plate on one image.

    Args:
        id: Name of the plate in the truth.
        image: The image it is on.
        kind: "tag" or "text" (a sign, a brand, a serial number: no tag).
        lines: The text as painted, top to bottom.
        tag: The equipment tag, or None for a text.
        asset: External id of the tag's asset; None for a text, and for a tag whose asset is not in the list.
        text_polygon: (N, 3) unit vectors, image's own frame: the ink box of all lines.
        plate_polygon: (N, 3) unit vectors: the plate around it.
        cap_px: Mean height of the capital letters, in pixels of the face image.
        tilt_deg: Angle between the plate's normal and the ray to it.
        style: "plain", "stencil", "engraved" or "low_contrast".
        traits: Any of "two_lines", "seam", "tilted", "small".
    """

    id: str
    image: str
    kind: str
    lines: tuple[str, ...]
    tag: str | None
    asset: str | None
    text_polygon: NDArray[np.float64]
    plate_polygon: NDArray[np.float64]
    cap_px: float
    tilt_deg: float
    style: str
    traits: tuple[str, ...]

    @property
    def legible(self) -> bool:
        """Large enough and in a clean style, so that a person reads it at once."""
        return self.cap_px >= LEGIBLE_CAP_PX and self.style == "plain"

    @property
    def is_legible_on_one_face(self) -> bool:
        """Legible, and not over a seam: for who reads the faces one by one."""
        return self.legible and "seam" not in self.traits

    @property
    def painted(self) -> str:
        """The painted lines in one line."""
        return " / ".join(self.lines)


@dataclass(frozen=True, eq=False)
class Truth:
    """The plates of a site, and the seed they were drawn from."""

    seed: int
    plates: tuple[Plate, ...]

    @cached_property
    def tags(self) -> tuple[Plate, ...]:
        """The plates whose asset is in the asset list: what there is to link."""
        return tuple(plate for plate in self.plates if plate.asset is not None)


def load_truth(path: Path) -> Truth:
    """Reads a truth.json.

    Raises:
        TruthError: The file is no JSON, or a plate lacks a key or holds a polygon that is none.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return Truth(int(document["seed"]), tuple(_plate(entry) for entry in document["plates"]))
    except TruthError:
        raise
    except (ValueError, KeyError, TypeError) as error:
        raise TruthError(
            f"{path.name} is no truth of a sample site ({error!r}); draw the site again, or delete it"
        ) from error


def _plate(entry: dict[str, Any]) -> Plate:
    try:
        return Plate(
            id=entry["id"],
            image=entry["image"],
            kind=entry["kind"],
            lines=tuple(entry["lines"]),
            tag=entry["tag"],
            asset=entry["asset"],
            text_polygon=_polygon(entry["text_polygon"]),
            plate_polygon=_polygon(entry["plate_polygon"]),
            cap_px=float(entry["cap_px"]),
            tilt_deg=float(entry["tilt_deg"]),
            style=entry["style"],
            traits=tuple(entry["traits"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise TruthError(f"truth.json, plate {entry.get('id')!r}: {error!r}; draw the site again") from error


def _polygon(corners: Any) -> NDArray[np.float64]:
    polygon = np.array(corners, dtype=np.float64)
    if polygon.ndim != 2 or polygon.shape[0] < 3 or polygon.shape[1] != 3:
        raise ValueError(
            f"a polygon needs three or more corners of three numbers, this has shape {polygon.shape}"
        )
    polygon.setflags(write=False)
    return polygon
