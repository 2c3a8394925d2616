"""Index files: assets and rules as compressed JSON, with a format version and a digest of the content.

The tables of an index follow from these, on every machine alike; building them costs less than reading them.
"""

import gzip
import hashlib
import json
import zlib
from collections.abc import Hashable, Iterable
from pathlib import Path
from typing import Any, cast

from image360.matching import normaliser
from image360.matching.asset import Asset, AssetIndexError
from image360.matching.confusions import Confusions
from image360.matching.normaliser import Normaliser
from image360.matching.rules import Rules

_FORMAT = "image360-asset-index"
_VERSION = 2


def write(path: Path, assets: Iterable[Asset], rules: Rules) -> None:
    """Writes assets and rules to ``path``; the same ones, in any order, give the same bytes.

    Raises:
        AssetIndexError: A key is no string, integer or tuple of these.
    """
    ordered = sorted(assets, key=lambda asset: asset.order)
    rows = [[_encoded(x.key, x.key), x.name, x.external_id, x.aliases, x.description] for x in ordered]
    set_by_site = [rules.normaliser.look_alikes, rules.confusions.counts, rules.no_tags]
    content = json.dumps([set_by_site, rows], separators=(",", ":"))
    header = {
        "format": _FORMAT,
        "version": _VERSION,
        "normaliser": normaliser.VERSION,
        "digest": _digest(content),
    }
    path.write_bytes(gzip.compress(f"{json.dumps(header)}\n{content}".encode(), mtime=0))


def read(path: Path) -> tuple[list[Asset], Rules]:
    """The assets and rules that ``write`` wrote.

    Raises:
        AssetIndexError: The file is missing, damaged, foreign, or of another version.
    """
    try:
        head, content = gzip.decompress(path.read_bytes()).decode().split("\n", 1)
        header = json.loads(head)
        known = (_FORMAT, _VERSION, normaliser.VERSION, _digest(content))
        if tuple(header[key] for key in ("format", "version", "normaliser", "digest")) != known:
            raise ValueError("its format, version or digest is not the expected one")
        (look_alikes, counts, no_tags), rows = json.loads(content)
        pairs = tuple((one, other) for one, other in look_alikes)
        confusions = Confusions(tuple((printed, read, times) for printed, read, times in counts))
        return [_asset(row) for row in rows], Rules(Normaliser(pairs), confusions, tuple(no_tags))
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
