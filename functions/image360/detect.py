"""Use case: read the text of every image whose present content has not been read yet."""

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from cognite.client import CogniteClient

from image360.call import FunctionCall, Summary
from image360.catalog import list_images
from image360.catalog.image import Catalog
from image360.config import AnyConfig
from image360.deadline import Deadline
from image360.detection.faces import decode_face
from image360.detection.ocr import Engine, detect_text, engine_named, reading_settings
from image360.download import download
from image360.errors import BadImageError, NothingDoneError
from image360.geometry import FACES
from image360.log import Log
from image360.state.region_files import RegionFiles
from image360.state.work_items import MAX_ATTEMPTS, WorkItem, WorkItems

CLAIM = 4  # images claimed at once: a killed call holds back no more than these until their lease ends
FIRST_IMAGE_SECONDS = 60.0  # what the first image may take, until one has been measured
LISTED = 20  # images named one by one in a summary


def detect(
    client: CogniteClient, config: AnyConfig, call: FunctionCall, deadline: Deadline, log: Log
) -> Summary:
    """Detect text on the images that are due, as far as the cap and the deadline allow.

    Raises:
        SetupError: CDF lacks something the config names.
        NothingDoneError: Images were due and every one of them failed.
    """
    catalog = list_images(client, config, call.only)
    work_items = WorkItems(client, config.state.space, call.run)
    items = work_items.of(catalog.images)
    now = datetime.now(UTC)
    due = [item for item in items if item.to_detect(now)]
    todo = due[: config.limits.max_images_per_run]
    log("listed", images=len(items), due=len(due), incomplete=len(catalog.incomplete))
    summary = _listing(catalog, items)
    if not call.applies:
        return {
            **summary,
            "would_detect": len(todo),
            "would_detect_images": [item.image.external_id for item in todo[:LISTED]],
            "remaining": len(due),
            "changed": False,
        }
    done = _Detection(client, config, deadline, log, work_items).run(todo) if todo else []
    failed = [item for item in done if item.state == "failed"]
    if done and len(failed) == len(done):
        raise NothingDoneError(
            f"text detection failed on all {len(failed)} images of this call; first: "
            f"{failed[0].image.external_id}: {failed[0].last_error}"
        )
    return {
        **summary,
        "detected": len(done) - len(failed),
        "failed_now": len(failed),
        "failed_images": [
            {"image": item.image.external_id, "error": item.last_error} for item in failed[:LISTED]
        ],
        "remaining": len(due) - len(done),
        "changed": bool(done),
    }


def _listing(catalog: Catalog, items: Sequence[WorkItem]) -> Summary:
    """Say what the catalog holds: the images, those that cannot be processed, those given up."""
    given_up = [item for item in items if item.state == "failed" and item.attempts >= MAX_ATTEMPTS]
    return {
        "images": len(items),
        "incomplete": len(catalog.incomplete),
        "incomplete_images": [
            {"image": image.external_id, "reason": image.reason} for image in catalog.incomplete[:LISTED]
        ],
        "given_up": len(given_up),
    }


class _Detection:
    """Works through images, one at a time, each saved before the next."""

    def __init__(
        self, client: CogniteClient, config: AnyConfig, deadline: Deadline, log: Log, work_items: WorkItems
    ) -> None:
        self._client = client
        self._engine: Engine = engine_named("ocr")
        self._deadline = deadline
        self._log = log
        self._work_items = work_items
        self._region_files = RegionFiles(client, config.state.space)

    def run(self, todo: Sequence[WorkItem]) -> list[WorkItem]:
        """Detect text on the items; return those that were worked on, in their new state."""
        done: list[WorkItem] = []
        slowest = FIRST_IMAGE_SECONDS
        for start in range(0, len(todo), CLAIM):
            if not self._deadline.allows(slowest * CLAIM if done else slowest):
                self._log("deadline", left=self._deadline.left())
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
