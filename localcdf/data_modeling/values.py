"""Property values: checked against their type, and brought into the one form that the store keeps.

Kept so: timestamps as ``2024-05-31T02:12:29.000+00:00`` (UTC, milliseconds), which sort as text; float32 as
the shortest decimal that means the same float32; -0.0 as 0.0. Limits and formats are those of the reference.
"""

import json
import math
import re
import struct
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from pydantic import TypeAdapter, ValidationError

from localcdf.data_modeling.property_types import (
    MAX_TEXT_BYTES,
    DirectType,
    EnumType,
    ExternalReferenceType,
    PrimitiveType,
    PropertyType,
    TextType,
)
from localcdf.data_modeling.references import NodeReference

MAX_JSON_BYTES = 40_960
MAX_JSON_VALUE_BYTES = 10_240
MAX_JSON_KEY = 128
MAX_JSON_PAIRS = 256
MAX_EXTERNAL_ID = 255  # of a time series, file or sequence
TIMESTAMP = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,3}))?(Z|[+-]\d\d(?::?\d\d)?)?", re.ASCII
)
DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NODE_REFERENCE = TypeAdapter(NodeReference)


def check_value(type_: PropertyType, value: Any) -> Any:
    """Return ``value`` as the store keeps it; a ValueError says why it does not fit its type."""
    if not type_.is_list:
        return check_item(type_, value)
    if not isinstance(value, list):
        raise ValueError(f"expected a list of {type_.type}, not {_kind(value)}")
    if len(value) > type_.list_limit:
        raise ValueError(f"a list of {len(value)} values is longer than the limit of {type_.list_limit}")
    kept = [check_item(type_, each) for each in value]
    _check_list_bytes(type_, kept)
    return kept


def check_item(type_: PropertyType, value: Any) -> Any:
    """Return one value, or one element of a list, as the store keeps it."""
    match type_:
        case TextType():
            return _text(value, type_.max_text_size or MAX_TEXT_BYTES)
        case PrimitiveType():
            return _PRIMITIVES[type_.type](value)
        case DirectType():
            return direct_relation(value)
        case EnumType():
            return _enum(type_, value)
        case ExternalReferenceType():
            return _external_id(value)


def timestamp(value: Any) -> str:
    """Return a timestamp in UTC with milliseconds; without a time zone it is taken as UTC."""
    found = TIMESTAMP.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f"expected a timestamp YYYY-MM-DDTHH:MM:SS[.millis][Z|±HH:MM], not {_shown(value)}")
    *numbers, fraction, zone = found.groups()
    try:
        moment = datetime(*map(int, numbers), int((fraction or "0").ljust(3, "0")) * 1000, tzinfo=UTC)
        moment -= _offset(zone)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{value} is no moment of the years 0001 to 9999") from error
    return _utc(moment)


def timestamp_of(epoch_ms: int) -> str:
    """Return epoch milliseconds as the store keeps timestamps."""
    return _utc(EPOCH + timedelta(milliseconds=epoch_ms))


def epoch_ms(value: Any) -> int:
    """Return the epoch milliseconds of a timestamp given as text or as such a number already."""
    if _is_number(value) and isinstance(value, int) and abs(value) < 2**63:
        return value
    moment = datetime.fromisoformat(timestamp(value))
    return (moment - EPOCH) // timedelta(milliseconds=1)


def direct_relation(value: Any) -> dict[str, str]:
    """Return a direct relation: ``{"space", "externalId"}`` and nothing else."""
    try:
        reference = _NODE_REFERENCE.validate_python(value, strict=True)
    except ValidationError as error:
        details = error.errors()[0]
        where = ".".join(map(str, details["loc"]))
        reason = f"{where}: {details['msg']}" if where else _shown(value)
        raise ValueError(f'expected a direct relation {{"space", "externalId"}}: {reason}') from error
    return {"externalId": reference.external_id, "space": reference.space}


def _utc(moment: datetime) -> str:
    # strftime leaves out the zeros of years below 1000 on some systems.
    return moment.isoformat(timespec="milliseconds")


def _offset(zone: str | None) -> timedelta:
    if zone in {None, "Z"}:
        return timedelta()
    digits = zone[1:].replace(":", "").ljust(4, "0")
    hours, minutes = int(digits[:2]), int(digits[2:])
    if hours > 23 or minutes > 59:
        raise ValueError("no such time zone")
    return timedelta(hours=hours, minutes=minutes) * (-1 if zone[0] == "-" else 1)


