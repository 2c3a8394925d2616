"""The endpoints of instances, and what is assumed about them."""

from localcdf.data_modeling.instances import apply, deletion
from localcdf.data_modeling.instances import body as instance_body
from localcdf.data_modeling.instances.apply import NAMED_TWICE, SKIPPED
from localcdf.data_modeling.instances.deletion import EDGES_TOLD, TYPE_IN_USE
from localcdf.data_modeling.instances.drafts import EDGE_ENDS, KEPT_PROPERTY
from localcdf.data_modeling.instances.hierarchy import CIRCLE, LATE
from localcdf.data_modeling.instances.platform import MOVES_VERSION
from localcdf.data_modeling.instances.targets import MISSING_TARGET, READ_ONLY_TARGET, SAME_REQUEST
from localcdf.data_modeling.instances.uniqueness import UNIQUENESS
from localcdf.data_modeling.queries import aggregate, query, reading, search, sync
from localcdf.data_modeling.queries import body as query_body
from localcdf.data_modeling.queries.answers import DELETED_PROPERTIES, WITHOUT_DATA
from localcdf.data_modeling.queries.columns import OTHER_KIND
from localcdf.data_modeling.queries.filter_sql import NEGATION
from localcdf.data_modeling.queries.finding import INSTANCE_ORDER
from localcdf.data_modeling.queries.search import PREFIX
from localcdf.data_modeling.schema.definitions import SYSTEM_SPACE
from localcdf.data_modeling.schema.resolved import VIEWS_OVER_CONTAINERS
from localcdf.endpoint import Endpoint
from localcdf.gates import Gate
from localcdf.paging import FULL_PAGE_CURSOR
from localcdf.rights import OUT_OF_SCOPE

# Requests of a project in flight: the limits that the concepts pages name.
_APPLY, _DELETE, _QUERY = Gate("instances apply", 4), Gate("instances delete", 2), Gate("instances query", 8)

_FILTERS = (NEGATION, OTHER_KIND, VIEWS_OVER_CONTAINERS)
_PAGES = (FULL_PAGE_CURSOR, INSTANCE_ORDER)
_SEARCH = (*_FILTERS, PREFIX)
_WRITES = (SYSTEM_SPACE, VIEWS_OVER_CONTAINERS, MOVES_VERSION, LATE)

ENDPOINTS = [
    Endpoint(
        "POST",
        "/models/instances",
        apply.apply,
        instance_body.Apply,
        writes=True,
        rights=(
            "dataModelsAcl:READ",
            "dataModelInstancesAcl:WRITE or dataModelInstancesAcl:WRITE_PROPERTIES",
        ),
        gate=_APPLY,
        assumed=(
            *_WRITES,
            SKIPPED,
            NAMED_TWICE,
            SAME_REQUEST,
            MISSING_TARGET,
            READ_ONLY_TARGET,
            UNIQUENESS,
            KEPT_PROPERTY,
            EDGE_ENDS,
            CIRCLE,
        ),
    ),
    Endpoint(
        "POST",
        "/models/instances/delete",
        deletion.delete,
        instance_body.Delete,
        writes=True,
        rights=(
            "dataModelsAcl:READ",
            "dataModelInstancesAcl:WRITE",
        ),
        gate=_DELETE,
        assumed=(*_WRITES, EDGES_TOLD, TYPE_IN_USE),
    ),
    Endpoint(
        "POST",
        "/models/instances/list",
        reading.list_instances,
        instance_body.List,
        rights=(
            "dataModelsAcl:READ",
            "dataModelInstancesAcl:READ",
        ),
        gate=_QUERY,
        assumed=(*_FILTERS, *_PAGES),
    ),
    Endpoint(
        "POST",
        "/models/instances/byids",
        reading.retrieve,
        instance_body.ByIds,
        rights=(
            "dataModelsAcl:READ",
            "dataModelInstancesAcl:READ",
        ),
        gate=_QUERY,
        assumed=(VIEWS_OVER_CONTAINERS, OUT_OF_SCOPE),
    ),
    Endpoint(
        "POST",
        "/models/instances/query",
        query.query,
        query_body.Query,
        rights=(
            "dataModelsAcl:READ",
            "dataModelInstancesAcl:READ",
        ),
        gate=_QUERY,
        assumed=(*_FILTERS, *_PAGES, WITHOUT_DATA),
        unserved=("debug and targetUnits are a 400",),
    ),
    Endpoint(
        "POST",
        "/models/instances/sync",
        sync.sync,
        query_body.Sync,
        rights=(
            "dataModelsAcl:READ",
            "dataModelInstancesAcl:READ",
        ),
        gate=_QUERY,
        assumed=(*_FILTERS, INSTANCE_ORDER, WITHOUT_DATA, DELETED_PROPERTIES),
    ),
    Endpoint(
        "POST",
        "/models/instances/search",
        search.search,
        instance_body.Search,
        rights=(
            "dataModelsAcl:READ",
            "dataModelInstancesAcl:READ",
        ),
        lags=True,
        assumed=(*_SEARCH, INSTANCE_ORDER),
    ),
    Endpoint(
        "POST",
        "/models/instances/aggregate",
        aggregate.aggregate,
        aggregate.Aggregates,
        rights=(
            "dataModelsAcl:READ",
            "dataModelInstancesAcl:READ",
        ),
        lags=True,
        assumed=_SEARCH,
    ),
]
