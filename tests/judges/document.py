"""Cognite's own OpenAPI document as a judge of requests and answers."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jsonschema_rs

from judges.errata import BEYOND, ERRATA, corrected

DOCUMENT = Path(__file__).parents[3] / "shared" / "reference" / "cdf-openapi-20230101.json"
ABSENT = "Cognite's OpenAPI document is not beside the repository"
REQUEST, ANSWER = "request", "answer"
REFUSAL = "/components/schemas/Error"


@dataclass(frozen=True)
class Exchange:
    """One request below the API, and its answer."""

    method: str
    path: str  # below the project, or not in one below /api/v1
    sent: Any
    status: int
    answer: Any
    query: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def as_json_schema(schema: Any, part: str) -> Any:
    """The document's schemas as JSON Schema, as they hold in requests or in answers.

    ``oneOf`` becomes ``anyOf``: the document lists alternatives that overlap, such as ``{"id"}`` or
    ``{"externalId"}`` with nothing required, or data that fits two annotation types. In requests, what is
    not required may be null too: the document does not say so, but the SDK sends cursors that are null.
    """
    if isinstance(schema, list):
        return [as_json_schema(each, part) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {
        "anyOf" if name == "oneOf" else name: as_json_schema(each, part)
        for name, each in schema.items()
        if name not in ("properties", "nullable", "example", "examples", "default")
    }
    if "properties" in schema:
        made |= _members(schema, part)
    return _or_null(made) if schema.get("nullable") else made


def _members(schema: Any, part: str) -> dict[str, Any]:
    """Which members an object must have, and what they are; one may be called ``properties`` itself."""
    skipped = "readOnly" if part == REQUEST else "writeOnly"
    properties = schema["properties"]
    required = [name for name in schema.get("required", ()) if not properties.get(name, {}).get(skipped)]
    members = {name: as_json_schema(each, part) for name, each in properties.items()}
    if part == REQUEST:
        members = {name: each if name in required else _or_null(each) for name, each in members.items()}
    return {"properties": members, "required": required}


def _or_null(schema: Any) -> Any:
    return {"anyOf": [schema, {"type": "null"}]}


@dataclass(frozen=True)
class Operation:
    """One method of one path of the document."""

    method: str
    path: str  # as the document spells it, such as /annotations/{annotationId}
    pointer: str  # of the operation in the document
    declared: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Document:
    """The document, mended where it is no JSON Schema."""

    content: Mapping[str, Any]
    validators: dict[tuple[str, str], jsonschema_rs.Validator] = field(default_factory=dict)

    @cached_property
    def operations(self) -> list[Operation]:
        """All operations; those without a variable in the path come first, as they win."""
        found = [
            Operation(method.upper(), path, f"/paths/{_escaped(path)}/{method}", declared)
            for path, methods in self.content["paths"].items()
            for method, declared in methods.items()
            if method in ("get", "post", "put", "patch", "delete")
        ]
        return sorted(found, key=lambda each: "{" in each.path)

    @cached_property
    def _patterns(self) -> list[tuple[re.Pattern[str], Operation]]:
        return [(_pattern(each.path), each) for each in self.operations]

    def operation(self, method: str, path: str) -> Operation | None:
        """The operation that answers this method and path, if the document has it."""
        matching = (each for pattern, each in self._patterns if pattern.fullmatch(path.rstrip("/")))
        return next((each for each in matching if each.method == method), None)

    def followed(self, pointer: str) -> tuple[str, Any]:
        """Follow references from a place of the document; return the last place and what is there."""
        value = self.at(pointer)
        while isinstance(value, Mapping) and "$ref" in value:
            pointer = value["$ref"].removeprefix("#")
            value = self.at(pointer)
        return pointer, value

    def at(self, pointer: str) -> Any:
        """What is at a JSON pointer."""
        value: Any = self.content
        for key in pointer.split("/")[1:]:
            name = key.replace("~1", "/").replace("~0", "~")
            value = value[int(name)] if isinstance(value, list) else value[name]
        return value

    @cached_property
    def _registry(self) -> jsonschema_rs.Registry:
        versions = [(f"urn:{part}", as_json_schema(self.content, part)) for part in (REQUEST, ANSWER)]
        return jsonschema_rs.Registry(versions, draft=jsonschema_rs.Draft202012)

    def faults(self, part: str, pointer: str, value: Any) -> Iterator[str]:
        """What the schema at a place of the document says against a value in a request or an answer."""
        if (part, pointer) not in self.validators:
            schema = {"$ref": f"urn:{part}#{quote(pointer)}"}
            self.validators[part, pointer] = jsonschema_rs.Draft202012Validator(
                schema, registry=self._registry
            )
        for error in self.validators[part, pointer].iter_errors(value):
            steps = (f"[{each}]" if isinstance(each, int) else f".{each}" for each in error.instance_path)
            yield f"{part}: {''.join(steps).removeprefix('.') or 'body'}: {error.message[:300]}"

    def against_body(self, part: str, holder: str, value: Any) -> Iterator[str]:
        """What the document says against a body, declared at ``holder``."""
        pointer, declared = self.followed(holder)
        if "schema" in declared.get("content", {}).get("application/json", {}):
            yield from self.faults(part, f"{pointer}/content/application~1json/schema", value)

    def against_query(self, operation: Operation, query: tuple[tuple[str, str], ...]) -> Iterator[str]:
        """What the document says against the query parameters."""
        known = dict(self.query_parameters(operation))
        for name in {name for name, _ in query} - known.keys():
            yield f"{REQUEST}: unknown query parameter {name}"
        for name, pointer in known.items():
            given = [value for each, value in query if each == name]
            if given:
                yield from self.faults(REQUEST, f"{pointer}/schema", self._typed(pointer, given))
            elif self.at(pointer).get("required"):
                yield f"{REQUEST}: query parameter {name} is missing"

    def query_parameters(self, operation: Operation) -> Iterator[tuple[str, str]]:
        for owner in (operation.pointer.rpartition("/")[0], operation.pointer):
            for number in range(len(self.at(owner).get("parameters", ()))):
                pointer, declared = self.followed(f"{owner}/parameters/{number}")
                if declared["in"] == "query":
                    yield declared["name"], pointer

    def _typed(self, pointer: str, given: list[str]) -> Any:
        _, schema = self.followed(f"{pointer}/schema")
        if schema.get("type") == "array":
            return given
        return _spelled(given[0]) if schema.get("type") in ("integer", "number", "boolean") else given[0]


def violations(document: Document, exchange: Exchange) -> list[str]:
    """What the document says against an exchange. A refusal is held against the form of refusals only."""
    if exchange.status >= 400:
        error = exchange.answer.get("error") if isinstance(exchange.answer, dict) else None
        return [f"{exchange}: {each}" for each in document.faults(ANSWER, REFUSAL, error)]
    operation = document.operation(exchange.method, exchange.path)
    if operation is None:
        return [] if str(exchange) in BEYOND else [f"{exchange}: not in the document"]
    said = list(document.against_query(operation, exchange.query))
    if "requestBody" in operation.declared:
        said += document.against_body(REQUEST, f"{operation.pointer}/requestBody", exchange.sent)
    if str(exchange.status) not in operation.declared["responses"]:
        said.append(f"{ANSWER}: status {exchange.status}")
    else:
        holder = f"{operation.pointer}/responses/{exchange.status}"
        said += document.against_body(ANSWER, holder, exchange.answer)
    return [f"{operation}: {each}" for each in said]


def load() -> Document:
    """Read the document, and correct it."""
    return Document(corrected(json.loads(DOCUMENT.read_text("utf-8")), ERRATA))


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path)))


def _spelled(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value
