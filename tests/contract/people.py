"""What people do in a plant: they decide, and they change what the functions have written."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cognite.client.data_classes import AnnotationUpdate
from cognite.client.data_classes.data_modeling import EdgeApply, NodeApply, NodeId, NodeOrEdgeData, ViewId

from demo.deploy import STATE_SPACE
from image360.approval.contextualization import ANNOTATION_VIEW, EDGE_TYPE
from image360.nodes import StoredNode, list_nodes
from image360.state.ids import AUDIT_VIEW, DECISION_VIEW, DECISIONS_SPACE, HOLD_VIEW, RUN_VIEW
from image360.state.pairs import AssetKey, Key, Pair, named_asset, pair_in
from tests.contract.plants import Plant, Read
from tests.contract.test_approval_contextualization import link_by_hand


@dataclass(frozen=True, order=True)
class Shown:
    """A link as CDF holds it."""

    image: str
    asset: str
    status: str
    id: str
    content: str


def links(plant: Plant) -> list[Shown]:
    """Every link on the images of a plant; a tag over a seam may have several."""
    if plant.kind == "data_modeling":
        return sorted(
            Shown(edge.image[1], edge.asset[1] if edge.asset else "", "approved", edge.id[1], str(polygon))
            for edge in plant.edges()
            for polygon in edge.polygons
        )
    names = {
        file.id: file.metadata["station_id"]
        for file in plant.client.files.list(metadata={"site_id": plant.name}, limit=None)
    }
    return sorted(
        Shown(names[each.annotated_resource_id], _asset_of(plant, each.data), each.status, str(each.id), text)
        for each in plant.annotations()
        for text in [f"{each.data} {each.creating_app}"]
    )


def pairs(plant: Plant) -> list[tuple[str, str]]:
    """Image and asset of every approved link."""
    return sorted({(each.image, each.asset) for each in links(plant) if each.status == "approved"})


def key_of(plant: Plant, name: str) -> AssetKey:
    """The key of an asset."""
    if plant.is_classic():
        asset = plant.client.assets.retrieve(external_id=f"{plant.name}-{name.lower()}")
        assert asset is not None
        return asset.id
    return (plant.name, name.lower())


def image_key(plant: Plant, image: str) -> Key:
    """The key of an image."""
    return (STATE_SPACE if plant.kind == "asset_centric" else plant.name, plant.image(image))


def decide(
    plant: Plant,
    image: str,
    name: str,
    verdict: str,
    instead: str | None = None,
    at: Read | None = None,
    **further: Any,
) -> None:
    """Write a decision as the review app does."""
    pair = Pair(image_key(plant, image), key_of(plant, name))
    polygon = [value for corner in at.region.polygon.tolist() for value in corner] if at else None
    properties = {
        **pair.properties,
        "verdict": verdict,
        **named_asset("instead", "classicInstead", key_of(plant, instead) if instead else None),
        "polygon": polygon,
        "decidedBy": "anna@plant",
        "decidedAt": "2026-01-01T00:00:00.000+00:00",
        **further,
    }
    node = NodeApply(DECISIONS_SPACE, pair.decision_id, sources=[NodeOrEdgeData(DECISION_VIEW, properties)])
    plant.client.data_modeling.instances.apply(node)
    plant.pass_time()


def edit(plant: Plant, link: Shown) -> None:
    """Change something about a link that is not its place."""
    if plant.kind == "data_modeling":
        (edge,) = [edge for edge in plant.edges() if edge.id[1] == link.id]
        source = NodeOrEdgeData(ANNOTATION_VIEW, {"description": "seen by anna"})
        apply = EdgeApply(*edge.id, EDGE_TYPE, edge.object3d, edge.image, sources=[source])
        plant.client.data_modeling.instances.apply(edges=apply)
        return
    annotation = plant.client.annotations.retrieve(int(link.id))
    assert annotation is not None
    data = {**annotation.data, "text": f"{annotation.data['text']} (anna)"}
    plant.client.annotations.update(AnnotationUpdate(annotation.id).data.set(data))


def delete(plant: Plant, link: Shown) -> None:
    """Delete a link, as a viewer lets people do."""
    if plant.kind == "data_modeling":
        (edge,) = [edge for edge in plant.edges() if edge.id[1] == link.id]
        plant.client.data_modeling.instances.delete(edges=edge.id)
    else:
        plant.client.annotations.delete(int(link.id))
    plant.pass_time()


def repoint(plant: Plant, link: Shown, name: str, at: Read) -> None:
    """Say that a link is to another asset, as people do in a viewer: an edge by another one instead."""
    if plant.kind == "data_modeling":
        delete(plant, link)
        link_by_hand(plant, name.lower(), link.image, at)
        return
    annotation = plant.client.annotations.retrieve(int(link.id))
    assert annotation is not None
    key = key_of(plant, name)
    if isinstance(key, tuple):
        reference = {"instanceRef": {**annotation.data["instanceRef"], "externalId": key[1]}}
    else:
        reference = {"assetRef": {"id": key}}
    data = {**annotation.data, **reference}
    plant.client.annotations.update(AnnotationUpdate(annotation.id).data.set(data))
    plant.pass_time()


def replace_face(plant: Plant, image: str) -> None:
    """Upload a face anew: that is new content."""
    plant.pass_time()
    if plant.kind == "data_modeling":
        face = NodeId(plant.name, "top")  # that all images share
        plant.client.files.upload_content_bytes(b"others", instance_id=face)
    else:
        plant.client.files.upload_content_bytes(b"others", external_id=f"{plant.name}_{image}_top")
    plant.pass_time()


def writes(plant: Plant, act: Callable[[], Any]) -> list[str]:
    """The paths of what the functions write meanwhile, runs of the extraction pipeline apart."""
    return [each["path"] for each in plant.writes(act, "") if not each["path"].endswith("/extpipes/runs")]


def nodes(plant: Plant, view: ViewId) -> list[StoredNode]:
    """The nodes of the plant in a view of the state that names pairs."""
    plant.pass_time()
    prefix = f"{plant.name}/" if plant.kind == "asset_centric" else ""
    space = image_key(plant, "")[0]
    return [
        node
        for node in list_nodes(plant.client, view, [STATE_SPACE])
        if (pair := pair_in(node)) and pair.image[0] == space and pair.image[1].startswith(prefix)
    ]


def audit(plant: Plant, **having: Any) -> list[dict[str, Any]]:
    """The audit rows of the plant, in the order in which they were decided on."""
    found = (defaultdict(lambda: None, node.properties) for node in nodes(plant, AUDIT_VIEW))
    rows = sorted(found, key=lambda row: row["at"])
    return [row for row in rows if all(row.get(name) == value for name, value in having.items())]


def holds(plant: Plant) -> list[tuple[str, str]]:
    """Run and image of each hold of the plant."""
    return sorted((each.properties["run"], each.relation("image") or "") for each in nodes(plant, HOLD_VIEW))


def calls(plant: Plant, run: str) -> list[dict[str, Any]]:
    """The Run nodes of a run, in the order of their start."""
    plant.pass_time()
    found = [dict(node.properties) for node in list_nodes(plant.client, RUN_VIEW, [STATE_SPACE])]
    return sorted((each for each in found if each["run"] == run), key=lambda each: each["started"])


def _asset_of(plant: Plant, data: dict[str, Any]) -> str:
    if "instanceRef" in data:
        return data["instanceRef"]["externalId"]
    ref = data["assetRef"]
    asset = plant.client.assets.retrieve(
        **({"id": ref["id"]} if "id" in ref else {"external_id": ref["externalId"]})
    )
    return asset.external_id.removeprefix(f"{plant.name}-") if asset and asset.external_id else ""
