"""From bytes on the wire to typed requests: bounded, decompressed, validated, or refused with the reason."""

import json
import re
import zlib
from collections.abc import AsyncIterator, Mapping
from typing import Any, get_args, get_origin

from pydantic import ValidationError
from pydantic_core import ErrorDetails, from_json
from starlette.requests import Request

from localcdf.endpoint import Body
from localcdf.errors import CdfError

MAX_BODY_BYTES = 32 * 2**20  # of JSON, as sent and decompressed
# V20210406 is in no reference, but Cognite's own JavaScript client sends it with every request.
CDF_VERSIONS = frozenset({"20230101", "alpha", "beta", "20230101-alpha", "20230101-beta", "V20210406"})

# What Cognite's clients, plain HTTP clients and browsers send. CDF may ignore others; nobody knows which.
KNOWN_HEADERS = frozenset(
    {
        "accept",
        "accept-charset",
        "accept-encoding",
        "accept-language",
        "authorization",
        "cache-control",
        "cdf-version",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "date",
        "dnt",
        "expect",
        "host",
        "keep-alive",
        "origin",
        "pragma",
        "priority",
        "referer",
        "te",
        "traceparent",
        "tracestate",
        "transfer-encoding",
        "upgrade-insecure-requests",
        "user-agent",
        "x-cdp-app",
        "x-cdp-clienttag",
        "x-cdp-sdk",
        "x-requested-with",
        "x-user-agent",
    }
)

# What pydantic would take inside free-form values though it is not JSON, or no finite number.
SUSPECT_NUMBER = re.compile(rb"NaN|Infinity|\d[eE]\+?\d{3}|\d{300}")


async def read_json_body(request: Request) -> bytes:
    """Return the whole body, decompressed. A cut connection raises starlette's ClientDisconnect."""
    encoding = request.headers.get("content-encoding", "identity").lower()
    if encoding == "gzip":
        return await _gunzip(request.stream())
    if encoding != "identity":
        raise CdfError(415, f"Content-Encoding {encoding} is not supported: send gzip or none")
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        _check_size(len(content))
    return bytes(content)


async def _gunzip(chunks: AsyncIterator[bytes]) -> bytes:
    inflate = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    content, sent = bytearray(), 0
    try:
        async for chunk in chunks:
            sent += len(chunk)
            # One byte more than allowed is enough to know; a bomb is never unpacked.
            content += inflate.decompress(chunk, MAX_BODY_BYTES + 1 - len(content))
            _check_size(len(content))
            if inflate.unused_data:
                raise CdfError(400, "The gzip body has something after its end")
    except zlib.error as error:
        raise CdfError(400, "The body is not valid gzip, which Content-Encoding promises") from error
    if sent and not inflate.eof:
        raise CdfError(400, "The gzip body is cut")
    return bytes(content)


def _check_size(size: int) -> None:
    if size > MAX_BODY_BYTES:
        raise CdfError(413, f"The body is larger than {MAX_BODY_BYTES} bytes of JSON")


def parse_body(model: type[Body], content: bytes) -> Body:
    """Parse JSON into ``model``; a 400 names what is wrong and where."""
    try:
        if SUSPECT_NUMBER.search(content):
            json.dumps(from_json(content, allow_inf_nan=False), allow_nan=False)
        return model.model_validate_json(content, strict=True)
    except ValidationError as error:
        raise CdfError(400, reasons(error, _parsed(content))) from error
    except ValueError as error:
        raise CdfError(400, f"The body is not valid JSON: {error}") from error


def _parsed(content: bytes) -> Any:
    try:
        return from_json(content)
    except ValueError:
        return None


def parse_query(model: type[Body] | None, request: Request) -> Body | None:
    """Parse the query parameters into ``model``; unknown and repeated ones are refused."""
    types = {each.alias: each.annotation for each in model.model_fields.values()} if model else {}
    given: dict[str, str | list[str]] = {}
    for name in request.query_params:
        if name not in types:
            raise CdfError(400, f"Unknown query parameter {name}")
        values = request.query_params.getlist(name)
        is_list = _takes_a_list(types[name])
        if len(values) > 1 and not is_list:
            raise CdfError(400, f"Query parameter {name} is given twice")
        given[name] = values if is_list else values[0]
    if model is None:
        return None
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise CdfError(400, f"Query parameters: {reasons(error, given)}") from error


def _takes_a_list(annotation: object) -> bool:
    """Say whether a parameter may be repeated: its type is a list, perhaps one that may be missing."""
    return any(get_origin(each) is list for each in (annotation, *get_args(annotation)))


def check_headers(headers: Mapping[str, str]) -> None:
    """Refuse a header that no known client sends, and a ``cdf-version`` that names no documented version."""
    for name in headers:
        if name not in KNOWN_HEADERS and not name.startswith("sec-"):  # the latter are a browser's
            raise CdfError(400, f"Unknown header {name}: CDF documents none of this name")
    version = headers.get("cdf-version")
    if version is not None and version not in CDF_VERSIONS:
        raise CdfError(400, f"Unknown cdf-version {version}: expected {', '.join(sorted(CDF_VERSIONS))}")


def reasons(error: ValidationError, root: Any) -> str:
    """Say what is wrong in ``root``, the JSON value that was validated, and where: the first three faults."""
    return "; ".join(_reason(each, root) for each in error.errors(include_url=False)[:3])


def _reason(details: ErrorDetails, root: Any) -> str:
    if details["type"] == "json_invalid":
        return f"The body is not valid JSON: {details['ctx']['error']}"
    where = _field_path(details, root)
    message = details["msg"].removeprefix("Value error, ")
    if details["type"] == "extra_forbidden":
        message = "Unknown field"
    return f"{where}: {message}" if where else message


def _field_path(details: ErrorDetails, root: Any) -> str:
    """Return ``items[3].status`` for the place of an error, without the names of alternatives tried there."""
    path, value = "", root
    *_, last = (None, *details["loc"])
    for part in details["loc"]:
        if isinstance(part, int) and isinstance(value, list):
            path, value = f"{path}[{part}]", value[part]
        elif isinstance(value, dict) and part in value:
            path, value = f"{path}.{part}", value[part]
        elif part is last and details["type"] == "missing":
            path = f"{path}.{part}"
    return path.removeprefix(".")
