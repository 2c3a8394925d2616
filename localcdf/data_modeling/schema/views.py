"""Views: how instances are read and written."""

from typing import Annotated, Any

from pydantic import Field

from localcdf.data_modeling.names import RESERVED_PROPERTIES, SchemaId, SpaceId, Version
from localcdf.data_modeling.property_types import DirectType
from localcdf.data_modeling.queries.filter_sql import check_view_filter
from localcdf.data_modeling.schema import definitions
from localcdf.data_modeling.schema.containers import constraint_state
from localcdf.data_modeling.schema.definitions import Definition
from localcdf.data_modeling.schema.resolved import Mapped, Schema, View
from localcdf.data_modeling.schema.view_body import EdgeConnection, MappedProperty, ReverseRelation, ViewBody
from localcdf.endpoint import Body, Call, Endpoint
from localcdf.errors import CdfError
from localcdf.paging import FULL_PAGE_CURSOR
from localcdf.readings import Reading
from localcdf.rights import OUT_OF_SCOPE

Items = Field(min_length=1, max_length=100)

VIEW_SOURCE = Reading(
    "view-source-looked-up",
    {
        "yes": "the view that a property names as its source must exist or come in the same request (400)",
        "no": "the view that a property names as its source may be missing",
    },
)


class Views(Body):
    """Views to store."""

    items: Annotated[list[ViewBody], Items]


class VersionId(Body):
    """One version of a view or data model."""

    space: SpaceId
    external_id: SchemaId
    version: Version


class AnyVersionId(Body):
    """One version of a view or data model, or all its versions."""

    space: SpaceId
    external_id: SchemaId
    version: Version | None = None


class VersionIds(Body):
    """Views or data models to delete."""

    items: Annotated[list[VersionId], Items]


class AnyVersionIds(Body):
    """Views or data models to read."""

    items: Annotated[list[AnyVersionId], Items]


class RetrieveQuery(Body):
    """The query parameters of byids."""

    include_inherited_properties: bool = True


class ListQuery(definitions.ListQuery):
    """The query parameters of the list."""

    space: SpaceId | None = None
    include_inherited_properties: bool = True
    all_versions: bool = False


def apply(call: Call) -> dict[str, Any]:
    """Create or change views; they may refer to each other."""
    apply_views(call, call.body.items)
    schema = Schema(call.db)
    return {"items": [answer(call, schema, schema.known_view(body.reference)) for body in call.body.items]}


def apply_views(call: Call, bodies: list[ViewBody]) -> None:
    """Store views; a view that cannot be, or a breaking change of one, is a 400."""
    stored = Schema(call.db)
    before = {body.key: stored.view(body.key) for body in bodies}
    for body in bodies:
        definitions.writable_space(call, body.space)
        if reserved := RESERVED_PROPERTIES & body.properties.keys():
            raise CdfError(400, f"{body}: {', '.join(sorted(reserved))} are reserved names for properties")
        definitions.save(call.db, "view", body.key, body, call.now)
    schema = Schema.of_caller(call)
    for body in bodies:
        view = schema.view(body.key)
        assert view is not None
        _check(call, schema, view)
        if old := before[body.key]:
            _refuse_breaking(old, view)


def _check(call: Call, schema: Schema, view: View) -> None:
    body = view.body
    for parent in body.implements:
        schema.known_view(parent)
        _refuse_circle(schema, view, schema.known_view(parent))
    for name, each in body.properties.items():
        _check_property(call, schema, view, name, each)
    kinds = {each.body.used_for for each in view.containers}
    if {"node", "edge"} <= kinds:
        raise CdfError(
            400, f"{body} maps containers for nodes and containers for edges: no instance has both"
        )
    if body.filter is not None:
        check_view_filter(schema, view)


def _refuse_circle(schema: Schema, view: View, parent: View) -> None:
    pending, seen = [parent], {parent.body.key}
    while pending:
        each = pending.pop()
        if each.body.key == view.body.key:
            raise CdfError(400, f"{view.body} would implement itself")
        further = [schema.view(reference.key) for reference in each.body.implements]
        pending += [found for found in further if found and found.body.key not in seen]
        seen |= {found.body.key for found in further if found}


def _check_property(
    call: Call,
    schema: Schema,
    view: View,
    name: str,
    declared: MappedProperty | EdgeConnection | ReverseRelation,
) -> None:
    where = f"{view.body}: property {name}"
    if declared.source and call.reads(VIEW_SOURCE, "yes"):
        schema.known_view(declared.source)
    match declared:
        case MappedProperty():
            schema.source(declared.container)
            mapped = schema.mapped(declared)
            if mapped is None:
                missing = f"{declared.container} has no property {declared.container_property_identifier}"
                raise CdfError(400, f"{where}: the {missing}")
            if declared.source and not isinstance(mapped.spec.type, DirectType):
                raise CdfError(400, f"{where}: only a direct relation has a source")
        case EdgeConnection():
            if declared.edge_source:
                schema.known_view(declared.edge_source)
        case ReverseRelation():
            schema.source(declared.through.source)
            if schema.relation(declared.through.source, declared.through.identifier) is None:
                through = declared.through
                raise CdfError(400, f"{where}: {through.source} has no direct relation {through.identifier}")


def _refuse_breaking(old: View, new: View) -> None:
    """Refuse a change that those who use the view could notice: it takes a new version."""
    reason = None
    if old.body.implements != new.body.implements:
        reason = "implements"
    elif gone := old.body.properties.keys() - new.body.properties.keys():
        reason = f"deletes {', '.join(sorted(gone))}"
    else:
        for name, each in new.body.properties.items():
            reason = reason or _why_breaking(old, name, new.properties[name], each)
    if reason:
        raise CdfError(400, f"{new.body}: a breaking change takes a new version: {reason}")


