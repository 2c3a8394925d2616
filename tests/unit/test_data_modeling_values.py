"""Property values: what fits a type, what does not and why, and the form in which they are kept."""

import json
from typing import Any

import pytest
from pydantic import TypeAdapter

from localcdf.data_modeling.property_types import PropertyType
from localcdf.data_modeling.values import check_value, epoch_ms

PROPERTY_TYPE: TypeAdapter[PropertyType] = TypeAdapter(PropertyType)


def kept(type_: str | dict[str, Any], value: Any) -> Any:
    """The value as the store keeps it."""
    described = {"type": type_} if isinstance(type_, str) else type_
    return check_value(PROPERTY_TYPE.validate_json(json.dumps(described)), value)


TEXT_OF_128000 = "é" * 64_000
JSON_OF_40960 = {f"k{i}": "x" * 10_000 for i in range(4)} | {"rest": "x" * 917}
LARGEST_FLOAT32 = 3.4028235e38


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        ("text", TEXT_OF_128000),
        ({"type": "text", "maxTextSize": 3}, "äa"),
        ({"type": "text", "list": True}, ["x" * 64_000, "x" * 64_000]),
        ({"type": "text", "list": True}, ["x"] * 1000),
        ({"type": "text", "list": True, "maxListSize": 2000}, ["x"] * 2000),
        ({"type": "text", "list": True}, []),
        ("boolean", False),
        ("int32", 2**31 - 1),
        ("int32", -(2**31)),
        ("int64", 2**63 - 1),
        ("int64", -(2**63)),
        ("float32", LARGEST_FLOAT32),
        ("float64", 1.7976931348623157e308),
        ("date", "0001-01-01"),
        ("json", JSON_OF_40960),
        ("json", {"k" * 128: 1}),
        ("json", {"k": "x" * 10_238}),
        ("json", {str(number): number for number in range(256)}),
        ({"type": "direct", "list": True}, [{"space": "s", "externalId": "x"}] * 100),
        ("timeseries", "x" * 255),
        ({"type": "enum", "values": {"a": {}, "b": {}}}, "b"),
    ],
)
def test_a_value_at_the_limit_fits(type_: Any, value: Any) -> None:
    assert kept(type_, value) == value


def test_the_largest_json_of_these_tests_is_at_its_limit() -> None:
    assert len(json.dumps(JSON_OF_40960, separators=(",", ":")).encode()) == 40_960


@pytest.mark.parametrize(
    ("type_", "value", "reason"),
    [
        ("text", TEXT_OF_128000 + "a", "text of 128001 bytes"),
        ("text", "a\x00", "null character"),
        ("text", 1, "expected text, not a number"),
        ("text", ["a"], "expected text, not a list"),
        ({"type": "text", "maxTextSize": 3}, "ää", "limit of 3"),
        ({"type": "text", "list": True}, "a", "expected a list"),
        ({"type": "text", "list": True}, [None], "not null"),
        ({"type": "text", "list": True}, ["x" * 64_000, "x" * 64_001], "together"),
        ({"type": "text", "list": True}, ["x"] * 1001, "limit of 1000"),
        ({"type": "text", "list": True, "maxListSize": 2}, ["x"] * 3, "limit of 2"),
        ("boolean", 1, "expected true or false"),
        ("int32", 2**31, "int32"),
        ("int32", -(2**31) - 1, "int32"),
        ("int32", 1.0, "whole number"),
        ("int32", True, "whole number"),
        ("int64", 2**63, "int64"),
        ("float32", 3.5e38, "float32"),
        ("float64", 10**400, "float64"),
        ("float64", True, "expected a number"),
        ("float64", "1", "expected a number"),
        ("date", "2023-02-29", "no day"),
        ("date", "0000-01-01", "no day"),
        ("date", "2023-1-1", "YYYY-MM-DD"),
        ("json", [1], "wrap it in an object"),
        ("json", JSON_OF_40960 | {"more": "x"}, "limit of 40960"),
        ("json", {"k" * 129: 1}, "128 characters"),
        ("json", {"a": {"k" * 129: 1}}, "128 characters"),
        ("json", {"k": "x" * 10_239}, "10240 bytes"),
        ("json", {str(number): number for number in range(257)}, "limit of 256"),
        ({"type": "json", "list": True}, [{"a": "x" * 10_000}] * 5, "more than 40960"),
        ("direct", {"space": "s"}, "direct relation"),
        ("direct", {"space": "s", "externalId": "x", "type": "node"}, "direct relation"),
        ("direct", "x", "direct relation"),
        ({"type": "direct", "list": True}, [{"space": "s", "externalId": "x"}] * 101, "limit of 100"),
        ("sequence", "x" * 256, "255"),
        ({"type": "enum", "values": {"a": {}, "b": {}}}, "c", "one of a, b"),
        ({"type": "enum", "values": {"a": {}, "b": {}}, "unknownValue": "b"}, "b", "one of a"),
    ],
)
def test_a_value_beyond_the_limit_is_refused_with_the_reason(type_: Any, value: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        kept(type_, value)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("2024-05-31T02:12:29Z", "2024-05-31T02:12:29.000+00:00"),
        ("2024-05-31T02:12:29", "2024-05-31T02:12:29.000+00:00"),
        ("2024-05-31T02:12:29.5+02:00", "2024-05-31T00:12:29.500+00:00"),
        ("2024-05-31T02:12:29.123+0230", "2024-05-30T23:42:29.123+00:00"),
        ("2024-05-31T02:12:29-01", "2024-05-31T03:12:29.000+00:00"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000+00:00"),
        ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999+00:00"),
    ],
)
def test_a_timestamp_is_kept_in_utc_with_milliseconds(given: str, expected: str) -> None:
    assert kept("timestamp", given) == expected


@pytest.mark.parametrize(
    "value",
    [
        "2024-05-31",
        "2024-05-31 02:12:29Z",
        "2024-05-31T02:12:29.1234Z",
        "2024-02-30T00:00:00Z",
        "2024-05-31T24:00:00Z",
        "2024-05-31T00:00:00+24:00",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        "٢٠٢٤-05-31T02:12:29Z",
        1717114349000,
        None,
    ],
)
def test_what_is_no_timestamp_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"timestamp|moment"):
        kept("timestamp", value)


def test_float32_is_kept_as_the_shortest_decimal_of_the_same_float32() -> None:
    assert kept("float32", 0.1) == 0.1
    assert kept("float32", 1 / 3) == 0.33333334
    assert kept("float32", 16_777_217) == 16_777_216


def test_times_of_the_platform_compare_as_numbers_and_as_text() -> None:
    assert epoch_ms("1970-01-01T00:00:01.5Z") == 1500
    assert epoch_ms(1500) == 1500
