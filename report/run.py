"""The report of a run in CDF, from what it has left there: work items, proposals, region files, audit rows.

State says what is now. What a later run has overwritten is shown as that run left it, and said.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, Self, cast

from cognite.client import CogniteClient
from cognite.client.data_classes.filters import Equals, Filter, In
from cognite.client.exceptions import CogniteAPIError, CogniteRequestError

from image360.catalog import list_images
from image360.catalog.image import Catalog, Image, IncompleteImage
from image360.catalog.selection import EVERYTHING, Selection
from image360.config import AnyConfig
from image360.download import download
from image360.errors import RequestError
from image360.geometry import FACES
from image360.nodes import StoredNode, list_nodes, relation_to
from image360.state.audit import Audit, AuditRow
from image360.state.ids import RUN_VIEW, WORK_ITEM_VIEW
from image360.state.pairs import Key
from image360.state.region_files import RegionFile, RegionFiles
from report.findings import Call, Costs, FaceFile, Funnel, Report, ReportImage
from report.rows import Matched, Proposed, left_alone, proposed_row

MOST_IMAGES = 24  # on a page, if nobody says otherwise: 150 pictures of faces at some 100 kB
PER_REQUEST = 100  # images that one filter names
NAMED = 10  # runs that an error names
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Item:
    """The state of one image, as its work item tells."""

    external_id: str
    image: Key
    collection: str
    state: str
    run: str
    content_version: str
    error: str
    region_file: str | None
    approved: int
    suggested: int
    changed: int

    @classmethod
    def of(cls, node: StoredNode) -> Self | None:
        """Read a node; None where it names no image."""
        image, given = node.relation_id("image"), node.properties
        if image is None:
            return None
        return cls(
            node.external_id,
            image.as_tuple(),
            node.text("collection") or "",
            node.text("state") or "",
            node.text("run") or "",
            node.text("contentVersion") or "",
            node.text("lastError") or "",
            node.relation("regionFile"),
            given.get("approved") or 0,
            given.get("suggested") or 0,
            node.changed,
        )


def report_of_run(
    client: CogniteClient, config: AnyConfig, run: str | None, most: int = MOST_IMAGES, tell: Tell = print
) -> Report:
    """Read what a run has left, or all runs together.

    Args:
        client: Of the project.
        config: Of the extraction pipeline.
        run: Its id; None: all that is in the state.
        most: Images that the page may show; those are taken on which most waits for a person.
        tell: Is told of the progress.

    Raises:
        RequestError: There is no such run.
        SetupError: CDF lacks something the config names.
    """
    return _Reading(client, config, run, tell).report(most)


@dataclass(frozen=True)
class _Reading:
    client: CogniteClient
    config: AnyConfig
    run: str | None
    tell: Tell

    @property
    def space(self) -> str:
        return self.config.state.space

    def report(self, most: int) -> Report:
        calls = self._calls()
        rows = Audit(self.client, self.space).of_run(self.run) if self.run else []
        items = self._items({row.pair.image for row in rows})
        if self.run and not (calls or rows or items):
            raise RequestError(f"there is no run '{self.run}' in space '{self.space}'{self._known()}")
        catalog = self._catalog(items) if self.run is None else None
        shown = _chosen(items, most)
        self.tell(f"{len(items)} images, of which the report shows {len(shown)}")
        images = self._images(shown, catalog or self._catalog(shown))
        if catalog is not None:
            images = [*images, *_unread(catalog, items)][:most]
        return Report(
            title=f"Run {self.run}" if self.run else f"Everything in {self.space}",
            images=tuple(images),
            funnel=_funnel(items, images, calls, is_all=len(shown) == len(items)),
            facts={
                "project": self.client.config.project,
                "project type": self.config.project_type,
                **({"run": self.run} if self.run else {}),
                **({"started": calls[0].started} if calls else {}),
                **_written(rows),
            },
            notes=tuple(_notes(items, shown, self.run)),
            costs=Costs(calls=tuple(calls)),
        )

    def _calls(self) -> list[Call]:
        where = Equals(RUN_VIEW.as_property_ref("run"), self.run).dump() if self.run else None
        found = [_call(node) for node in list_nodes(self.client, RUN_VIEW, [self.space], where)]
        return sorted(found, key=lambda call: call.started)

    def _known(self) -> str:
        calls = _Reading(self.client, self.config, None, self.tell)._calls()
        latest = list(dict.fromkeys(call.run for call in reversed(calls)))
        return f"; the latest are {', '.join(latest[:NAMED])}" if latest else ", and no other"

    def _items(self, written: Iterable[Key]) -> list[Item]:
        """The items of the run, and of the images that it has written on and a later run has worked on."""
        if self.run is None:
            return _latest(self._listed(None))
        ours = self._listed(Equals(WORK_ITEM_VIEW.as_property_ref("run"), self.run))
        known = {item.image for item in ours}
        others = sorted(image for image in written if image not in known)
        later: list[Item] = []
        for start in range(0, len(others), PER_REQUEST):
            relations = [relation_to(*image) for image in others[start : start + PER_REQUEST]]
            later += self._listed(In(WORK_ITEM_VIEW.as_property_ref("image"), relations))
        return sorted([*_latest(ours), *_latest(later)], key=lambda item: item.image)

    def _listed(self, where: Filter | None) -> list[Item]:
        nodes = list_nodes(
            self.client, WORK_ITEM_VIEW, [self.space], where.dump() if where is not None else None
        )
        return [item for node in nodes if (item := Item.of(node)) is not None]

    def _catalog(self, items: Sequence[Item]) -> Catalog:
        only = EVERYTHING if self.run is None else Selection(frozenset(item.image[1] for item in items))
        return list_images(self.client, self.config, only) if items or self.run is None else Catalog((), ())

    def _images(self, items: Sequence[Item], catalog: Catalog) -> list[ReportImage]:
        if not items:
            return []
        proposed = Proposed.on(self.client, self.space, [item.image for item in items])
        self.tell("reading the asset list")
        matched = Matched.of(self.client, self.config, proposed)
        files = RegionFiles(self.client, self.space).load([item.region_file or "" for item in items])
        there = {image.key: image for image in catalog.images}
        incomplete = {image.external_id: image for image in catalog.incomplete}
        return [
            self._image(item, file, there.get(item.image), incomplete.get(item.image[1]), proposed, matched)
            for item, file in zip(items, files, strict=True)
        ]

    def _image(
        self,
        item: Item,
        file: object,
        image: Image | None,
        incomplete: IncompleteImage | None,
        proposed: Proposed,
        matched: Matched,
    ) -> ReportImage:
        regions = file.text_regions() if isinstance(file, RegionFile) else []
        stored = proposed.of(item.external_id)
        rows = [proposed_row(each, regions, matched) for each in stored]
        return ReportImage(
            item.image[1],
            (*(row for row in rows if row is not None), *left_alone(item.image, regions, stored, matched)),
            about=_about(item, self.run, image),
            problem=_problem(item, file, image, incomplete),
            faces=partial(self._faces, image) if image else tuple[FaceFile, ...],
        )

    def _faces(self, image: Image) -> Iterator[FaceFile]:
        """Load the faces in one request; one by one where CDF refuses them for the sake of one."""
        self.tell(f"faces of {image.external_id}")
        try:
            contents = list(download(self.client, [image.faces[face].id for face in FACES]))
            yield from (FaceFile(face, content) for face, content in zip(FACES, contents, strict=True))
        except (CogniteAPIError, CogniteRequestError):
            for face in FACES:
                try:
                    (content,) = download(self.client, [image.faces[face].id])
                    yield FaceFile(face, content)
                except (CogniteAPIError, CogniteRequestError):
                    continue  # the page says that there is none


def _call(node: StoredNode) -> Call:
    given = node.properties
    counts = cast("Mapping[str, Any]", given.get("counts") or {})
    return Call(
        node.text("run") or "",
        node.text("step") or "",
        node.text("status") or "",
        (node.text("started") or "")[:19].replace("T", " "),
        given.get("seconds") or 0.0,
        {name: each for name, each in counts.items() if type(each) is int},
    )


def _latest(items: Iterable[Item]) -> list[Item]:
    """Of several contents of an image, the one that was worked on last."""
    latest = {item.image: item for item in sorted(items, key=lambda item: item.changed)}
    return [latest[image] for image in sorted(latest)]


def _chosen(items: Sequence[Item], most: int) -> list[Item]:
    """Those on which most waits for a person, then those with most links; in the order of their ids."""
    ordered = sorted(items, key=lambda item: (-item.suggested, -item.approved, item.image))
    return sorted(ordered[:most], key=lambda item: item.image)


def _unread(catalog: Catalog, items: Sequence[Item]) -> list[ReportImage]:
    """The images of the collections on which nothing has worked."""
    known = {item.image[1] for item in items}
    return [
        *(
            ReportImage(image.external_id, (), problem=f"not read: {image.reason}")
            for image in catalog.incomplete
            if image.external_id not in known
        ),
        *(
            ReportImage(image.external_id, (), problem="not read yet")
            for image in catalog.images
            if image.external_id not in known
        ),
    ]


def _funnel(
    items: Sequence[Item], images: Sequence[ReportImage], calls: Sequence[Call], *, is_all: bool
) -> Funnel:
    read = sum(call.counts.get("regions", 0) for call in calls if call.step == "match")
    left = sum(row.decision == "none" for image in images for row in image.rows)
    return Funnel(
        max(len(items), len(images)),
        read or None,
        sum(item.approved for item in items),
        sum(item.suggested for item in items),
        left if is_all else None,
    )


def _written(rows: Sequence[AuditRow]) -> dict[str, str]:
    names: dict[Literal["approve", "promote", "take_back", "gone"], str] = {
        "approve": "approvals written",
        "promote": "suggestions made approvals",
        "take_back": "approvals taken back",
        "gone": "found deleted by somebody",
    }
    counts = {name: sum(row.action == action for row in rows) for action, name in names.items()}
    return {name: str(count) for name, count in counts.items() if count}


def _notes(items: Sequence[Item], shown: Sequence[Item], run: str | None) -> Iterator[str]:
    if len(shown) < len(items):
        yield (
            f"{len(shown)} of {len(items)} images are shown, those on which most waits for a person; the "
            "counts are of all. What was left alone is counted only where it is shown. More by --images."
        )
    later = sum(run is not None and item.run != run for item in items)
    if later:
        yield (f"A later run has worked on {later} of the images: they are shown as that run has left them.")


def _about(item: Item, run: str | None, image: Image | None) -> str:
    said = [f"collection {item.collection}"] if item.collection else []
    if run is not None and item.run != run:
        said.append(f"as run {item.run} left it")
    if image is not None and item.content_version not in ("", image.content_version):
        said.append("its faces were replaced since it was read")
    return ", ".join(said)


def _problem(item: Item, file: object, image: Image | None, incomplete: IncompleteImage | None) -> str:
    if item.state == "failed":
        return item.error or "text detection failed"
    if incomplete is not None:
        return incomplete.reason
    if image is None:
        return "the image is no longer in CDF, or in no configured collection"
    if item.region_file is None:
        return f"not read yet: {item.state}"
    return "" if isinstance(file, RegionFile) else str(file or "what was read is not there yet")
