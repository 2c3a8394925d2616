"""Containers and views as they are meant: parsed, and with what views inherit."""

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

from localcdf.data_modeling.property_types import DirectType
from localcdf.data_modeling.references import ContainerReference, Key, SourceReference, ViewReference
from localcdf.data_modeling.schema import definitions
from localcdf.data_modeling.schema.container_body import ContainerBody, ContainerProperty, UsedFor
from localcdf.data_modeling.schema.definitions import Definition
from localcdf.data_modeling.schema.view_body import EdgeConnection, MappedProperty, ReverseRelation, ViewBody
from localcdf.endpoint import Call
from localcdf.errors import CdfError
from localcdf.principal import ADMIN, Principal
from localcdf.readings import Reading
from localcdf.rights import lacking

VIEWS_OVER_CONTAINERS = Reading(
    "views-over-containers",
    {
        "both": "who uses a view must be able to read its space and those of the containers that it maps",
        "view": "who uses a view must be able to read its space",
    },
)


@dataclass(frozen=True)
class Container:
    """A container in the store."""

    definition: Definition
    body: ContainerBody

    @property
    def id(self) -> int:
        """What rows of data call it."""
        return self.definition.id


@dataclass(frozen=True)
class Mapped:
    """A property of a view that maps a container's."""

    container: Container
    property_id: str  # in the container
    spec: ContainerProperty
    declared: MappedProperty


ViewProperty = Mapped | EdgeConnection | ReverseRelation


@dataclass(frozen=True)
class View:
    """One version of a view, with all its properties."""

    definition: Definition
    body: ViewBody
    properties: dict[str, ViewProperty]

    @cached_property
    def mapped(self) -> dict[str, Mapped]:
        """The properties that have values."""
        return {name: each for name, each in self.properties.items() if isinstance(each, Mapped)}

    @cached_property
    def containers(self) -> list[Container]:
        """The containers mapped, each once."""
        return list({each.container.id: each.container for each in self.mapped.values()}.values())

    @property
    def reference(self) -> ViewReference:
        """The reference to this view."""
        return self.body.reference

    @property
    def used_for(self) -> UsedFor:
        """What all the containers mapped may hold."""
        narrow = {each.body.used_for for each in self.containers} - {"all"}
        return narrow.pop() if len(narrow) == 1 else "all"

    @property
    def writable(self) -> bool:
        """Whether the view maps every property that must have a value."""
        mapped = {(each.container.id, each.property_id) for each in self.mapped.values()}
        return bool(mapped) and all(
            (container.id, name) in mapped
            for container in self.containers
            for name, spec in container.body.properties.items()
            if not spec.nullable and spec.default_value is None
        )

    @property
    def queryable(self) -> bool:
        """Whether instances can be told to belong to the view."""
        return self.body.filter is not None or bool(self.containers)


Source = Container | View


# Almost every request about instances looks up the same definitions, and parsing them took half its time.
@lru_cache(maxsize=2048)
def _container_body(spec: str) -> ContainerBody:
    return ContainerBody.model_validate_json(spec)


@lru_cache(maxsize=2048)
def _view_body(spec: str) -> ViewBody:
    return ViewBody.model_validate_json(spec)


@dataclass
class Schema:
    """The definitions that one request looks up, each read and parsed once."""

    db: sqlite3.Connection
    caller: Principal = ADMIN  # who asks; the platform itself may see everything
    needs_containers: bool = False  # whether to read a view takes the right to read its containers
    reads: Callable[[Reading, str], bool] = Reading.is_harshest  # which option of a reading is on
    _containers: dict[Key, Container | None] = field(default_factory=dict)
    _views: dict[Key, View | None] = field(default_factory=dict)

    @classmethod
    def of_caller(cls, call: Call) -> "Schema":
        """Return the definitions as the caller may refer to them."""
        return cls(call.db, call.principal, call.reads(VIEWS_OVER_CONTAINERS, "both"), call.reads)

    def container(self, key: Key) -> Container | None:
        """Return a container, or None."""
        if key not in self._containers:
            found = definitions.find(self.db, "container", key)
            self._containers[key] = found and Container(found, _container_body(found.spec))
        return self._containers[key]

    def view(self, key: Key) -> View | None:
        """Return a view, or None."""
        if key not in self._views:
            found = definitions.find(self.db, "view", key)
            self._views[key] = found and self.resolve(found, _view_body(found.spec))
        return self._views[key]

    def source(self, reference: SourceReference) -> Source:
        """Return the view or container that a request refers to; an unknown one is a 400.

        One that the caller may not read is a 403.
        """
        self.check_readable(reference.space)
        found = (
            self.view(reference.key)
            if isinstance(reference, ViewReference)
            else self.container(reference.key)
        )
        if found is None:
            missing = reference.model_dump(by_alias=True)
            raise CdfError(400, f"The {reference} does not exist", missing=[missing])
        if self.needs_containers and isinstance(found, View):
            for container in found.containers:
                self.check_readable(container.body.space)
        return found

    def check_readable(self, space: str) -> None:
        """Refuse a space whose definitions the caller may not read."""
        if not self.caller.reach("dataModelsAcl", "READ").covers(space=space):
            raise lacking("dataModelsAcl:READ", space=space)

    def known_view(self, reference: ViewReference) -> View:
        """Return the view that a request refers to; an unknown one is a 400."""
        found = self.source(reference)
        assert isinstance(found, View)
        return found

    def resolve(self, definition: Definition, body: ViewBody) -> View:
        """Return a view with its own properties and those it inherits.

        Views further down in ``implements`` come first, and what a view says itself beats what it inherits:
        the order of the documentation is this post-order from the back.
        """
        declared: dict[str, Any] = {}
        for each in self._ancestors(body, {body.key}):
            declared |= each.properties
        properties = {name: self._property(each) for name, each in declared.items()}
        return View(definition, body, {name: each for name, each in properties.items() if each is not None})

    def mapped(self, declared: MappedProperty) -> Mapped | None:
        """Return a mapped property, or None when the container or its property is gone."""
        container = self.container(declared.container.key)
        spec = container.body.properties.get(declared.container_property_identifier) if container else None
        if container is None or spec is None:
            return None
        return Mapped(container, declared.container_property_identifier, spec, declared)

    def targets_list(self, relation: ReverseRelation) -> bool:
        """Whether the direct relation that points here is a list."""
        found = self.relation(relation.through.source, relation.through.identifier)
        return found is not None and found[2].type.is_list

    def relation(
        self, source: SourceReference, identifier: str
    ) -> tuple[Container, str, ContainerProperty] | None:
        """Return the container, the property and its definition of a direct relation, or None."""
        if isinstance(source, ContainerReference):
            container = self.container(source.key)
            spec = container.body.properties.get(identifier) if container else None
            found = (container, identifier, spec) if container and spec else None
        else:
            view = self.view(source.key)
            mapped = view.mapped.get(identifier) if view else None
            found = (mapped.container, mapped.property_id, mapped.spec) if mapped else None
        return found if found and isinstance(found[2].type, DirectType) else None

    def _property(self, declared: Any) -> ViewProperty | None:
        return self.mapped(declared) if isinstance(declared, MappedProperty) else declared

    def _ancestors(self, body: ViewBody, seen: set[Key]) -> Iterator[ViewBody]:
        for reference in body.implements:
            if reference.key in seen:
                continue
            seen.add(reference.key)
            found = definitions.find(self.db, "view", reference.key)
            if found:
                yield from self._ancestors(_view_body(found.spec), seen)
        yield body
