"""What the viewer asks of annotations on face files: bodies of `/annotations/list` and `/reverselookup`."""

from collections.abc import Iterable

from demo.viewer.requests import Body, Node

ROWS = 1000
AssetName = int | str | Node  # id or external id of a classic asset, or the node of an asset


def annotations_on(files: Iterable[int]) -> Body:
    """All annotations on these files."""
    ids = [{"id": file} for file in files]
    return {"limit": ROWS, "filter": {"annotatedResourceType": "file", "annotatedResourceIds": ids}}


def files_linked_to(asset: AssetName) -> Body:
    """The files with a link to an asset."""
    match asset:
        case int():
            kind, data = "images.AssetLink", {"assetRef": {"id": asset}}
        case str():
            kind, data = "images.AssetLink", {"assetRef": {"externalId": asset}}
        case (space, external_id):
            kind = "images.InstanceLink"
            data = {"instanceRef": {"space": space, "externalId": external_id}}
    wanted = {"annotatedResourceType": "file", "annotationType": kind, "data": data}
    return {"limit": ROWS, "filter": wanted}
