"""Instances as the API answers them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from localcdf.data_modeling.instances import store
from localcdf.data_modeling.instances.store import Data, Instance
from localcdf.data_modeling.references import relation
from localcdf.data_modeling.schema.resolved import Schema, View
from localcdf.data_modeling.schema.views import property_type_answer
from localcdf.endpoint import Call
from localcdf.errors import CdfError
from localcdf.readings import Reading

DELETED_PROPERTIES = Reading(
    "deleted-instance-properties",
    {
        "none": "sync tells of a deleted instance without its properties",
        "kept": "sync tells of a deleted instance with the properties that it had",
    },
)
WITHOUT_DATA = Reading(
    "view-without-data",
    {
        "left-out": "a view in whose containers an instance has no data is left out of its properties",
        "empty": "a view in whose containers an instance has no data has no properties in the answer",
    },
)


@dataclass(frozen=True)
class Selection:
    """The properties of a view to answer."""

    view: View
    names: tuple[str, ...]

    @property
    def key(self) -> str:
        """What the answer calls the view."""
        return f"{self.view.body.external_id}/{self.view.body.version}"


def selection(schema: Schema, reference: Any, names: Iterable[str] = ("*",)) -> Selection:
    """Return the selection that a request makes; a property that has no value is a 400."""
    view = schema.known_view(reference)
    chosen = list(names)
    if "*" in chosen:
        return Selection(view, tuple(view.mapped))
    for name in chosen:
        if name not in view.mapped:
            raise CdfError(400, f"The {view.body} has no property {name} to select")
    return Selection(view, tuple(dict.fromkeys(chosen)))


def answers(call: Call, ids: Sequence[int], selections: Sequence[Selection]) -> list[dict[str, Any]]:
    """Return instances with the properties selected, in the order of ``ids``."""
    containers = {container.id for each in selections for container in each.view.containers}
    data = store.data_of(call.db, ids, containers) if containers else {}
    found = store.by_ids(call.db, ids)
    return [_answer(call, each, data.get(each.id, {}), selections) for each in found]


def typing(call: Call, selections: Sequence[Selection]) -> dict[str, Any]:
    """Return the types of the properties selected."""
    types: dict[str, Any] = {}
    for each in selections:
        views = types.setdefault(each.view.body.space, {})
        views[each.key] = {name: property_type_answer(call, each.view.mapped[name]) for name in each.names}
    return types


def _answer(call: Call, instance: Instance, data: Data, selections: Sequence[Selection]) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "instanceType": instance.kind,
        "space": instance.space,
        "externalId": instance.external_id,
        "version": instance.version,
        "createdTime": instance.created_time,
        "lastUpdatedTime": instance.last_updated_time,
    }
    for name, value in (
        ("type", instance.type),
        ("startNode", instance.start_node),
        ("endNode", instance.end_node),
    ):
        if value is not None:
            answer[name] = relation(value)
    if instance.deleted_time is not None:
        answer["deletedTime"] = instance.deleted_time
    is_bare = instance.deleted_time is not None and call.reads(DELETED_PROPERTIES, "none")
    answer["properties"] = {} if is_bare else _properties(call, data, selections)
    return answer


def _properties(call: Call, data: Data, selections: Sequence[Selection]) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    for each in selections:
        has_data = any(container.id in data for container in each.view.containers)
        if has_data or call.reads(WITHOUT_DATA, "empty"):
            views = properties.setdefault(each.view.body.space, {})
            views[each.key] = dict(_values(data, each))
    return properties


def _values(data: Data, selected: Selection) -> Iterable[tuple[str, Any]]:
    for name in selected.names:
        mapped = selected.view.mapped[name]
        value = data.get(mapped.container.id, {}).get(mapped.property_id)
        if value is not None:
            yield name, value
