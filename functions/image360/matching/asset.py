"""An asset as the matcher sees it, and the one order in which assets are looked at."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import chain, groupby
from operator import attrgetter
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


_FIELDS = ("name", "external_id", "description")


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
    checked = cast(list[Asset], items) if _are_sound(items) else [_checked(x, n) for n, x in enumerate(items)]
    checked.sort(key=_name)
    # Most names are unique: the rest of an asset is looked at only where the name does not decide.
    alike = (list(same) for _, same in groupby(checked, _name))
    return tuple(chain.from_iterable(same if len(same) == 1 else sorted(same, key=_order) for same in alike))


def _name(asset: Asset) -> str:
    return asset.name or ""


def _order(asset: Asset) -> tuple[str, tuple[str, ...], str, str, str]:
    key = asset.key
    return asset.external_id or "", asset.aliases, asset.description or "", type(key).__name__, repr(key)


def _are_sound(items: Sequence[object]) -> bool:
    """Whether all items are assets as they should be: a quick look at columns, no reason given."""
    if set(map(type, items)) - {Asset}:
        return False
    assets = cast(Sequence[Asset], items)
    if any(set(map(type, map(attrgetter(field), assets))) - {str, type(None)} for field in _FIELDS):
        return False
    aliases = [asset.aliases for asset in assets if asset.aliases != ()]
    if set(map(type, aliases)) - {tuple} or set(map(type, chain.from_iterable(aliases))) - {str}:
        return False
    try:
        return all(hash(asset.key) is not None for asset in assets)
    except TypeError:
        return False


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
    for field in _FIELDS:
        value: object = getattr(item, field)
        if not (value is None or isinstance(value, str)):
            raise AssetIndexError(
                f"The {field} of asset {item.key!r} is a {type(value).__name__}: pass a string or None."
            )
    return replace(item, aliases=_aliases(item))


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
