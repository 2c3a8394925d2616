"""Scenarios of the readings of projects of status DATA_MODELING_ONLY, and of assets on 360° images there."""

from dataclasses import dataclass
from typing import Any

import httpx2
from reading_lab import Lab, Scenario, unique
from reading_scenarios_of_projects import user_with

SPACE = "scene"
PATH = "/3d/contextualization/image360"
BETA = {"cdf-version": "beta"}
FIRST, SECOND, THIRD = ([3, 1.1, 1.0, 1.2, 2.0, start, 2.0] for start in (0.5, 1.5, 2.5))


def view(external_id: str) -> dict[str, str]:
    """A view of the core data model."""
    return {"type": "view", "space": "cdf_cdm", "externalId": external_id, "version": "v1"}


@dataclass(frozen=True)
class Scene:
    """A collection with one image, and an asset, all with names of their own."""

    lab: Lab
    key: str

    def node(self, name: str) -> dict[str, str]:
        """One of the nodes."""
        return {"space": SPACE, "externalId": f"{self.key}_{name}"}

    def send(self, path: str, items: list[Any], **config: Any) -> httpx2.Response:
        """Ask the service."""
        given = {
            "object3DSpace": SPACE,
            "contextualizationSpace": SPACE,
            "revision": {"instanceId": self.node("collection")},
        }
        given = {name: each for name, each in (given | config).items() if each is not None}
        body = {"items": items, "dmsContextualizationConfig": given}
        return self.lab.answer(path, body, headers=BETA)

    def pair(self, asset: str = "asset") -> dict[str, Any]:
        """The asset, or another, on the image."""
        return {"asset": {"instanceId": self.node(asset)}, "image360": {"instanceId": self.node("image")}}

    def link(self, *polygons: list[float], **config: Any) -> int:
        """Link the asset to the image; return the status."""
        items = [self.pair() | {"polygon": {"version": "2.0.0", "data": each}} for each in polygons]
        return self.send(PATH, items, **config).status_code

    def delete(self) -> int:
        """Take the links back; return the status."""
        return self.send(f"{PATH}/delete", [self.pair()]).status_code

    def polygons(self) -> list[list[float]]:
        """The numbers of each edge at the image."""
        annotation = view("Cognite360ImageAnnotation")
        body = {
            "instanceType": "edge",
            "sources": [{"source": annotation}],
            "filter": {"equals": {"property": ["edge", "endNode"], "value": self.node("image")}},
        }
        edges = self.lab.get("/models/instances/list", body)["items"]
        return [each["properties"]["cdf_cdm"]["Cognite360ImageAnnotation/v1"]["polygon"] for each in edges]

    def object3d(self) -> tuple[dict[str, Any] | None, bool]:
        """The object that the asset points to, if it is there, and whether the asset points to any."""
        asset = self.read(self.node("asset"), "CogniteVisualizable")
        shown = asset["properties"]["cdf_cdm"]["CogniteVisualizable/v1"] if asset.get("properties") else {}
        named = shown.get("object3D")
        return (self.read(named, "Cognite3DObject") or None) if named else None, named is not None

    def read(self, node: dict[str, str], through: str) -> dict[str, Any]:
        """A node through a view; nothing where there is none."""
        body = {"items": [node | {"instanceType": "node"}], "sources": [{"source": view(through)}]}
        return next(iter(self.lab.items("/models/instances/byids", body)), {})


def scene(lab: Lab) -> Scene:
    """Make a scene."""
    made = Scene(lab, unique())
    lab.get("/models/spaces", {"items": [{"space": SPACE}]})
    nodes = {
        "collection": ("Cognite360ImageCollection", {"name": "c", "type": "Image360"}),
        "asset": ("CogniteAsset", {"name": "a"}),
        "image": ("Cognite360Image", {"collection360": made.node("collection")}),
    }
    for name, (through, properties) in nodes.items():
        sources = [{"source": view(through), "properties": properties}]
        item = {"instanceType": "node", **made.node(name), "sources": sources}
        lab.get("/models/instances", {"items": [item]})
    return made


def repeated(lab: Lab) -> int:
    """Link twice by the same polygon; count the polygons."""
    made = scene(lab)
    for _ in range(2):
        assert made.link(FIRST) == 200
    return sum(len(each) for each in made.polygons()) // len(FIRST)


