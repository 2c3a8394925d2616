"""The six face files of an image: their ids, and where their pictures are."""

from collections.abc import Sequence
from typing import Any

from demo.viewer import Version
from demo.viewer.drawn import ViewedImage, ViewerError
from demo.viewer.requests.files import FileName, files_named
from demo.viewer.service import Service


def file_ids(service: Service, version: Version, image: ViewedImage) -> dict[str, int]:
    """Return the id of the file of each face.

    Raises:
        ViewerError: CDF does not say which file it answers about.
    """
    names = list(image.files.values())
    if version == "4.29.0" and all(isinstance(name, int) for name in names):
        found = [{"id": name} for name in names]  # listed with their ids already
    else:
        found = service.ask("/files/byids", files_named(names))["items"]
    return {face: item["id"] for face, item in zip(image.files, _in_order(names, found), strict=True)}


def download_links(service: Service, version: Version, image: ViewedImage) -> dict[str, str]:
    """Return where the picture of each face is fetched from: by the older version through the files' ids."""
    old = version == "4.29.0"
    names = list(file_ids(service, version, image).values() if old else image.files.values())
    found = service.ask("/files/downloadlink", files_named(names))["items"]
    return {face: item["downloadUrl"] for face, item in zip(image.files, found, strict=True)}


def _in_order(names: Sequence[FileName], found: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Nodes are known by the name that comes back with them; of other names the order is relied on."""
    if not all(isinstance(name, tuple) for name in names):
        return list(found)
    by_node = {(i["space"], i["externalId"]): item for item in found if (i := item.get("instanceId"))}
    if lacking := [name for name in names if name not in by_node]:
        raise ViewerError(f"files/byids does not say which file is node {lacking[0]}")
    return [by_node[name] for name in names if isinstance(name, tuple)]
