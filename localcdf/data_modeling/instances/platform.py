"""What the platform itself writes to instances: it may, where nobody else may."""

from collections.abc import Mapping, Sequence
from typing import Any

from localcdf.data_modeling.instances import store
from localcdf.data_modeling.instances.store import Data, Instance
from localcdf.data_modeling.references import Key, ref_of
from localcdf.data_modeling.schema.resolved import Container, Schema, View
from localcdf.data_modeling.values import check_value, timestamp_of
from localcdf.endpoint import Call
from localcdf.errors import CdfError
from localcdf.readings import Reading

ASSET: Key = ("cdf_cdm", "CogniteAsset", "")
FILE: Key = ("cdf_cdm", "CogniteFile", "")

MOVES_VERSION = Reading(
    "platform-write-moves-version",
    {
        "yes": "version and lastUpdatedTime move on when the platform sets a path or isUploaded",
        "no": "version and lastUpdatedTime stay when the platform sets a path or isUploaded",
    },
)


def system_container(schema: Schema, key: Key) -> Container:
    """Return a container that is always there."""
    container = schema.container(key)
    assert container is not None
    return container


def check_instance(call: Call, reference: Mapping[str, Any]) -> None:
    """Refuse an instance that does not exist, named by its type, space and external id."""
    ref = ref_of(reference["space"], reference["externalId"])
    found = store.find_live(call.db, [ref]).get(ref)
    if found is None or found.kind != reference["instanceType"]:
        named = {name: reference[name] for name in ("instanceType", "space", "externalId")}
        raise CdfError(400, f"There is no {' '.join(named.values())}", missing=[named])


def write(call: Call, properties: dict[int, Data]) -> None:
    """Store properties of instances, by their ids, None for no value; their versions and times move on."""
    ids = list(properties)
    stored = store.data_of(call.db, ids)
    if call.reads(MOVES_VERSION, "yes"):
        store.save(call.db, store.by_ids(call.db, ids), call.now)
    store.save_data(
        call.db,
        {
            instance: {
                container: _merged(stored[instance].get(container, {}), each)
                for container, each in data.items()
            }
            for instance, data in properties.items()
        },
    )


def create(call: Call, view: Key, made: Sequence[tuple[Instance, Mapping[str, Any]]]) -> list[Instance]:
    """Store new instances with properties of a system view, under their names there."""
    through = Schema(call.db).view(view)
    assert through is not None
    saved = store.save(call.db, [instance for instance, _ in made], call.now)
    data = [_data(through, properties) for _, properties in made]
    store.save_data(call.db, {each.id: of_it for each, of_it in zip(saved, data, strict=True)})
    return saved


def _data(view: View, properties: Mapping[str, Any]) -> Data:
    data: Data = {container.id: {} for container in view.containers}
    for name, value in properties.items():
        place = view.mapped[name]
        data[place.container.id][place.property_id] = check_value(place.spec.type, value)
    return data


def _merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**old, **new}.items() if value is not None}


def set_file_uploaded(call: Call, space: str, external_id: str, uploaded_time_ms: int) -> None:
    """Mark the content of a ``CogniteFile`` node as uploaded at ``uploaded_time_ms`` (epoch milliseconds)."""
    ref = ref_of(space, external_id)
    node = store.find_live(call.db, [ref]).get(ref)
    if node is None:
        missing = [{"space": space, "externalId": external_id}]
        raise CdfError(400, f"The node {space}:{external_id} of the file does not exist", missing=missing)
    container = system_container(Schema(call.db), FILE)
    uploaded = {"isUploaded": True, "uploadedTime": timestamp_of(uploaded_time_ms)}
    write(call, {node.id: {container.id: uploaded}})
