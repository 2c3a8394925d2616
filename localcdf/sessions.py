"""Sessions: the leave to act for someone later, handed on as a nonce that is good for a minute and once.

What works for a client later (a function, a workflow) takes the nonce with ``spend`` and gets a token.
"""

import secrets
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from localcdf.bearers import TOKEN_LIFE, digest, issue, principal_of
from localcdf.endpoint import Body, Call, Endpoint
from localcdf.errors import CdfError
from localcdf.fields import InternalId, PageLimit
from localcdf.identities import authenticate
from localcdf.paging import FULL_PAGE_CURSOR, decode_cursor, page
from localcdf.principal import Principal
from localcdf.readings import Reading
from localcdf.records import UNKNOWN_IDS, unknown
from localcdf.rights import allowed
from localcdf.store import new_id

NONCE_LIFE = 60_000  # milliseconds
ONE_SHOT = "ONESHOT_TOKEN_EXCHANGE"

WRONG_CREDENTIALS = Reading(
    "wrong-session-credentials",
    {
        "400": "wrong credentials for a session are a 400",
        "401": "wrong credentials for a session are a 401",
    },
)
CHAINED = Reading(
    "chained-session",
    {
        "403": "a session of a third level, or a chained one where a root session is needed, is a 403",
        "400": "a session of a third level, or a chained one where a root session is needed, is a 400",
    },
)
BAD_NONCE = Reading(
    "bad-nonce",
    {
        "400": "a nonce that is unknown, spent or older than a minute is a 400",
        "403": "a nonce that is unknown, spent or older than a minute is a 403",
    },
)

SCHEMA = """
CREATE TABLE IF NOT EXISTS sessions (
    id INTEGER PRIMARY KEY,
    type TEXT NOT NULL,
    identity TEXT, -- NULL: the admin
    client_id TEXT,
    parent INTEGER REFERENCES sessions (id), -- whose token it was made with: then it is chained
    nonce BLOB NOT NULL UNIQUE,
    spent INTEGER NOT NULL DEFAULT 0,
    revoked INTEGER NOT NULL DEFAULT 0,
    created INTEGER NOT NULL
);
"""


class NewSession(Body):
    """For whom: the holder of credentials, or the caller."""

    client_id: Annotated[str, Field(min_length=1)] | None = None
    client_secret: Annotated[str, Field(min_length=1)] | None = None
    token_exchange: Literal[True] | None = None
    oneshot_token_exchange: Literal[True] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> "NewSession":
        ways = [
            ["client_id", "client_secret"],
            ["token_exchange"],
            ["oneshot_token_exchange"],
        ]
        if sorted(name for name in type(self).model_fields if getattr(self, name) is not None) not in ways:
            raise ValueError(
                "exactly one of clientId with clientSecret, tokenExchange, oneshotTokenExchange is needed"
            )
        return self

    @property
    def type(self) -> str:
        """How the session was made."""
        if self.client_id is not None:
            return "CLIENT_CREDENTIALS"
        return "TOKEN_EXCHANGE" if self.token_exchange else ONE_SHOT


class NewSessions(Body):
    """Sessions to make: one."""

    items: Annotated[list[NewSession], Field(min_length=1, max_length=1)]


class SessionId(Body):
    """A session."""

    id: InternalId


class SessionIds(Body):
    """Some sessions."""

    items: Annotated[list[SessionId], Field(min_length=1, max_length=1000)]


Status = Literal["READY", "ACTIVE", "CANCELLED", "EXPIRED", "REVOKED", "ACCESS_LOST"]


class SessionQuery(Body):
    """Which sessions to list."""

    status: Annotated[Status, BeforeValidator(str.upper)] | None = None
    cursor: str | None = None
    limit: PageLimit = 25


@dataclass(frozen=True)
class Session:
    """A session in use: who acts, and the token that clients of the session send."""

    id: int
    principal: Principal
    is_chained: bool  # made with the token of another session
    token: str


def create(call: Call) -> dict[str, Any]:
    """Make a session and return its nonce, which is shown this once."""
    (wanted,) = call.body.items
    identity, parent = _whose(call, wanted)
    nonce, session = secrets.token_urlsafe(24), new_id(call.db)
    call.db.execute(
        "INSERT INTO sessions (id, type, identity, client_id, parent, nonce, created) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        (session, wanted.type, identity, wanted.client_id, parent, digest(nonce), call.now),
    )
    made = {"id": session, "type": wanted.type, "status": "READY", "nonce": nonce}
    return {"items": [made | ({"clientId": wanted.client_id} if wanted.client_id else {})]}


def _whose(call: Call, wanted: NewSession) -> tuple[str | None, int | None]:
    """Return the identity of a new session, and the session whose token it is made with."""
    if wanted.client_id is not None:
        identity = authenticate(call.db, wanted.client_id, wanted.client_secret or "")
        if identity is None:
            code = 400 if call.reads(WRONG_CREDENTIALS, "400") else 401
            raise CdfError(code, "Unknown clientId, or the wrong clientSecret for it")
        return identity, None
    parent = call.principal.session
    if parent is not None and _row(call, parent)["parent"] is not None:
        code = 403 if call.reads(CHAINED, "403") else 400
        raise CdfError(code, f"Session {parent} is chained and can make no further session: send credentials")
    return None if call.principal.is_admin else call.principal.subject, parent


def list_sessions(call: Call) -> dict[str, Any]:
    """Return one page of the project's sessions."""
    query: SessionQuery = call.params
    (after,) = decode_cursor(query, query.cursor)
    rows = call.db.execute(f"{SELECT} WHERE s.id > ? ORDER BY s.id", (after,))
    shown = (_shown(call, row) for row in rows)
    return page(call, (each for each in shown if query.status in (None, each["status"])), query.limit, query)


