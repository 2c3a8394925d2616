"""What a Vision job does: it reads files in the background, in batches that succeed or fail as a whole."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from localcdf.content.table import find_content
from localcdf.detection import Answer, Picture, Region
from localcdf.endpoint import Call
from localcdf.errors import CdfError
from localcdf.fates import VisionFate
from localcdf.files.table import FILES
from localcdf.records import Record
from localcdf.vision import table
from localcdf.vision.readings import LONG_TEXT, LOST, NO_TEXT, SUFFIX

if TYPE_CHECKING:
    from localcdf.service import Service

T = TypeVar("T")
MAX_TEXT = 128  # characters
SUFFIXES = frozenset({".jpeg", ".jpg", ".png"})
MIME_TYPES = frozenset({"image/jpeg", "image/png"})


def launch(job: int, threshold: float, size: int, service: "Service") -> None:
    """Let a job begin when its turn comes, in batches of a size."""
    work = Work(job, threshold, size, service.fates.of_vision(), service)
    service.detector.start(work.name, work.run, work.fail)


def picture_of(call: Call, file: Record) -> Path:
    """Return where the content of a picture is; raise ``CdfError`` for a file that is none, or is empty."""
    name, mime_type = file["name"], file.get("mimeType")
    suffix = Path(name).suffix
    if (suffix.lower() if call.reads(SUFFIX, "any-case") else suffix) not in SUFFIXES:
        raise CdfError(400, f"File {file['id']} ({name}) must have the extension .jpeg, .jpg or .png")
    if mime_type not in MIME_TYPES:
        raise CdfError(
            400, f"File {file['id']} ({name}) must have mimeType image/jpeg or image/png, not {mime_type}"
        )
    blob = find_content(call, file)
    if blob is None:
        raise CdfError(400, f"File {file['id']} ({name}) is not uploaded")
    return call.blobs / blob


@dataclass(frozen=True)
class Item:
    """A file of a job, with its content or the reason why it cannot be read."""

    n: int
    content: Path | str


@dataclass(frozen=True)
class Work:
    """A job under way, in a thread of the detector."""

    job: int
    threshold: float
    size: int  # files of a batch
    fate: VisionFate
    service: "Service"

    @property
    def name(self) -> str:
        """How the detector and the server's log name it."""
        return f"Vision job {self.job}"

    def run(self) -> None:
        """Read the files and keep what is found, batch by batch."""
        self._turn(lambda call: table.begin(call, self.job))
        if self.fate == "hang":
            return
        items = self._turn(self._items)
        for batch in self._read(items):
            self._turn(lambda call, batch=batch: self._keep(call, batch))
        self._turn(lambda call: table.end(call, self.job))

    def fail(self) -> None:
        """Let what was not read fail."""

        def end(call: Call) -> None:
            rows = table.items_of(call.db, self.job)
            open_ = [row["n"] for row in rows if row["predictions"] is None and row["error"] is None]
            table.fail(call.db, self.job, open_, "The batch could not be processed")
            table.end(call, self.job)

        self._turn(end)

    def _items(self, call: Call) -> list[Item]:
        rows = table.items_of(call.db, self.job)
        lost = len(rows) - 1
        loses = call.reads(LOST, "happens") and len(rows) > 1
        if self.fate == "lose-file" or (loses and not table.was_lost(call.db, rows[lost]["file"])):
            table.lose(call.db, self.job, lost)
        return [Item(row["n"], self._content(call, row["file"])) for row in rows]

    def _content(self, call: Call, file_id: int) -> Path | str:
        if self.fate == "fail":
            return "Internal error"
        file = FILES.find(call.db, {"id": file_id})
        try:
            return picture_of(call, file) if file else f"File {file_id} was deleted"
        except CdfError as error:
            return error.message

    def _read(self, items: Sequence[Item]) -> Iterator[list[tuple[Item, Answer]]]:
        """Yield the batches, each as soon as it is read."""
        pictures = [Picture(str(each.n), each.content) for each in items if isinstance(each.content, Path)]
        answers = self.service.detector.read(self.name, pictures)
        waiting = iter(items)
        while batch := list(islice(waiting, self.size)):
            yield [
                (
                    item,
                    next(answers)
                    if isinstance(item.content, Path)
                    else Answer(image=str(item.n), error=item.content),
                )
                for item in batch
            ]

    def _keep(self, call: Call, batch: Sequence[tuple[Item, Answer]]) -> None:
        errors = [answer.error for _, answer in batch if answer.error is not None]
        if self.fate == "fail-batch" and batch[0][0].n == 0:
            errors = ["Internal error"]
        if errors:
            table.fail(call.db, self.job, [item.n for item, _ in batch], errors[0])
            return
        table.keep(
            call.db,
            self.job,
            [(item.n, self._predictions(call, answer.regions or ())) for item, answer in batch],
        )

    def _predictions(self, call: Call, regions: Sequence[Region]) -> dict[str, Any]:
        longest = MAX_TEXT if call.reads(LONG_TEXT, "left-out") else math.inf
        found = (each for each in regions if each.confidence >= self.threshold and len(each.text) <= longest)
        texts = [each for each in map(_prediction, found) if each]
        return {"textPredictions": texts} if texts or call.reads(NO_TEXT, "empty") else {}

    def _turn(self, act: Callable[[Call], T]) -> T:
        """Do something with the store when its turn comes."""

        def acted() -> T:
            with self.service.own_turn() as call:
                return act(call)

        return self.service.worker.submit(acted).result()


def _prediction(region: Region) -> dict[str, Any] | None:
    """Return a text with the upright box about it; None where nothing of it is on the picture."""
    across, down = ([max(0.0, min(1.0, each)) for each in axis] for axis in zip(*region.polygon, strict=True))
    box = {"xMin": min(across), "xMax": max(across), "yMin": min(down), "yMax": max(down)}
    text = region.text[:MAX_TEXT]
    if not text or box["xMin"] >= box["xMax"] or box["yMin"] >= box["yMax"]:
        return None
    return {"text": text, "confidence": region.confidence, "textRegion": box}
