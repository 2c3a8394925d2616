"""Index files: the asset list as compressed JSON, with a format version and a digest of its content."""

import gzip
import hashlib
import json
import zlib
from collections.abc import Hashable
from pathlib import Path
from typing import Any, cast

from image360.matching import normaliser
from image360.matching.asset import Asset, AssetIndexError

_FORMAT = "image360-asset-index"
_VERSION = 1


def write(path: Path, assets: tuple[Asset, ...]) -> None:
    """Writes assets to ``path``; the same assets give the same bytes.

    Raises:
        AssetIndexError: A key is no string, integer or tuple of these.
    """
    rows = [[_encoded(x.key, x.key), x.name, x.external_id, list(x.aliases), x.description] for x in assets]
    content = json.dumps(rows, separators=(",", ":"))
    header = {
        "format": _FORMAT,
        "version": _VERSION,
        "normaliser": normaliser.VERSION,
        "digest": _digest(content),
    }
    path.write_bytes(gzip.compress(f"{json.dumps(header)}\n{content}".encode(), mtime=0))


def read(path: Path) -> list[Asset]:
    """The assets that ``write`` wrote.

    Raises:
        AssetIndexError: The file is missing, damaged, foreign, or of another version.
    """
    try:
        head, content = gzip.decompress(path.read_bytes()).decode().split("\n", 1)
        header = json.loads(head)
        known = (_FORMAT, _VERSION, normaliser.VERSION, _digest(content))
        if tuple(header[key] for key in ("format", "version", "normaliser", "digest")) != known:
            raise ValueError("its format, version or digest is not the expected one")
        return [_asset(row) for row in json.loads(content)]
    except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError) as error:
        raise AssetIndexError(f"{path} is no usable index file: {error}. Build the index again.") from error


def _asset(row: list[Any]) -> Asset:
    key, name, external_id, aliases, description = row
    return Asset(_decoded(key), name, external_id, tuple(aliases), description)


def _digest(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()


def _encoded(key: Hashable, whole: Hashable) -> str | int | list[Any]:
    """Strings and integers as they are, tuples as lists: JSON holds all three apart."""
    if isinstance(key, tuple):
        return [_encoded(part, whole) for part in cast(tuple[Hashable, ...], key)]
    if isinstance(key, str) or type(key) is int:
        return key
    raise AssetIndexError(
        f"The asset key {whole!r} holds a {type(key).__name__}: "
        "only strings, integers and tuples of them can be saved."
    )


def _decoded(key: Any) -> Hashable:
    return tuple(_decoded(part) for part in cast(list[Any], key)) if isinstance(key, list) else key
