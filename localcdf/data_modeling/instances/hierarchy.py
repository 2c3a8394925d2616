"""The asset hierarchy: the platform keeps their ``root`` and ``path`` in step with ``parent``, if late."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from localcdf.agenda import Task
from localcdf.data_modeling.instances import platform, store
from localcdf.data_modeling.instances.drafts import Draft
from localcdf.data_modeling.instances.platform import ASSET, system_container
from localcdf.data_modeling.instances.store import Instance
from localcdf.data_modeling.references import canonical, instance_of, ref_of, relation
from localcdf.data_modeling.schema.resolved import Schema
from localcdf.data_modeling.values import timestamp_of
from localcdf.endpoint import Call
from localcdf.errors import CdfError
from localcdf.readings import Reading

PARENT, ROOT, PATH = "assetHierarchy_parent", "assetHierarchy_root", "assetHierarchy_path"
PATH_TIME = "assetHierarchy_path_last_updated_time"
MAX_DEPTH = 100  # how many assets a path may hold


CIRCLE = Reading(
    "asset-circle",
    {
        "400": "an asset that would be its own ancestor, or lie more than 100 levels deep, is a 400",
        "no-path": "an asset that is its own ancestor, or lies more than 100 levels deep, gets no path",
    },
)
LATE = Reading(
    "asset-path-after",
    {
        "1000": "path and root of assets come a second after the write that they follow from",
        "0": "path and root of assets come with the write that they follow from",
    },
)


class _NoPathError(Exception):
    """An asset has no path from a root."""


@dataclass
class _Assets:
    """Nodes by their refs, as far as they are known; who is no asset has no properties, and is a root."""

    ids: dict[str, int] = field(default_factory=dict)
    properties: dict[str, dict[str, Any]] = field(default_factory=dict)  # of those whose paths are wanted
    above: dict[str, dict[str, Any]] = field(default_factory=dict)  # of their further ancestors
    paths: dict[str, list[str]] = field(default_factory=dict)


def update_paths(call: Call, stored: Mapping[int, Draft]) -> None:
    """Bring the paths of written assets, and of all below them, up to date."""
    container = system_container(Schema(call.db), ASSET).id
    moved = [
        draft.instance.ref
        for draft in stored.values()
        if container in draft.changed_data
        and (
            container not in draft.old_data
            or _parent(draft.old_data[container]) != _parent(draft.data[container])
        )
    ]
    if call.reads(CIRCLE, "400"):
        _check(call, container, moved)
    _plan(call, moved)


def update_orphans(call: Call, deleted: Iterable[Instance]) -> None:
    """Bring the paths of those below deleted assets up to date."""
    container = system_container(Schema(call.db), ASSET).id
    _plan(call, _children(call, container, [each.ref for each in deleted]))


def _plan(call: Call, moved: list[str]) -> None:
    if moved:
        PATHS.after(call, call.delay(LATE), moved=moved)


def _check(call: Call, container: int, moved: list[str]) -> None:
    assets = _with_all_below(call, container, moved)
    for ref in assets.properties:
        try:
            _path(call, container, assets, ref)
        except _NoPathError as error:
            raise CdfError(400, f"{error}: change its parent") from error


def _update(call: Call, work: dict[str, Any]) -> None:
    """Work out the paths of assets that moved, and of all below them, as far as they are still there."""
    container = system_container(Schema(call.db), ASSET).id
    assets = _with_all_below(call, container, work["moved"])
    changed = {}
    for ref in list(assets.properties):
        try:
            path = _path(call, container, assets, ref)
        except _NoPathError:
            continue
        kept = [relation(each) for each in path]
        if assets.properties[ref].get(PATH) != kept:
            kept_properties = {PATH: kept, ROOT: kept[0], PATH_TIME: timestamp_of(call.now)}
            changed[assets.ids[ref]] = {container: kept_properties}
    platform.write(call, changed)


PATHS = Task("asset-paths", _update)


def _with_all_below(call: Call, container: int, moved: list[str]) -> _Assets:
    affected = dict.fromkeys(moved)
    level = moved
    while level := [ref for ref in _children(call, container, level) if ref not in affected]:
        affected |= dict.fromkeys(level)
    return _load(call, container, affected)


def _path(call: Call, container: int, assets: _Assets, ref: str) -> list[str]:
    """Return the refs from the root down to ``ref``."""
    below: list[str] = []
    above: str | None = ref
    while above is not None and above not in assets.paths:
        if above in below:
            raise _NoPathError(f"The asset {instance_of(ref)} would be its own ancestor")
        below.append(above)
        if len(below) > MAX_DEPTH:
            raise _NoPathError(f"The asset {instance_of(ref)} lies more than {MAX_DEPTH} levels deep")
        above = _parent_of(call, container, assets, above)
    path = list(assets.paths[above]) if above is not None else []
    for each in reversed(below):
        path = [*path, each]
        assets.paths[each] = path
    if len(path) > MAX_DEPTH:
        raise _NoPathError(f"The asset {instance_of(ref)} lies more than {MAX_DEPTH} levels deep")
    return path


def _parent_of(call: Call, container: int, assets: _Assets, ref: str) -> str | None:
    """Return the parent of a node, which is looked up if need be."""
    if ref not in assets.ids:
        found = _load(call, container, [ref])
        assets.ids[ref] = found.ids.get(ref, 0)
        assets.above |= found.properties
    return _parent(assets.properties.get(ref) or assets.above.get(ref, {}))


def _load(call: Call, container: int, refs: Iterable[str]) -> _Assets:
    nodes = store.find_live(call.db, refs)
    data = store.data_of(call.db, [each.id for each in nodes.values()], [container])
    properties = {ref: data[node.id][container] for ref, node in nodes.items() if container in data[node.id]}
    return _Assets({ref: node.id for ref, node in nodes.items()}, properties)


def _children(call: Call, container: int, refs: list[str]) -> list[str]:
    rows = call.db.execute(
        f"""
        SELECT child.ref FROM dm_data AS d JOIN dm_instance AS child ON child.id = d.instance
        WHERE d.container = ? AND child.deleted_time IS NULL
            AND json_extract(d.properties, '$."{PARENT}"') IN (SELECT value FROM json_each(?))
        """,  # noqa: S608
        (container, canonical(refs)),
    )
    return [row["ref"] for row in rows]


def _parent(properties: Mapping[str, Any]) -> str | None:
    parent = properties.get(PARENT)
    return ref_of(parent["space"], parent["externalId"]) if parent else None