def _why_breaking(old: View, name: str, now: Any, declared: Any) -> str | None:
    before = old.properties.get(name)
    if before is None:
        adds = isinstance(now, Mapped)
        if adds and not now.spec.nullable:
            return f"adds {name}, which must have a value"
        if adds and now.container.id not in {each.id for each in old.containers}:
            return f"adds {name} of a container that the view did not map"
        return None
    if isinstance(before, Mapped):
        same = isinstance(now, Mapped) and (before.spec.type, before.declared.source) == (
            now.spec.type,
            declared.source,
        )
        return None if same else f"changes the type or source of {name}"
    plain = {"name": None, "description": None}
    return None if before.model_copy(update=plain) == declared.model_copy(update=plain) else f"changes {name}"


def retrieve(call: Call) -> dict[str, Any]:
    """Return views, all versions where none is named; unknown ones are left out."""
    inherited = call.params.include_inherited_properties
    return {"items": [_read(call, each, inherited) for each in find_all(call, "view")]}


def find_all(call: Call, kind: definitions.Kind) -> list[Definition]:
    """Return the definitions that a request of ``AnyVersionIds`` names."""
    found: list[Definition | None] = []
    for each in call.body.items:
        if each.version is None:
            versions = definitions.find_versions(call.db, kind, each.space, each.external_id)
            found += [definitions.find_readable(call, kind, version.key) for version in versions]
        else:
            key = (each.space, each.external_id, each.version)
            found.append(definitions.find_readable(call, kind, key))
    return [each for each in found if each]


def list_views(call: Call) -> dict[str, Any]:
    """Return one page of the views."""
    query = call.params
    return definitions.list_page(
        call,
        "view",
        lambda each: _read(call, each, query.include_inherited_properties),
        space=query.space,
        all_versions=query.all_versions,
    )


def _read(call: Call, definition: Definition, inherited: bool) -> dict[str, Any]:
    schema = Schema(call.db)
    view = schema.view(definition.key)
    assert view is not None
    return answer(call, schema, view, inherited=inherited)


def delete(call: Call) -> dict[str, Any]:
    """Delete views; unknown ones are left out of the answer."""
    return {"items": delete_versions(call, "view")}


def delete_versions(call: Call, kind: definitions.Kind) -> list[dict[str, str]]:
    """Delete the definitions that a request of ``VersionIds`` names, and return which there were."""
    deleted = []
    for each in call.body.items:
        definitions.writable_space(call, each.space)
        found = definitions.find(call.db, kind, (each.space, each.external_id, each.version))
        if found:
            definitions.delete(call.db, found)
            deleted.append(each.model_dump(by_alias=True))
    return deleted


def answer(call: Call, schema: Schema, view: View, *, inherited: bool = True) -> dict[str, Any]:
    """Return a view as the API answers it."""
    shown = view.body.model_dump(by_alias=True, exclude_none=True)
    shown["properties"] = {
        name: property_answer(call, schema, each)
        for name, each in view.properties.items()
        if inherited or name in view.body.properties
    }
    return (
        shown
        | view.definition.server_fields()
        | {
            "writable": view.writable,
            "queryable": view.queryable,
            "usedFor": view.used_for,
            "mappedContainers": [
                {"type": "container", "space": each.body.space, "externalId": each.body.external_id}
                for each in view.containers
            ],
        }
    )


def property_answer(
    call: Call, schema: Schema, each: Mapped | EdgeConnection | ReverseRelation
) -> dict[str, Any]:
    """Return a property of a view as the API answers it."""
    if isinstance(each, ReverseRelation):
        targets_list = schema.targets_list(each)
        return each.model_dump(by_alias=True, exclude_none=True) | {"targetsList": targets_list}
    if isinstance(each, EdgeConnection):
        return each.model_dump(by_alias=True, exclude_none=True)
    shown = each.declared.model_dump(by_alias=True, exclude_none=True, exclude={"source"})
    return property_type_answer(call, each) | shown


def property_type_answer(call: Call, each: Mapped) -> dict[str, Any]:
    """Return the type and nature of a property, as in a view or under ``typing``."""
    shown = each.spec.model_dump(by_alias=True, exclude_none=True, exclude={"name", "description"})
    if each.declared.source:
        shown["type"]["source"] = each.declared.source.model_dump(by_alias=True)
    return shown | {"constraintState": constraint_state(call, each.container, each.property_id)}


ENDPOINTS = [
    Endpoint(
        "POST",
        "/models/views",
        apply,
        Views,
        writes=True,
        rights=("dataModelsAcl:WRITE",),
        assumed=(definitions.SYSTEM_SPACE, VIEW_SOURCE),
    ),
    Endpoint(
        "POST",
        "/models/views/byids",
        retrieve,
        AnyVersionIds,
        params=RetrieveQuery,
        rights=("dataModelsAcl:READ",),
        assumed=(OUT_OF_SCOPE,),
    ),
    Endpoint(
        "GET",
        "/models/views",
        list_views,
        params=ListQuery,
        rights=("dataModelsAcl:READ",),
        assumed=(FULL_PAGE_CURSOR,),
    ),
    Endpoint(
        "POST",
        "/models/views/delete",
        delete,
        VersionIds,
        writes=True,
        rights=("dataModelsAcl:WRITE",),
        assumed=(definitions.SYSTEM_SPACE,),
    ),
]
