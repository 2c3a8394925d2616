"""The small data model in the scratch space: things, and extras that a thing may have."""

from typing import Any

Json = dict[str, Any]
THING, EXTRA = "Thing", "Extra"


def containers(space: str) -> list[Json]:
    """Return the containers, as the API takes them."""
    kin = {"type": "direct", "container": container(space, THING)}
    things = {
        "name": {"type": {"type": "text"}},
        "count": {"type": {"type": "int64"}},
        "code": {"type": {"type": "text"}},
        "peer": {"type": {"type": "direct"}},
        "kin": {"type": kin},
    }
    one_code = {"constraintType": "uniqueness", "properties": ["code"]}
    return [
        {
            "space": space,
            "externalId": THING,
            "usedFor": "node",
            "properties": things,
            "constraints": {"oneCode": one_code},
        },
        {
            "space": space,
            "externalId": EXTRA,
            "usedFor": "node",
            "properties": {"note": {"type": {"type": "text"}}},
        },
    ]


def views(space: str) -> list[Json]:
    """Return the views, one for each container."""
    return [
        {
            "space": space,
            "externalId": each["externalId"],
            "version": "v1",
            "properties": {name: mapped(space, each["externalId"], name) for name in each["properties"]},
        }
        for each in containers(space)
    ]


def mapped(space: str, name: str, wanted: str) -> Json:
    """Return the property of a view that shows one of a container."""
    return {"container": container(space, name), "containerPropertyIdentifier": wanted}


def container(space: str, name: str) -> Json:
    """Return the reference to a container."""
    return {"type": "container", "space": space, "externalId": name}


def view(space: str, name: str) -> Json:
    """Return the reference to a view, version v1."""
    return {"type": "view", "space": space, "externalId": name, "version": "v1"}


ASSET = view("cdf_cdm", "CogniteAsset")
FILE = view("cdf_cdm", "CogniteFile")
