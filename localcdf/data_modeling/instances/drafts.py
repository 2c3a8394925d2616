"""Drafts: what an instance becomes when a write is merged into what it was. Nothing is stored here."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from localcdf.data_modeling.instances.body import EdgeWrite, NodeWrite
from localcdf.data_modeling.instances.store import Data, Instance
from localcdf.data_modeling.property_types import DirectType
from localcdf.data_modeling.references import Key, SourceReference, ref_of
from localcdf.data_modeling.schema.container_body import ContainerProperty, Requires
from localcdf.data_modeling.schema.resolved import Container, Schema
from localcdf.data_modeling.values import check_value
from localcdf.endpoint import Call
from localcdf.errors import CdfError
from localcdf.readings import Reading

# Properties that the platform keeps and nobody may write.
SYSTEM_KEPT: dict[Key, frozenset[str]] = {
    ("cdf_cdm", "CogniteAsset", ""): frozenset(
        {"assetHierarchy_root", "assetHierarchy_path", "assetHierarchy_path_last_updated_time"}
    ),
    ("cdf_cdm", "CogniteFile", ""): frozenset({"isUploaded", "uploadedTime"}),
}
Place = tuple[Container, str, ContainerProperty]

KEPT_PROPERTY = Reading(
    "kept-property-write",
    {
        "400": "writing to a property that the platform keeps is a 400",
        "ignored": "a value for a property that the platform keeps is ignored",
    },
)
EDGE_ENDS = Reading(
    "edge-ends",
    {
        "fixed": "the start and end node of an edge cannot change (400)",
        "may-change": "the start and end node of an edge may change",
    },
)


@dataclass(frozen=True)
class Target:
    """A node that a write points to."""

    ref: str
    container: Container | None  # in which the node must have data
    where: str  # for messages
    is_relation: bool = False  # a direct relation among the properties, not the type of the instance


@dataclass(frozen=True)
class Draft:
    """An instance as it will be."""

    instance: Instance
    data: Data
    old: Instance | None
    old_data: Data
    touched: list[Container]
    targets: list[Target]

    @property
    def changed_data(self) -> Data:
        """The containers whose properties change."""
        return {id_: each for id_, each in self.data.items() if self.old_data.get(id_) != each}

    @property
    def is_changed(self) -> bool:
        """Whether there is anything to store."""
        return self.instance != self.old or bool(self.changed_data)


@dataclass
class Writer:
    """Merges writes; looks up each view and container of a request once."""

    call: Call
    schema: Schema
    replace: bool
    _places: dict[SourceReference, tuple[dict[str, Place], list[Container]]] = field(default_factory=dict)

    def draft(self, write: NodeWrite | EdgeWrite, old: Instance | None, old_data: Data) -> Draft:
        """Return what becomes of ``old`` when it is written to; a 400 says why that cannot be."""
        if old and old.kind != write.instance_type:
            raise CdfError(400, f"{_named(write)}: an instance of the other type has this external id")
        values, touched = self._collect(write)
        data = old_data | {
            container.id: self._merge(write, container, old_data.get(container.id), values.get(id_, {}))
            for id_, container in touched.items()
        }
        _check_requirements(self.schema, write, touched, data)
        before = old or Instance(write.instance_type, write.space, write.external_id)
        after = replace(before, **_relations(write))
        moves = (before.start_node, before.end_node) != (after.start_node, after.end_node)
        if old and moves and self.call.reads(EDGE_ENDS, "fixed"):
            raise CdfError(400, f"{_named(write)}: the nodes that an edge joins cannot change")
        return Draft(
            after,
            data,
            old,
            old_data,
            list(touched.values()),
            [*_own_targets(write), *_value_targets(self.schema, write, touched, values)],
        )

    def _collect(
        self, write: NodeWrite | EdgeWrite
    ) -> tuple[dict[int, dict[str, Any]], dict[int, Container]]:
        """Return the checked values by container and property, and all containers that get data."""
        values: dict[int, dict[str, Any]] = {}
        touched: dict[int, Container] = {}
        for each in write.sources or ():
            places, containers = self._source(each.source)
            touched |= {container.id: container for container in containers}
            for name, value in (each.properties or {}).items():
                where = f"{_named(write)}: {each.source}, property {name}"
                container, property_id, spec = _place(places, name, where)
                if property_id in SYSTEM_KEPT.get(container.body.key, ()):
                    if self.call.reads(KEPT_PROPERTY, "ignored"):
                        continue
                    raise CdfError(400, f"{where} is kept by the platform and cannot be written")
                values.setdefault(container.id, {})[property_id] = _checked(spec, value, where)
        return values, touched

    def _source(self, reference: SourceReference) -> tuple[dict[str, Place], list[Container]]:
        if reference not in self._places:
            found = self.schema.source(reference)
            if isinstance(found, Container):
                places = {name: (found, name, spec) for name, spec in found.body.properties.items()}
                self._places[reference] = (places, [found])
            else:
                places = {
                    name: (each.container, each.property_id, each.spec) for name, each in found.mapped.items()
                }
                self._places[reference] = (places, found.containers)
        return self._places[reference]

    def _merge(
        self,
        write: NodeWrite | EdgeWrite,
        container: Container,
        old: dict[str, Any] | None,
        values: dict[str, Any],
    ) -> dict[str, Any]:
        """Return the properties of one container: patched, or replaced with defaults for what is left out."""
        if not container.body.holds(write.instance_type):
            raise CdfError(
                400, f"{_named(write)}: the {container.body} is for {container.body.used_for}s only"
            )
        kept = SYSTEM_KEPT.get(container.body.key, frozenset())
        merged = {name: each for name, each in (old or {}).items() if not self.replace or name in kept}
        for name, spec in container.body.properties.items():
            if (old is None or self.replace) and name not in merged and spec.default_value is not None:
                merged[name] = check_value(spec.type, spec.default_value)
        merged |= values
        merged = {name: each for name, each in merged.items() if each is not None}
        for name, spec in container.body.properties.items():
            where = f"{_named(write)}: the {container.body}, property {name}"
            if not spec.nullable and name not in merged:
                raise CdfError(400, f"{where} must have a value")
            if spec.immutable and old and name in old and old[name] != merged.get(name):
                raise CdfError(400, f"{where} is immutable and cannot change")
        return merged


def _place(places: dict[str, Place], name: str, where: str) -> Place:
    if name not in places:
        raise CdfError(
            400, f"{where} does not exist or has no value to write. Known: {', '.join(sorted(places))}"
        )
    return places[name]


def _checked(spec: ContainerProperty, value: Any, where: str) -> Any:
    if value is None:
        return None
    try:
        return check_value(spec.type, value)
    except ValueError as error:
        raise CdfError(400, f"{where}: {error}") from error


def _check_requirements(
    schema: Schema, write: NodeWrite | EdgeWrite, touched: dict[int, Container], data: Data
) -> None:
    for container in touched.values():
        for name, constraint in container.body.constraints.items():
            required = schema.container(constraint.require.key) if isinstance(constraint, Requires) else None
            if required and required.id not in data:
                raise CdfError(
                    400,
                    f"{_named(write)}: constraint {name} of the {container.body} requires data "
                    f"in the {required.body}",
                )


def _relations(write: NodeWrite | EdgeWrite) -> dict[str, str]:
    """Return the columns of an instance that a write sets."""
    columns = {"type": write.type.ref} if write.type else {}
    if isinstance(write, EdgeWrite):
        columns |= {"start_node": write.start_node.ref, "end_node": write.end_node.ref}
    return columns


def _own_targets(write: NodeWrite | EdgeWrite) -> Iterator[Target]:
    if write.type:
        yield Target(write.type.ref, None, f"{_named(write)}: type")


def _value_targets(
    schema: Schema,
    write: NodeWrite | EdgeWrite,
    touched: dict[int, Container],
    values: dict[int, dict[str, Any]],
) -> Iterator[Target]:
    for id_, each in values.items():
        for name, value in each.items():
            type_ = touched[id_].body.properties[name].type
            if isinstance(type_, DirectType) and value is not None:
                wanted = schema.source(type_.container) if type_.container else None
                assert wanted is None or isinstance(wanted, Container)
                for relation in value if type_.is_list else [value]:
                    ref = ref_of(relation["space"], relation["externalId"])
                    yield Target(ref, wanted, f"{_named(write)}: property {name}", is_relation=True)


def _named(write: NodeWrite | EdgeWrite) -> str:
    return f"{write.instance_type} {write.space}:{write.external_id}"
