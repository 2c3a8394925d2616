"""Listing instances, and reading them by id."""

from typing import Any

from localcdf.data_modeling.instances import store
from localcdf.data_modeling.instances.body import ByIds, List
from localcdf.data_modeling.queries import cursors, finding
from localcdf.data_modeling.queries.answers import answers, selection, typing
from localcdf.data_modeling.queries.columns import Scope
from localcdf.data_modeling.queries.filter_sql import condition, has_data
from localcdf.data_modeling.queries.sql import Sql
from localcdf.data_modeling.references import canonical
from localcdf.data_modeling.schema.resolved import Schema
from localcdf.endpoint import Call
from localcdf.errors import CdfError
from localcdf.rights import allowed, hidden


def list_instances(call: Call) -> dict[str, Any]:
    """Return one page of the instances that belong to all the views named and match the filter."""
    body: List = call.body
    scope = Scope(Schema.of_caller(call), body.instance_type, "list")
    selections = [selection(scope.schema, each.source) for each in body.sources or ()]
    where = [finding.seen(scope), finding.LIVE, *(has_data(each.view, scope) for each in selections)]
    if body.filter is not None:
        where.append(condition(body.filter, scope))
    order = finding.order(body.sort, scope)
    digest = cursors.query_digest("list", body.model_dump(by_alias=True, exclude_none=True))
    after = cursors.decode(digest, body.cursor) if body.cursor is not None else None
    if after is not None and not order.cursorable:
        raise CdfError(400, "No cursorable index stands behind the sort, so there is no page to go on to")
    found = finding.find(call.db, where, order, after=after, limit=body.limit + 1)
    found, goes_on = finding.cut(call, found, body.limit)
    page: dict[str, Any] = {"items": answers(call, finding.ids_of(found), selections)}
    if goes_on and order.cursorable:
        page["nextCursor"] = cursors.encode(digest, found[-1][1])
    if body.include_typing:
        page["typing"] = typing(call, selections)
    return page


def retrieve(call: Call) -> dict[str, Any]:
    """Return instances in the order asked for; those unknown or not in all the views named are left out."""
    body: ByIds = call.body
    schema = Schema.of_caller(call)
    reach = allowed(call, "dataModelInstancesAcl", "READ")
    if hidden_space := next((each.space for each in body.items if not reach.covers(space=each.space)), None):
        hidden(call, "dataModelInstancesAcl:READ", space=hidden_space)
    selections = [selection(schema, each.source) for each in body.sources or ()]
    live = store.find_live(call.db, [each.ref for each in body.items])
    belonging: set[int] = set()
    for kind in {each.kind for each in live.values()}:
        scope = Scope(schema, kind, "list")
        ids = Sql(
            "i.id IN (SELECT value FROM json_each(?))",
            (canonical([each.id for each in live.values() if each.kind == kind]),),
        )
        where = [ids, *scope.visible(), *(has_data(each.view, scope) for each in selections)]
        belonging |= set(finding.ids_of(finding.find(call.db, where, finding.Order())))
    wanted = [live[each.ref] for each in body.items if each.ref in live]
    asked = {(each.ref, each.instance_type) for each in body.items}
    found = dict.fromkeys(
        each.id for each in wanted if each.id in belonging and (each.ref, each.kind) in asked
    )
    answer: dict[str, Any] = {"items": answers(call, list(found), selections)}
    if body.include_typing:
        answer["typing"] = typing(call, selections)
    return answer
