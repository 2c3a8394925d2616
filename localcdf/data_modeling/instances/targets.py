"""The nodes that writes point to: they exist, are made on the way, or the write is refused."""

import sqlite3
from collections.abc import Iterable, Sequence

from localcdf.data_modeling.instances import store
from localcdf.data_modeling.instances.body import Apply
from localcdf.data_modeling.instances.drafts import Draft, Target
from localcdf.data_modeling.instances.store import Data, Instance
from localcdf.data_modeling.references import instance_of, relation
from localcdf.data_modeling.schema import definitions
from localcdf.endpoint import Call
from localcdf.errors import CdfError
from localcdf.readings import Reading
from localcdf.rights import allowed, lacking

SAME_REQUEST = Reading(
    "relation-target-in-same-request",
    {
        "400": "the target of a relation with a container must have data in it before the request",
        "accepted": "the target of a relation with a container may get its data in it by the same request",
    },
)
MISSING_TARGET = Reading(
    "missing-target",
    {
        "409": "a relation to a node that does not exist and may not be made is a 409",
        "400": "a relation to a node that does not exist and may not be made is a 400",
    },
)

READ_ONLY_TARGET = Reading(
    "relation-into-read-only-space",
    {
        "403": "a relation into a space that the caller may only read is refused, unless "
        "autoCreateDirectRelations is false; so is one to a node that is there",
        "if-missing": "a relation into a space that the caller may only read is refused if its target would "
        "have to be made",
    },
)


def missing_nodes(call: Call, drafts: Sequence[Draft], body: Apply) -> list[Instance]:
    """Return the nodes to make besides the drafts; a target that may not be missing is refused.

    A relation that demands data in a container demands it of a node that is there already, or that the
    request makes.
    """
    db = call.db
    targets = [target for draft in drafts for target in draft.targets]
    if body.auto_create_direct_relations and call.reads(READ_ONLY_TARGET, "403"):
        _check_spaces(call, [target for target in targets if target.is_relation])
    ends = [
        *_ends(drafts, "start", body.auto_create_start_nodes),
        *_ends(drafts, "end", body.auto_create_end_nodes),
    ]
    wanted = {target.ref for target in targets} | {ref for ref, *_ in ends}
    live = store.find_live(db, wanted)
    kinds = {ref: each.kind for ref, each in live.items()} | {
        each.instance.ref: each.instance.kind for each in drafts
    }
    _refuse_edges(
        [*((each.ref, each.where) for each in targets), *((ref, where) for ref, where, _ in ends)], kinds
    )
    here = {} if call.reads(SAME_REQUEST, "400") else {each.instance.ref: each.data for each in drafts}
    _check_containers(db, [target for target in targets if target.container], live, here)
    create = {
        target.ref: (target.where, body.auto_create_direct_relations)
        for target in targets
        if target.ref not in kinds
    }
    for ref, where, may_be_made in ends:
        if ref not in kinds:
            create[ref] = (where, may_be_made or create.get(ref, ("", False))[1])
    return [_new_node(call, ref, where, allowed=allowed) for ref, (where, allowed) in create.items()]


def _ends(drafts: Iterable[Draft], side: str, allowed: bool) -> list[tuple[str, str, bool]]:
    edges = [each.instance for each in drafts if each.instance.kind == "edge"]
    return [
        (getattr(edge, f"{side}_node"), f"edge {edge.space}:{edge.external_id}: {side}Node", allowed)
        for edge in edges
    ]


def _refuse_edges(pointers: Iterable[tuple[str, str]], kinds: dict[str, str]) -> None:
    for ref, where in pointers:
        if kinds.get(ref) == "edge":
            raise CdfError(400, f"{where} points to {instance_of(ref)}, which is an edge")


def _check_spaces(call: Call, targets: Iterable[Target]) -> None:
    """Refuse relations that would make their targets where the caller may only read (API reference)."""
    reach = allowed(call, "dataModelInstancesAcl", "WRITE")
    for target in targets:
        space = relation(target.ref)["space"]
        if not reach.covers(space=space):
            refusal = lacking("dataModelInstancesAcl:WRITE", space=space)
            raise CdfError(
                403,
                f"{refusal.message}: {target.where} points there, and autoCreateDirectRelations is not false",
            )


def _check_containers(
    db: sqlite3.Connection, targets: Sequence[Target], live: dict[str, Instance], here: dict[str, Data]
) -> None:
    data = store.data_of(db, [each.id for each in live.values()]) if targets else {}
    for target in targets:
        node = live.get(target.ref)
        found = here.get(target.ref, {}) | (data[node.id] if node else {})
        if target.container and target.container.id not in found:
            raise CdfError(
                400,
                f"{target.where} points to {instance_of(target.ref)}, which must exist before, "
                f"with data in the {target.container.body}",
            )


def _new_node(call: Call, ref: str, where: str, *, allowed: bool) -> Instance:
    if not allowed:
        code = 409 if call.reads(MISSING_TARGET, "409") else 400
        raise CdfError(
            code, f"{where} points to {instance_of(ref)}, which does not exist and may not be made"
        )
    named = relation(ref)
    try:
        definitions.open_space(call, named["space"])
    except CdfError as refusal:
        raise CdfError(refusal.code, f"{where} points to {instance_of(ref)}: {refusal.message}") from refusal
    return Instance("node", named["space"], named["externalId"])
