"""The shape of JSON without its content: keys and types, fit for an error message or a bug report."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, cast

from pydantic_core import from_json

LARGEST_OBJECT = 40  # keys: an object with more of them is a map from content to content
# A word, with one digit behind it at most: `text`, `boundingBox`, `x1`. Tags and names of images have more.
_WORD = re.compile(r"[A-Za-z_$@][A-Za-z_$@.:-]{0,39}[0-9]?")
_PRODUCT = re.compile(r"360|3[dD]")
_TYPES: dict[type, str] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    type(None): "null",
}
_HIDDEN = "<key>"
_OPTIONAL = "?"


def skeleton_of(data: bytes) -> Any:
    """Describe the shape of a file: of its JSON, or of its lines of JSON.

    Objects stand for themselves, lists are `{"list of": [...], "length": ...}`, all else is the name of its
    type. What the items of a list have not in common is marked by a `?` behind the key, or by several types.
    A key that may be content (with digits in it, or one of very many) is `<key>`.
    """
    try:
        return skeleton(from_json(data))
    except ValueError as error:
        reason = str(error)
    try:
        lines = [from_json(line) for line in data.splitlines() if line.strip()]
    except ValueError:
        return {"not JSON": reason, "bytes": len(data)}
    return {"lines of JSON": _merged(skeleton(line) for line in lines), "lines": len(lines)}


def skeleton(value: object) -> Any:
    """Describe the shape of what was read from JSON; see `skeleton_of`."""
    if isinstance(value, dict):
        return _object(cast("Mapping[str, object]", value))
    if isinstance(value, list):
        items = cast("list[object]", value)
        return {"list of": _merged(skeleton(item) for item in items), "length": len(items)}
    return _TYPES.get(type(value), "number")


def shown_key(key: str) -> str:
    """Return a key, or `<key>` where it may be content."""
    return key if _WORD.fullmatch(_PRODUCT.sub("", key)) else _HIDDEN


def _object(value: Mapping[str, object]) -> dict[str, Any]:
    many = len(value) > LARGEST_OBJECT
    parts: dict[str, list[Any]] = {}
    for key, each in value.items():
        parts.setdefault(_HIDDEN if many else shown_key(key), []).append(skeleton(each))
    return {key: _one(_merged(each)) for key, each in parts.items()}


def _merged(shapes: Iterable[Any]) -> list[Any]:
    """Make one of the objects, one of the lists, and name every other type once."""
    merged: dict[str, Any] = {}
    for shape in shapes:
        if isinstance(shape, str):
            merged[shape] = shape
            continue
        kind = "a list" if set(shape) == {"list of", "length"} else "an object"
        join = _joined_lists if kind == "a list" else _joined_objects
        merged[kind] = join(merged[kind], shape) if kind in merged else shape
    return list(merged.values())


def _joined_lists(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    lengths = [*str(one["length"]).split(".."), *str(other["length"]).split("..")]
    least, most = min(map(int, lengths)), max(map(int, lengths))
    return {
        "list of": _merged([*one["list of"], *other["list of"]]),
        "length": least if least == most else f"{least}..{most}",
    }


def _joined_objects(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    plain = [{key.rstrip(_OPTIONAL): shape for key, shape in each.items()} for each in (one, other)]
    always = {key for key in one if key in other}
    joined: dict[str, Any] = {}
    for key in dict.fromkeys([*plain[0], *plain[1]]):
        shapes = [shape for each in plain if key in each for shape in _several(each[key])]
        joined[key if key in always else f"{key}{_OPTIONAL}"] = _one(_merged(shapes))
    return joined


def _one(shapes: list[Any]) -> Any:
    return shapes[0] if len(shapes) == 1 else shapes


def _several(shape: Any) -> list[Any]:
    return cast("list[Any]", shape) if isinstance(shape, list) else [shape]
