"""Two OpenAPI documents side by side: where what they take in requests differs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from judges.document import Document, Operation

LIMITS = ("minItems", "maxItems", "minLength", "maxLength", "minimum", "maximum", "maxProperties")
DEPTH = 7  # fields below it are not compared
NESTED = ("and", "or", "not", "nested", "hasData", "instanceReferences")  # filters in filters, without end


@dataclass(frozen=True)
class Difference:
    """What one place of an endpoint's requests is in both documents."""

    operation: str  # such as POST /files
    place: str  # such as items[].name
    what: str  # a limit, enum, required, or known: whether there is such a field at all
    theirs: Any
    ours: Any

    def __str__(self) -> str:
        return f"{self.operation} {self.place} {self.what}: {self.theirs} -> {self.ours}"


def differences(theirs: Document, ours: Document) -> Iterator[Difference]:
    """Yield every difference, for the operations that are in our document."""
    for operation in ours.operations:
        other = theirs.operation(operation.method, operation.path)
        if other is None or _pattern_of(other.path) != _pattern_of(operation.path):
            yield Difference(str(operation), "", "known", False, True)
            continue
        mine, its = facts(ours, operation), facts(theirs, other)
        for place in sorted(mine.keys() | its.keys()):
            if place not in mine or place not in its:
                if (parent := place.rpartition(".")[0]) in mine and parent in its:
                    yield Difference(str(operation), place, "known", place in its, place in mine)
                continue
            for what in sorted(mine[place].keys() | its[place].keys()):
                values = its[place].get(what), mine[place].get(what)
                if values[0] != values[1]:
                    yield Difference(str(operation), place, what, *values)


def facts(document: Document, operation: Operation) -> dict[str, dict[str, Any]]:
    """The limits, values and required fields of an operation's requests, by place."""
    found: dict[str, dict[str, Any]] = {"": {}}
    for name, pointer in document.query_parameters(operation):
        declared = document.at(pointer)
        _collect(document, declared["schema"], f".?{name}", found, DEPTH)
        found[f".?{name}"]["required"] = bool(declared.get("required"))
    if "requestBody" in operation.declared:
        _, body = document.followed(f"{operation.pointer}/requestBody")
        _collect(document, body["content"]["application/json"]["schema"], "", found, DEPTH)
    return found


def _collect(document: Document, schema: Any, place: str, found: dict[str, Any], depth: int) -> None:
    flat = _flat(document, schema, depth)
    here = found.setdefault(place, {})
    here |= {name: flat[name] for name in LIMITS if name in flat and (name, flat[name]) not in TRIVIAL}
    if "enum" in flat:
        here["enum"] = tuple(sorted(map(str, flat["enum"])))
    if not depth:
        return
    for name, each in flat.get("properties", {}).items():
        _collect(document, each, f"{place}.{name}", found, 0 if name in NESTED else depth - 1)
        found[f"{place}.{name}"]["required"] = name in flat.get("required", ())
    if isinstance(flat.get("items"), Mapping):
        _collect(document, flat["items"], f"{place}[]", found, depth - 1)


TRIVIAL = {("minItems", 0), ("minLength", 0)}


def _flat(document: Document, schema: Any, depth: int) -> dict[str, Any]:
    """A schema without references, with its parts and alternatives merged."""
    while "$ref" in schema:
        schema = {**document.at(schema["$ref"].removeprefix("#")), **_without(schema, "$ref")}
    flat = _without(schema, "allOf", "anyOf", "oneOf")
    if "const" in flat:
        flat["enum"] = [flat["const"]]
    for each in schema.get("allOf", ()):
        part = _flat(document, each, depth)
        flat = {
            **part,
            **flat,
            "properties": {**part.get("properties", {}), **flat.get("properties", {})},
            "required": [*part.get("required", ()), *flat.get("required", ())],
        }
    choices = [each for key in ("anyOf", "oneOf") for each in schema.get(key, ()) if each != {"type": "null"}]
    parts = [_flat(document, each, depth) for each in choices]
    return _joined(flat, parts) if parts else flat


def _joined(flat: dict[str, Any], parts: list[dict[str, Any]]) -> dict[str, Any]:
    """Alternatives as one: the fields of any, and what all of them have in common."""
    made = {name: each for name, each in parts[0].items() if all(part.get(name) == each for part in parts)}
    properties: dict[str, Any] = {}
    for part in parts:
        for name, each in part.get("properties", {}).items():
            properties[name] = {"anyOf": [properties[name], each]} if name in properties else each
    if any("items" in part for part in parts):
        made["items"] = {"anyOf": [part["items"] for part in parts if "items" in part]}
    common = set.intersection(*(set(part.get("required", ())) for part in parts))
    if all("enum" in part for part in parts):
        made["enum"] = sorted({value for part in parts for value in map(str, part["enum"])})
    return {
        **made,
        **flat,
        "properties": {**properties, **flat.get("properties", {})},
        "required": [*common, *flat.get("required", ())],
    }


def _without(schema: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: each for name, each in schema.items() if name not in names}


def _pattern_of(path: str) -> str:
    return "/".join("{}" if each.startswith("{") else each for each in path.split("/"))
