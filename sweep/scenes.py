"""Where cases begin: the stations in a project, with what people and other apps have said and linked."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from cognite.client import CogniteClient

from demo.deploy import deploy
from demo.projects import PROJECTS
from stations.site import site_in
from sweep.calls import Call
from sweep.content import Names
from sweep.people import BLANK, People, by_sdk, corners_of, directions, names_in
from sweep.server import serving

PROJECT_TYPES = tuple(PROJECTS)
WORK = (Call("detect"), Call("match"))
ROUNDS: Mapping[str, Sequence[Call]] = {
    "first": WORK,
    "later": WORK,
    "undone": (Call("undo", {"run": "earlier"}), Call("match")),
    "released": (Call("release", {"run": "earlier"}), Call("match")),
    "linked": WORK,
}
"""What is called again and again, in this order, in each scene.

`first`: nothing has been done yet, but people and another app have been there. `later`: everything was done
once, and people have decided since. `undone`: one of two runs is to be taken back. `released`: one was, and
is let go on. `linked`: everything was done once.
"""


@dataclass(frozen=True)
class Scene:
    """A store as it is when a case begins, and what is to be known of it."""

    name: str
    project_type: str
    store: Path
    names: Names
    theirs: Sequence[str]  # the ids of what the functions may not touch

    @property
    def rounds(self) -> Sequence[Call]:
        """What is called again and again."""
        return ROUNDS[self.name]

    @property
    def status(self) -> str:
        """The project's data modeling status."""
        return PROJECTS[self.project_type].status

    def write(self) -> None:
        """Keep what is known beside the store."""
        told = {"names": asdict(self.names), "theirs": self.theirs}
        self.store.with_suffix(".json").write_text(json.dumps(told), "utf-8")


def scene_in(folder: Path, project_type: str, name: str) -> Scene:
    """Return a scene that is kept in a folder; it is set there if it is not yet."""
    store = folder / f"{name}_{project_type}"
    if not store.with_suffix(".json").exists():
        _set(folder, project_type, name, store).write()
    told = json.loads(store.with_suffix(".json").read_text("utf-8"))
    return Scene(name, project_type, store, Names(**told["names"]), told["theirs"])


def _set(folder: Path, project_type: str, name: str, store: Path) -> Scene:
    status = PROJECTS[project_type].status
    bare = folder / f"bare_{project_type}"
    if not bare.exists():
        with serving(folder / "nothing", bare, status, keep=True) as server:
            by_sdk(server, lambda client: _load(client, project_type, folder))
            server.advance(60)
    with serving(bare, store, status, keep=True) as server:
        names = Names(**by_sdk(server, lambda client: names_in(client, project_type)))
        theirs = SETTINGS[name](People(server, project_type, names))
        server.advance(60)
    return Scene(name, project_type, store, names, theirs)


def _load(client: CogniteClient, project_type: str, folder: Path) -> None:
    project, site = PROJECTS[project_type], site_in(folder / f"pictures_{project_type}")
    deploy(client, project.config("ocr"))
    project.upload_assets(client, site, lambda _count: None)
    project.upload_images(client, site, lambda _count: None)


def _ids(people: People) -> list[str]:
    """Return the ids of the links there are."""
    return [each.name for each in people.links()]


def _first(people: People) -> list[str]:
    """A decision of each kind, and links of another app: where the functions would write, and elsewhere."""
    people.link("station2", "asset-1042", "top", corners_of("station2", "top", "21-PT-1042"))
    people.link("station1", "valve-b", "back", BLANK)
    people.decide("station1", "vessel", "reject")
    people.decide("station1", "asset-1042", "approve", at=directions("front", BLANK))
    people.decide("station2", "vessel", "change", instead="valve-a")
    return _ids(people)


def _later(people: People) -> list[str]:
    """What was linked at first is rejected since, or is another asset; one more is approved."""
    people.link("station1", "valve-b", "back", BLANK)
    theirs = _ids(people)
    people.call(Call("detect", {"run": "earlier"}), Call("match", {"run": "earlier"}))
    people.decide("station1", "vessel", "reject")
    people.decide("station2", "asset-1019", "change", instead="asset-1020")
    people.decide("station1", "asset-1042", "approve", at=directions("front", BLANK))
    return theirs


def _undone(people: People) -> list[str]:
    """Two runs: the later one has approved by a decision what the earlier one had not."""
    people.link("station1", "valve-b", "back", BLANK)
    theirs = _ids(people)
    people.call(Call("detect", {"run": "earlier"}), Call("match", {"run": "earlier"}))
    people.decide("station1", "asset-1042", "approve", at=directions("front", BLANK))
    people.call(Call("match", {"run": "second"}))
    return theirs


def _released(people: People) -> list[str]:
    theirs = _undone(people)
    people.call(Call("undo", {"run": "earlier"}), Call("match"))
    return theirs


def _linked(people: People) -> list[str]:
    people.link("station1", "valve-b", "back", BLANK)
    theirs = _ids(people)
    people.call(Call("detect", {"run": "earlier"}), Call("match", {"run": "earlier"}))
    return theirs


SETTINGS: Mapping[str, Callable[[People], list[str]]] = {
    "first": _first,
    "later": _later,
    "undone": _undone,
    "released": _released,
    "linked": _linked,
}
