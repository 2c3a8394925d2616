"""The two tables of a site folder: assets.csv and images.csv."""

import csv
import io
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

ASSET_COLUMNS = ("name", "external_id", "aliases", "description")
POSE_COLUMNS = ("translation_x", "translation_y", "translation_z", "euler_x", "euler_y", "euler_z")
IMAGE_COLUMNS = ("image", "station", "label", "taken_at", *POSE_COLUMNS)


class SiteError(ValueError):
    """The site folder breaks its format; one line that names the file or row, and the way out."""


@dataclass(frozen=True)
class SiteAsset:
    """One row of assets.csv. The name may be empty: asset lists hold such rows, and the product copes."""

    name: str
    external_id: str
    aliases: tuple[str, ...] = ()
    description: str = ""


@dataclass(frozen=True)
class Station:
    """One row of images.csv: where and when an image was taken."""

    station: str
    label: str
    taken_at: datetime | None = None
    translation: tuple[float, float, float] = (0.0, 0.0, 0.0)
    euler: tuple[float, float, float] = (0.0, 0.0, 0.0)


@dataclass(frozen=True)
class _Row:
    """One row of a table: the text of each column, and the row's place for messages."""

    place: str
    values: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.values.get(column, "").strip()

    def number(self, column: str) -> float:
        text = self[column]
        try:
            number = float(text or "0")
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise SiteError(
                f"{self.place}: {column} is {text!r}, which is no number; write it as 12.5 or leave it empty"
            )
        return number


def read_assets(path: Path) -> tuple[SiteAsset, ...]:
    """The asset list.

    Raises:
        SiteError: No file, no header, an unknown column, an external id missing or repeated, no rows.
    """
    if not path.is_file():
        raise SiteError(f"{path} is missing; write the asset list with the header {','.join(ASSET_COLUMNS)}")
    assets: dict[str, SiteAsset] = {}
    places: dict[str, str] = {}
    for row in _rows(path, ASSET_COLUMNS, required=("name", "external_id")):
        external_id = row["external_id"]
        if not external_id:
            raise SiteError(f"{row.place}: external_id is empty; give each asset one of its own")
        if external_id in assets:
            raise SiteError(
                f"{row.place}: external_id {external_id!r} is also in {places[external_id]}; keep one"
            )
        aliases = tuple(alias.strip() for alias in row["aliases"].split(";") if alias.strip())
        assets[external_id] = SiteAsset(row["name"], external_id, aliases, row["description"])
        places[external_id] = row.place
    if not assets:
        raise SiteError(f"{path} lists no asset; write one row for each under the header")
    return tuple(assets.values())


def read_stations(path: Path, images: frozenset[str]) -> dict[str, Station]:
    """What images.csv says, by image id; empty without the file.

    Args:
        path: The file, which may be missing.
        images: The ids of the images in the folder.

    Raises:
        SiteError: No header, an unknown column or image, an image twice, a value that cannot be read.
    """
    if not path.is_file():
        return {}
    stations: dict[str, Station] = {}
    for row in _rows(path, IMAGE_COLUMNS, required=("image",)):
        image = row["image"]
        if image not in images:
            raise SiteError(
                f"{row.place}: there is no image {image!r} under images/; mend the name or delete the row"
            )
        if image in stations:
            raise SiteError(f"{row.place}: image {image!r} has a row already; keep one")
        pose = [row.number(column) for column in POSE_COLUMNS]
        stations[image] = Station(
            station=row["station"] or image,
            label=row["label"] or image,
            taken_at=_time(row),
            translation=(pose[0], pose[1], pose[2]),
            euler=(pose[3], pose[4], pose[5]),
        )
    return stations


def _rows(path: Path, columns: tuple[str, ...], required: tuple[str, ...]) -> Iterator[_Row]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SiteError(f"{path} is not UTF-8 (byte {error.start + 1}); save it as CSV UTF-8") from error
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        _check_header(path, header, columns, required)
        for cells in reader:
            place = f"{path}, line {reader.line_num}"
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) > len(header):
                raise SiteError(
                    f"{place} has {len(cells)} values for {len(header)} columns; quote values with a comma"
                )
            yield _Row(place, dict(zip(header, cells, strict=False)))
    except csv.Error as error:
        raise SiteError(f"{path}, line {reader.line_num}: {error}; mend the quotes of that row") from error


def _check_header(path: Path, header: list[str], columns: tuple[str, ...], required: tuple[str, ...]) -> None:
    wanted = ",".join(columns)
    if len(header) == 1 and any(separator in header[0] for separator in ";\t"):
        raise SiteError(f"{path} is not separated by commas; save it as CSV with the header {wanted}")
    if not set(header) & set(columns):
        raise SiteError(f"{path} has no header; its first line must be {wanted}")
    for name in header:
        if name not in columns:
            raise SiteError(f"{path} has an unknown column {name!r}; columns are {wanted}")
        if header.count(name) > 1:
            raise SiteError(f"{path} has the column {name!r} twice; keep one")
    for name in required:
        if name not in header:
            raise SiteError(f"{path} has no column {name!r}; its first line must be {wanted}")


def _time(row: _Row) -> datetime | None:
    text = row["taken_at"]
    if not text:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise SiteError(f"{row.place}: taken_at is {text!r}; write it as 2026-11-22T09:30:00Z") from error
    return time if time.tzinfo else time.replace(tzinfo=UTC)
