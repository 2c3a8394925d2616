"""Who may come in, before any route is looked at: a loopback name for the host, and a token that is known."""

import secrets

from starlette.requests import Request

from localcdf.content.links import BLOB_PATH
from localcdf.errors import CdfError
from localcdf.principal import ADMIN, Principal
from localcdf.service import Service

LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})


async def admit(request: Request, service: Service) -> Principal:
    """Return who asks; 403 for a foreign host name, 401 without a token that is known."""
    host = request.headers.get("host", "")
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    if name.lower() not in LOOPBACK_NAMES:
        raise CdfError(403, f"The local CDF answers to loopback names only, not to the host {host!r}")
    if request.scope["path"].startswith(BLOB_PATH):
        return ADMIN  # the link carries its own secret, and what it allows
    given = request.headers.get("authorization", "").encode()
    if secrets.compare_digest(given, f"Bearer {service.admin_token}".encode()):
        return ADMIN
    raise CdfError(401, "Unauthorized: send the header Authorization: Bearer <the local CDF's token>")
