"""Data models: views that belong together."""

import json
from typing import Annotated, Any

from pydantic import Field

from localcdf.data_modeling.names import SpaceId
from localcdf.data_modeling.references import ViewReference
from localcdf.data_modeling.schema import definitions, views
from localcdf.data_modeling.schema.definitions import Definition
from localcdf.data_modeling.schema.resolved import Schema
from localcdf.data_modeling.schema.view_body import DataModelBody, ViewBody
from localcdf.endpoint import Body, Call, Endpoint
from localcdf.errors import CdfError
from localcdf.paging import FULL_PAGE_CURSOR
from localcdf.rights import OUT_OF_SCOPE, allowed


class DataModels(Body):
    """Data models to store."""

    items: Annotated[list[DataModelBody], Field(min_length=1, max_length=100)]


class RetrieveQuery(Body):
    """The query parameters of byids."""

    inline_views: bool = False


class ListQuery(definitions.ListQuery):
    """The query parameters of the list."""

    space: SpaceId | None = None
    inline_views: bool = False
    all_versions: bool = False


def apply(call: Call) -> dict[str, Any]:
    """Create or change data models, and the views that are defined in them."""
    return {"items": [_apply(call, body) for body in call.body.items]}


def _apply(call: Call, body: DataModelBody) -> dict[str, Any]:
    definitions.writable_space(call, body.space)
    views.apply_views(call, [each for each in body.views if isinstance(each, ViewBody)])
    references = [each.reference if isinstance(each, ViewBody) else each for each in body.views]
    schema = Schema.of_caller(call)
    for each in references:
        schema.known_view(each)
    if len({each.external_id for each in references}) < len(references):
        raise CdfError(400, f"{body.space}:{body.external_id}: two views have the same external id")
    stored = body.model_copy(update={"views": references})
    definition = definitions.save(call.db, "data_model", body.key, stored, call.now)
    return _read(call, definition, inline_views=False)


def retrieve(call: Call) -> dict[str, Any]:
    """Return data models, all versions where none is named; unknown ones are left out."""
    found = views.find_all(call, "data_model")
    return {"items": [_read(call, each, inline_views=call.params.inline_views) for each in found]}


def list_data_models(call: Call) -> dict[str, Any]:
    """Return one page of the data models."""
    query = call.params
    return definitions.list_page(
        call,
        "data_model",
        lambda each: _read(call, each, inline_views=query.inline_views),
        space=query.space,
        all_versions=query.all_versions,
    )


def delete(call: Call) -> dict[str, Any]:
    """Delete data models; their views stay. Unknown ones are left out of the answer."""
    return {"items": views.delete_versions(call, "data_model")}


def _read(call: Call, definition: Definition, *, inline_views: bool) -> dict[str, Any]:
    shown = json.loads(definition.spec) | definition.server_fields()
    if inline_views:
        schema = Schema(call.db)
        references = [ViewReference.model_validate(each) for each in shown["views"]]
        reach = allowed(call, "dataModelsAcl", "READ")
        found = [schema.view(each.key) for each in references if reach.covers(space=each.space)]
        shown["views"] = [views.answer(call, schema, each) for each in found if each]
    return shown


ENDPOINTS = [
    Endpoint(
        "POST",
        "/models/datamodels",
        apply,
        DataModels,
        writes=True,
        rights=("dataModelsAcl:WRITE",),
        assumed=(definitions.SYSTEM_SPACE, views.VIEW_SOURCE),
    ),
    Endpoint(
        "POST",
        "/models/datamodels/byids",
        retrieve,
        views.AnyVersionIds,
        params=RetrieveQuery,
        rights=("dataModelsAcl:READ",),
        assumed=(OUT_OF_SCOPE,),
    ),
    Endpoint(
        "GET",
        "/models/datamodels",
        list_data_models,
        params=ListQuery,
        rights=("dataModelsAcl:READ",),
        assumed=(FULL_PAGE_CURSOR,),
    ),
    Endpoint(
        "POST",
        "/models/datamodels/delete",
        delete,
        views.VersionIds,
        writes=True,
        rights=("dataModelsAcl:WRITE",),
        assumed=(definitions.SYSTEM_SPACE,),
    ),
]
