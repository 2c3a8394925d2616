"""Who there is besides the admin: service principals with a client secret, and users.

Below ``/_localcdf/identities``, for the admin token only; to CDF it is a matter of an identity provider.
"""

import hashlib
import hmac
import json
import secrets
import sqlite3
from typing import Annotated, Any

from pydantic import Field, model_validator
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from localcdf.answer import json_answer
from localcdf.bearers import issue
from localcdf.endpoint import Body, Call
from localcdf.errors import CdfError
from localcdf.service import Service
from localcdf.wire import parse_body, read_json_body

Text = Annotated[str, Field(min_length=1, max_length=255)]


class Identity(Body):
    """A service principal, or without client id and secret a user."""

    name: Text
    client_id: Text | None = None
    client_secret: Annotated[str, Field(min_length=8, max_length=1000)] | None = None
    groups: Annotated[tuple[Text, ...], Field(max_length=1000)] = ()  # the sourceId of CDF groups

    @model_validator(mode="after")
    def _both_or_none(self) -> "Identity":
        if (self.client_id is None) != (self.client_secret is None):
            raise ValueError("give both clientId and clientSecret (a service principal), or none (a user)")
        return self


class Identities(Body):
    """Identities to make, or to change: they are told apart by their names."""

    items: Annotated[list[Identity], Field(min_length=1, max_length=1000)]


def routes(service: Service) -> list[Route]:
    """Return the routes of the identities."""

    async def answer(request: Request) -> Response:
        content = await read_json_body(request)

        def work() -> dict[str, Any]:
            with service.turn(request, writes=request.method != "GET") as call:
                return _answer(call, request, content)

        return json_answer(await service.work(work))

    return [Route("/_localcdf/identities", answer, methods=["GET", "POST", "DELETE"])]


def _answer(call: Call, request: Request, content: bytes) -> dict[str, Any]:
    if request.method == "GET":
        return {"items": [_shown(row) for row in call.db.execute("SELECT * FROM identities ORDER BY name")]}
    call.bearers.forget()
    if request.method == "DELETE":
        return _delete(call, request.query_params.get("name"))
    wanted: Identities = parse_body(Identities, content)
    return {"items": [_store(call, each) for each in wanted.items]}


def _delete(call: Call, name: str | None) -> dict[str, Any]:
    if name is None:
        call.db.execute("DELETE FROM identities")
    elif not call.db.execute("DELETE FROM identities WHERE name = ?", (name,)).rowcount:
        raise CdfError(400, f"There is no identity {name!r}", missing=[{"name": name}])
    return {}


def _store(call: Call, wanted: Identity) -> dict[str, Any]:
    """Make or change an identity; one that is changed keeps its id, and its tokens stay good."""
    there = call.db.execute("SELECT id FROM identities WHERE name = ?", (wanted.name,)).fetchone()
    identity = there["id"] if there else secrets.token_urlsafe(16)
    owner = call.db.execute("SELECT id FROM identities WHERE client_id = ?", (wanted.client_id,)).fetchone()
    if owner and owner["id"] != identity:
        raise CdfError(409, f"Another identity has the clientId {wanted.client_id!r}")
    secret = _hashed(wanted.client_secret) if wanted.client_secret is not None else None
    call.db.execute(
        "INSERT INTO identities VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
        "client_id = excluded.client_id, secret = excluded.secret, sources = excluded.sources",
        (identity, wanted.name, wanted.client_id, secret, json.dumps(wanted.groups)),
    )
    row = call.db.execute("SELECT * FROM identities WHERE id = ?", (identity,)).fetchone()
    is_user = wanted.client_id is None
    return _shown(row) | ({"token": issue(call.db, call.now, identity)} if is_user else {})


def _shown(row: sqlite3.Row) -> dict[str, Any]:
    kind = {"type": "USER"} if row["client_id"] is None else {"type": "SERVICE_PRINCIPAL"}
    named = {"clientId": row["client_id"]} if row["client_id"] is not None else {}
    return {"id": row["id"], "name": row["name"]} | kind | named | {"groups": json.loads(row["sources"])}


def authenticate(db: sqlite3.Connection, client_id: str, client_secret: str) -> str | None:
    """Return the id of the service principal with these credentials, if there is one.

    An unknown client id takes as long as a wrong secret.
    """
    row = db.execute("SELECT id, secret FROM identities WHERE client_id = ?", (client_id,)).fetchone()
    kept = row["secret"] if row else bytes(SALT_BYTES)
    return row["id"] if hmac.compare_digest(kept, _hashed(client_secret, kept[:SALT_BYTES])) else None


SALT_BYTES = 16


def _hashed(secret: str, salt: bytes = b"") -> bytes:
    # Cheap as such hashes go: sessions are made in every second test, and the store is on one's own machine.
    salt = salt or secrets.token_bytes(SALT_BYTES)
    return salt + hashlib.scrypt(secret.encode(), salt=salt, n=2**10, r=8, p=1, dklen=32)
