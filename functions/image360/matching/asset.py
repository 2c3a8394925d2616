"""An asset as the matcher sees it, and the one order in which assets are looked at."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from itertools import chain
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

    @property
    def order(self) -> tuple[str, str, tuple[str, ...], str, str, str]:
        """What sorts assets by what they say, so that no result depends on the order of a list."""
        key = self.key
        said = self.name or "", self.external_id or "", self.aliases, self.description or ""
        return *said, type(key).__name__, repr(key)


_FIELDS = ("name", "external_id", "description")
_TEXT = {str, type(None)}


@dataclass(frozen=True, eq=False)
class AssetList:
    """Assets with their fields as they should be, and the fields side by side."""

    assets: tuple[Asset, ...]
    keys: list[Hashable]
    names: list[str | None]
    external_ids: list[str | None]
    aliases: list[tuple[str, ...]]
    descriptions: list[str | None]

    @staticmethod
    def of(assets: Iterable[object]) -> "AssetList":
        """The list of these assets.

        Raises:
            AssetIndexError: An item is no Asset, or a field has the wrong type.
        """
        try:
            items = tuple(assets)
        except TypeError as error:
            raise AssetIndexError(
                f"The asset list is a {type(assets).__name__}, not an iterable of Asset: pass a list."
            ) from error
        if set(map(type, items)) <= {Asset}:
            found = AssetList._side_by_side(cast(tuple[Asset, ...], items))
            if found._is_sound():
                return found
        return AssetList._side_by_side(tuple(_checked(item, place) for place, item in enumerate(items)))

    @staticmethod
    def _side_by_side(assets: tuple[Asset, ...]) -> "AssetList":
        found = AssetList(assets, [], [], [], [], [])
        # One way through the assets: each lies somewhere else in memory.
        for asset in assets:
            found.keys.append(asset.key)
            found.names.append(asset.name)
            found.external_ids.append(asset.external_id)
            found.aliases.append(asset.aliases)
            found.descriptions.append(asset.description)
        return found

    def _is_sound(self) -> bool:
        """Whether all fields are as they should be: a quick look, no reason given."""
        if not set(map(type, chain(self.names, self.external_ids, self.descriptions))) <= _TEXT:
            return False
        if not set(map(type, self.aliases)) <= {tuple}:
            return False
        if not set(map(type, chain.from_iterable(self.aliases))) <= {str}:
            return False
        try:
            for _ in map(hash, self.keys):
                pass
        except TypeError:
            return False
        return True


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
