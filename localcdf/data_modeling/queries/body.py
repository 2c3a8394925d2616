"""What queries and syncs say."""

from typing import Annotated, Any, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from localcdf.data_modeling.filters import Filter
from localcdf.data_modeling.instances.body import MAX_SOURCES, Sorts
from localcdf.data_modeling.names import PropertyId
from localcdf.data_modeling.references import SourceReference, ViewReference
from localcdf.endpoint import Body

MAX_SETS = 50
Direction = Literal["outwards", "inwards"]
Side = Literal["source", "destination"]
QueryLimit = Annotated[int, Field(ge=1, le=10_000)]
SyncLimit = Annotated[int, Field(ge=1, le=2_000)]


class Through(Body):
    """The direct relation to follow, by the view (or, elder, ``view``) or container that has it."""

    source: SourceReference | None = None
    view: ViewReference | None = None
    identifier: PropertyId

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.source is None) == (self.view is None):
            raise ValueError("give either source or view")
        return self

    @property
    def reference(self) -> SourceReference:
        """The view or container."""
        found = self.source or self.view
        assert found is not None
        return found


class Nodes(Body):
    """Which nodes."""

    from_: str | None = Field(None, alias="from")
    chain_to: Side = "destination"
    through: Through | None = None
    direction: Direction = "inwards"
    filter: Filter | None = None


class Edges(Body):
    """Which edges."""

    from_: str | None = Field(None, alias="from")
    chain_to: Side = "destination"
    max_distance: Annotated[int, Field(ge=1)] | None = None
    direction: Direction = "outwards"
    filter: Filter | None = None
    node_filter: Filter | None = None
    termination_filter: Filter | None = None


class QueryEdges(Edges):
    """Which edges, in a query."""

    limit_each: Annotated[int, Field(ge=1, le=2_000)] | None = None

    @model_validator(mode="after")
    def _each_of_what(self) -> Self:
        if self.limit_each is not None and (self.from_ is None or self.max_distance != 1):
            raise ValueError("limitEach needs from and maxDistance 1")
        return self


class NodeSet(Body):
    """A result set of nodes."""

    nodes: Nodes
    sort: Sorts | None = None
    limit: QueryLimit = 100


class EdgeSet(Body):
    """A result set of edges."""

    edges: QueryEdges
    sort: Sorts | None = None
    post_sort: Sorts | None = None
    limit: QueryLimit = 100

    @model_validator(mode="after")
    def _sort_that_can_be(self) -> Self:
        if self.sort and self.edges.from_ is not None and self.edges.max_distance != 1:
            raise ValueError("a traversal of more than one step is sorted by postSort")
        return self


class SetOperation(Body):
    """A result set made from others."""

    union: list["str | SetOperation"] | None = None
    union_all: list["str | SetOperation"] | None = None
    intersection: list["str | SetOperation"] | None = None
    except_: list[str] = Field(default_factory=list, alias="except")
    limit: QueryLimit = 100

    @model_validator(mode="after")
    def _one_operation(self) -> Self:
        if sum(each is not None for each in (self.union, self.union_all, self.intersection)) != 1:
            raise ValueError("expected nodes, edges, or one of union, unionAll, intersection")
        return self

    @property
    def operands(self) -> list["str | SetOperation"]:
        """What the operation works on."""
        return self.union or self.union_all or self.intersection or []


def _kind_of_set(value: Any) -> str:
    """Return the tag of a set; no tag is a field too, so that messages can tell them apart."""
    if isinstance(value, Body):
        return {NodeSet: "node set", EdgeSet: "edge set"}.get(type(value), "set operation")
    if isinstance(value, dict) and "nodes" in value:
        return "node set"
    return "edge set" if isinstance(value, dict) and "edges" in value else "set operation"


QuerySet = Annotated[
    Annotated[NodeSet, Tag("node set")]
    | Annotated[EdgeSet, Tag("edge set")]
    | Annotated[SetOperation, Tag("set operation")],
    Discriminator(_kind_of_set),
]


class SelectSource(Body):
    """A view, and which of its properties to answer; ``*`` stands for all."""

    source: ViewReference
    properties: list[str]


class SyncSelect(Body):
    """What to answer of a result set."""

    sources: Annotated[list[SelectSource], Field(max_length=MAX_SOURCES)] | None = None


class Select(SyncSelect):
    """What to answer of a result set of a query."""

    sort: Sorts | None = None
    limit: QueryLimit | None = None


class _Request(Body):
    parameters: dict[str, Any] | None = None
    cursors: Annotated[dict[str, str | None], Field(max_length=MAX_SETS)] | None = None
    include_typing: bool = False

    @model_validator(mode="after")
    def _names_that_are(self) -> Self:
        known: dict[str, Any] = self.with_  # type: ignore[attr-defined]
        for part in ("select", "cursors"):
            if unknown := (getattr(self, part) or {}).keys() - known.keys():
                raise ValueError(f"{part} names what with does not: {', '.join(sorted(unknown))}")
        return self


class Query(_Request):
    """A query."""

    with_: Annotated[dict[str, QuerySet], Field(min_length=1, max_length=MAX_SETS, alias="with")]
    select: Annotated[dict[str, Select], Field(min_length=1, max_length=MAX_SETS)]


class _SyncSet(Body):
    limit: SyncLimit = 100
    skip_already_deleted: bool = True
    mode: Literal["onePhase", "twoPhase", "noBackfill"] = "onePhase"
    backfill_sort: Sorts | None = None

    @model_validator(mode="after")
    def _phase_to_sort(self) -> Self:
        if self.backfill_sort and self.mode != "twoPhase":
            raise ValueError("backfillSort needs mode twoPhase")
        return self


class SyncNodeSet(_SyncSet):
    """A result set of nodes to keep in sync with."""

    nodes: Nodes


class SyncEdgeSet(_SyncSet):
    """A result set of edges to keep in sync with."""

    edges: Edges


def _kind_of_sync_set(value: Any) -> str:
    has_edges = "edges" in value if isinstance(value, dict) else isinstance(value, SyncEdgeSet)
    return "edge set" if has_edges else "node set"


SyncSet = Annotated[
    Annotated[SyncNodeSet, Tag("node set")] | Annotated[SyncEdgeSet, Tag("edge set")],
    Discriminator(_kind_of_sync_set),
]


class Sync(_Request):
    """A sync."""

    with_: Annotated[dict[str, SyncSet], Field(min_length=1, max_length=MAX_SETS, alias="with")]
    select: Annotated[dict[str, SyncSelect], Field(min_length=1, max_length=MAX_SETS)]
    allow_expired_cursors_and_accept_missed_deletes: bool = False
