"""Spaces."""

import json
from typing import Annotated, Any

from pydantic import Field

from localcdf.data_modeling.names import Description, Name, NewSpaceId, SpaceId
from localcdf.data_modeling.schema import definitions
from localcdf.data_modeling.schema.definitions import Definition
from localcdf.endpoint import Body, Call, Endpoint
from localcdf.errors import CdfError
from localcdf.paging import FULL_PAGE_CURSOR
from localcdf.rights import OUT_OF_SCOPE, require

Items = Field(min_length=1, max_length=100)


class SpaceBody(Body):
    """A space."""

    space: NewSpaceId
    name: Name | None = None
    description: Description | None = None


class SpaceReference(Body):
    """A space by its id."""

    space: SpaceId


class Spaces(Body):
    """Spaces to store."""

    items: Annotated[list[SpaceBody], Items]


class SpaceReferences(Body):
    """Spaces to read or delete."""

    items: Annotated[list[SpaceReference], Items]


def _read(definition: Definition) -> dict[str, Any]:
    return json.loads(definition.spec) | definition.server_fields()


def apply(call: Call) -> dict[str, Any]:
    """Create or change spaces."""
    return {"items": [_apply(call, body) for body in call.body.items]}


def _apply(call: Call, body: SpaceBody) -> dict[str, Any]:
    require(call, "dataModelsAcl", "WRITE", space=body.space)
    key = (body.space, "", "")
    stored = definitions.find(call.db, "space", key)
    if stored and stored.is_global:
        definitions.open_space(call, body.space)
    return _read(definitions.save(call.db, "space", key, body, call.now))


def retrieve(call: Call) -> dict[str, Any]:
    """Return spaces; unknown ones are left out."""
    found = (definitions.find_readable(call, "space", (each.space, "", "")) for each in call.body.items)
    return {"items": [_read(each) for each in found if each]}


def list_spaces(call: Call) -> dict[str, Any]:
    """Return one page of the spaces."""
    return definitions.list_page(call, "space", _read)


def delete(call: Call) -> dict[str, Any]:
    """Delete spaces that hold nothing; unknown ones are left out of the answer."""
    found = [definitions.find(call.db, "space", (each.space, "", "")) for each in call.body.items]
    for each in filter(None, found):
        definitions.writable_space(call, each.key[0])
        _refuse_full(call, each.key[0])
        definitions.delete(call.db, each)
    return {"items": [{"space": each.key[0]} for each in found if each]}


def _refuse_full(call: Call, space: str) -> None:
    for what, query in (
        ("definitions", "SELECT 1 FROM dm_definition WHERE kind != 'space' AND space = ? LIMIT 1"),
        ("instances", "SELECT 1 FROM dm_instance WHERE space = ? AND deleted_time IS NULL LIMIT 1"),
    ):
        if call.db.execute(query, (space,)).fetchone():
            raise CdfError(400, f"Space {space} holds {what}: only empty spaces can be deleted")


ENDPOINTS = [
    Endpoint(
        "POST",
        "/models/spaces",
        apply,
        Spaces,
        writes=True,
        rights=("dataModelsAcl:WRITE",),
        assumed=(definitions.SYSTEM_SPACE,),
    ),
    Endpoint(
        "POST",
        "/models/spaces/byids",
        retrieve,
        SpaceReferences,
        rights=("dataModelsAcl:READ",),
        assumed=(OUT_OF_SCOPE,),
    ),
    Endpoint(
        "GET",
        "/models/spaces",
        list_spaces,
        params=definitions.ListQuery,
        rights=("dataModelsAcl:READ",),
        assumed=(FULL_PAGE_CURSOR,),
    ),
    Endpoint(
        "POST", "/models/spaces/delete", delete, SpaceReferences, writes=True, rights=("dataModelsAcl:WRITE",)
    ),
]
