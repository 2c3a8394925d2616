"""Result sets: the conditions that put an instance into a set of a query or sync."""

# ruff: noqa: S608  SQL is made of our own words; what requests give goes into parameters

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from localcdf.data_modeling.filters import Filter
from localcdf.data_modeling.queries import finding
from localcdf.data_modeling.queries.body import (
    Direction,
    Edges,
    EdgeSet,
    Nodes,
    NodeSet,
    SetOperation,
    Side,
    SyncEdgeSet,
    SyncNodeSet,
)
from localcdf.data_modeling.queries.columns import Scope, column
from localcdf.data_modeling.queries.filter_sql import condition
from localcdf.data_modeling.queries.sql import Sql, joined, run
from localcdf.data_modeling.references import ContainerReference, InstanceType, canonical
from localcdf.data_modeling.schema.resolved import Schema
from localcdf.errors import CdfError

AnySet = NodeSet | EdgeSet | SetOperation | SyncNodeSet | SyncEdgeSet
MAX_TRAVERSED = 1_000_000  # edges of one traversal, so that a query of everything ends


@dataclass(frozen=True)
class Sets:
    """The result sets of one request. ``members`` gives the ids of another set, to chain from."""

    db: sqlite3.Connection
    with_: Mapping[str, AnySet]
    parameters: Mapping[str, Any]
    schema: Schema
    members: Callable[[str], list[int]]

    def get(self, name: str) -> AnySet:
        """Return a set; an unknown one is a 400."""
        if name not in self.with_:
            raise CdfError(400, f"with has no result set {name}")
        return self.with_[name]

    def kind(self, name: str) -> InstanceType:
        """Return what a set consists of."""
        each = self.get(name)
        if isinstance(each, SetOperation):
            kinds = {self.kind(operand) for operand in named_operands(each)}
            if len(kinds) != 1:
                raise CdfError(400, f"{name} mixes nodes and edges")
            return kinds.pop()
        return "node" if isinstance(each, NodeSet | SyncNodeSet) else "edge"

    def scope(self, kind: InstanceType) -> Scope:
        """Return where the filters and sorts of a set are read."""
        return Scope(self.schema, kind, "query", self.parameters)

    def nodes(self, nodes: Nodes) -> list[Sql]:
        """Return the conditions of a set of nodes."""
        scope = self.scope("node")
        where = [finding.seen(scope)]
        if nodes.from_ is not None:
            where.append(self._chained(nodes, nodes.from_))
        elif nodes.through:
            raise CdfError(400, "through needs from")
        return where + _filtered(nodes.filter, scope)

    def edges(self, edges: Edges) -> list[Sql]:
        """Return the conditions of a set of edges."""
        if edges.from_ is None:
            return self._step(edges, None)
        frontier = self._frontier(edges, edges.from_)
        if edges.max_distance == 1:
            return self._step(edges, frontier)
        return [_among("i.id", self.traverse(edges, frontier, MAX_TRAVERSED))]

    def discovered(self, edges: Edges, most: int) -> list[int]:
        """Return up to ``most`` edges of a traversal of any length, in the order of their discovery."""
        assert edges.from_ is not None
        return self.traverse(edges, self._frontier(edges, edges.from_), most)

    def traverse(self, edges: Edges, frontier: Sequence[int], most: int) -> list[int]:
        """Walk breadth first along edges, each once, for at most ``maxDistance`` steps."""
        found: dict[int, None] = {}
        visited: set[int] = set(frontier)
        distance = 0
        while (
            frontier and len(found) < most and (edges.max_distance is None or distance < edges.max_distance)
        ):
            where = [finding.LIVE, *self._step(edges, frontier)]
            step = finding.ids_of(finding.find(self.db, where, finding.Order(), limit=most))
            new = [each for each in step if each not in found][: most - len(found)]
            found |= dict.fromkeys(new)
            reached = [each for each in self._ends(new, _other(edges.direction)) if each not in visited]
            visited |= set(reached)
            frontier = self._not_terminated(edges, reached)
            distance += 1
        return list(found)

    def each_limited(self, edges: Edges, limit_each: int) -> Sql:
        """Return the condition to be among the first edges of each node that a set chains from."""
        found = finding.ids_of(finding.find(self.db, [finding.LIVE, *self.edges(edges)], finding.Order()))
        rows = self.db.execute(
            f"SELECT id, {_own(edges.direction)} FROM dm_instance "
            "WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id",
            (canonical(found),),
        )
        counts: dict[int, int] = {}
        kept = []
        for edge, node in map(tuple, rows):
            counts[node] = counts.get(node, 0) + 1
            if counts[node] <= limit_each:
                kept.append(edge)
        return _among("i.id", kept)

    def _step(self, edges: Edges, frontier: Sequence[int] | None) -> list[Sql]:
        """Return the conditions of edges that leave ``frontier``, or any node, for a node that may be met."""
        scope = self.scope("edge")
        where = [finding.seen(scope), *_filtered(edges.filter, scope)]
        if frontier is not None:
            where.append(_among(f"i.{_own(edges.direction)}", frontier))
        if edges.node_filter is not None:
            node = replace(self.scope("node"), alias="met")
            met = joined("AND", [*node.visible(), condition(edges.node_filter, node)])
            other = _other(edges.direction)
            text = f"EXISTS (SELECT 1 FROM dm_instance AS met WHERE met.id = i.{other} AND {met.text})"
            where.append(Sql(text, met.parameters))
        return where

    def _not_terminated(self, edges: Edges, nodes: Sequence[int]) -> list[int]:
        if edges.termination_filter is None:
            return list(nodes)
        ends_there = condition(edges.termination_filter, self.scope("node"))
        where = [_among("i.id", nodes), ends_there]
        ended = set(finding.ids_of(finding.find(self.db, where, finding.Order())))
        return [each for each in nodes if each not in ended]

    def _frontier(self, edges: Edges, source: str) -> list[int]:
        members = self.members(source)
        if self.kind(source) == "node":
            return members
        return self._ends(members, self._side(source, edges.chain_to))

    def _chained(self, nodes: Nodes, source: str) -> Sql:
        """Return the condition of nodes that a set chains to from another."""
        members = self.members(source)
        if self.kind(source) == "edge":
            if nodes.through:
                raise CdfError(400, f"{source} is a set of edges: through follows relations of nodes")
            return _among("i.id", self._ends(members, self._side(source, nodes.chain_to)))
        if nodes.through is None:
            raise CdfError(400, f"{source} is a set of nodes: say through which direct relation to go on")
        if isinstance(self.get(source), SetOperation) and nodes.direction == "outwards":
            raise CdfError(400, f"{source} is made of other sets: relations can only be followed inwards")
        return self._related(nodes, members)

    def _related(self, nodes: Nodes, members: Sequence[int]) -> Sql:
        assert nodes.through is not None
        through = nodes.through
        self.schema.source(through.reference)
        found = self.schema.relation(through.reference, through.identifier)
        if found is None:
            raise CdfError(400, f"The {through.reference} has no direct relation {through.identifier}")
        container, name, spec = found
        if nodes.direction == "outwards":
            return _among("i.ref", self._pointed_at(container.id, name, members, is_list=spec.type.is_list))
        if spec.type.is_list:
            raise CdfError(
                400,
                f"{through.identifier} is a list of direct relations: those cannot be followed inwards. "
                "Use search or list with containsAny",
            )
        reference = ContainerReference(
            type="container", space=container.body.space, externalId=container.body.external_id
        )
        path = [reference.space, reference.external_id, name]
        return _among(column(path, self.scope("node")).sql, self._refs(members))

    def _refs(self, ids: Sequence[int]) -> list[str]:
        rows = self.db.execute(
            "SELECT ref FROM dm_instance WHERE id IN (SELECT value FROM json_each(?))",
            (canonical(list(ids)),),
        )
        return [row["ref"] for row in rows]

    def _pointed_at(self, container: int, name: str, ids: Sequence[int], *, is_list: bool) -> list[str]:
        value = f"json_extract(properties, '$.\"{name}\"')"
        of_list = f", json_each({value}) AS each_of" if is_list else ""
        target = "each_of.value" if is_list else value
        text = (
            f"SELECT DISTINCT {target} FROM dm_data{of_list} "
            f"WHERE container = ? AND instance IN (SELECT value FROM json_each(?)) AND {target} IS NOT NULL"
        )
        return [row[0] for row in run(self.db, Sql(text, (container, canonical(list(ids)))))]

    def _ends(self, edges: Sequence[int], end: str) -> list[int]:
        rows = self.db.execute(
            f"SELECT DISTINCT {end} FROM dm_instance "
            f"WHERE id IN (SELECT value FROM json_each(?)) AND {end} IS NOT NULL ORDER BY {end}",
            (canonical(list(edges)),),
        )
        return [row[0] for row in rows]

    def _side(self, source: str, chain_to: Side) -> str:
        """Return the column of the nodes that edges chain to: it depends on how the edges were followed."""
        followed = self.get(source)
        direction = followed.edges.direction if isinstance(followed, EdgeSet | SyncEdgeSet) else "outwards"
        return _other(direction) if chain_to == "destination" else _own(direction)


def named_operands(operation: SetOperation) -> list[str]:
    """Return the sets that an operation, and those inside it, names."""
    names = list(operation.except_)
    for each in operation.operands:
        names += named_operands(each) if isinstance(each, SetOperation) else [each]
    return names


def _own(direction: Direction) -> str:
    return "start_id" if direction == "outwards" else "end_id"


def _other(direction: Direction) -> str:
    return "end_id" if direction == "outwards" else "start_id"


def _filtered(filter_: Filter | None, scope: Scope) -> list[Sql]:
    return [] if filter_ is None else [condition(filter_, scope)]


def _among(sql: str, values: Sequence[Any]) -> Sql:
    return Sql(f"{sql} IN (SELECT value FROM json_each(?))", (canonical(list(values)),))
