"""What a request names: spaces, a collection, and assets and images that must be there."""

from collections.abc import Iterable, Sequence
from typing import Any

from localcdf.contextualization.models import Config, Pair
from localcdf.contextualization.readings import CONFIG_FORM, FOREIGN, RIGHTS
from localcdf.data_modeling.instances import store
from localcdf.data_modeling.instances.platform import ASSET, system_container
from localcdf.data_modeling.references import Key, instance_of, ref_of, relation
from localcdf.data_modeling.schema import definitions
from localcdf.data_modeling.schema.resolved import Schema
from localcdf.endpoint import Call
from localcdf.errors import CdfError
from localcdf.records import UNKNOWN_IDS
from localcdf.rights import require

IMAGE: Key = ("cdf_cdm_3d", "Cognite360Image", "")
REVISION: Key = ("cdf_cdm_3d", "Cognite3DRevision", "")


def check_config(call: Call, config: Config) -> None:
    """Refuse spaces that are not there or nobody may write to, and what is no collection of images."""
    if config.revision is None and call.reads(CONFIG_FORM, "revision"):
        raise CdfError(400, "dmsContextualizationConfig.revision is needed: revisionInstanceId is deprecated")
    for space in (config.object_3d_space, config.contextualization_space):
        _check_space(call, space)
    collection = config.collection.ref
    revision = _data_in(call, REVISION, [collection]).get(collection)
    if revision is None or revision.get("type") != "Image360":
        raise CdfError(
            _code(call),
            f"The revision {instance_of(collection)} is no Cognite360ImageCollection of type Image360",
            missing=[{"instanceId": relation(collection)}],
        )


def check_rights(call: Call, config: Config, pairs: Sequence[Pair]) -> None:
    """Refuse a caller who may not read what is named, or not write where the service writes."""
    assets = {each.asset.instance_id.space for each in pairs}
    images = {each.image360.instance_id.space for each in pairs}
    written = {config.object_3d_space, config.contextualization_space}
    read = assets | images | {config.collection.space}
    if call.reads(RIGHTS, "config-spaces"):
        read = set()
    else:
        written |= assets
    for space in sorted(read):
        require(call, "dataModelInstancesAcl", "READ", space=space)
    for space in sorted(written):
        require(call, "dataModelInstancesAcl", "WRITE", space=space)
    for space in ("cdf_cdm", "cdf_cdm_3d"):
        require(call, "dataModelsAcl", "READ", space=space)


def sound_pairs(call: Call, pairs: Sequence[Pair], collection: str) -> tuple[list[Pair], CdfError | None]:
    """Return the pairs of an asset and an image of the collection, and the refusal of the others."""
    assets = _data_in(call, ASSET, (each.refs[0] for each in pairs))
    images = _data_in(call, IMAGE, (each.refs[1] for each in pairs))
    foreign = {
        ref
        for ref, image in images.items()
        if (of := image.get("collection360")) is None or ref_of(of["space"], of["externalId"]) != collection
        if call.reads(FOREIGN, "refused")
    }
    missing = dict.fromkeys(
        ref
        for each in pairs
        for ref, known in zip(each.refs, (assets, images), strict=True)
        if ref not in known or ref in foreign
    )
    if not missing:
        return list(pairs), None
    named = ", ".join(
        f"{instance_of(ref)} (an image of another collection)" if ref in foreign else instance_of(ref)
        for ref in missing
    )
    refusal = CdfError(
        _code(call),
        f"No CogniteAsset, or no Cognite360Image of {instance_of(collection)}: {named}",
        missing=[{"instanceId": relation(ref)} for ref in missing],
    )
    return [each for each in pairs if missing.keys().isdisjoint(each.refs)], refusal


def _check_space(call: Call, space: str) -> None:
    found = definitions.find(call.db, "space", (space, "", ""))
    if found is None:
        raise CdfError(
            _code(call), f"Space {space} does not exist: create it first", missing=[{"space": space}]
        )
    if found.is_global:
        raise CdfError(403, f"Space {space} is a system space: nobody may write to it")


def _code(call: Call) -> int:
    return 400 if call.reads(UNKNOWN_IDS, "400") else 404


def _data_in(call: Call, container: Key, refs: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return the properties that nodes have in a container; those without data in it are left out."""
    id_ = system_container(Schema(call.db), container).id
    nodes = store.find_live(call.db, set(refs))
    data = store.data_of(call.db, [each.id for each in nodes.values()], [id_])
    return {ref: data[node.id][id_] for ref, node in nodes.items() if id_ in data[node.id]}
