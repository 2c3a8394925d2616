"""What is in a store: without times, versions, ids that the server makes, leases and run records."""

import json
from collections import Counter
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from demo.deploy import STATE_SPACE
from image360.state.ids import (
    AUDIT_VIEW,
    DECISION_VIEW,
    DECISIONS_SPACE,
    HOLD_VIEW,
    PROPOSAL_VIEW,
    WORK_ITEM_VIEW,
)
from sweep.server import Server

Json = dict[str, Any]
# Of a work item: who holds it, how often it was tried, and in which run it was worked on last.
PASSING = ("leaseOwner", "leaseUntil", "attempts", "run")
VISUALIZABLE = ("cdf_cdm", "CogniteVisualizable", "v1")
EDGE_VIEW = ("cdf_cdm", "Cognite360ImageAnnotation", "v1")
DIGITS = 6
PLACE_DIGITS = 3  # what is nearer than that is one place


@dataclass(frozen=True)
class Names:
    """What the ids that CDF has made in a project stand for; a project without face files has none."""

    files: Mapping[str, str]  # the external id of each face file, by its id
    assets: Mapping[str, str]


@dataclass(frozen=True)
class Content:
    """What a store holds.

    Args:
        links: Links that the functions have made: what is linked where, and what is said there. An edge has
            as many as it has polygons.
        others: Links of people and other apps as they are, and decisions, with versions and times.
        items: Work items by what they are of: image and content.
        proposals: By what they say: image, asset and place.
        audited: The pairs of which an audit row tells that a link was written.
    """

    links: Counter[tuple[str, str]]
    others: Mapping[str, str]
    items: Mapping[str, tuple[str, ...]]
    proposals: Mapping[str, tuple[str, ...]]
    holds: Counter[str]
    audited: frozenset[str]
    rejected: frozenset[str]  # pairs
    linked: frozenset[str]  # pairs with a link of the functions
    proposed: frozenset[str]  # pairs


def content_of(server: Server, project_type: str, names: Names, theirs: Container[str]) -> Content:
    """Read what a store holds; the links whose ids are in `theirs` are those of people and other apps."""
    decisions = _nodes(server, DECISION_VIEW.as_tuple(), DECISIONS_SPACE)
    kept = {f"decision {each['externalId']}": _text(each) for each in decisions}
    links: list[tuple[str, str]] = []
    linked: set[str] = set()
    for each in links_in(server, project_type, names):
        if each.name in theirs:
            kept[each.name] = each.raw
        else:
            links += each.links
            linked.add(each.pair)
    proposals = [_properties(each) for each in _nodes(server, PROPOSAL_VIEW.as_tuple())]
    audit = [_properties(each) for each in _nodes(server, AUDIT_VIEW.as_tuple())]
    holds = [_properties(each) for each in _nodes(server, HOLD_VIEW.as_tuple())]
    return Content(
        Counter(links),
        kept,
        _grouped(_items(server)),
        _grouped(_proposals(proposals)),
        Counter(f"{_pair(each, names)} {each['run']}" for each in holds),
        frozenset(_pair(each, names) for each in audit if each["action"] != "take_back" and _is_whole(each)),
        frozenset(_pair(said, names) for said in map(_properties, decisions) if said["verdict"] != "approve"),
        frozenset(linked),
        frozenset(_pair(each, names) for each in proposals),
    )


def _items(server: Server) -> Iterator[tuple[str, Json]]:
    for node in _nodes(server, WORK_ITEM_VIEW.as_tuple()):
        said = _properties(node)
        told = {name: value for name, value in said.items() if name not in PASSING}
        yield f"{said['image']['externalId']} {said['contentVersion']}", told


def _proposals(proposals: list[Json]) -> Iterator[tuple[str, Json]]:
    for said in proposals:
        asset = said.get("asset") or said.get("classicAsset")
        yield _text([said["image"], asset, said["regions"], said["polygon"]]), said


