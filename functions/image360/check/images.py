"""The images and assets that a config names."""

from collections.abc import Sequence

from cognite.client import CogniteClient

from image360.assets import list_assets
from image360.catalog import core, hybrid
from image360.catalog.selection import EVERYTHING
from image360.check.findings import Findings
from image360.config import AnyConfig, AssetCentricConfig, CollectionImages, DataModelingConfig
from image360.nodes import StoredNode

NODES = "dataModelInstancesAcl:READ and dataModelsAcl:READ on the spaces in the config"
POSE = [f"{what}{axis}" for what in ("translation", "eulerRotation") for axis in "XYZ"]
SAME_POSE = 1e-6  # metres and radians
NAMED = 5  # stations named one by one


def check_images(client: CogniteClient, config: AnyConfig, findings: Findings) -> None:
    """Name the collections and sites that are not there, and stations whose images have several poses."""
    if isinstance(config, AssetCentricConfig):
        for site in config.images.sites:
            _check_site(client, site, findings)
        return
    require = core if isinstance(config, DataModelingConfig) else hybrid
    for collection in config.images.collections:
        one = config.images.model_copy(update={"collections": (collection,)})
        findings.look(
            f"collection '{collection}'", NODES, lambda one=one: require.require_collections(client, one)
        )
    if isinstance(config, DataModelingConfig):
        _check_poses(client, config.images, findings)


def check_assets(client: CogniteClient, config: AnyConfig, findings: Findings) -> None:
    """Say what keeps the assets from being found."""
    classic = isinstance(config, AssetCentricConfig) or config.assets is None
    findings.look(
        "the assets", "assetsAcl:READ" if classic else NODES, lambda: list_assets(client, config, 1)
    )


def _check_site(client: CogniteClient, site: str, findings: Findings) -> None:
    found = findings.look(
        f"face files of site '{site}'",
        "filesAcl:READ",
        lambda: client.files.list(metadata={"site_id": site}, limit=1),
    )
    if found is not None and not found:
        findings.missing.append(
            f"no file has the metadata site_id '{site}': correct images.sites in the config, or upload the "
            "face files with their metadata"
        )


def _check_poses(client: CogniteClient, config: CollectionImages, findings: Findings) -> None:
    images = findings.look(
        "images of the collections", NODES, lambda: core.image_nodes(client, config, EVERYTHING)
    )
    stations: dict[str, list[StoredNode]] = {}
    for image in images or ():
        if station := image.relation("station360"):
            stations.setdefault(station, []).append(image)
    moved = sorted(station for station, of_one in stations.items() if not _one_pose(of_one))
    named = ", ".join(moved[:NAMED]) + (", ..." if len(moved) > NAMED else "")
    if moved:
        findings.warnings.append(
            f"{len(moved)} stations have images with different poses, of which Cognite's viewer shows the "
            f"annotations displaced ({named}): give all images of a station one pose, or leave "
            "station360 out"
        )


def _one_pose(images: Sequence[StoredNode]) -> bool:
    first, *others = [[float(image.properties.get(name) or 0) for name in POSE] for image in images]
    return all(abs(a - b) <= SAME_POSE for pose in others for a, b in zip(first, pose, strict=True))
