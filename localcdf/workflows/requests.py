"""Requests that a workflow sends to its own project."""

from typing import Any

import httpx2

from localcdf.workflows.models import CdfRequest


def send(url: str, token: str, request: CdfRequest) -> dict[str, Any]:
    """Send a request; return its ``output``, or the ``reason`` why there is no answer."""
    version = f"20230101-{request.cdf_version_header}" if request.cdf_version_header else "20230101"
    headers = {"Authorization": f"Bearer {token}", "cdf-version": version, "x-cdp-app": "workflow"}
    sent = {} if request.body is None else {"json": request.body}
    parameters: Any = request.query_parameters or {}
    seconds = float(request.request_timeout_in_millis) / 1000
    try:
        answer = httpx2.request(
            str(request.method), url, params=parameters, headers=headers, timeout=seconds, **sent
        )
    except (httpx2.HTTPError, OSError) as error:
        return {"reason": f"There was no answer: {error or type(error).__name__}"}
    is_json = answer.headers.get("content-type", "").startswith("application/json")
    return {
        "output": {"statusCode": answer.status_code, "response": answer.json() if is_json else answer.text}
    }
