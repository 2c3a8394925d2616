"""Assets on 360° images of the core data model: annotations that a service makes (beta)."""

from collections.abc import Sequence
from typing import Any

from localcdf.answer import json_answer
from localcdf.contextualization.links import LINK, UNLINK, is_linked
from localcdf.contextualization.models import Config, Contextualize, Delete, Item, check_angles
from localcdf.contextualization.naming import check_config, check_rights, sound_pairs
from localcdf.contextualization.readings import (
    ABSENT,
    ANGLES,
    CONFIG_FORM,
    EDGE,
    EFFECT,
    FOREIGN,
    ITEMS,
    NUMBERS,
    OBJECT,
    PAIR,
    REMOVAL,
    REPEAT,
    RIGHTS,
)
from localcdf.data_modeling.references import instance_of, relation
from localcdf.endpoint import Call, Endpoint
from localcdf.errors import CdfError
from localcdf.project import REFUSAL, require_data_modeling_only
from localcdf.records import UNKNOWN_IDS

LATE = 2000  # milliseconds from the answer to the effect


def contextualize(call: Call) -> Any:
    """Link assets to images."""
    if call.reads(ANGLES, "refused"):
        _refuse_angles(call.body.items)
    return _carry_out(call, delete=False)


def _refuse_angles(items: Sequence[Item]) -> None:
    for number, item in enumerate(items):
        try:
            check_angles(item.polygon.data)
        except ValueError as error:
            raise CdfError(400, f"items[{number}].polygon.data: {error}") from error


def delete(call: Call) -> Any:
    """Take back all links between assets and images."""
    return _carry_out(call, delete=True)


def _carry_out(call: Call, *, delete: bool) -> Any:
    require_data_modeling_only(call)
    config: Config = call.body.dms_contextualization_config
    check_rights(call, config, call.body.items)
    check_config(call, config)
    pairs, refusal = sound_pairs(call, call.body.items, config.collection.ref)
    if refusal and (call.reads(ITEMS, "all-or-none") or not pairs):
        raise refusal
    if delete:
        _refuse_absent(call, [each.refs for each in pairs], config.contextualization_space)
    task = UNLINK if delete else LINK
    task.after(
        call,
        LATE if call.reads(EFFECT, "late") else 0,
        objectSpace=config.object_3d_space,
        space=config.contextualization_space,
        collection=config.collection.external_id,
        items=[
            {"asset": each.refs[0], "image": each.refs[1]}
            | ({"numbers": each.polygon.data} if isinstance(each, Item) else {})
            for each in pairs
        ],
    )
    return json_answer(refusal.envelope(), refusal.code) if refusal else {}


def _refuse_absent(call: Call, pairs: list[tuple[str, str]], space: str) -> None:
    if call.reads(ABSENT, "passed-over"):
        return
    absent = [each for each in pairs if not is_linked(call, each, space)]
    if absent:
        named = ", ".join(f"{instance_of(asset)} on {instance_of(image)}" for asset, image in absent)
        raise CdfError(
            400,
            f"There is no annotation of {named} in space {space}",
            missing=[
                {"asset": {"instanceId": relation(asset)}, "image360": {"instanceId": relation(image)}}
                for asset, image in absent
            ],
        )


# Inferred: the reference names none. The service reads assets and images, and writes nodes and edges.
NEEDED = ("dataModelsAcl:READ", "dataModelInstancesAcl:READ", "dataModelInstancesAcl:WRITE")
SHARED = (
    ITEMS,
    EFFECT,
    CONFIG_FORM,
    RIGHTS,
    FOREIGN,
    REFUSAL,
    UNKNOWN_IDS,
)
ENDPOINTS = [
    Endpoint(
        "POST",
        "/3d/contextualization/image360",
        contextualize,
        Contextualize,
        writes=True,
        beta=True,
        rights=NEEDED,
        assumed=(REPEAT, PAIR, OBJECT, EDGE, NUMBERS, ANGLES, *SHARED),
    ),
    Endpoint(
        "POST",
        "/3d/contextualization/image360/delete",
        delete,
        Delete,
        writes=True,
        beta=True,
        rights=NEEDED,
        assumed=(REMOVAL, ABSENT, *SHARED),
    ),
]
SCHEMA = ""
TASKS = (LINK, UNLINK)
