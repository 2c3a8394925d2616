"""Deleting instances."""

from collections.abc import Sequence
from typing import Any

from localcdf.data_modeling.instances import hierarchy, store
from localcdf.data_modeling.instances.body import InstanceDelete
from localcdf.data_modeling.instances.file_nodes import delete_files
from localcdf.data_modeling.instances.store import Instance
from localcdf.data_modeling.instances.versions import conflict, conflicts
from localcdf.data_modeling.references import canonical
from localcdf.data_modeling.schema import definitions
from localcdf.endpoint import Call
from localcdf.errors import CdfError
from localcdf.readings import Reading
from localcdf.rights import require

EDGES_TOLD = Reading(
    "edges-of-deleted-nodes",
    {
        "unsaid": "the edges that are deleted with their node are not in the answer",
        "told": "the edges that are deleted with their node are in the answer",
    },
)
TYPE_IN_USE = Reading(
    "type-in-use",
    {
        "400": "a node that is the type of instances cannot be deleted before them (400)",
        "deleted": "a node that is the type of instances can be deleted",
    },
)


def delete(call: Call) -> dict[str, Any]:
    """Delete instances; those that do not exist are left out of the answer."""
    for space in {each.space for each in call.body.items}:
        require(call, "dataModelInstancesAcl", "WRITE", space=space)
        definitions.open_space(call, space)
    return {"items": delete_instances(call, call.body.items, skip_conflicts=False)}


def delete_instances(
    call: Call, items: Sequence[InstanceDelete], *, skip_conflicts: bool
) -> list[dict[str, str]]:
    """Delete instances and the edges of deleted nodes; return which of ``items`` there were."""
    if not items:
        return []
    live = store.find_live(call.db, [each.ref for each in items])
    found: dict[str, InstanceDelete] = {}
    for each in items:
        stored = live.get(each.ref)
        if stored is None or stored.kind != each.instance_type:
            continue
        if conflicts(stored, each.existing_version):
            if not skip_conflicts:
                raise conflict(stored, each.existing_version)
        else:
            found[each.ref] = each
    gone = [live[ref] for ref in found]
    nodes = [each.id for each in gone]
    edges = _edges_of(call, nodes)
    ids = [*nodes, *edges]
    if call.reads(TYPE_IN_USE, "400"):
        _refuse_types_in_use(call, gone, ids)
    delete_files(call, gone)
    store.mark_deleted(call.db, ids, call.now)
    hierarchy.update_orphans(call, gone)
    told = [*gone, *(store.by_ids(call.db, edges) if call.reads(EDGES_TOLD, "told") else ())]
    return [{"instanceType": each.kind, "space": each.space, "externalId": each.external_id} for each in told]


def _edges_of(call: Call, nodes: Sequence[int]) -> list[int]:
    rows = call.db.execute(
        """
        SELECT id FROM dm_instance
        WHERE start_id IN (SELECT value FROM json_each(?1)) AND deleted_time IS NULL
        UNION
        SELECT id FROM dm_instance
        WHERE end_id IN (SELECT value FROM json_each(?1)) AND deleted_time IS NULL
        """,
        (canonical(list(nodes)),),
    )
    return [row["id"] for row in rows if row["id"] not in nodes]


def _refuse_types_in_use(call: Call, gone: Sequence[Instance], ids: Sequence[int]) -> None:
    row = call.db.execute(
        """
        SELECT * FROM dm_instance
        WHERE type IN (SELECT value FROM json_each(?)) AND deleted_time IS NULL
            AND id NOT IN (SELECT value FROM json_each(?)) LIMIT 1
        """,
        (canonical([each.ref for each in gone]), canonical(ids)),
    ).fetchone()
    if row:
        raise CdfError(
            400,
            f"{row['kind']} {row['space']}:{row['external_id']} has one of the nodes as its type: "
            "a type cannot be deleted before its instances",
        )
