"""Text detection in the call itself: own OCR, one image after the other."""

import time
from collections.abc import Sequence
from dataclasses import replace

from image360.call import Context
from image360.detection.faces import decode_face
from image360.detection.ocr import Engine, detect_text, engine_named, reading_settings
from image360.download import download
from image360.errors import BadImageError
from image360.geometry import FACES
from image360.state.region_files import RegionFiles
from image360.state.work_items import MAX_ATTEMPTS, WorkItem, WorkItems

CLAIM = 4  # images claimed at once: a killed call holds back no more than these until their lease ends
FIRST_IMAGE_SECONDS = 60.0  # what the first image may take, until one has been measured


class DetectionHere:
    """Works through images, each saved before the next."""

    def __init__(self, context: Context, work_items: WorkItems) -> None:
        self._client = context.client
        self._engine: Engine = engine_named("ocr")
        self._deadline = context.deadline
        self._log = context.log
        self._stop = context.stop
        self._work_items = work_items
        self._region_files = RegionFiles(context.client, context.config.state.space)

    def run(self, todo: Sequence[WorkItem]) -> list[WorkItem]:
        """Detect text on the items; return those that were worked on, in their new state."""
        done: list[WorkItem] = []
        slowest = FIRST_IMAGE_SECONDS
        for start in range(0, len(todo), CLAIM):
            if not self._deadline.allows(slowest * CLAIM if done else slowest):
                self._log("deadline", left=self._deadline.left())
                break
            if done and self._stop.is_asked():
                break
            for item in self._work_items.claim(todo[start : start + CLAIM], "detecting"):
                began = time.monotonic()
                outcome = self._detect(item)
                self._work_items.finish([outcome])
                seconds = time.monotonic() - began
                slowest = seconds if not done else max(slowest, seconds)
                self._log(
                    "image", image=item.image.external_id, state=outcome.state, seconds=round(seconds, 2)
                )
                done.append(outcome)
        return done

    def _detect(self, item: WorkItem) -> WorkItem:
        """Read one image; what goes wrong with it is its own state and stops no other image."""
        try:
            return replace(item, state="detected", region_file=self._read(item), last_error=None)
        except BadImageError as error:
            # The same bytes fail the same way: given up until a face is replaced.
            return replace(item, state="failed", attempts=MAX_ATTEMPTS, last_error=str(error))
        except Exception as error:  # noqa: BLE001 - kept with the item, tried again by a later call
            return replace(item, state="failed", last_error=f"{type(error).__name__}: {error}")

    def _read(self, item: WorkItem) -> str:
        image = item.image
        contents = download(self._client, [image.faces[name].id for name in FACES])
        faces = {
            name: decode_face(content, f"{image.external_id}, face {name}")
            for name, content in zip(FACES, list(contents), strict=True)
        }
        regions = detect_text(faces, self._engine)
        return self._region_files.save(image, self._engine.name, reading_settings(self._engine), regions)
