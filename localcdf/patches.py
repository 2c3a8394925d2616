"""The ``update`` language of CDF's plain resources: set, setNull, add and remove."""

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

from pydantic import model_validator

from localcdf.endpoint import Body

T = TypeVar("T")


class SetField(Body, Generic[T]):
    """``{"set": value}``; where ``T`` allows null, null takes the value away."""

    set: T

    def applied(self, _old: Any) -> Any:
        """Return the new value; None stands for none."""
        return dumped(self.set)


class SetOrClear(Body, Generic[T]):
    """``{"set": value}`` or ``{"setNull": true}``."""

    set: T | None = None
    set_null: bool | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> "SetOrClear[T]":
        if (self.set is None) == (self.set_null is not True):
            raise ValueError("either set or setNull: true is needed")
        return self

    def applied(self, _old: Any) -> Any:
        """Return the new value; None stands for none."""
        return dumped(self.set)


class ChangeMap(Body, Generic[T]):
    """``{"set": {...}}``, or ``add`` and ``remove`` by key."""

    set: T | None = None
    add: T | None = None
    remove: list[str] | None = None

    @model_validator(mode="after")
    def _set_alone(self) -> "ChangeMap[T]":
        return _check_set_alone(self)

    def applied(self, old: Mapping[str, Any] | None) -> dict[str, Any]:
        """Return the changed map."""
        if self.set is not None:
            return dumped(self.set)
        kept = {key: value for key, value in (old or {}).items() if key not in (self.remove or ())}
        return kept | (dumped(self.add) or {})


class ChangeList(Body, Generic[T]):
    """``{"set": [...]}``, or ``add`` and ``remove`` by value."""

    set: list[T] | None = None
    add: list[T] | None = None
    remove: list[T] | None = None

    @model_validator(mode="after")
    def _set_alone(self) -> "ChangeList[T]":
        return _check_set_alone(self)

    def applied(self, old: list[Any] | None) -> list[Any]:
        """Return the changed list; what is there already is not added again."""
        if self.set is not None:
            return dumped(self.set)
        kept = [value for value in old or [] if value not in dumped(self.remove or [])]
        return kept + [value for value in dumped(self.add or []) if value not in kept]


def _check_set_alone(patch: Any) -> Any:
    given = {name for name in ("set", "add", "remove") if getattr(patch, name) is not None}
    if not given or ("set" in given and len(given) > 1):
        raise ValueError("either set, or add and/or remove, is needed")
    return patch


def dumped(value: Any) -> Any:
    """Return ``value`` as the wire has it."""
    if isinstance(value, Body):
        return value.model_dump(by_alias=True, exclude_none=True)
    if isinstance(value, list):
        return [dumped(each) for each in value]
    return value


def apply_update(record: Mapping[str, Any], update: Body) -> dict[str, Any]:
    """Return ``record`` with the fields that ``update`` names changed."""
    changed = dict(record)
    for name in update.model_fields_set:
        patch = getattr(update, name)
        alias = type(update).model_fields[name].alias or name
        value = patch.applied(changed.get(alias)) if patch is not None else changed.get(alias)
        if value is None:
            changed.pop(alias, None)
        else:
            changed[alias] = value
    return changed
