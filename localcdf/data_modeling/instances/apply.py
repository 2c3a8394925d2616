"""Writing instances: all of a request, or nothing."""

from collections.abc import Mapping, Sequence
from typing import Any

from localcdf.data_modeling.instances import hierarchy, store, uniqueness
from localcdf.data_modeling.instances.body import Apply
from localcdf.data_modeling.instances.deletion import delete_instances
from localcdf.data_modeling.instances.drafts import Draft, Writer
from localcdf.data_modeling.instances.file_nodes import sync_files
from localcdf.data_modeling.instances.store import Instance
from localcdf.data_modeling.instances.targets import missing_nodes
from localcdf.data_modeling.instances.versions import conflict, conflicts
from localcdf.data_modeling.schema import definitions
from localcdf.data_modeling.schema.resolved import Schema
from localcdf.endpoint import Call
from localcdf.errors import CdfError
from localcdf.readings import Reading
from localcdf.rights import allowed, require

SKIPPED = Reading(
    "skipped-items",
    {
        "left-out": "an item that is skipped for its version is not in the answer",
        "answered": "an item that is skipped for its version is answered with wasModified false",
    },
)
NAMED_TWICE = Reading(
    "instance-named-twice",
    {
        "400": "an instance that is named twice in a request is a 400",
        "last-counts": "of an instance that is named twice in a request the last item counts",
    },
)


def apply(call: Call) -> dict[str, Any]:
    """Create, patch or replace instances and delete others."""
    body: Apply = call.body
    _check_request(call, body)
    refs = [write.reference.ref for write in body.items]
    deleted = delete_instances(call, body.delete, skip_conflicts=body.skip_on_version_conflict)
    existing = store.find_live(call.db, refs)
    _check_rights(call, body, existing)
    writer = Writer(call, Schema.of_caller(call), body.replace)
    data = store.data_of(call.db, [each.id for each in existing.values()])
    drafts: dict[str, Draft] = {}
    for write, ref in zip(body.items, refs, strict=True):
        old = existing.get(ref)
        if old and conflicts(old, write.existing_version):
            if not body.skip_on_version_conflict:
                raise conflict(old, write.existing_version)
        else:
            drafts[ref] = writer.draft(write, old, data[old.id] if old else {})
    stored = _store(call, list(drafts.values()), body)
    told = refs if call.reads(SKIPPED, "answered") else [ref for ref in refs if ref in drafts]
    return {
        "items": [_slim(stored.get(ref) or existing[ref], was_modified=ref in stored) for ref in told],
        "deleted": deleted,
    }


def _check_request(call: Call, body: Apply) -> None:
    named = [each.reference.ref for each in body.items] + [each.ref for each in body.delete]
    if len(set(named)) < len(named) and call.reads(NAMED_TWICE, "400"):
        raise CdfError(400, "An instance is named twice in one request")
    for space in {each.space for each in (*body.items, *body.delete)}:
        definitions.open_space(call, space)
    for each in body.delete:
        require(call, "dataModelInstancesAcl", "WRITE", space=each.space)


def _check_rights(call: Call, body: Apply, existing: Mapping[str, Instance]) -> None:
    """Refuse a write that the caller may not make; to write to what is there already takes less."""
    properties = allowed(call, "dataModelInstancesAcl", "WRITE_PROPERTIES")
    for each in body.items:
        if each.reference.ref not in existing or not properties.covers(space=each.space):
            require(call, "dataModelInstancesAcl", "WRITE", space=each.space)


def _store(call: Call, drafts: Sequence[Draft], body: Apply) -> dict[str, Instance]:
    """Store what changes, the nodes that it needs and what the platform keeps; return what was changed."""
    created = missing_nodes(call, drafts, body)
    for each in created:
        require(call, "dataModelInstancesAcl", "WRITE", space=each.space)
    changed = [each for each in drafts if each.is_changed]
    saved = store.save(call.db, [*created, *(each.instance for each in changed)], call.now)[len(created) :]
    by_id = {instance.id: draft for instance, draft in zip(saved, changed, strict=True)}
    store.save_data(call.db, {id_: draft.changed_data for id_, draft in by_id.items()})
    uniqueness.claim(call, by_id)
    hierarchy.update_paths(call, by_id)
    sync_files(call, by_id)
    return {each.ref: each for each in saved}


def _slim(instance: Instance, *, was_modified: bool) -> dict[str, Any]:
    return {
        "instanceType": instance.kind,
        "space": instance.space,
        "externalId": instance.external_id,
        "version": instance.version,
        "wasModified": was_modified,
        "createdTime": instance.created_time,
        "lastUpdatedTime": instance.last_updated_time,
    }
