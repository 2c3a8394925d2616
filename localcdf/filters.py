"""How the filters of list requests match a record: each given field must match, none given matches all."""

from collections.abc import Callable, Mapping
from typing import Any

from localcdf.endpoint import Body

Record = Mapping[str, Any]
Test = Callable[[Record, Any], bool]


def equal(field: str) -> Test:
    """Match a field that has just this value."""
    return lambda record, wanted: record.get(field) == wanted


def prefix(field: str) -> Test:
    """Match a text field that starts so."""
    return lambda record, wanted: record.get(field, "").startswith(wanted)


def within(field: str) -> Test:
    """Match a time in the range, both ends included; a record without the time never matches."""

    def test(record: Record, wanted: Mapping[str, int]) -> bool:
        value = record.get(field)
        return value is not None and wanted.get("min", value) <= value <= wanted.get("max", value)

    return test


def pairs(field: str) -> Test:
    """Match a map that has all these pairs."""
    return lambda record, wanted: wanted.items() <= record.get(field, {}).items()


def any_of(field: str) -> Test:
    """Match a list that has one of these values."""
    return lambda record, wanted: any(each in wanted for each in record.get(field, ()))


def every(field: str) -> Test:
    """Match a list of objects that has all of these objects."""
    return lambda record, wanted: all(each in record.get(field, ()) for each in wanted)


def one_of(field: str) -> Test:
    """Match a field that has one of these values."""
    return lambda record, wanted: record.get(field) in wanted


def wanted_fields(given: Body | None) -> dict[str, Any]:
    """Return the fields of a filter that are given, as the wire has them."""
    return given.model_dump(by_alias=True, exclude_none=True) if given else {}


def matcher(wanted: Mapping[str, Any], tests: Mapping[str, Test]) -> Callable[[Record], bool]:
    """Return the test of a whole filter; a field without a test of its own is matched by equality."""
    checks = [(tests.get(name) or equal(name), value) for name, value in wanted.items()]
    return lambda record: all(check(record, value) for check, value in checks)


def is_subset(part: Any, whole: Any) -> bool:
    """Say whether the JSON value ``part`` is contained in ``whole``: objects key by key, at any depth."""
    if isinstance(part, Mapping):
        return isinstance(whole, Mapping) and all(
            key in whole and is_subset(value, whole[key]) for key, value in part.items()
        )
    return part == whole and isinstance(part, bool) == isinstance(whole, bool)