def of_one_pair(lab: Lab) -> list[int]:
    """Link by two polygons at once and a third one later; count the polygons of each edge."""
    made = scene(lab)
    made.link(FIRST, SECOND)
    made.link(THIRD)
    return sorted(len(each) // len(FIRST) for each in made.polygons())


def new_object(lab: Lab) -> bool:
    """Say whether a new object has a box."""
    made = scene(lab)
    made.link(FIRST)
    found, _ = made.object3d()
    assert found
    return "xMin" in found.get("properties", {}).get("cdf_cdm", {}).get("Cognite3DObject/v1", {})


def as_sent(lab: Lab) -> bool:
    """Say whether the numbers are stored as sent."""
    made = scene(lab)
    made.link(FIRST)
    return made.polygons() == [FIRST]


def removal(lab: Lab) -> tuple[bool, bool]:
    """Delete the only link; say whether the object is there, and whether the asset points to it."""
    made = scene(lab)
    made.link(FIRST)
    made.delete()
    assert made.polygons() == []
    found, points = made.object3d()
    return found is not None, points


def late(lab: Lab) -> list[int]:
    """Count the edges at once, and two seconds later."""
    made = scene(lab)
    made.link(FIRST)
    at_once = len(made.polygons())
    lab.wait(2)
    return [at_once, len(made.polygons())]


def partly_bad(lab: Lab) -> tuple[int, int]:
    """Link the asset, and one that does not exist; count the edges."""
    made = scene(lab)
    polygon = {"polygon": {"version": "2.0.0", "data": FIRST}}
    status = made.send(PATH, [made.pair() | polygon, made.pair("nothing") | polygon]).status_code
    return status, len(made.polygons())


def old_config(lab: Lab) -> int:
    """Name the collection by the deprecated field."""
    made = scene(lab)
    return made.link(FIRST, revision=None, revisionInstanceId=made.node("collection"))


def foreign_image(lab: Lab) -> int:
    """Link to an image by the revision of another collection."""
    made, other = scene(lab), scene(lab)
    return made.link(FIRST, revision={"instanceId": other.node("collection")})


def odd_angles(lab: Lab) -> int:
    """Link by a polygon whose first theta is negative."""
    return scene(lab).link([3, 1.1, -0.1, *FIRST[3:]])


def edge_fields(lab: Lab) -> set[str]:
    """Link; name what the edge has."""
    made = scene(lab)
    made.link(FIRST)
    body = {
        "instanceType": "edge",
        "sources": [{"source": view("Cognite360ImageAnnotation")}],
        "filter": {"equals": {"property": ["edge", "endNode"], "value": made.node("image")}},
    }
    (edge,) = lab.items("/models/instances/list", body)
    return set(edge["properties"]["cdf_cdm"]["Cognite360ImageAnnotation/v1"])


def few_rights(lab: Lab) -> int:
    """Link as a caller who may write the spaces of the config, and no other."""
    made = scene(lab)
    lab.get("/models/spaces", {"items": [{"space": "links"}]})
    user = user_with(
        lab,
        {"dataModelsAcl": {"actions": ["READ"], "scope": {"all": {}}}},
        {
            "dataModelInstancesAcl": {
                "actions": ["READ", "WRITE"],
                "scope": {"spaceIdScope": {"spaceIds": ["links"]}},
            }
        },
    )
    item = made.pair() | {"polygon": {"version": "2.0.0", "data": FIRST}}
    config = {
        "object3DSpace": "links",
        "contextualizationSpace": "links",
        "revision": {"instanceId": made.node("collection")},
    }
    body = {"items": [item], "dmsContextualizationConfig": config}
    return lab.status(PATH, body, headers=BETA | user)


SHAPE_OF_EDGE = {"polygon", "formatVersion", "status"}
SCENARIOS: dict[str, Scenario] = {
    "project-status-refusal": Scenario(
        lambda lab: lab.status("/assets", {"items": [{"name": "x"}]}), {"403": 403, "400": 400}
    ),
    "data-modeling-only-blocks": Scenario(
        lambda lab: lab.status("/events", {"items": [{}]}), {"more": 403, "named": 201}
    ),
    "image360-repeat": Scenario(repeated, {"again": 2, "once": 1}),
    "image360-pair": Scenario(
        of_one_pair, {"one-edge": [3], "one-edge-a-request": [1, 2], "edges": [1, 1, 1]}
    ),
    "image360-object": Scenario(new_object, {"empty": False, "box": True}),
    "image360-numbers": Scenario(as_sent, {"float32": False, "float64": True}),
    "image360-delete": Scenario(
        removal, {"dangling": (False, True), "removed": (False, False), "kept": (True, True)}
    ),
    "image360-delete-absent": Scenario(lambda lab: scene(lab).delete(), {"refused": 400, "passed-over": 200}),
    "image360-items": Scenario(partly_bad, {"each": (400, 1), "all-or-none": (400, 0)}),
    "image360-effect": Scenario(late, {"late": [0, 1], "at-once": [1, 1]}),
    "image360-rights": Scenario(few_rights, {"all-spaces": 403, "config-spaces": 200}),
    "image360-foreign-image": Scenario(foreign_image, {"refused": 400, "taken": 200}),
    "image360-angles": Scenario(odd_angles, {"refused": 400, "taken": 200}),
    "image360-edge": Scenario(
        edge_fields, {"bare": SHAPE_OF_EDGE, "named": SHAPE_OF_EDGE | {"name", "sourceId"}}
    ),
    "image360-config": Scenario(old_config, {"revision": 400, "either": 200}),
}
