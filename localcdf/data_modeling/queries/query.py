"""Queries: result sets that chain from one another."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from localcdf.data_modeling.queries import cursors, finding
from localcdf.data_modeling.queries.answers import Selection, answers, selection, typing
from localcdf.data_modeling.queries.body import EdgeSet, NodeSet, Query, SetOperation, SyncSelect
from localcdf.data_modeling.queries.sets import Sets
from localcdf.data_modeling.queries.sql import Sql
from localcdf.data_modeling.references import canonical
from localcdf.data_modeling.schema.resolved import Schema
from localcdf.endpoint import Call
from localcdf.errors import CdfError


@dataclass(frozen=True)
class Page:
    """One page of a result set."""

    ids: list[int]
    position: Any = None  # where it ended, if there can be more


@dataclass
class _Run:
    """One query: each set that is needed is worked out once, and sets chain from the page of others."""

    call: Call
    body: Query
    digest: str
    pages: dict[str, Page | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        schema = Schema.of_caller(self.call)
        self.sets = Sets(
            self.call.db,
            self.body.with_,
            self.body.parameters or {},
            schema,
            lambda name: self.page(name).ids,
        )

    def page(self, name: str) -> Page:
        """Return the page of a set that the request asks for."""
        if name not in self.pages:
            self.pages[name] = None  # so that a circle shows
            self.pages[name] = self._page(name)
        page = self.pages[name]
        if page is None:
            raise CdfError(400, f"The result set {name} chains from itself")
        return page

    def cursor(self, name: str, page: Page) -> str | None:
        """Return the cursor to the page after this one."""
        return cursors.encode(self._digest(name), page.position) if page.position is not None else None

    def _page(self, name: str) -> Page:
        each = self.sets.get(name)
        cursor = (self.body.cursors or {}).get(name)
        after = cursors.decode(self._digest(name), cursor) if cursor is not None else None
        match each:
            case SetOperation():
                self.sets.kind(name)  # it has just one
                return self._counted(each.limit, _skip(after), lambda most: self._combined(each, most))
            case EdgeSet() if each.edges.from_ is not None and each.edges.max_distance != 1:
                edges = each.edges
                found = self._counted(
                    each.limit, _skip(after), lambda most: self.sets.discovered(edges, most)
                )
                return Page(self.sorted(name, found.ids, each.post_sort), found.position)
            case NodeSet() | EdgeSet():
                return self._found(name, each, after)
            case _:
                raise AssertionError(each)

    def _found(self, name: str, each: NodeSet | EdgeSet, after: Any) -> Page:
        where = [
            finding.LIVE,
            *(self.sets.nodes(each.nodes) if isinstance(each, NodeSet) else self._edges(each)),
        ]
        order = finding.order(each.sort, self.sets.scope(self.sets.kind(name)))
        if after is not None and (not order.cursorable or not isinstance(after, list)):
            raise CdfError(400, f"{name}: no cursorable index stands behind the sort, so there are no pages")
        found = finding.find(self.call.db, where, order, after=after, limit=each.limit + 1)
        found, goes_on = finding.cut(self.call, found, each.limit)
        return Page(finding.ids_of(found), found[-1][1] if goes_on and order.cursorable else None)

    def _counted(self, limit: int, skip: int, first: Callable[[int], list[int]]) -> Page:
        """Return a page of a set whose cursors count what came before; ``first`` gives its first ids."""
        ids, goes_on = finding.cut(self.call, first(skip + limit + 1)[skip:], limit)
        return Page(ids, skip + limit if goes_on else None)

    def _edges(self, each: EdgeSet) -> list[Sql]:
        where = self.sets.edges(each.edges)
        limit_each = each.edges.limit_each
        return where if limit_each is None else [*where, self.sets.each_limited(each.edges, limit_each)]

    def _combined(self, operation: SetOperation, most: int) -> list[int]:
        operands = [
            self.page(each).ids if isinstance(each, str) else self._combined(each, each.limit)
            for each in operation.operands
        ]
        unwanted = {id_ for name in operation.except_ for id_ in self.page(name).ids}
        if operation.intersection is not None:
            combined = [
                each for each in operands[0] if all(each in others for others in map(set, operands[1:]))
            ]
        else:
            combined = [each for ids in operands for each in ids]
        if operation.union_all is None:
            combined = list(dict.fromkeys(combined))
        return [each for each in combined if each not in unwanted][:most]

    def sorted(self, name: str, ids: list[int], sorts: Any) -> list[int]:
        """Return ids in another order."""
        if not sorts:
            return ids
        order = finding.order(sorts, self.sets.scope(self.sets.kind(name)))
        among = Sql("i.id IN (SELECT value FROM json_each(?))", (canonical(ids),))
        return finding.ids_of(finding.find(self.call.db, [among], order))

    def _digest(self, name: str) -> str:
        return cursors.query_digest(name, {"of": self.digest})


def query(call: Call) -> dict[str, Any]:
    """Return one page of each result set selected."""
    body: Query = call.body
    content = body.model_dump(by_alias=True, exclude_none=True, include={"with_", "parameters"})
    run = _Run(call, body, cursors.query_digest("query", content))
    items: dict[str, Any] = {}
    types: dict[str, Any] = {}
    for name, select in body.select.items():
        selections = selections_of(run.sets.schema, select)
        ids = run.sorted(name, run.page(name).ids, select.sort)[: select.limit]
        items[name] = answers(call, ids, selections)
        types[name] = typing(call, selections) if body.include_typing else {}
    pages = {name: page for name, page in run.pages.items() if page is not None}
    following = {name: run.cursor(name, page) for name, page in pages.items()}
    answer = {"items": items, "nextCursor": {name: each for name, each in following.items() if each}}
    return answer | ({"typing": types} if body.include_typing else {})


def selections_of(schema: Schema, select: SyncSelect) -> list[Selection]:
    """Return what a request wants to know of the instances in a result set."""
    return [selection(schema, each.source, each.properties) for each in select.sources or ()]


def _skip(after: Any) -> int:
    if after is None:
        return 0
    if not isinstance(after, int) or isinstance(after, bool) or not 0 <= after < 2**31:
        raise CdfError(400, cursors.INVALID)
    return after
