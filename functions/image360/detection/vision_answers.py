"""Answers of Cognite's Vision API: what one says of the files of a job, made into text regions.

Nothing is taken of an image unless all that is said of its faces is understood: such an image is an error
that says what is wrong, and no other image suffers from it.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Self, TypeVar

from cognite.client.data_classes.data_modeling import NodeId
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from image360.catalog.image import Image
from image360.detection.jobs import Done, Failed, JobState, Running
from image360.geometry import FACES, face_uv_to_direction
from image360.matching import TextRegion

# The API names the first two; the SDK knows the others of jobs of this kind. None of them is an end.
UNDER_WAY = frozenset({"Queued", "Running", "Distributing", "Distributed", "Collecting"})
THINNEST = 1e-5  # of a face: a hundredth of a pixel of one of 1000


def read_answer(answer: object, images: Sequence[Image], threshold: float) -> JobState:
    """Return what the answer about a job says of these images.

    Args:
        answer: The JSON of the answer.
        images: Images of the job; their faces are classic files.
        threshold: The least confidence that was asked for: that of a text which comes without one.
    """
    try:
        job = _Job.model_validate(answer)
    except ValidationError as error:
        return Failed(f"Vision's answer about its job is not understood: {_first(error)}")
    if job.status in UNDER_WAY:
        return Running()
    if job.status == "Failed":
        return Failed(f"the Vision job has failed: {job.error_message or 'it gives no reason'}")
    if job.status != "Completed":
        return Failed(f"the Vision job has a status that is not known here: '{job.status[:40]}'")
    said = _by_file(job)
    regions: dict[str, Sequence[TextRegion]] = {}
    errors: dict[str, str] = {}
    for image in images:
        try:
            regions[image.external_id] = _regions(image, said, threshold)
        except _NotTakenError as error:
            errors[image.external_id] = str(error)
    return Done(regions, errors)


class _NotTakenError(Exception):
    """What is said of a file cannot be taken."""


class _Part(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, strict=True, frozen=True)


Share = Annotated[float, Field(ge=0, le=1)]


class _Box(_Part):
    x_min: Share
    x_max: Share
    y_min: Share
    y_max: Share

    @model_validator(mode="after")
    def _holds_something(self) -> Self:
        if self.x_max - self.x_min < THINNEST or self.y_max - self.y_min < THINNEST:
            raise ValueError("the box has no area")
        return self


class _Text(_Part):
    text: str = Field(min_length=1)
    confidence: Share | None = None
    text_region: _Box


class _Predictions(_Part):
    text_predictions: list[_Text] | None = None


class _File(_Part):
    file_id: int


class _Item(_File):
    predictions: _Predictions


class _Unread(_Part):
    error_message: str | None = None


class _Batch(_Unread):
    items: list[Any]


class _Job(_Unread):
    status: str
    items: list[Any] | None = None
    failed_items: list[Any] | None = None


Said = Sequence[_Text] | str  # the texts of a file, or why there are none


def _by_file(job: _Job) -> Mapping[int | NodeId, Said]:
    """Return what is said of each file; what names no file is said of none."""
    pairs = [(_file_of(item), _texts(item)) for item in job.items or ()]
    for entry in job.failed_items or ():
        batch = _parsed(_Batch, entry)
        if batch is not None:
            reason = f"Vision could not read its batch: {batch.error_message or 'it gives no reason'}"
            pairs += [(_file_of(item), reason) for item in batch.items]
    said: dict[int | NodeId, Said] = {}
    for file, each in pairs:
        if file is not None:
            said[file] = f"Vision speaks of file {file} twice" if file in said else each
    return said


def _file_of(item: object) -> int | None:
    file = _parsed(_File, item)
    return file.file_id if file else None


def _texts(item: object) -> Said:
    unread = _parsed(_Unread, item)
    if unread is not None and unread.error_message:
        return f"Vision could not read it: {unread.error_message}"
    try:
        return _Item.model_validate(item).predictions.text_predictions or []
    except ValidationError as error:
        return f"what Vision says is not understood: {_first(error)}"


def _regions(image: Image, said: Mapping[int | NodeId, Said], threshold: float) -> list[TextRegion]:
    """Return the texts of all faces of an image."""
    regions: list[TextRegion] = []
    for face in FACES:
        file = image.faces[face].id
        texts = said.get(file, f"Vision says nothing about file {file}")
        if isinstance(texts, str):
            raise _NotTakenError(f"face {face}: {texts}")
        regions += [_region(face, text, threshold) for text in texts]
    return regions


def _region(face: str, text: _Text, threshold: float) -> TextRegion:
    """Place a text; boxes are upright, so its line is taken to run from left to right."""
    box = text.text_region
    u, v = [box.x_min, box.x_max, box.x_max, box.x_min], [box.y_min, box.y_min, box.y_max, box.y_max]
    confidence = threshold if text.confidence is None else text.confidence
    return TextRegion(text.text, face_uv_to_direction(face, u, v), confidence)


Part = TypeVar("Part", bound=_Part)


def _parsed(part: type[Part], content: object) -> Part | None:
    try:
        return part.model_validate(content)
    except ValidationError:
        return None


def _first(error: ValidationError) -> str:
    """Say where the first thing is that is wrong, and what; nothing of the content."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}" if where else first["msg"]
