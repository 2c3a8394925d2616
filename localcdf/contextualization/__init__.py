"""Assets on 360° images of the core data model: annotations that a service makes (beta)."""

from typing import Any

from localcdf.answer import json_answer
from localcdf.contextualization.links import LINK, UNLINK, is_linked
from localcdf.contextualization.models import Config, Contextualize, Delete, Item
from localcdf.contextualization.naming import check_config, check_rights, sound_pairs
from localcdf.contextualization.readings import (
    ABSENT,
    CONFIG_FORM,
    EFFECT,
    ITEMS,
    NUMBERS,
    OBJECT,
    PAIR,
    REMOVAL,
    REPEAT,
)
from localcdf.data_modeling.references import instance_of, relation
from localcdf.endpoint import Call, Endpoint
from localcdf.errors import CdfError
from localcdf.project import REFUSAL, require_data_modeling_only

LATE = 2000  # milliseconds from the answer to the effect


def contextualize(call: Call) -> Any:
    """Link assets to images."""
    return _carry_out(call, delete=False)


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
RIGHTS = ("dataModelsAcl:READ", "dataModelInstancesAcl:READ", "dataModelInstancesAcl:WRITE")
SHARED = (
    ITEMS,
    EFFECT,
    CONFIG_FORM,
    REFUSAL,
    "the caller reads cdf_cdm, cdf_cdm_3d, assets, images and collection, and writes the spaces and assets",
    "without the beta header it is a 404",
    "a space, asset, image or collection that is not there, or an image of another collection, is a 400",
)
ENDPOINTS = [
    Endpoint(
        "POST",
        "/3d/contextualization/image360",
        contextualize,
        Contextualize,
        writes=True,
        beta=True,
        rights=RIGHTS,
        assumed=(
            REPEAT,
            PAIR,
            OBJECT,
            NUMBERS,
            *SHARED,
            "phi beyond [0, pi] and theta beyond [0, 2 pi] are a 400",
            "external ids are random; an edge has the name of its asset and the status Approved",
        ),
    ),
    Endpoint(
        "POST",
        "/3d/contextualization/image360/delete",
        delete,
        Delete,
        writes=True,
        beta=True,
        rights=RIGHTS,
        assumed=(REMOVAL, ABSENT, *SHARED, "every annotation of the pair goes, each with all its polygons"),
    ),
]
SCHEMA = ""
TASKS = (LINK, UNLINK)
