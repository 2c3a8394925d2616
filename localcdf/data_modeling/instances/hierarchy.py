"""The asset hierarchy: the platform keeps ``root`` and ``path`` of assets in step with their ``parent``."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from localcdf.data_modeling.instances import platform, store
from localcdf.data_modeling.instances.drafts import Draft
from localcdf.data_modeling.instances.platform import ASSET, system_container
from localcdf.data_modeling.instances.store import Instance
from localcdf.data_modeling.references import canonical, instance_of, ref_of, relation
from localcdf.data_modeling.schema.resolved import Schema
from localcdf.data_modeling.values import timestamp_of
from localcdf.endpoint import Call
from localcdf.errors import CdfError

PARENT, ROOT, PATH = "assetHierarchy_parent", "assetHierarchy_root", "assetHierarchy_path"
PATH_TIME = "assetHierarchy_path_last_updated_time"
MAX_DEPTH = 100  # how many assets a path may hold


@dataclass
class _Assets:
    """Assets by their refs, as far as they are known; only the affected ones get new paths."""

    ids: dict[str, int] = field(default_factory=dict)
    properties: dict[str, dict[str, Any]] = field(default_factory=dict)
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
    _update(call, container, moved)


def update_orphans(call: Call, deleted: Iterable[Instance]) -> None:
    """Bring the paths of those below deleted assets up to date."""
    container = system_container(Schema(call.db), ASSET).id
    _update(call, container, _children(call, container, [each.ref for each in deleted]))


def _update(call: Call, container: int, moved: list[str]) -> None:
    if not moved:
        return
    affected = dict.fromkeys(moved)
    level = moved
    while level := [ref for ref in _children(call, container, level) if ref not in affected]:
        affected |= dict.fromkeys(level)
    assets = _load(call, container, affected)
    changed = {}
    for ref in affected:
        path = _path(call, container, assets, ref)
        kept = [relation(each) for each in path]
        if assets.properties[ref].get(PATH) != kept:
            kept_properties = {PATH: kept, ROOT: kept[0], PATH_TIME: timestamp_of(call.now)}
            changed[assets.ids[ref]] = {container: kept_properties}
    platform.write(call, changed)


def _path(call: Call, container: int, assets: _Assets, ref: str) -> list[str]:
    """Return the refs from the root down to ``ref``."""
    below: list[str] = []
    above: str | None = ref
    while above is not None and above not in assets.paths:
        if above in below:
            raise CdfError(400, f"The asset {instance_of(ref)} would be its own ancestor: change its parent")
        below.append(above)
        if len(below) > MAX_DEPTH:
            raise CdfError(400, f"The asset {instance_of(ref)} lies more than {MAX_DEPTH} levels deep")
        above = _parent(assets.properties.get(above, {}))
        if above is not None and above not in assets.ids:
            _find_above(call, container, assets, above)
    path = list(assets.paths[above]) if above is not None else []
    for each in reversed(below):
        path = [*path, each]
        assets.paths[each] = path
    if len(path) > MAX_DEPTH:
        raise CdfError(400, f"The asset {instance_of(ref)} lies more than {MAX_DEPTH} levels deep")
    return path


def _find_above(call: Call, container: int, assets: _Assets, ref: str) -> None:
    """Learn of an asset that itself is not affected: its path stands. Whoever is no asset is a root."""
    found = _load(call, container, [ref])
    path = found.properties.get(ref, {}).get(PATH, [])
    assets.ids[ref] = found.ids.get(ref, 0)
    assets.paths[ref] = [ref_of(each["space"], each["externalId"]) for each in path] or [ref]


def _load(call: Call, container: int, refs: Iterable[str]) -> _Assets:
    nodes = store.find_live(call.db, refs)
    data = store.data_of(call.db, [each.id for each in nodes.values()], [container])
    properties = {ref: data[node.id].get(container, {}) for ref, node in nodes.items()}
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
