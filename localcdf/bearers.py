"""Who holds which token. Tokens and secrets are kept as digests only."""

import hashlib
import hmac
import json
import secrets
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from localcdf.errors import CdfError
from localcdf.principal import ADMIN, Principal

TOKEN_LIFE = 3_600_000  # milliseconds
MOST_REMEMBERED = 10_000

SCHEMA = """
CREATE TABLE IF NOT EXISTS identities (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    client_id TEXT UNIQUE, -- NULL: a user
    secret BLOB,
    sources TEXT NOT NULL -- JSON: the source ids of the groups it is in
);
CREATE TABLE IF NOT EXISTS tokens (
    digest BLOB PRIMARY KEY,
    identity TEXT REFERENCES identities (id) ON DELETE CASCADE, -- NULL: the admin
    session INTEGER REFERENCES sessions (id) ON DELETE CASCADE,
    expires INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS tokens_expire ON tokens (expires);
"""


@dataclass(frozen=True)
class Held:
    """Whose token it is, and until when."""

    principal: Principal
    expires: int


class Bearers:
    """The holders of tokens; what was looked up is remembered until something about rights changes."""

    def __init__(self, db: sqlite3.Connection, admin_token: str) -> None:
        self._db = db
        self._admin = digest(admin_token)
        self._held: dict[bytes, Held] = {}

    def remembered(self, token: str, now: int) -> Principal | None:
        """Return who holds the token if that is known without a look into the store."""
        key = digest(token)
        if hmac.compare_digest(key, self._admin):
            return ADMIN
        held = self._held.get(key)
        return held.principal if held and now < held.expires else None

    def look_up(self, token: str, now: int) -> Principal:
        """Return who holds the token, by the store; 401 when nobody does, or no longer."""
        key = digest(token)
        row = self._db.execute(
            "SELECT identity, session, expires FROM tokens WHERE digest = ?", (key,)
        ).fetchone()
        if row is None:
            raise CdfError(401, "Unauthorized: this local CDF has not given out the token")
        if row["expires"] <= now:
            raise CdfError(401, "Unauthorized: the token has expired, ask for a new one")
        principal = principal_of(self._db, row["identity"], row["session"])
        if len(self._held) >= MOST_REMEMBERED:
            self._held.clear()
        self._held[key] = Held(principal, row["expires"])
        return principal

    def forget(self) -> None:
        """Look everything up again: identities, groups or sessions have changed."""
        self._held.clear()


def digest(token: str) -> bytes:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode()).digest()


def issue(
    db: sqlite3.Connection, now: int, identity: str | None, *, session: int | None = None, expires: int = 0
) -> str:
    """Return a new token of an identity (None: the admin), good for an hour or until it ``expires``."""
    token = secrets.token_urlsafe(32)
    db.execute("DELETE FROM tokens WHERE expires <= ?", (now - TOKEN_LIFE,))
    db.execute(
        "INSERT INTO tokens VALUES (?, ?, ?, ?)",
        (digest(token), identity, session, expires or now + TOKEN_LIFE),
    )
    return token


def principal_of(db: sqlite3.Connection, identity: str | None, session: int | None = None) -> Principal:
    """Return an identity (None: the admin) with the rights that its groups give it now."""
    if identity is None:
        return Principal(ADMIN.subject, is_admin=True, session=session)
    row = db.execute("SELECT client_id, sources FROM identities WHERE id = ?", (identity,)).fetchone()
    groups = list(_groups_of(db, identity, json.loads(row["sources"]), is_user=row["client_id"] is None))
    return Principal(
        subject=identity,
        groups=tuple(group["id"] for group in groups),
        capabilities=tuple(each for group in groups for each in group.get("capabilities", [])),
        session=session,
    )


def _groups_of(
    db: sqlite3.Connection, identity: str, sources: list[str], *, is_user: bool
) -> Iterator[dict[str, Any]]:
    for row in db.execute("SELECT doc FROM groups ORDER BY id"):
        group = json.loads(row["doc"])
        members = group.get("members", [])
        is_member = is_user if members == "allUserAccounts" else identity in members
        if is_member or group.get("sourceId") in sources:
            yield group
