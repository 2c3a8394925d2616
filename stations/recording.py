"""What the real OCR engine answered on the pictures of the stations, by their pixels and its settings.

`python -m stations` records anew: after a change of the engine, its settings or the pictures.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from image360.detection.ocr import Read, detect_text, engine_named, reading_settings
from image360.detection.rapid import OPENVINO, settings_on
from image360.detection.views import Pixels
from image360.geometry import FACES
from image360.matching import TextRegion

FILE = Path(__file__).with_name("answers.json")
DIGITS = 6
Answer = list[dict[str, Any]]


class NotRecordedError(SystemExit):
    """A picture that is not in the recording: an exit, so that nobody takes it for a picture without text."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what} is not in {FILE.name} with the settings that the engine has now: if the pictures, the "
            "engine or its settings were changed on purpose, record anew by 'python -m stations'"
        )


class RecordedEngine:
    """Stands where the real engine stands, and answers as that one did."""

    name = "ocr"
    # The real engine knows its settings before its models are loaded.
    settings = settings_on(OPENVINO)

    def read(self, picture: Pixels) -> list[Read]:
        """All text on a face."""
        return _reads(self._answer("a face", flat_key(picture)))

    def detect_text(self, faces: Mapping[str, Pixels], _engine: Any = None) -> tuple[TextRegion, ...]:
        """All text of an image, in the place of the function of that name."""
        return _regions(self._answer("an image", sphere_key(faces)))

    def stand_in(self, patch: Callable[[str, Any], object], module: str) -> None:
        """Take the place, in a module, of the engine and of the function that reads an image by it."""
        patch(f"{module}.engine_named", lambda _: self)
        patch(f"{module}.detect_text", self.detect_text)

    def _answer(self, what: str, key: str) -> Answer:
        answer = self._answers.get(key)
        if answer is None:
            raise NotRecordedError(what)
        return answer

    @cached_property
    def _answers(self) -> Mapping[str, Answer]:
        return json.loads(FILE.read_text("utf-8"))["answers"]


@dataclass(frozen=True)
class Pictures:
    """The pictures of the stations: images, and faces alone."""

    spheres: Mapping[str, Mapping[str, Pixels]]
    flat: Mapping[tuple[str, str], Pixels]


def pictures() -> Pictures:
    """Return every picture that is in the recording."""
    from stations.site import LATER, TEXTS, painted  # the detector program starts faster without

    spheres = {
        name: {face: np.asarray(painted(texts.get(face, ()))[0]) for face in FACES}
        for name, texts in {**TEXTS, "station1, later": LATER}.items()
    }
    flat = {(name, face): pixels for name, faces in spheres.items() for face, pixels in faces.items()}
    return Pictures(spheres, flat)


def record() -> int:
    """Ask the real engine; return the number of pictures."""
    engine, shown = engine_named("ocr"), pictures()
    answers = {sphere_key(faces): _as_answer(detect_text(faces, engine)) for faces in shown.spheres.values()}
    for pixels in shown.flat.values():
        key = flat_key(pixels)
        answers[key] = answers.get(key) or _as_answer(engine.read(pixels))
    lines = ",\n".join(f'"{key}": {json.dumps(answer)}' for key, answer in answers.items())
    settings = json.dumps(dict(reading_settings(engine)))
    FILE.write_text(f'{{"settings": {settings},\n"answers": {{\n{lines}\n}}}}\n', "utf-8")
    return len(answers)


def sphere_key(faces: Mapping[str, Pixels]) -> str:
    """Name the pixels of an image, and what decides how they are read."""
    return _key("image", *(faces[face] for face in FACES))


def flat_key(pixels: Pixels) -> str:
    """Name the pixels of a face that is read alone."""
    return _key("face", pixels)


def _key(kind: str, *pixels: Pixels) -> str:
    settings = json.dumps(dict(reading_settings(RecordedEngine())), sort_keys=True)
    digest = hashlib.sha256(f"{kind} {settings} {[each.shape for each in pixels]}".encode())
    for each in pixels:
        digest.update(np.ascontiguousarray(each))
    return digest.hexdigest()[:32]


def _as_answer(texts: Any) -> Answer:
    return [
        {
            "text": each.text,
            "confidence": round(each.confidence, DIGITS),
            "place": (each.polygon if isinstance(each, TextRegion) else each.quad).round(DIGITS).tolist(),
            **({"others": list(each.other_readings)} if isinstance(each, TextRegion) else {}),
        }
        for each in texts
    ]


def _reads(answer: Answer) -> list[Read]:
    return [Read(each["text"], np.array(each["place"]), each["confidence"]) for each in answer]


def _regions(answer: Answer) -> tuple[TextRegion, ...]:
    return tuple(
        TextRegion(each["text"], np.array(each["place"]), each["confidence"], tuple(each["others"]))
        for each in answer
    )
