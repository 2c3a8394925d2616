"""The local CDF's own OpenAPI document, made from the endpoints' declarations.

``GET /_localcdf/openapi.json``. Where it differs from Cognite's, the contract tests say why.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from localcdf.endpoint import Body, Endpoint
from localcdf.openapi.answers import ANSWERS, Bytes

PROJECT = "/api/v1/projects/{project}"
SCHEMAS = "#/components/schemas/"
ERROR = {
    "type": "object",
    "required": ["code", "message"],
    "additionalProperties": False,
    "properties": {
        "code": {"type": "integer", "minimum": 400, "maximum": 599},
        "message": {"type": "string", "minLength": 1},
        "missing": {"type": "array", "items": {"type": "object"}},
        "duplicated": {"type": "array", "items": {"type": "object"}},
    },
}
REFUSAL = {
    "type": "object",
    "required": ["error"],
    "additionalProperties": False,
    "properties": {"error": {"$ref": f"{SCHEMAS}Error"}},
}
# What stands in paths and is no internal id.
NAMES = frozenset(
    {
        "dbName",
        "executionId",
        "rowKey",
        "tableName",
        "taskId",
        "triggerExternalId",
        "version",
        "workflowExternalId",
    }
)
# What may be answered besides what was asked for.
REFUSALS = {
    "400": "what was sent breaks a rule, or names what is not there",
    "401": "the token is missing or unknown",
    "403": "the caller lacks a right",
    "404": "there is nothing at this path",
    "409": "what is written is there already, or newer",
    "413": "the body is too large",
    "415": "the content encoding is not supported",
    "429": "too many requests are in flight",
}


def document(endpoints: Sequence[Endpoint], project: str) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of ``endpoints`` for ``project``."""
    models = dict.fromkeys(_models(endpoints))
    references, made = models_json_schema(
        [(each, "validation") for each in models], ref_template=SCHEMAS + "{model}"
    )
    schemas = {model: reference for (model, _), reference in references.items()}
    paths: dict[str, Any] = {}
    for endpoint in endpoints:
        below = PROJECT.format(project=project) if endpoint.in_project else "/api/v1"
        operation = _operation(endpoint, schemas)
        paths.setdefault(below + endpoint.path, {})[endpoint.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": "localcdf", "version": "20230101"},
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": {**made["$defs"], "Error": ERROR, "Refusal": REFUSAL},
            "responses": {
                status: {"description": why, "content": _json({"$ref": f"{SCHEMAS}Refusal"})}
                for status, why in REFUSALS.items()
            },
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def name_of(endpoint: Endpoint) -> str:
    """Return what tells an endpoint apart, such as ``POST /files``."""
    return f"{endpoint.method} {endpoint.path}"


def _models(endpoints: Sequence[Endpoint]) -> Iterable[type[BaseModel]]:
    for endpoint in endpoints:
        yield from filter(None, (endpoint.body, ANSWERS[name_of(endpoint)]))


def _operation(endpoint: Endpoint, schemas: Mapping[type[BaseModel], Any]) -> dict[str, Any]:
    answer = ANSWERS[name_of(endpoint)]
    content = {"image/*": {}} if answer is Bytes else _json(schemas[answer])
    operation: dict[str, Any] = {
        "operationId": re.sub(r"\W+", "_", f"{endpoint.method}{endpoint.path}").lower(),
        "parameters": [*_path_parameters(endpoint.path), *_query_parameters(endpoint.params)],
        "responses": {
            str(endpoint.status): {"description": "carried out", "content": content},
            **{status: {"$ref": f"#/components/responses/{status}"} for status in REFUSALS},
        },
    }
    if endpoint.beta:
        schema = {"type": "string", "const": "beta"}
        header = {"name": "cdf-version", "in": "header", "required": True, "schema": schema}
        operation["parameters"].append(header)
    if endpoint.body:
        operation["requestBody"] = {"required": True, "content": _json(schemas[endpoint.body])}
    return operation


def _json(schema: Any) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _path_parameters(path: str) -> list[dict[str, Any]]:
    number, text = {"type": "integer", "minimum": 1}, {"type": "string", "minLength": 1}
    return [
        {"name": name, "in": "path", "required": True, "schema": text if name in NAMES else number}
        for name in re.findall(r"\{(\w+)\}", path)
    ]


def _query_parameters(params: type[Body] | None) -> list[dict[str, Any]]:
    if params is None:
        return []
    schema = params.model_json_schema()
    required = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": _not_null(each)}
        for name, each in schema.get("properties", {}).items()
    ]


def _not_null(schema: Any) -> Any:
    """Return the schema of a query parameter, which is left out or is text but never null."""
    kept = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    bare = {name: each for name, each in schema.items() if name not in ("anyOf", "default", "title")}
    return {**bare, **(kept[0] if len(kept) == 1 else {"anyOf": kept})} if kept else bare
