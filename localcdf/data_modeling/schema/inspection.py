"""What hangs on definitions, and how many there are: what is asked before something is deleted."""

from typing import Annotated, Any

from pydantic import Field

from localcdf.data_modeling.names import SpaceId
from localcdf.data_modeling.schema import definitions
from localcdf.data_modeling.schema.containers import ContainerId
from localcdf.data_modeling.schema.resolved import Schema
from localcdf.endpoint import Body, Call, Endpoint
from localcdf.rights import allowed

# What the concepts pages name, besides the numbers of definitions.
INSTANCES, SOFT_DELETED, PROPERTIES = 5_000_000, 10_000_000, 100_000
CONCURRENT = {"concurrentReadLimit": 8, "concurrentWriteLimit": 4, "concurrentDeleteLimit": 2}


class InvolvedViews(Body):
    """Ask for the views that map a container."""

    all_versions: bool = False


class InvolvedViewCount(InvolvedViews):
    """Ask how many views map a container."""

    include_unavailable_views: bool = True


class Operations(Body):
    """What is asked of each container."""

    involved_views: InvolvedViews | None = None
    total_involved_view_count: InvolvedViewCount | None = None


class Inspect(Body):
    """Containers, and what is asked of them."""

    inspection_operations: Operations
    items: Annotated[list[ContainerId], Field(min_length=1, max_length=10)]


class SpaceName(Body):
    """A space."""

    space: SpaceId


class SpaceNames(Body):
    """Spaces."""

    items: Annotated[list[SpaceName], Field(min_length=1, max_length=100)]


def inspect(call: Call) -> dict[str, Any]:
    """Say of containers which views map them; unknown ones are left out."""
    found = [
        each for each in call.body.items if definitions.find_readable(call, "container", each.key) is not None
    ]
    return {
        "items": [
            {"space": each.space, "externalId": each.external_id, "inspectionResults": _results(call, each)}
            for each in found
        ]
    }


def _results(call: Call, container: ContainerId) -> dict[str, Any]:
    asked: Operations = call.body.inspection_operations
    results: dict[str, Any] = {}
    if asked.involved_views is not None:
        results["involvedViews"] = _views(call, container, asked.involved_views.all_versions, every=False)
    if (count := asked.total_involved_view_count) is not None:
        every = count.include_unavailable_views
        results["involvedViewCount"] = len(_views(call, container, count.all_versions, every=every))
    return results


def _views(call: Call, container: ContainerId, all_versions: bool, *, every: bool) -> list[dict[str, Any]]:
    """Return the views that map a container: those that the caller may read, or every one."""
    reach, schema = allowed(call, "dataModelsAcl", "READ"), Schema(call.db)
    rows = call.db.execute(
        "SELECT * FROM dm_definition AS d WHERE kind = 'view' AND (? OR NOT EXISTS ("
        "SELECT 1 FROM dm_definition AS newer "
        "WHERE (newer.kind, newer.space, newer.external_id) = (d.kind, d.space, d.external_id) "
        "AND (newer.created_time, newer.id) > (d.created_time, d.id))) ORDER BY id",
        (all_versions,),
    )
    found = []
    for row in rows.fetchall():
        view = schema.view((row["space"], row["external_id"], row["version"]))
        if view is None or not (every or reach.covers(space=row["space"])):
            continue
        if any(each.body.key == container.key for each in view.containers):
            found.append(view.reference.model_dump(by_alias=True))
    return found


def of_project(call: Call) -> dict[str, Any]:
    """Return how much of what a project may have there is."""
    kinds = dict(
        call.db.execute(
            "SELECT kind, count(*) FROM dm_definition WHERE NOT is_global GROUP BY kind"
        ).fetchall()
    )
    counts = {
        name: {"count": kinds.get(kind, 0), "limit": definitions.PROJECT_LIMITS[kind]}
        for name, kind in (
            ("spaces", "space"),
            ("containers", "container"),
            ("views", "view"),
            ("dataModels", "data_model"),
        )
    }
    (properties,) = call.db.execute(
        "SELECT count(*) FROM dm_definition, json_each(spec, '$.properties') "
        "WHERE kind = 'container' AND NOT is_global"
    ).fetchone()
    instances = _instances(call, None)
    return {
        **counts,
        "containerProperties": {"count": properties, "limit": PROPERTIES},
        "instances": instances
        | {
            "instances": instances["nodes"] + instances["edges"],
            "instancesLimit": INSTANCES,
            "softDeletedInstances": instances["softDeletedNodes"] + instances["softDeletedEdges"],
            "softDeletedInstancesLimit": SOFT_DELETED,
        },
        **CONCURRENT,
    }


def _instances(call: Call, space: str | None) -> dict[str, int]:
    rows = call.db.execute(
        "SELECT kind || iif(deleted_time IS NULL, '', ' deleted'), count(*) FROM dm_instance "
        "WHERE ? IS NULL OR space = ? GROUP BY 1",
        (space, space),
    )
    counts: dict[str, int] = dict(rows.fetchall())
    return {
        "edges": counts.get("edge", 0),
        "softDeletedEdges": counts.get("edge deleted", 0),
        "nodes": counts.get("node", 0),
        "softDeletedNodes": counts.get("node deleted", 0),
    }


def of_spaces(call: Call) -> dict[str, Any]:
    """Return how much there is in each space that the caller may read."""
    reach = allowed(call, "dataModelsAcl", "READ")
    rows = call.db.execute("SELECT space FROM dm_definition WHERE kind = 'space' ORDER BY id").fetchall()
    return {"items": [_of_space(call, row["space"]) for row in rows if reach.covers(space=row["space"])]}


def of_named_spaces(call: Call) -> dict[str, Any]:
    """Return how much there is in each space asked for; unknown ones are left out."""
    names = [each.space for each in call.body.items]
    return {
        "items": [
            _of_space(call, name)
            for name in names
            if definitions.find_readable(call, "space", (name, "", ""))
        ]
    }


def _of_space(call: Call, space: str) -> dict[str, Any]:
    kinds = dict(
        call.db.execute(
            "SELECT kind, count(*) FROM dm_definition WHERE space = ? GROUP BY kind", (space,)
        ).fetchall()
    )
    return {
        "space": space,
        "containers": kinds.get("container", 0),
        "views": kinds.get("view", 0),
        "dataModels": kinds.get("data_model", 0),
        **_instances(call, space),
    }


_READ = ("dataModelsAcl:READ",)
_NOW = ("the numbers do not lag",)
ENDPOINTS = [
    Endpoint("POST", "/models/containers/inspect", inspect, Inspect, rights=_READ),
    Endpoint("GET", "/models/statistics", of_project, rights=_READ, unserved=_NOW),
    Endpoint("GET", "/models/statistics/spaces", of_spaces, rights=_READ, unserved=_NOW),
    Endpoint(
        "POST", "/models/statistics/spaces/byids", of_named_spaces, SpaceNames, rights=_READ, unserved=_NOW
    ),
]
