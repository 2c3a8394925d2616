"""What the caller may do: the rights that an endpoint names, and how far each of them goes."""

from collections.abc import Iterable
from typing import Any

from localcdf.endpoint import Call
from localcdf.errors import CdfError
from localcdf.principal import Principal, Reach
from localcdf.readings import Reading

LOOKING_AT_ONESELF = Reading(
    "looking-at-oneself",
    {
        "named": "who looks at the own token or groups needs what the reference names: groupsAcl:LIST in any "
        "scope, for the token also projectsAcl:LIST",
        "none": "any token may look at itself and at the groups of its holder",
    },
)


def check_rights(principal: Principal, rights: Iterable[str]) -> None:
    """Refuse a caller who lacks one of these rights in every scope; of ``"a or b"`` one is enough."""
    for right in rights:
        if not any(principal.reach(*each.split(":")) for each in right.split(" or ")):
            raise lacking(right)


def allowed(call: Call, acl: str, action: str) -> Reach:
    """Return how far a right of the caller goes."""
    return call.principal.reach(acl, action)


def require(call: Call, acl: str, action: str, **where: Any) -> None:
    """Refuse a caller whose right does not go as far as this ``space``, ``data_set``, ``id`` or ``pipeline``.

    With nothing named, or None for all of it, the right must go everywhere.
    """
    if not allowed(call, acl, action).covers(**where):
        raise lacking(f"{acl}:{action}", **where)


def lacking(right: str, **where: Any) -> CdfError:
    """Return the refusal that names the right, and where it is needed."""
    named = [f"{name.replace('_', ' ')} {value}" for name, value in where.items() if value is not None]
    place = f" for {' and '.join(named)}" if named else ""
    return CdfError(403, f"Forbidden: the caller lacks {right}{place}")
