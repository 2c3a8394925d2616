"""Answers: JSON, written once."""

from typing import Any

from pydantic_core import to_json
from starlette.responses import Response


def json_answer(value: Any, status: int = 200) -> Response:
    """Return ``value`` as a JSON answer."""
    return Response(to_json(value), status, media_type="application/json")