def retrieve(call: Call) -> dict[str, Any]:
    """Return sessions by id."""
    return {"items": list(_found(call))}


def revoke(call: Call) -> dict[str, Any]:
    """End sessions: their tokens, and those of sessions made with them, are good no longer."""
    for session in _found(call):
        call.db.execute("UPDATE sessions SET revoked = 1 WHERE ? IN (id, parent)", (session["id"],))
    call.db.execute("DELETE FROM tokens WHERE session IN (SELECT id FROM sessions WHERE revoked)")
    call.bearers.forget()
    fields = {"id"} if not allowed(call, "sessionsAcl", "LIST") else None
    return {"items": [{k: v for k, v in each.items() if not fields or k in fields} for each in _found(call)]}


def spend(call: Call, nonce: str, *, root_only: bool = False) -> Session:
    """Take over a session by its nonce, to act for its client later.

    ``root_only`` refuses a chained session. Raises ``CdfError`` for a nonce that is unknown, spent or older
    than a minute, and for a session that may not be used. What else refuses the request keeps the nonce good.
    """
    row = call.db.execute(f"{SELECT} WHERE s.nonce = ?", (digest(nonce),)).fetchone()
    code = 400 if call.reads(BAD_NONCE, "400") else 403
    if row is None:
        raise CdfError(code, "Unknown nonce: make a session right before, and send the nonce it answers")
    if row["spent"]:
        raise CdfError(
            code, f"The nonce of session {row['id']} is spent: it is good once, make a new session"
        )
    if call.now >= row["created"] + NONCE_LIFE:
        raise CdfError(code, f"The nonce of session {row['id']} has expired: it is good for one minute")
    if root_only and row["parent"] is not None:
        code = 403 if call.reads(CHAINED, "403") else 400
        raise CdfError(
            code, f"Session {row['id']} is chained: a session made with credentials is needed here"
        )
    call.db.execute("UPDATE sessions SET spent = 1 WHERE id = ?", (row["id"],))
    return renew(call, row["id"])


def renew(call: Call, session: int) -> Session:
    """Return a session that was spent, with a token good for an hour from now; 403 when it is over."""
    row = _row(call, session)
    status = _status(call, row)
    if status != "ACTIVE":
        raise CdfError(403, f"Session {session} is over ({status}): make a new session")
    expires = call.now + call.late + TOKEN_LIFE
    if row["type"] == ONE_SHOT:
        expires = min(expires, _expires(call, row))
    return Session(
        id=session,
        principal=principal_of(call.db, row["identity"], session),
        is_chained=row["parent"] is not None,
        token=issue(call.db, call.now, row["identity"], session=session, expires=expires),
    )


def chain(call: Call, parent: int) -> Session:
    """Return a session made with the token of one that was spent: it is chained."""
    row = _row(call, renew(call, parent).id)
    made = new_id(call.db)
    call.db.execute(
        "INSERT INTO sessions (id, type, identity, parent, nonce, spent, created) "
        "VALUES (?, 'TOKEN_EXCHANGE', ?, ?, ?, 1, ?)",
        (made, row["identity"], parent, digest(secrets.token_urlsafe(24)), call.now),
    )
    return renew(call, made)


SELECT = (
    "SELECT s.*, s.identity IS NULL OR i.id IS NOT NULL AS has_access "
    "FROM sessions s LEFT JOIN identities i ON i.id = s.identity"
)


def _row(call: Call, session: int) -> sqlite3.Row:
    row = call.db.execute(f"{SELECT} WHERE s.id = ?", (session,)).fetchone()
    if row is None:
        raise unknown(call, "Sessions", [{"id": session}])
    return row


def _found(call: Call) -> Iterator[dict[str, Any]]:
    return (_shown(call, _row(call, each.id)) for each in call.body.items)


def _shown(call: Call, row: sqlite3.Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "type": row["type"],
        "status": _status(call, row),
        "creationTime": row["created"],
        "expirationTime": _expires(call, row),
    } | ({"clientId": row["client_id"]} if row["client_id"] else {})


def _status(call: Call, row: sqlite3.Row) -> str:
    if row["revoked"]:
        return "REVOKED"
    if not row["has_access"]:
        return "ACCESS_LOST"
    if row["spent"]:
        return "ACTIVE" if call.now < _expires(call, row) else "EXPIRED"
    return "READY" if call.now < row["created"] + NONCE_LIFE else "EXPIRED"


def _expires(call: Call, row: sqlite3.Row) -> int:
    """Return when a session ends; the platform refreshes all but one-shot sessions each hour."""
    refreshed = 0 if row["type"] == ONE_SHOT else (call.now - row["created"]) // TOKEN_LIFE
    return row["created"] + (refreshed + 1) * TOKEN_LIFE


ENDPOINTS = [
    Endpoint(
        "POST",
        "/sessions",
        create,
        NewSessions,
        writes=True,
        rights=("sessionsAcl:CREATE",),
        assumed=(WRONG_CREDENTIALS, CHAINED),
    ),
    Endpoint(
        "GET",
        "/sessions",
        list_sessions,
        params=SessionQuery,
        rights=("sessionsAcl:LIST",),
        assumed=(FULL_PAGE_CURSOR,),
    ),
    Endpoint(
        "POST",
        "/sessions/byids",
        retrieve,
        SessionIds,
        rights=("sessionsAcl:LIST",),
        assumed=(UNKNOWN_IDS,),
    ),
    Endpoint(
        "POST",
        "/sessions/revoke",
        revoke,
        SessionIds,
        writes=True,
        rights=("sessionsAcl:DELETE",),
        assumed=(UNKNOWN_IDS,),
        unserved=("it works at once, not within an hour",),
    ),
]
