"""What a run makes in the project, all of it under one name that nothing else has, and how it goes again.

What is to be made is noted before it is, so that nothing stays when an answer is lost.
"""

import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from cognite.client import CogniteClient
from cognite.client.data_classes import (
    DataSetWrite,
    ExtractionPipelineWrite,
    FileMetadata,
    FileMetadataWrite,
)
from cognite.client.data_classes.data_modeling import SpaceApply
from cognite.client.exceptions import CogniteAPIError, CogniteException, CogniteProjectAccessError

from smoke import model

DATA_SET = "image360-smoke"
WAIT_SECONDS = 30.0  # for what comes late
POLL_SECONDS = 0.2
ROUNDS = 20  # of deleting instances, 1000 at a time
MESSAGE_SHOWN = 90  # characters
REFUSALS = (400, 404, 409)
UNAUTHORIZED = 401
FAILURES = (CogniteException, OSError)

Json = dict[str, Any]


class Interrupted(Exception):  # noqa: N818 nothing is wrong
    """Somebody wants the run to end."""


@dataclass(frozen=True)
class Answer:
    """An answer, good or not."""

    status: int
    body: Json

    def __str__(self) -> str:
        message = self.body.get("error", {}).get("message", "")
        return f"{self.status}: {message[:MESSAGE_SHOWN]}" if message else f"{self.status}"

    @property
    def items(self) -> Any:
        """Its items; an answer without them is not what was expected."""
        return self.body["items"]


def unique_name() -> str:
    """Return a name for a run."""
    return f"image360-smoke-{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}-{secrets.token_hex(3)}"