def _text(value: Any, most: int) -> str:
    if not isinstance(value, str):
        raise ValueError(f"expected text, not {_kind(value)}")
    if "\x00" in value:
        raise ValueError("text may not contain the null character")
    if (size := len(value.encode())) > most:
        raise ValueError(f"text of {size} bytes is longer than the limit of {most}")
    return value


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"expected true or false, not {_kind(value)}")
    return value


def _integer(bits: int) -> Callable[[Any], int]:
    most = 2 ** (bits - 1)

    def check(value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise ValueError(f"expected a whole number, not {_shown(value)}")
        if not -most <= value < most:
            raise ValueError(f"{_shown(value)} does not fit int{bits}")
        return value

    return check


def _float64(value: Any) -> float:
    if not _is_number(value):
        raise ValueError(f"expected a number, not {_kind(value)}")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ValueError("the number does not fit float64")
    return number + 0.0


def _float32(value: Any) -> float:
    number = _float64(value)
    try:
        exact = _round_to_float32(number)
    except OverflowError as error:
        raise ValueError(f"{number} does not fit float32") from error
    if not math.isfinite(exact):
        raise ValueError(f"{number} does not fit float32")
    digits = (float(f"{exact:.{precision}g}") for precision in range(6, 10))
    return next(each for each in digits if _round_to_float32(each) == exact)


def _round_to_float32(number: float) -> float:
    return struct.unpack("f", struct.pack("f", number))[0]


def _date(value: Any) -> str:
    if not isinstance(value, str) or not DATE.fullmatch(value):
        raise ValueError(f"expected a date YYYY-MM-DD, not {_shown(value)}")
    try:
        date.fromisoformat(value)
    except ValueError as error:
        raise ValueError(f"{value} is no day of the years 0001 to 9999") from error
    return value


def _json(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"expected a JSON object, not {_kind(value)}: wrap it in an object")
    if (size := _bytes(value)) > MAX_JSON_BYTES:
        raise ValueError(f"JSON of {size} bytes is longer than the limit of {MAX_JSON_BYTES}")
    _check_pairs(value)
    for key, each in value.items():
        if _bytes(each) > MAX_JSON_VALUE_BYTES:
            raise ValueError(
                f"the JSON value of {key!r} is longer than the limit of {MAX_JSON_VALUE_BYTES} bytes"
            )
    return value


def _check_pairs(value: Any) -> None:
    if isinstance(value, dict):
        if len(value) > MAX_JSON_PAIRS:
            raise ValueError(
                f"a JSON object of {len(value)} pairs is larger than the limit of {MAX_JSON_PAIRS}"
            )
        if any(len(key) > MAX_JSON_KEY for key in value):
            raise ValueError(f"a JSON key is longer than the limit of {MAX_JSON_KEY} characters")
    for each in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _check_pairs(each)


def _check_list_bytes(type_: PropertyType, values: list[Any]) -> None:
    if type_.type == "text" and (size := sum(len(each.encode()) for each in values)) > MAX_TEXT_BYTES:
        raise ValueError(f"the texts of the list are {size} bytes together, more than {MAX_TEXT_BYTES}")
    if type_.type == "json" and (size := _bytes(values)) > MAX_JSON_BYTES:
        raise ValueError(f"the list of JSON is {size} bytes, more than {MAX_JSON_BYTES}")


def _enum(type_: EnumType, value: Any) -> str:
    if not isinstance(value, str) or value not in type_.values or value == type_.unknown_value:
        known = [each for each in type_.values if each != type_.unknown_value]
        raise ValueError(f"expected one of {', '.join(known)}, not {_shown(value)}")
    return value


def _external_id(value: Any) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= MAX_EXTERNAL_ID or "\x00" in value:
        raise ValueError(f"expected an external id of 1 to {MAX_EXTERNAL_ID} characters, not {_shown(value)}")
    return value


_PRIMITIVES: dict[str, Callable[[Any], Any]] = {
    "boolean": _boolean,
    "int32": _integer(32),
    "int64": _integer(64),
    "float32": _float32,
    "float64": _float64,
    "timestamp": timestamp,
    "date": _date,
    "json": _json,
}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _bytes(value: Any) -> int:
    return len(json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode())


def _kind(value: Any) -> str:
    names = {
        bool: "a truth value",
        int: "a number",
        float: "a number",
        str: "text",
        list: "a list",
        dict: "an object",
    }
    return names.get(type(value), "null")


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else text[:40] + "…"
