"""Who may come in, before any route is looked at: a loopback name for the host, and a token that is known."""

from starlette.requests import Request

from localcdf.content.links import BLOB_PATH
from localcdf.errors import CdfError
from localcdf.oauth import TOKEN_PATH
from localcdf.principal import ADMIN, NOBODY, Principal
from localcdf.service import Service

LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})
OWN_PAGES = "/_localcdf/"


async def admit(request: Request, service: Service) -> Principal:
    """Return who asks; 403 for a foreign host name, 401 without a token that is known."""
    host = request.headers.get("host", "")
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    if name.lower() not in LOOPBACK_NAMES:
        raise CdfError(403, f"The local CDF answers to loopback names only, not to the host {host!r}")
    path = request.scope["path"]
    if path.startswith(BLOB_PATH):
        return ADMIN  # the link carries its own secret, and what it allows
    if path == TOKEN_PATH:
        return NOBODY  # who asks for a token has none yet
    principal = await _holder(request, service)
    if path.startswith(OWN_PAGES) and principal is not ADMIN:
        raise CdfError(403, f"Forbidden: {OWN_PAGES} is for the admin token only")
    return principal


async def _holder(request: Request, service: Service) -> Principal:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise CdfError(401, "Unauthorized: send the header Authorization: Bearer <a token of this local CDF>")
    bearers, now = service.bearers, service.clock.now()
    return bearers.remembered(token, now) or await service.work(lambda: bearers.look_up(token, now))
