"""The system spaces: what every project finds there, read from the YAML files beside this one.

Their notation is short for what a request would say. All names are unique over the files, so spaces are
left out.

* A container's property is a type (``text``, ``float64[]`` for a list, ``direct -> Container`` with the
  container that the target must have data in), or an object with ``type`` or ``enum`` and what else there is.
* ``requires`` and ``unique`` are its constraints.
* A view's property is ``Container.property``, with ``-> View`` for the source of a relation, or a connection:
  the reverse of a relation (``single`` or ``multi``: ``View.property``, ``source`` where it is another view),
  or ``edge`` with the type's external id. ``maps`` adds all other properties of a container.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from localcdf.data_modeling.instances import store
from localcdf.data_modeling.instances.store import Instance
from localcdf.data_modeling.references import ref_of
from localcdf.data_modeling.schema import definitions
from localcdf.data_modeling.schema.container_body import ContainerBody
from localcdf.data_modeling.schema.spaces import SpaceBody
from localcdf.data_modeling.schema.view_body import DataModelBody, ViewBody
from localcdf.endpoint import Body

VERSION = "v1"  # of every view and data model
FILES = ("cdf_cdm", "cdf_cdm_3d", "cdf_360_image_schema")
Spaces = Mapping[str, str]  # by the name of a container or view


def install(db: sqlite3.Connection, now: int) -> None:
    """Put the system spaces into the store; what is there just so already stays untouched."""
    documents, found = read()
    for kind, body in found:
        key = (body.space, "", "") if isinstance(body, SpaceBody) else body.key
        definitions.save(db, kind, key, body, now, is_global=True)
    nodes = [Instance("node", each["space"], name) for each in documents for name in each.get("nodes", ())]
    known = store.find_live(db, [ref_of(each.space, each.external_id) for each in nodes])
    store.save(db, [each for each in nodes if each.ref not in known], now)


@cache
def read() -> tuple[list[dict[str, Any]], list[tuple[definitions.Kind, Any]]]:
    """Return the documents, and what they define."""
    texts = files(__package__)
    documents = [yaml.safe_load(texts.joinpath(f"{name}.yaml").read_text("utf-8")) for name in FILES]
    return documents, list(_definitions(documents))


def _definitions(documents: list[dict[str, Any]]) -> Iterator[tuple[definitions.Kind, Any]]:
    containers = {name: each["space"] for each in documents for name in each["containers"]}
    views = {name: each["space"] for each in documents for name in each.get("views", ())}
    properties = {
        name: list(spec["properties"]) for each in documents for name, spec in each["containers"].items()
    }
    for each in documents:
        space = each["space"]
        yield "space", SpaceBody(space=space)
        for name, spec in each["containers"].items():
            yield "container", _parse(ContainerBody, _container(space, name, spec, containers))
        for name, spec in each.get("views", {}).items():
            yield "view", _parse(ViewBody, _view(space, name, spec, containers, views, properties))
        if "dataModel" in each:
            members = [_view_reference(view, views) for view in each["views"]]
            model = {"space": space, "externalId": each["dataModel"], "version": VERSION, "views": members}
            yield "data_model", _parse(DataModelBody, model)


def _parse(model: type[Body], content: dict[str, Any]) -> Body:
    return model.model_validate(content)


def _container(space: str, name: str, spec: dict[str, Any], containers: Spaces) -> dict[str, Any]:
    requires = {
        f"{each.removeprefix('Cognite').lower()}Present": {
            "constraintType": "requires",
            "require": _container_reference(each, containers),
        }
        for each in spec.get("requires", ())
    }
    unique = {key: each | {"constraintType": "uniqueness"} for key, each in spec.get("unique", {}).items()}
    return {
        "space": space,
        "externalId": name,
        "usedFor": spec.get("usedFor", "node"),
        "properties": {key: _property(each, containers) for key, each in spec["properties"].items()},
        "constraints": requires | unique,
        "indexes": {key: each | {"indexType": "btree"} for key, each in spec.get("indexes", {}).items()},
    }


def _property(spec: str | dict[str, Any], containers: Spaces) -> dict[str, Any]:
    spec = {"type": spec} if isinstance(spec, str) else dict(spec)
    if "enum" in spec:
        return {
            "type": {"type": "enum", "values": {each: {"name": each} for each in spec.pop("enum")}}
        } | spec
    kind, _, target = spec.pop("type").partition(" -> ")
    type_: dict[str, Any] = {"type": kind.removesuffix("[]")}
    if kind.endswith("[]"):
        type_["list"] = True
    if "maxListSize" in spec:
        type_["maxListSize"] = spec.pop("maxListSize")
    if target:
        type_["container"] = _container_reference(target, containers)
    return {"type": type_} | spec


def _view(
    space: str,
    name: str,
    spec: dict[str, Any],
    containers: Spaces,
    views: Spaces,
    properties: Mapping[str, list[str]],
) -> dict[str, Any]:
    mapped = {each: f"{spec['maps']}.{each}" for each in properties[spec["maps"]]} if "maps" in spec else {}
    all_properties = mapped | spec.get("properties", {})
    view = {
        "space": space,
        "externalId": name,
        "version": VERSION,
        "implements": [_view_reference(each, views) for each in spec.get("implements", ())],
        "properties": {
            key: _mapped(each, containers, views)
            if isinstance(each, str)
            else _connection(space, each, views)
            for key, each in all_properties.items()
        },
    }
    return view | ({"filter": spec["filter"]} if "filter" in spec else {})


def _mapped(spec: str, containers: Spaces, views: Spaces) -> dict[str, Any]:
    place, _, source = spec.partition(" -> ")
    container, _, identifier = place.partition(".")
    mapped = {
        "container": _container_reference(container, containers),
        "containerPropertyIdentifier": identifier,
    }
    return mapped | ({"source": _view_reference(source, views)} if source else {})


def _connection(space: str, spec: dict[str, str], views: Spaces) -> dict[str, Any]:
    if "edge" in spec:
        return {
            "connectionType": "multi_edge_connection",
            "type": {"space": space, "externalId": spec["edge"]},
            "source": _view_reference(spec["source"], views),
            "edgeSource": _view_reference(spec["edgeSource"], views),
            "direction": "outwards",
        }
    number = "single" if "single" in spec else "multi"
    view, _, identifier = spec[number].partition(".")
    return {
        "connectionType": f"{number}_reverse_direct_relation",
        "source": _view_reference(spec.get("source", view), views),
        "through": {"source": _view_reference(view, views), "identifier": identifier},
    }


def _container_reference(name: str, containers: Spaces) -> dict[str, str]:
    return {"type": "container", "space": containers[name], "externalId": name}


def _view_reference(name: str, views: Spaces) -> dict[str, str]:
    return {"type": "view", "space": views[name], "externalId": name, "version": VERSION}
