"""Signed links: a secret in the path says what may be done with which file, and until when."""

import base64
import binascii
import hashlib
import hmac
import json
import sqlite3
from typing import Any, Literal

from localcdf.endpoint import Call
from localcdf.errors import CdfError

BLOB_PATH = "/_localcdf/blob/"  # what follows carries its own secret

SECOND = 1000
DOWNLOAD_LIFE = 30 * SECOND
EXTENDED_DOWNLOAD_LIFE = 3600 * SECOND
UPLOAD_LIFE = 7 * 24 * 3600 * SECOND

Kind = Literal["upload", "download"]


def make_link(call: Call, kind: Kind, life: int, subject: dict[str, Any]) -> str:
    """Return the URL that allows ``kind`` for ``subject`` during ``life`` milliseconds."""
    claim = json.dumps({"kind": kind, "until": call.now + life, "caller": call.caller, **subject}).encode()
    token = base64.urlsafe_b64encode(_sign(call.db, claim) + claim).decode().rstrip("=")
    return f"{call.base_url}{BLOB_PATH}{kind}/{token}"


def read_link(call: Call, kind: Kind, token: str) -> dict[str, Any]:
    """Return the subject of a link; 403 when it was not made here or has expired."""
    signature, claim = _parts(token)
    if not hmac.compare_digest(signature, _sign(call.db, claim)):
        raise CdfError(403, "This link was not made by this local CDF")
    subject = json.loads(claim)
    if subject.pop("kind") != kind:
        raise CdfError(403, f"This link does not allow an {kind}")
    if call.now > subject.pop("until"):
        raise CdfError(403, f"This {kind} link has expired: ask for a new one")
    return subject


def claimed_caller(path: str) -> str:
    """Return who asked for the link with this path, as far as anyone says so: nothing here is checked."""
    _, claim = _parts(path.rpartition("/")[2])
    try:
        return str(json.loads(claim)["caller"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""


def _parts(token: str) -> tuple[bytes, bytes]:
    """Return the signature and the claim of a link."""
    try:
        content = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        content = b""
    return content[:32], content[32:]


def _sign(db: sqlite3.Connection, claim: bytes) -> bytes:
    key = db.execute("SELECT key FROM signing_key").fetchone()["key"]
    return hmac.digest(key, claim, hashlib.sha256)
