"""Result files of 3D jobs: what Cognite's text detection found, made into text regions.

What is inside such a file is not documented. `assumed-1` is our own assumption, and any other shape is an
error that says so: nothing is taken from a file, or from what it says of an image, that is not understood.
A further shape is a further reader in READERS; `python -m image360 skeleton FILE` shows what it must read.
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import from_json

from image360.detection.skeleton import shown_key, skeleton, skeleton_of
from image360.errors import ResultFileError
from image360.geometry import Array, phi_theta_to_direction, polygon_area
from image360.matching import TextRegion

NodeRef = tuple[str, str]  # space and external id

SKELETON_SHOWN = 500  # characters of a skeleton in a message
ROUNDED = 1e-6  # radians by which an angle may leave its range: single precision
SMALLEST = 1e-8  # steradians: a hundredth of a pixel of a face of 1000
DENT = 1e-4  # radians: a tenth of such a pixel


@dataclass(frozen=True)
class Detection:
    """A text, and the key under which it can be rejected."""

    key: str
    region: TextRegion


@dataclass(frozen=True)
class ResultFile:
    """What a result file says: the texts of each image it names, or why they cannot be taken."""

    detections: Mapping[NodeRef, Sequence[Detection]] = field(
        default_factory=dict[NodeRef, Sequence[Detection]]
    )
    errors: Mapping[NodeRef, str] = field(default_factory=dict[NodeRef, str])


def read_result_file(data: bytes, name: str) -> ResultFile:
    """Read a result file by the reader that knows its shape.

    Args:
        data: The content.
        name: What to call the file in errors.

    Raises:
        ResultFileError: The file is empty, no JSON, or of a shape that no reader knows. The message holds
            keys and types, never content.
    """
    if not data.strip():
        raise ResultFileError(f"result file {name} is empty: no text detection writes that")
    try:
        content = from_json(data)
    except ValueError:
        raise _unknown_shape(name, skeleton_of(data)) from None
    for read in READERS.values():
        found = read(content)
        if found is not None:
            return found
    raise _unknown_shape(name, skeleton(content))


def _unknown_shape(name: str, shape: Any) -> ResultFileError:
    return ResultFileError(
        f"result file {name} is of no shape that is known here ({', '.join(READERS)}), so nothing is taken "
        "from it: set engine: ocr meanwhile, report what 'python -m image360 skeleton FILE' prints for the "
        f"file, or add a reader to image360/detection/result_files.py. It holds: {_cut(shape)}"
    )


def _cut(shape: Any) -> str:
    text = json.dumps(shape)
    return text if len(text) <= SKELETON_SHOWN else f"{text[:SKELETON_SHOWN]}..."


class _Part(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel, strict=True, extra="forbid", frozen=True, allow_inf_nan=False
    )


class _InstanceId(_Part):
    space: str = Field(min_length=1)
    external_id: str = Field(min_length=1)


class _ImageEntry(_Part):
    instance_id: _InstanceId
    detections: list[Any]


class _File(_Part):
    """Every image that was read is in it, also one without text."""

    version: Literal["1.0.0"]
    images: list[_ImageEntry]


class _Polygon(_Part):
    version: Literal["2.0.0"]
    data: list[float]


class _Detection(_Part):
    key: str = Field(min_length=1)
    text: str
    confidence: float = Field(ge=0, le=1)
    polygon: _Polygon


_DETECTIONS = TypeAdapter(list[_Detection])


def _read_assumed_1(content: object) -> ResultFile | None:
    """Read a file that looks like our assumption; None for one that does not."""
    try:
        file = _File.model_validate(content)
    except ValidationError:
        return None
    detections: dict[NodeRef, Sequence[Detection]] = {}
    errors: dict[NodeRef, str] = {}
    for entry in file.images:
        image = (entry.instance_id.space, entry.instance_id.external_id)
        try:
            if image in detections or image in errors:
                raise ResultFileError("the result file names the image twice")
            detections[image] = _detections(entry.detections)
        except ResultFileError as error:
            errors[image] = str(error)
            detections.pop(image, None)
    return ResultFile(detections, errors)


READERS: Mapping[str, Callable[[object], ResultFile | None]] = {"assumed-1": _read_assumed_1}


def _detections(entries: list[Any]) -> list[Detection]:
    try:
        parsed = _DETECTIONS.validate_python(entries)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(shown_key(part) if isinstance(part, str) else str(part) for part in first["loc"])
        raise ResultFileError(
            f"detections.{where}: {first['msg']}; nothing is taken for this image. Its detections hold: "
            f"{_cut(skeleton(entries))}"
        ) from None
    return [_detection(number, each) for number, each in enumerate(parsed)]


def _detection(number: int, each: _Detection) -> Detection:
    try:
        outline = _outline(each.polygon.data)
    except ValueError as error:
        raise ResultFileError(
            f"detections.{number}.polygon: {error}; nothing is taken for this image"
        ) from None
    return Detection(each.key, TextRegion(each.text, outline, each.confidence))


def _outline(data: Sequence[float]) -> Array:
    """Decode `[n, phi, theta, ...]`: corners clockwise from the upper left, as one reads the text.

    Raises:
        ValueError: That is no polygon that text can fill.
    """
    if not data or not float(data[0]).is_integer() or len(data) != 1 + 2 * data[0]:
        raise ValueError("it is not one number of corners with as many pairs of phi and theta")
    if data[0] < 3:
        raise ValueError(f"it has {data[0]:.0f} corners, and 3 are the least")
    phi, theta = np.array(data[1:]).reshape(-1, 2).T
    if phi.min() < 0 or phi.max() > math.pi + ROUNDED:
        raise ValueError("it lies outside the image: phi runs from 0 to pi")
    if theta.min() < 0 or theta.max() > 2 * math.pi + ROUNDED:
        raise ValueError("it lies outside the image: theta runs from 0 to 2 pi")
    corners = phi_theta_to_direction(phi, theta)
    _check_form(corners)
    return corners


def _check_form(corners: Array) -> None:
    """Raise a ValueError unless the polygon is convex, clockwise and neither empty nor a half sphere."""
    if (corners @ corners.sum(axis=0)).min() <= 0:
        raise ValueError("it spans half of the image, as no text does")
    if polygon_area(corners) < SMALLEST:
        raise ValueError("it has no area")
    # Of a polygon that is convex and clockwise every corner lies on the inner side of every side.
    sides = np.cross(corners, np.roll(corners, -1, axis=0))
    sides /= np.maximum(np.linalg.norm(sides, axis=1, keepdims=True), 1e-12)
    heights = sides @ corners.T
    if heights.max() <= DENT:
        raise ValueError("its corners run counterclockwise: mirrored, or of another convention of angles")
    if heights.min() < -DENT:
        raise ValueError("it is not convex")
