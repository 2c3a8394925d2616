"""Commands for the laptop: `python -m image360 check`, `report RUN`, `read` and `skeleton FILE`.

`check` tells what is missing before the first run: a line for each thing, with its fix. It only reads.
Project and service principal are those of the environment variables, as Cognite's toolkit has them
(CDF_PROJECT, CDF_CLUSTER, IDP_CLIENT_ID, ...). Exit code 1: something is missing; 2: they name no project.

`report` writes what a run has left in such a project into one HTML file: its images in a panorama viewer,
what was read on them, and what was decided. It only reads. It needs the repository, not only the functions'
code (docs/report.md).

`read` is a text detector for whoever starts programs: from standard input it takes one line of JSON for each
picture, {"image": ID, "faces": {"front": PATH, ...}} with all six faces or {"image": ID, "file": PATH} for a
single face, and answers each by one line of JSON, in order: {"image": ID, "regions": [{"text", "confidence",
"polygon"}]} or {"image": ID, "error": REASON}. Polygons are unit vectors [x, y, z] in the frame of the image
(image360.geometry), those on a single face places [u, v], 0 to 1 from its upper left corner.

`skeleton` shows the shape of a result file, its keys and types, and nothing of its content.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from image360.detection.skeleton import skeleton_of
from image360.errors import Image360Error, RequestError

if TYPE_CHECKING:
    from image360.detection.ocr import Engine
    from image360.matching import TextRegion

DISPUTED = 0.5  # most that is answered where views read different things: too little for an approval
DIGITS = 6  # of a coordinate and a confidence: a thousandth of a pixel


class Picture(BaseModel):
    """What is to be read: the six faces of a 360° image, or a single one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    image: str
    faces: Mapping[str, Path] | None = None
    file: Path | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> "Picture":
        from image360.geometry import FACES

        if (self.faces is None) == (self.file is None):
            raise ValueError("exactly one of faces, file is needed")
        if self.faces is not None and set(self.faces) != set(FACES):
            raise ValueError(f"faces are {', '.join(FACES)}")
        return self


def answers(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Read the pictures; what is wrong with one is its answer, and stops no other.

    Raises:
        RequestError: A line does not tell what to read.
    """
    from image360.detection.ocr import engine_named

    engine: Engine | None = None
    for number, line in enumerate(lines, 1):
        try:
            picture = Picture.model_validate_json(line)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            raise RequestError(f"line {number} of standard input: {first['loc']}: {first['msg']}") from None
        engine = engine or engine_named("ocr")
        try:
            yield {"image": picture.image, "regions": _regions(picture, engine)}
        except (Image360Error, OSError) as error:
            yield {"image": picture.image, "error": str(error)}
        except Exception as error:  # noqa: BLE001 - whatever it is, the other pictures can be read
            yield {"image": picture.image, "error": f"{type(error).__name__}: {error}"}


def _regions(picture: Picture, engine: "Engine") -> list[dict[str, Any]]:
    from image360.detection.faces import decode_face
    from image360.detection.merge import inner_part
    from image360.detection.ocr import detect_text

    if picture.file is not None:
        # The face alone, as it lies: what stands over its border is cut there, and near it text is stretched.
        face = decode_face(picture.file.read_bytes(), picture.file.name)
        found = [
            (read.text, read.confidence, (inner_part(read.quad) / len(face)).clip(0, 1))
            for read in engine.read(face)
        ]
    else:
        paths = picture.faces or {}
        faces = {name: decode_face(path.read_bytes(), f"face {name}") for name, path in paths.items()}
        found = [(each.text, confidence_of(each), each.polygon) for each in detect_text(faces, engine)]
    return [
        {"text": text, "confidence": round(sure, DIGITS), "polygon": polygon.round(DIGITS).tolist()}
        for text, sure, polygon in found
    ]


def confidence_of(region: "TextRegion") -> float:
    """Return how sure a text is: an answer has no place for other readings, but must not hide the doubt."""
    return min(region.confidence, DISPUTED) if region.other_readings else region.confidence


def main(arguments: list[str] | None = None) -> int:
    """Run a command; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m image360", description="Preflight, text of pictures, shapes of files."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    preflight = commands.add_parser("check", help="tell what is missing before the first run")
    preflight.add_argument("--pipeline", required=True, help="external id of the extraction pipeline")
    report = commands.add_parser("report", help="write the report of a run into one HTML file")
    report.add_argument("run", help="the id of the run, as its answer, its logs and its Run nodes have it")
    report.add_argument("--out", type=Path, metavar="FILE", help="(default out/report-RUN.html)")
    report.add_argument(
        "--images", type=_positive, default=24, metavar="N", help="shown at most (default 24)"
    )
    report.add_argument("--pipeline", default="ep_image360", help="extraction pipeline (default ep_image360)")
    commands.add_parser("read", help="read the text of pictures, as told line by line on standard input")
    shape = commands.add_parser("skeleton", help="show keys and types of a result file, without its content")
    shape.add_argument("file", type=Path)
    asked = parser.parse_args(arguments)
    try:
        if asked.command == "check":
            return _check(asked.pipeline)
        if asked.command == "report":
            return _report(asked)
        if asked.command == "skeleton":
            print(json.dumps(skeleton_of(asked.file.read_bytes()), indent=2))
        else:
            _answer(sys.stdin)
    except (Image360Error, OSError) as error:
        print(f"image360: {error}", file=sys.stderr)
        return 1
    return 0


def _positive(text: str) -> int:
    if (number := int(text)) < 1:
        raise ValueError("less than one")
    return number


def _report(asked: argparse.Namespace) -> int:
    from cognite.client.exceptions import CogniteAPIError

    from image360.conceal import Concealer
    from image360.environment import SettingError, project_of

    try:
        from report.command import write
    except ModuleNotFoundError as error:
        print(
            f"image360: the report is not part of the functions ({error.name} is missing): run this in a "
            "clone of the repository, after `make setup`, with .venv/bin/python",
            file=sys.stderr,
        )
        return 2
    try:
        project = project_of(os.environ)
    except SettingError as error:
        print(f"image360: {error}", file=sys.stderr)
        return 2
    out = asked.out or Path("out") / f"report-{Path(asked.run).name}.html"
    try:
        write(project.client("image360-report"), asked.pipeline, asked.run, out, asked.images)
    except (Image360Error, CogniteAPIError, OSError) as error:
        print(Concealer.of(project.secrets)(f"image360: {error}"), file=sys.stderr)
        return 1
    return 0


def _check(pipeline: str) -> int:
    from image360.call import FunctionCall
    from image360.check import check
    from image360.conceal import Concealer
    from image360.environment import SettingError, project_of

    try:
        project = project_of(os.environ)
    except SettingError as error:
        print(f"image360: {error}", file=sys.stderr)
        return 2
    conceal = Concealer.of(project.secrets)
    call = FunctionCall(extraction_pipeline=pipeline, step="check")
    findings = check(project.client("image360-check"), call, secrets=None)
    print(f"extraction pipeline '{pipeline}' in project '{project.name}' at {project.url}:")
    for kind, lines in (("missing", findings.missing), ("warning", findings.warnings)):
        for line in lines:
            print(conceal(f"{kind}: {line}"))
    if not findings.missing:
        print("nothing is missing")
    return 1 if findings.missing else 0


def _answer(lines: Iterable[str]) -> None:
    answered = sys.stdout
    with redirect_stdout(sys.stderr):  # whatever a library prints, answers stay alone
        for answer in answers(lines):
            print(json.dumps(answer), file=answered, flush=True)


if __name__ == "__main__":
    sys.exit(main())