def _grouped(named: Iterator[tuple[str, Json]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name, said in named:
        found[name] = tuple(sorted((*found.get(name, ()), _text(said))))
    return found


@dataclass(frozen=True)
class LinkRead:
    """An annotation or an edge: its id, its pair, its links, and all that it says."""

    name: str
    pair: str
    links: Sequence[tuple[str, str]]
    raw: str


def links_in(server: Server, project_type: str, names: Names) -> list[LinkRead]:
    """Read every annotation on the faces, or every edge, whoever made it."""
    return list(_edges(server) if project_type == "data_modeling" else _annotations(server, names))


def _annotations(server: Server, names: Names) -> Iterator[LinkRead]:
    """Yield each annotation on a face."""
    ids = [{"id": int(each)} for each in names.files]
    body = {"filter": {"annotatedResourceType": "file", "annotatedResourceIds": ids}, "limit": 1000}
    for each in server.post("/annotations/list", body)["items"]:
        data = dict(each["data"])
        reference = data.pop("instanceRef", None) or data.pop("assetRef")
        asset = reference.get("externalId") or names.assets[str(reference["id"])]
        file = names.files[str(each["annotatedResourceId"])]
        pair = f"{file.rpartition('_')[0]} {asset}"
        place = _text([file, _rounded(data.pop("objectRegion"), PLACE_DIGITS)])
        said = _text([each["status"], each["annotationType"], each["creatingApp"], _rounded(data)])
        yield LinkRead(f"link {each['id']}", pair, [(f"{pair} {place}", said)], _text(each))


def _edges(server: Server) -> Iterator[LinkRead]:
    """Yield each annotation edge, with the asset whose object it starts from."""
    assets = {
        _key(said["object3D"]): each["externalId"]
        for each in _nodes(server, VISUALIZABLE, None)
        if (said := _properties(each)).get("object3D")
    }
    for each in _instances(server, EDGE_VIEW, None, "edge"):
        said = _properties(each)
        pair = f"{each['endNode']['externalId']} {assets.get(_key(each['startNode']), 'no asset')}"
        told = _text([said.get("status"), said.get("formatVersion")])
        links = [(f"{pair} {_rounded(block, PLACE_DIGITS)}", told) for block in _blocks(said["polygon"])]
        yield LinkRead(f"link {_key(each)}", pair, links, _text(each))


def _blocks(numbers: Sequence[float]) -> Iterator[Sequence[float]]:
    """Cut the numbers of an edge into its polygons; each begins with how many corners it has."""
    start = 0
    while start < len(numbers):
        end = start + 1 + 2 * int(numbers[start])
        yield numbers[start:end]
        start = end


def _is_whole(row: Json) -> bool:
    """Whether an audit row tells of places."""
    return bool(row["places"]["places"])


def _pair(said: Json, names: Names) -> str:
    classic = said.get("classicAsset")
    asset = names.assets[str(classic)] if classic else said["asset"]["externalId"]
    return f"{said['image']['externalId'].rpartition('/')[2]} {asset}"


def _nodes(server: Server, view: tuple[str, str, str | None], space: str | None = STATE_SPACE) -> list[Json]:
    return _instances(server, view, space, "node")


def _instances(server: Server, view: tuple[str, str, str | None], space: str | None, kind: str) -> list[Json]:
    source = {"type": "view", "space": view[0], "externalId": view[1], "version": view[2]}
    body: Json = {"instanceType": kind, "sources": [{"source": source}], "limit": 1000}
    if space is not None:
        body["filter"] = {"equals": {"property": [kind, "space"], "value": space}}
    found = server.post("/models/instances/list", body)["items"]
    assert len(found) < 1000, "more than a page"
    return found


def _properties(instance: Json) -> Json:
    (views,) = instance["properties"].values()
    (said,) = views.values()
    return said


def _key(instance: Json) -> str:
    return f"{instance['space']}/{instance['externalId']}"


def _rounded(value: Any, digits: int = DIGITS) -> Any:
    if isinstance(value, float):
        return round(value, digits)
    if isinstance(value, list):
        return [_rounded(each, digits) for each in value]
    if isinstance(value, dict):
        return {name: _rounded(each, digits) for name, each in value.items()}
    return value


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