@dataclass
class Scratch:
    """A scratch space, the reused data set, and what is made in them."""

    client: CogniteClient
    stop: Callable[[], bool] = lambda: False  # whether somebody wants the run to end
    name: str = field(default_factory=unique_name)
    _spaces: list[str] = field(default_factory=list)
    _files: list[str] = field(default_factory=list)
    _pipelines: list[str] = field(default_factory=list)
    _assets: list[str] = field(default_factory=list)
    _events: list[str] = field(default_factory=list)
    _annotations: list[int] = field(default_factory=list)
    _sessions: list[int] = field(default_factory=list)
    _names: int = 0

    # --- calls

    def ask(
        self, path: str, body: Json | None = None, refusals: Sequence[int] = REFUSALS, **further: Any
    ) -> Answer:
        """Send a POST, or without a body a GET, below the project; return the answer, or a refusal as one."""
        below = "" if path.startswith("/api/") else f"/api/v1/projects/{self.client.config.project}"
        url = below + path
        try:
            if body is None:
                answer = self.client.get(url, **further)
            else:
                answer = self.client.post(url, json=body, **further)
        except CogniteAPIError as error:
            if error.code not in refusals:
                raise
            return Answer(error.code, {"error": {"message": error.message, "missing": error.missing}})
        except CogniteProjectAccessError:  # the SDK's word for any 401
            if UNAUTHORIZED not in refusals:
                raise
            return Answer(UNAUTHORIZED, {})
        return Answer(answer.status_code, answer.json())

    def get(self, path: str, body: Json | None = None, **further: Any) -> Json:
        """Send the same, and return the JSON of an answer that must be good."""
        return self.ask(path, body, refusals=(), **further).body

    def until(self, there: Callable[[], bool], what: str) -> float:
        """Wait until something is there; return the seconds that took. TimeoutError after half a minute."""
        started = time.monotonic()
        while not there():
            if time.monotonic() - started > WAIT_SECONDS:
                raise TimeoutError(f"{what}: not within {WAIT_SECONDS:.0f} s")
            self.go_on()
            time.sleep(POLL_SECONDS)
        return time.monotonic() - started

    def go_on(self) -> None:
        """Raise Interrupted if somebody wants the run to end."""
        if self.stop():
            raise Interrupted

    # --- what is made

    def external_id(self) -> str:
        """Return an external id that nothing else has."""
        self._names += 1
        return f"{self.name}-{self._names}"

    @cached_property
    def space(self) -> str:
        """The scratch space."""
        return self.new_space(self.name)

    def new_space(self, name: str) -> str:
        """Return a new space."""
        self._spaces.append(name)
        wanted = SpaceApply(name, description="made by image360's make smoke: may be deleted")
        return self.client.data_modeling.spaces.apply(wanted).space

    @cached_property
    def thing(self) -> Json:
        """The reference to the view of things; containers and views come with the first use."""
        self.get("/models/containers", {"items": model.containers(self.space)})
        self.get("/models/views", {"items": model.views(self.space)})
        return model.view(self.space, model.THING)

    @property
    def extra(self) -> Json:
        """The reference to the view of extras."""
        return self.thing | {"externalId": model.EXTRA}

    @cached_property
    def data_set(self) -> int:
        """The internal id of the data set of all runs: CDF cannot delete data sets."""
        found = self.client.data_sets.retrieve_multiple(external_ids=[DATA_SET], ignore_unknown_ids=True)
        if found:
            return found[0].id
        wanted = DataSetWrite(external_id=DATA_SET, name=DATA_SET, description="of image360's make smoke")
        return self.client.data_sets.create(wanted).id

    def node(self, view: Json | None = None, properties: Json | None = None, **further: Any) -> Json:
        """Return a new node to write, with data in a view if one is given."""
        node = {"instanceType": "node", "space": self.space, "externalId": self.external_id()}
        sources = {"sources": [{"source": view, "properties": properties or {}}]} if view else {}
        return node | sources | further

    def write(self, *items: Json, **flags: Any) -> Answer:
        """Write instances; return the answer, or the refusal."""
        return self.ask("/models/instances", {"items": items, **flags})

    def made(self, view: Json | None = None, properties: Json | None = None, **further: Any) -> Json:
        """Return the id of a new node that is written."""
        node = self.node(view, properties, **further)
        self.get("/models/instances", {"items": [node]})
        return id_of(node)

    def file_id(self) -> str:
        """Return the external id of a file that is about to be made."""
        self._files.append(self.external_id())
        return self._files[-1]

    def file(self, content: bytes | None = None) -> FileMetadata:
        """Return a new file in the data set, without content unless some is given."""
        external_id = self.file_id()
        fields: Json = {"external_id": external_id, "data_set_id": self.data_set, "mime_type": "image/jpeg"}
        if content is None:
            made, _ = self.client.files.create(FileMetadataWrite(name=f"{external_id}.jpg", **fields))
            return made
        return self.client.files.upload_bytes(content, name=f"{external_id}.jpg", **fields)

    def pipeline_id(self) -> str:
        """Return the external id of a pipeline that is about to be made."""
        self._pipelines.append(self.external_id())
        return self._pipelines[-1]

    def asset_id(self) -> str:
        """Return the external id of a classic asset that is about to be made."""
        self._assets.append(self.external_id())
        return self._assets[-1]

    def event_id(self) -> str:
        """Return the external id of an event that is about to be made."""
        self._events.append(self.external_id())
        return self._events[-1]

    def pipeline(self) -> str:
        """Return the external id of a new extraction pipeline."""
        external_id = self.pipeline_id()
        self.client.extraction_pipelines.create(
            ExtractionPipelineWrite(external_id=external_id, name=external_id, data_set_id=self.data_set)
        )
        return external_id

    def annotated(self, answer: Answer) -> Answer:
        """Note the annotations in an answer."""
        self._annotations += [each["id"] for each in answer.body.get("items", ()) if "id" in each]
        return answer

    def session(self, number: int) -> None:
        """Note a session."""
        self._sessions.append(number)

    # --- how it goes

    def remove(self) -> list[str]:
        """Delete all of it, and nothing else; return what could not be deleted, and why."""
        return [told for what, delete in self._removals() for told in _tried(what, delete)]

    def _removals(self) -> Iterator[tuple[str, Callable[[], None]]]:
        yield "annotations", self._remove_annotations
        yield "files", lambda: self._remove_by_external_id("/files", self._files)
        yield "extraction pipelines", lambda: self._remove_by_external_id("/extpipes", self._pipelines)
        yield "assets", lambda: self._remove_by_external_id("/assets", self._assets)
        yield "events", lambda: self._remove_by_external_id("/events", self._events)
        yield "sessions", self._revoke_sessions
        for space in self._spaces:
            yield f"space {space}", lambda space=space: self._remove_space(space)

    def _remove_annotations(self) -> None:
        files = [{"id": each["id"]} for each in self._known("/files", self._files)]
        found = set(self._annotations)
        for start in range(0, len(files), 1000):
            where = {"annotatedResourceType": "file", "annotatedResourceIds": files[start : start + 1000]}
            listed = self.get("/annotations/list", {"filter": where, "limit": 1000})["items"]
            found |= {each["id"] for each in listed}
        # One by one: a probe may have deleted some, and one unknown id would refuse them all.
        for number in found:
            self.ask("/annotations/delete", {"items": [{"id": number}]})

    def _remove_by_external_id(self, path: str, external_ids: Sequence[str]) -> None:
        ids = [{"id": each["id"]} for each in self._known(path, external_ids)]
        if ids and self.ask(f"{path}/delete", {"items": ids}).status != 200:
            for each in ids:  # so that one that has to stay keeps no other
                self.get(f"{path}/delete", {"items": [each]})
        if left := self._known(path, external_ids):
            raise TimeoutError(f"still there: {', '.join(each['externalId'] for each in left)}")

    def _known(self, path: str, external_ids: Sequence[str]) -> list[Json]:
        if not external_ids:
            return []
        wanted = [{"externalId": each} for each in external_ids]
        return self.get(f"{path}/byids", {"items": wanted, "ignoreUnknownIds": True})["items"]

    def _revoke_sessions(self) -> None:
        if self._sessions:
            self.client.iam.sessions.revoke(self._sessions)

    def _remove_space(self, space: str) -> None:
        item = {"items": [{"space": space}]}
        if self.get("/models/spaces/byids", item)["items"]:
            for kind in ("edge", "node"):
                self._remove_instances(space, kind)
            for kind in ("views", "containers"):
                self._remove_schema(space, kind)
            self.get("/models/spaces/delete", item)
            if self.get("/models/spaces/byids", item)["items"]:
                raise TimeoutError("still there")

    def _remove_instances(self, space: str, kind: str) -> None:
        where = {"equals": {"property": [kind, "space"], "value": space}}
        body = {"instanceType": kind, "filter": where, "limit": 1000}
        for _ in range(ROUNDS):
            found = self.get("/models/instances/list", body)["items"]
            if not found:
                return
            # Those that are the type of others last.
            typed = {each["type"]["externalId"] for each in found if each.get("type")}
            now = [each for each in found if each["externalId"] not in typed] or found
            ids = [{"instanceType": kind, **id_of(each)} for each in now]
            self.get("/models/instances/delete", {"items": ids})
        raise TimeoutError(f"{kind}s are still there")

    def _remove_schema(self, space: str, kind: str) -> None:
        found = self.get(f"/models/{kind}", params={"space": space, "limit": 1000})["items"]
        keys = ("space", "externalId", "version") if kind == "views" else ("space", "externalId")
        if found:
            items = [{key: each[key] for key in keys} for each in found]
            self.get(f"/models/{kind}/delete", {"items": items})


def _tried(what: str, delete: Callable[[], None]) -> Iterator[str]:
    try:
        delete()
    except Exception as error:  # noqa: BLE001 whatever it is, the rest has to go too
        yield f"{what} ({type(error).__name__}: {error})"


def id_of(item: Mapping[str, Any]) -> Json:
    """Return what names an instance among instances of its kind."""
    return {key: item[key] for key in ("space", "externalId")}
