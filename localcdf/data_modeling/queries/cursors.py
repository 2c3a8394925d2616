"""Cursors of instances: opaque, and only good for the query that gave them out."""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from localcdf.data_modeling.references import canonical
from localcdf.errors import CdfError

INVALID = (
    "Invalid cursor: send one that this query answered, and keep all but the cursors and limits as it was"
)


def query_digest(endpoint: str, content: Mapping[str, Any]) -> str:
    """Tell apart what must stay the same from page to page: all but cursors and limits."""
    kept = _without_limits({key: value for key, value in content.items() if key not in {"cursor", "cursors"}})
    return hashlib.sha256((endpoint + canonical(kept)).encode()).hexdigest()[:16]


def encode(digest: str, position: Any) -> str:
    """Return the cursor that goes on after ``position``, a JSON value."""
    return base64.urlsafe_b64encode(f"{digest}{canonical(position)}".encode()).decode()


def decode(digest: str, cursor: str) -> Any:
    """Return the position in a cursor; one that this query did not give out is a 400."""
    try:
        text = base64.urlsafe_b64decode(cursor.encode()).decode()
        given, position = text[:16], json.loads(text[16:])
    except (binascii.Error, ValueError) as error:
        raise CdfError(400, INVALID) from error
    if given != digest:
        raise CdfError(400, INVALID)
    return position


def _without_limits(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_limits(each) for key, each in value.items() if key != "limit"}
    return [_without_limits(each) for each in value] if isinstance(value, list) else value
