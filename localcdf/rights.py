"""What the caller may do: the rights that an endpoint names, and how far each of them goes."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from localcdf.endpoint import Call
from localcdf.errors import CdfError
from localcdf.principal import Principal, Reach
from localcdf.readings import Reading
from localcdf.records import Find, Record

# A file that a node made can be had by the rights on the node, too.
READ_FILES = "filesAcl:READ or dataModelInstancesAcl:READ"
WRITE_FILES = "filesAcl:WRITE or dataModelInstancesAcl:WRITE"
SEE_ANNOTATED = f"{READ_FILES} or threedAcl:READ"

LOOKING_AT_ONESELF = Reading(
    "looking-at-oneself",
    {
        "named": "who looks at the own token or groups needs what the reference names: groupsAcl:LIST in any "
        "scope, for the token also projectsAcl:LIST",
        "none": "any token may look at itself and at the groups of its holder",
    },
)
OUT_OF_SCOPE = Reading(
    "out-of-scope",
    {
        "refused": "what the caller may not see is a 403 when it is asked for by its id",
        "unknown": "what the caller may not see is, when it is asked for by its id, as if it were not there",
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


Place = Callable[[Record], Mapping[str, Any]]  # where a record is, as the scopes of its capability say


def in_data_set(record: Record) -> Mapping[str, Any]:
    """Return the place of a record that only its data set puts into a scope."""
    return {"data_set": record.get("dataSetId")}


def finder(call: Call, find: Find, acl: str, place: Place) -> Find:
    """Return ``find`` as it is for the caller, who may not see everything."""
    reach = allowed(call, acl, "READ")

    def found(identifier: Mapping[str, Any]) -> Record | None:
        record = find(identifier)
        if record is None or reach.covers(**place(record)):
            return record
        return hidden(call, f"{acl}:READ", **place(record))

    return found


def hidden(call: Call, right: str, **where: Any) -> None:
    """Treat something that is there but out of scope as the reading says: refuse, or see nothing."""
    if call.reads(OUT_OF_SCOPE, "refused"):
        raise lacking(right, **where)
