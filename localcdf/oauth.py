"""The token endpoint of an identity provider: client credentials in, a token for an hour out."""

from typing import Any
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localcdf.answer import json_answer
from localcdf.bearers import TOKEN_LIFE, issue
from localcdf.identities import authenticate
from localcdf.service import Service
from localcdf.wire import read_json_body

TOKEN_PATH = "/oauth2/token"  # noqa: S105 a path
NO_STORE = {"Cache-Control": "no-store"}


class RefusalError(Exception):
    """A refusal in the words of OAuth 2 (RFC 6749, section 5.2)."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.error = error
        self.description = description


def routes(service: Service) -> list[Route]:
    """Return the route of the token endpoint."""

    async def answer(request: Request) -> Response:
        try:
            client_id, client_secret = _credentials(request, await read_json_body(request))
            granted = await service.work(lambda: _grant(service, request, client_id, client_secret))
        except RefusalError as refusal:
            refused = {"error": refusal.error, "error_description": refusal.description}
            return json_answer(refused, refusal.status)
        made = json_answer(granted)
        made.headers.update(NO_STORE)
        return made

    return [Route(TOKEN_PATH, answer, methods=["POST"])]


def _grant(service: Service, request: Request, client_id: str, client_secret: str) -> dict[str, Any]:
    with service.turn(request) as call:
        identity = authenticate(call.db, client_id, client_secret)
        if identity is None:
            raise RefusalError(401, "invalid_client", "Unknown client_id, or the wrong client_secret for it")
        token = issue(call.db, call.now, identity)
    return {"access_token": token, "token_type": "Bearer", "expires_in": TOKEN_LIFE // 1000}


def _credentials(request: Request, content: bytes) -> tuple[str, str]:
    """Return client id and secret from the form; what else is in it, such as a scope, is not looked at."""
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "application/x-www-form-urlencoded":
        raise RefusalError(400, "invalid_request", f"Send a form, not the content type {media!r}")
    try:
        form = parse_qs(content.decode(), strict_parsing=True, max_num_fields=20)
    except ValueError as error:
        raise RefusalError(400, "invalid_request", f"The form cannot be read: {error}") from error
    if repeated := [name for name, values in form.items() if len(values) > 1]:
        raise RefusalError(400, "invalid_request", f"Given twice: {', '.join(repeated)}")
    given = {name: value for name, (value,) in form.items()}
    if given.get("grant_type") != "client_credentials":
        raise RefusalError(400, "unsupported_grant_type", "grant_type must be client_credentials")
    try:
        return given["client_id"], given["client_secret"]
    except KeyError as error:
        raise RefusalError(400, "invalid_request", "client_id and client_secret are needed") from error
