"""Containers: what holds the data of instances."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from localcdf.data_modeling.names import RESERVED_PROPERTIES, ConstraintId, SchemaId, SpaceId
from localcdf.data_modeling.property_types import EnumType
from localcdf.data_modeling.references import Key
from localcdf.data_modeling.schema import definitions
from localcdf.data_modeling.schema.container_body import (
    ContainerBody,
    ContainerProperty,
    Requires,
    Uniqueness,
)
from localcdf.data_modeling.schema.definitions import Definition
from localcdf.data_modeling.schema.resolved import Container, Schema
from localcdf.endpoint import Body, Call, Endpoint
from localcdf.errors import CdfError
from localcdf.paging import FULL_PAGE_CURSOR
from localcdf.rights import OUT_OF_SCOPE

Items = Field(min_length=1, max_length=100)


class Containers(Body):
    """Containers to store."""

    items: Annotated[list[ContainerBody], Items]


class ContainerId(Body):
    """A container by its id."""

    space: SpaceId
    external_id: SchemaId

    @property
    def key(self) -> Key:
        """The key of the definition."""
        return (self.space, self.external_id, "")


class ContainerIds(Body):
    """Containers to read or delete."""

    items: Annotated[list[ContainerId], Items]


class PartId(Body):
    """A constraint or an index of a container."""

    space: SpaceId
    container_external_id: SchemaId
    identifier: ConstraintId


class PartIds(Body):
    """Constraints or indexes to delete."""

    items: Annotated[list[PartId], Field(min_length=1, max_length=10)]


def _each_once(kinds: list[str] | None) -> list[str] | None:
    if kinds and len(set(kinds)) < len(kinds):
        raise ValueError("the same value twice")
    return kinds


class ListQuery(definitions.ListQuery):
    """The query parameters of the list."""

    space: SpaceId | None = None
    used_for: Annotated[
        list[Literal["node", "edge", "all", "record"]] | None,
        AfterValidator(_each_once),
        Field(json_schema_extra={"uniqueItems": True}),
    ] = None


def apply(call: Call) -> dict[str, Any]:
    """Create or change containers."""
    for body in call.body.items:
        _apply(call, body)
    schema = Schema.of_caller(call)
    for body in call.body.items:
        _check_references(schema, body)
    return {"items": [answer(call, body.key) for body in call.body.items]}


def _apply(call: Call, body: ContainerBody) -> None:
    definitions.writable_space(call, body.space)
    if reserved := RESERVED_PROPERTIES & body.properties.keys():
        raise CdfError(400, f"{body}: {', '.join(sorted(reserved))} are reserved names for properties")
    stored = definitions.find(call.db, "container", body.key)
    if stored:
        body = _merge(ContainerBody.model_validate_json(stored.spec), body)
    definitions.save(call.db, "container", body.key, body, call.now)


def _merge(old: ContainerBody, new: ContainerBody) -> ContainerBody:
    """Return the container as changed. Constraints and indexes that are not named stay."""
    if new.used_for != old.used_for:
        raise CdfError(400, f"{new}: usedFor cannot change from {old.used_for} to {new.used_for}")
    if gone := old.properties.keys() - new.properties.keys():
        raise CdfError(400, f"{new}: properties cannot be deleted: {', '.join(sorted(gone))}")
    for name, spec in old.properties.items():
        if reason := _why_not(spec, new.properties[name]):
            raise CdfError(400, f"{new}: property {name}: {reason}")
    for part in ("constraints", "indexes"):
        before, after = getattr(old, part), getattr(new, part)
        if changed := [name for name in before.keys() & after.keys() if before[name] != after[name]]:
            raise CdfError(
                400, f"{new}: {part} cannot change, delete them first: {', '.join(sorted(changed))}"
            )
    added = new.constraints.keys() - old.constraints.keys()
    if late := [name for name in added if isinstance(new.constraints[name], Uniqueness)]:
        raise CdfError(400, f"{new}: only a new container can get the uniqueness constraint {late[0]}")
    return new.model_copy(
        update={"constraints": old.constraints | new.constraints, "indexes": old.indexes | new.indexes}
    )


def _why_not(old: ContainerProperty, new: ContainerProperty) -> str | None:
    """Say why a property cannot change so, or None when it can."""
    limits = {"max_list_size": None, "max_text_size": None, "values": {}, "unknown_value": None}
    if old.type.model_copy(update=limits) != new.type.model_copy(update=limits):
        return "its type cannot change"
    if isinstance(old.type, EnumType) and isinstance(new.type, EnumType):
        if gone := old.type.values.keys() - new.type.values.keys():
            return f"values of an enum cannot be deleted: {', '.join(sorted(gone))}"
    elif old.type.is_list and old.type.list_limit > new.type.list_limit:
        return "maxListSize cannot shrink"
    if new.nullable and not old.nullable:
        return "it cannot become nullable"
    return None


def _check_references(schema: Schema, body: ContainerBody) -> None:
    for spec in body.properties.values():
        if reference := getattr(spec.type, "container", None):
            schema.source(reference)
    for constraint in body.constraints.values():
        if isinstance(constraint, Requires):
            schema.source(constraint.require)


def retrieve(call: Call) -> dict[str, Any]:
    """Return containers; unknown ones are left out."""
    keys = [each.key for each in call.body.items]
    return {"items": [answer(call, key) for key in keys if definitions.find_readable(call, "container", key)]}


def list_containers(call: Call) -> dict[str, Any]:
    """Return one page of the containers."""
    wanted = call.params.used_for

    def matches(definition: Definition) -> bool:
        return wanted is None or ContainerBody.model_validate_json(definition.spec).used_for in wanted

    return definitions.list_page(
        call, "container", lambda each: answer(call, each.key), space=call.params.space, matches=matches
    )


def delete(call: Call) -> dict[str, Any]:
    """Delete containers and all data in them; unknown ones are left out of the answer."""
    found = [definitions.find(call.db, "container", each.key) for each in call.body.items]
    for each in filter(None, found):
        definitions.writable_space(call, each.key[0])
        call.db.execute("DELETE FROM dm_data WHERE container = ?", (each.id,))
        call.db.execute("DELETE FROM dm_unique WHERE container = ?", (each.id,))
        definitions.delete(call.db, each)
    return {"items": [{"space": each.key[0], "externalId": each.key[1]} for each in found if each]}


def delete_constraints(call: Call) -> dict[str, Any]:
    """Delete constraints; unknown ones are left out of the answer."""
    return _delete_parts(call, "constraints")


def delete_indexes(call: Call) -> dict[str, Any]:
    """Delete indexes; unknown ones are left out of the answer."""
    return _delete_parts(call, "indexes")


def _delete_parts(call: Call, part: str) -> dict[str, Any]:
    deleted = []
    for each in call.body.items:
        container = Schema(call.db).container((each.space, each.container_external_id, ""))
        if container is None or each.identifier not in getattr(container.body, part):
            continue
        definitions.writable_space(call, each.space)
        rest = {name: kept for name, kept in getattr(container.body, part).items() if name != each.identifier}
        body = container.body.model_copy(update={part: rest})
        definitions.save(call.db, "container", body.key, body, call.now)
        call.db.execute(
            "DELETE FROM dm_unique WHERE container = ? AND name = ?", (container.id, each.identifier)
        )
        deleted.append(each.model_dump(by_alias=True))
    return {"items": deleted}


def answer(call: Call, key: Key) -> dict[str, Any]:
    """Return a stored container as the API answers it."""
    container = Schema(call.db).container(key)
    assert container is not None
    shown = container.body.model_dump(by_alias=True, exclude_none=True)
    for name in container.body.properties:
        shown["properties"][name]["constraintState"] = constraint_state(call, container, name)
    for name, constraint in container.body.constraints.items():
        shown["constraints"][name]["state"] = _state(call, container, constraint)
    for index in shown["indexes"].values():
        index["state"] = "current"
    return shown | container.definition.server_fields()


def constraint_state(call: Call, container: Container, name: str) -> dict[str, str]:
    """Return whether stored data keeps to what the property demands, for each demand that it makes."""
    spec = container.body.properties[name]
    value = f"json_extract(properties, '$.\"{name}\"')"
    violations = {
        "nullability": None if spec.nullable else f"{value} IS NULL",
        "maxListSize": _more_than(f"json_array_length({value})", getattr(spec.type, "max_list_size", None)),
        "maxTextSize": _more_than(
            f"length(CAST({value} AS BLOB))", getattr(spec.type, "max_text_size", None)
        ),
    }
    return {
        demand: "failed" if _any_data(call, container, violation) else "current"
        for demand, violation in violations.items()
        if violation
    }


def _more_than(size: str, most: int | None) -> str | None:
    return f"{size} > {most}" if most else None


def _state(call: Call, container: Container, constraint: Uniqueness | Requires) -> str:
    if isinstance(constraint, Uniqueness):
        return "current"
    required = Schema(call.db).container(constraint.require.key)
    missing = (
        "NOT EXISTS (SELECT 1 FROM dm_data AS other WHERE other.instance = dm_data.instance "  # noqa: S608
        f"AND other.container = {required.id if required else 0})"
    )
    return "failed" if _any_data(call, container, missing) else "current"


def _any_data(call: Call, container: Container, condition: str) -> bool:
    query = f"SELECT 1 FROM dm_data WHERE container = ? AND {condition} LIMIT 1"  # noqa: S608 names are checked
    return call.db.execute(query, (container.id,)).fetchone() is not None


_CHANGED, _LISTED = (definitions.SYSTEM_SPACE,), (FULL_PAGE_CURSOR,)
ENDPOINTS = [
    Endpoint(
        "POST",
        "/models/containers",
        apply,
        Containers,
        writes=True,
        rights=("dataModelsAcl:WRITE",),
        assumed=_CHANGED,
        unserved=(
            "nobody looks whether units exist",
            "autoIncrement, usedFor record and other collations than ucs_basic are a 400",
        ),
    ),
    Endpoint(
        "POST",
        "/models/containers/byids",
        retrieve,
        ContainerIds,
        rights=("dataModelsAcl:READ",),
        assumed=(OUT_OF_SCOPE,),
    ),
    Endpoint(
        "GET",
        "/models/containers",
        list_containers,
        params=ListQuery,
        rights=("dataModelsAcl:READ",),
        assumed=_LISTED,
    ),
    Endpoint(
        "POST",
        "/models/containers/delete",
        delete,
        ContainerIds,
        writes=True,
        rights=("dataModelsAcl:WRITE",),
        assumed=_CHANGED,
    ),
    Endpoint(
        "POST",
        "/models/containers/constraints/delete",
        delete_constraints,
        PartIds,
        writes=True,
        rights=("dataModelsAcl:WRITE",),
        assumed=_CHANGED,
    ),
    Endpoint(
        "POST",
        "/models/containers/indexes/delete",
        delete_indexes,
        PartIds,
        writes=True,
        rights=("dataModelsAcl:WRITE",),
        assumed=_CHANGED,
    ),
]
