"""An asset as the matcher sees it, and the one order in which assets are looked at."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import cast

from image360.errors import Image360Error


class AssetIndexError(Image360Error):
    """An asset list cannot be indexed, or an index file cannot be written or read."""


@dataclass(frozen=True, slots=True)
class Asset:
    """What a text may be matched to.

    Args:
        key: Any hashable that tells this asset from all others; the matcher hands it back untouched.
            Entries with one key are one asset.
        name: The tag as the asset list writes it; None or "" where the asset has none.
        external_id: Compared as it stands, never by likeness: it is often a number or a GUID.
        aliases: Other tags that the asset goes by.
        description: Kept for people; the matcher takes from it which words are common at the site.
    """

    key: Hashable
    name: str | None
    external_id: str | None = None
    aliases: tuple[str, ...] = ()
    description: str | None = None


def in_canonical_order(assets: Iterable[object]) -> tuple[Asset, ...]:
    """The assets checked and sorted by what they say, so that no result depends on the order of a list.

    Raises:
        AssetIndexError: An item is no Asset, or a field has the wrong type.
    """
    try:
        items = list(assets)
    except TypeError as error:
        raise AssetIndexError(
            f"The asset list is a {type(assets).__name__}, not an iterable of Asset: pass a list of Asset."
        ) from error
    return tuple(sorted((_checked(item, place) for place, item in enumerate(items)), key=_order))


def _order(asset: Asset) -> tuple[str, str, tuple[str, ...], str, str, str]:
    key = asset.key
    return (
        asset.name or "",
        asset.external_id or "",
        asset.aliases,
        asset.description or "",
        type(key).__name__,
        repr(key),
    )


def _checked(item: object, place: int) -> Asset:
    if not isinstance(item, Asset):
        raise AssetIndexError(
            f"Item {place} of the asset list is a {type(item).__name__}: pass Asset objects."
        )
    try:
        hash(item.key)
    except TypeError as error:
        raise AssetIndexError(
            f"The key of item {place} of the asset list, {item.key!r}, cannot be hashed: "
            "use a string, a number or a tuple."
        ) from error
    for field in ("name", "external_id", "description"):
        value: object = getattr(item, field)
        if not (value is None or isinstance(value, str)):
            raise AssetIndexError(
                f"The {field} of asset {item.key!r} is a {type(value).__name__}: pass a string or None."
            )
    return Asset(item.key, item.name, item.external_id, _aliases(item), item.description)


def _aliases(asset: Asset) -> tuple[str, ...]:
    given = cast(object, asset.aliases)
    if given is None:
        return ()
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise AssetIndexError(
            f"The aliases of asset {asset.key!r} are a {type(given).__name__}: pass a tuple of strings."
        )
    aliases: list[str] = []
    for alias in cast(Iterable[object], given):
        if not isinstance(alias, str):
            raise AssetIndexError(f"An alias of asset {asset.key!r}, {alias!r}, is no string: pass strings.")
        aliases.append(alias)
    return tuple(aliases)
