"""Images of an asset-centric project: face files found by their metadata, six to a station and time.

Source of the keys: Cognite's guide for 360° images in asset-centric projects, and what its viewer was
measured to read: `site_id`, `station_id`, `face`, `timestamp` (a station without it has one image). Events
hold poses and nothing that is needed here: they are not read.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import cast

from cognite.client import CogniteClient
from cognite.client.data_classes import FileMetadata

from image360.catalog.image import Catalog, FaceFile, Image, IncompleteImage, catalog_of, image_of
from image360.catalog.selection import Selection
from image360.config import SiteImages
from image360.errors import SetupError
from image360.geometry import FACES


@dataclass(frozen=True)
class _Shot:
    """What the face files of one image have in common."""

    site: str
    station: str
    timestamp: str | None

    @property
    def external_id(self) -> str:
        """The name by which the image goes."""
        return "/".join(part for part in (self.site, self.station, self.timestamp) if part is not None)


def list_images(client: CogniteClient, config: SiteImages, space: str, only: Selection) -> Catalog:
    """List the images of the configured sites, or those that `only` takes; they go by a name in `space`.

    Raises:
        SetupError: A site has no face files.
    """
    found: list[Image | IncompleteImage] = []
    for site in config.sites:
        shots, strays = _shots(client, site)
        found += strays
        found += [
            image_of(space, shot.external_id, site, *_faces_of(shot, shots[shot]))
            for shot in sorted(shots, key=lambda each: each.external_id)
        ]
    return catalog_of(image for image in found if image.external_id in only)


def find_image(
    client: CogniteClient, config: SiteImages, space: str, external_id: str
) -> Image | IncompleteImage | None:
    """Find one image by its name without listing its site; None where no file is of it."""
    for site in config.sites:
        if not external_id.startswith(f"{site}/"):
            continue
        rest = external_id.removeprefix(f"{site}/")
        for station in dict.fromkeys((rest, rest.rpartition("/")[0])):  # without a timestamp, or with one
            if not station:
                continue
            files = client.files.list(metadata={"site_id": site, "station_id": station}, limit=None)
            mine = [each for each in files if _shot_of(each, site).external_id == external_id]
            if mine:
                shot = _shot_of(mine[0], site)
                return image_of(space, external_id, site, *_faces_of(shot, mine))
    return None


def site_of(external_id: str, config: SiteImages) -> str | None:
    """Return the configured site of an image by its name; None where that is of none, or might be of two."""
    sites = [site for site in config.sites if external_id.startswith(f"{site}/")]
    return sites[0] if len(sites) == 1 else None


def _shot_of(file: FileMetadata, site: str) -> _Shot:
    metadata = _metadata(file)
    return _Shot(site, metadata["station_id"], metadata.get("timestamp"))


def _shots(client: CogniteClient, site: str) -> tuple[dict[_Shot, list[FileMetadata]], list[IncompleteImage]]:
    """Group the face files of a site by image; those that say of no station which they are of are strays."""
    shots: dict[_Shot, list[FileMetadata]] = {}
    strays: list[IncompleteImage] = []
    for file in client.files.list(metadata={"site_id": site}, limit=None):
        metadata = _metadata(file)
        if "station_id" in metadata:
            shots.setdefault(_shot_of(file, site), []).append(file)
        elif "face" in metadata:
            reason = f"face {metadata['face']}: file {_named(file)} has no metadata key station_id"
            strays.append(IncompleteImage(site, reason))
    if not shots:
        raise SetupError(
            f"no file has the metadata site_id '{site}' and a station_id: correct images.sites in the "
            "config, or upload the face files with their metadata"
        )
    return shots, strays


def _faces_of(shot: _Shot, files: Iterable[FileMetadata]) -> tuple[dict[str, FaceFile], list[str]]:
    """Return the face files of an image, and what keeps it from being processed."""
    reasons: list[str] = []
    if shot.site != shot.site.lower():
        reasons.append(
            f"site_id '{shot.site}' has upper-case letters, and Cognite's viewer shows none of its images"
        )
    by_face: dict[str, list[FileMetadata]] = {}
    for file in files:
        face = _metadata(file).get("face")
        if face is None:
            reasons.append(f"file {_named(file)} has no metadata key face")
        else:
            by_face.setdefault(face, []).append(file)
    unknown = sorted(set(by_face) - set(FACES))
    reasons += [f"'{face}' is no face: expected {', '.join(FACES)}" for face in unknown]
    faces: dict[str, FaceFile] = {}
    for face in FACES:
        found = by_face.get(face, [])
        if not found:
            reasons.append(f"face {face}: no file")
        elif len(found) > 1:
            names = ", ".join(sorted(map(_named, found)))
            reasons.append(f"face {face}: {len(found)} files ({names}), one is expected")
        elif not found[0].uploaded:
            reasons.append(f"face {face}: file {_named(found[0])} has no content yet")
        else:
            faces[face] = FaceFile(found[0].id, found[0].uploaded_time or 0)
    return faces, reasons


def _named(file: FileMetadata) -> str:
    return f"'{file.external_id or file.id}'"


def _metadata(file: FileMetadata) -> Mapping[str, str]:
    return cast("Mapping[str, str]", file.metadata or {})
