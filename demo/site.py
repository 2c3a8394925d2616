"""A site folder: the images and the asset list of a plant. docs/own-site.md describes the format."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from demo.panorama import PanoramaError, check_panorama, cut_panorama
from demo.tables import SiteAsset, SiteError, Station, read_assets, read_stations
from demo.truth import Truth, TruthError, load_truth
from image360.geometry import FACES

MIME_TYPES = {".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png"}
LITTER = {"thumbs.db", "desktop.ini"}  # what file managers leave behind


@dataclass(frozen=True)
class FaceFile:
    """One cube face as it is uploaded."""

    face: str
    content: bytes
    mime_type: str


@dataclass(frozen=True)
class SiteImage:
    """One 360° image: its faces, or the panorama they are cut from, and what images.csv says about it.

    Args:
        id: Name of the folder or panorama.
        faces: Files by face name; a face may be missing. Empty for a panorama.
        panorama: The equirectangular panorama, or None.
        station, label: As in images.csv, the id where it says nothing.
        taken_at: With a time zone, or None.
        translation: Metres, CDF axes.
        euler: Radians, CDF axes.
    """

    id: str
    faces: Mapping[str, Path]
    panorama: Path | None
    station: str
    label: str
    taken_at: datetime | None
    translation: tuple[float, float, float]
    euler: tuple[float, float, float]

    def face_files(self) -> Iterator[FaceFile]:
        """The face files as they are on disk, good or bad; those of a panorama are cut from it.

        Raises:
            SiteError: The panorama cannot be decoded.
        """
        if self.panorama is None:
            for face, path in self.faces.items():
                yield FaceFile(face, path.read_bytes(), MIME_TYPES[path.suffix.lower()])
            return
        try:
            for face, content in cut_panorama(self.panorama):
                yield FaceFile(face, content, "image/jpeg")
        except PanoramaError as error:
            raise SiteError(f"{self.panorama}: {error}") from error


@dataclass(frozen=True)
class Site:
    """All of a site folder; images in the order of their ids."""

    name: str
    images: tuple[SiteImage, ...]
    assets: tuple[SiteAsset, ...]
    truth: Truth | None


def load_site(folder: Path) -> Site:
    """Reads a site folder. Pixels stay on disk.

    A missing face is no error here: the product reports the incomplete image.

    Raises:
        SiteError: The folder breaks its format; one line that names the file or row, and the way out.
    """
    pictures = _pictures(folder)
    assets = read_assets(folder / "assets.csv")
    stations = read_stations(folder / "images.csv", frozenset(pictures))
    images = tuple(
        _image(name, path, stations.get(name) or Station(name, name)) for name, path in pictures.items()
    )
    return Site(folder.resolve().name, images, assets, _truth(folder / "truth.json"))


def _pictures(folder: Path) -> dict[str, Path]:
    """Folder or panorama of every image, by the image's id."""
    pictures = folder / "images"
    if not folder.is_dir():
        raise SiteError(f"{folder} is no folder; name the folder that holds images/ and assets.csv")
    if not pictures.is_dir():
        raise SiteError(f"{folder} has no folder images/; put each 360° image into it (docs/own-site.md)")
    found: dict[str, Path] = {}
    for path in _entries(pictures):
        if path.is_file() and path.suffix.lower() not in MIME_TYPES:
            raise SiteError(
                f"{path} is neither a folder of faces nor a panorama ({' '.join(MIME_TYPES)}); "
                "take it out of images/"
            )
        name = path.name if path.is_dir() else path.stem
        if name in found:
            raise SiteError(f"{path} and {found[name]} are both named {name!r}; rename one of them")
        found[name] = path
    if not found:
        raise SiteError(
            f"{pictures} is empty; put a folder of faces or a panorama into it for each 360° image"
        )
    return found


def _image(name: str, path: Path, station: Station) -> SiteImage:
    faces, panorama = (_faces(path), None) if path.is_dir() else ({}, path)
    if panorama is not None:
        try:
            check_panorama(panorama)
        except PanoramaError as error:
            raise SiteError(f"{panorama}: {error}") from error
    return SiteImage(
        name,
        faces,
        panorama,
        station.station,
        station.label,
        station.taken_at,
        station.translation,
        station.euler,
    )


def _faces(folder: Path) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for path in _entries(folder):
        face = path.stem.lower()
        if path.is_dir() or face not in FACES or path.suffix.lower() not in MIME_TYPES:
            raise SiteError(
                f"{path} is no face; faces are {', '.join(FACES)}, each with one of {' '.join(MIME_TYPES)}: "
                "rename it or take it out"
            )
        if face in found:
            raise SiteError(f"{path} and {found[face]} are the same face; keep one of them")
        found[face] = path
    return {face: found[face] for face in FACES if face in found}


def _entries(folder: Path) -> list[Path]:
    return sorted(
        path for path in folder.iterdir() if not path.name.startswith(".") and path.name.lower() not in LITTER
    )


def _truth(path: Path) -> Truth | None:
    if not path.exists():
        return None
    try:
        return load_truth(path)
    except TruthError as error:
        raise SiteError(str(error)) from error
