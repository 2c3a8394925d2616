"""Groups: who their members are, and what these may do."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from localcdf.acls import check_capability
from localcdf.endpoint import Body, Call, Endpoint
from localcdf.fields import InternalId
from localcdf.paging import LIST_ORDER, list_order
from localcdf.records import UNKNOWN_IDS, Record, Records, unknown
from localcdf.rights import LOOKING_AT_ONESELF, allowed, check_rights, require

GROUPS = Records("groups", "Groups")
SCHEMA = GROUPS.schema

Capability = Annotated[dict[str, Any], AfterValidator(check_capability)]
MetadataValue = Annotated[str, Field(max_length=512)]
MetadataKey = Annotated[str, Field(max_length=32)]


def _check_total(metadata: dict[str, str]) -> dict[str, str]:
    if (total := sum(len(key) + len(value) for key, value in metadata.items())) > 4096:
        raise ValueError(f"keys and values are {total} characters together, more than 4096")
    return metadata


class TokenAttributes(Body):
    """Which applications a group is valid for."""

    app_ids: Annotated[list[Annotated[str, Field(max_length=255)]], Field(max_length=255)] | None = None


class Attributes(Body):
    """What is taken from the token."""

    token: TokenAttributes | None = None


class Group(Body):
    """A group; its members are managed here, or by an identity provider under ``source_id``."""

    name: Annotated[str, Field(max_length=255)]
    source_id: str | None = None
    members: Annotated[list[str], Field(max_length=100)] | Literal["allUserAccounts"] | None = None
    capabilities: list[Capability] | None = None
    metadata: (
        Annotated[dict[MetadataKey, MetadataValue], Field(max_length=16), AfterValidator(_check_total)] | None
    ) = None
    attributes: Attributes | None = None

    @model_validator(mode="after")
    def _managed_in_one_place(self) -> "Group":
        if self.source_id is not None and self.members is not None:
            raise ValueError("sourceId and members: give one of them, not both")
        return self


class NewGroups(Body):
    """Groups to make."""

    items: Annotated[list[Group], Field(min_length=1, max_length=1000)]


class GroupIds(Body):
    """Groups to delete."""

    items: Annotated[list[InternalId], Field(min_length=1, max_length=1000)]

    @model_validator(mode="after")
    def _each_once(self) -> "GroupIds":
        if len(set(self.items)) < len(self.items):
            raise ValueError("items: the same id twice")
        return self


class GroupQuery(Body):
    """Which groups to list: all of them, or those of the caller."""

    all: bool = False


def list_groups(call: Call) -> dict[str, Any]:
    """Return the groups that the caller is in, or all."""
    if call.params.all:
        require(call, "groupsAcl", "LIST")
    elif call.reads(LOOKING_AT_ONESELF, "named"):
        check_rights(call.principal, ["groupsAcl:LIST"])
    wanted = call.principal.groups
    groups = GROUPS.scan(call.db, lambda group: call.params.all or group["id"] in wanted, list_order(call))
    return {"items": [_shown(group) for group in groups]}


def create(call: Call) -> dict[str, Any]:
    """Make groups; several may have the same name."""
    require(call, "groupsAcl", "CREATE")
    documents = [each.model_dump(by_alias=True, exclude_none=True) for each in call.body.items]
    call.bearers.forget()
    return {"items": [_shown(group) for group in GROUPS.insert(call, documents)]}


def delete(call: Call) -> dict[str, Any]:
    """Delete groups, and with them what their members may do by them."""
    own = allowed(call, "groupsAcl", "DELETE").own
    for group in call.body.items:
        if not (own and group in call.principal.groups):
            require(call, "groupsAcl", "DELETE", id=group)
    missing = [{"id": each} for each in call.body.items if GROUPS.find(call.db, {"id": each}) is None]
    if missing:
        raise unknown(call, "Groups", missing)
    GROUPS.delete(call.db, call.body.items)
    call.bearers.forget()
    return {}


def _shown(group: Record) -> Record:
    return {name: value for name, value in group.items() if not name.endswith("Time")} | {"isDeleted": False}


ENDPOINTS = [
    Endpoint(
        "GET",
        "/groups",
        list_groups,
        params=GroupQuery,
        assumed=(LOOKING_AT_ONESELF, LIST_ORDER),
    ),
    Endpoint(
        "POST",
        "/groups",
        create,
        NewGroups,
        status=201,
        writes=True,
        rights=("groupsAcl:CREATE",),
        unserved=(
            "projectUrlNames in a capability is a 400",
            "nobody looks whether the ids and spaces in scopes exist, or the maker has what is given",
        ),
    ),
    Endpoint(
        "POST",
        "/groups/delete",
        delete,
        GroupIds,
        writes=True,
        rights=("groupsAcl:DELETE",),
        assumed=(UNKNOWN_IDS,),
    ),
]
