"""The endpoints of instances, and what is assumed about them."""

from localcdf.data_modeling.instances import apply, deletion
from localcdf.data_modeling.instances import body as instance_body
from localcdf.data_modeling.queries import aggregate, query, reading, search, sync
from localcdf.data_modeling.queries import body as query_body
from localcdf.data_modeling.schema.resolved import VIEWS_OVER_CONTAINERS
from localcdf.endpoint import Endpoint
from localcdf.gates import Gate
from localcdf.rights import OUT_OF_SCOPE

# Requests of a project in flight: the limits that the concepts pages name.
_APPLY, _DELETE, _QUERY = Gate("instances apply", 4), Gate("instances delete", 2), Gate("instances query", 8)

_FILTERS = (
    "a property without a value meets neither a filter nor its negation",
    "a filter that names a base property of the other instance type is refused",
    "a timestamp without a time zone is in UTC",
)
_PAGES = (
    "a full page has a cursor, even if nothing follows",
    "with a sort that no cursorable index stands behind there is one page and no cursor",
    "instances come in the order in which they came into being",
)
_VIEWS = (
    "an instance belongs to a view when it meets the view's filter, or else has data in all containers mapped"
)
_SEARCH = (
    _VIEWS,
    VIEWS_OVER_CONTAINERS,
    "words are compared whole; with OR the last is a prefix (on AND the documentation contradicts itself)",
    "changes can be found at once",
)

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
            VIEWS_OVER_CONTAINERS,
            "a write through a view puts data, empty if need be, into every container that the view maps",
            "the target of a relation with a container must exist before the request, with data in it",
            "a relation to a node that may not be made is a 409, and so is a breach of uniqueness",
            "an item skipped for its version is answered with wasModified false",
            "an instance may be named once in a request; deletes come before writes",
            "a write takes dataModelInstancesAcl:WRITE in the space and dataModelsAcl:READ on the view; "
            "the reference names dataModelsAcl:WRITE",
            "WRITE_PROPERTIES is enough to write to an instance that is there",
            "a node that is made on the way takes WRITE in its space",
            "nodes and edges of a space share their external ids",
            "the platform's update of an asset's path moves its version on, at once",
            "writing to a system space is a 403, to a property that the platform keeps a 400",
            "an asset that would be its own ancestor, or lies more than 100 levels deep, is refused",
            "numbers of type float32 are rounded, whole numbers may not be written as 1.0",
            "a relation or type that an update leaves out stays; the ends of an edge may change",
            "external ids have up to 256 characters (a concepts page says 255)",
            "limits of JSON keys and pairs hold at every level, that of values at the first",
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
        assumed=(
            "a direct relation to a deleted node stays as it is",
            "edges that go with their node are not in the answer, and take no right in their own space",
            "the id of a node does not delete an edge, and the other way round",
            "a node that is the type of others is refused with 400",
        ),
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
        assumed=(*_FILTERS, *_PAGES, _VIEWS, VIEWS_OVER_CONTAINERS),
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
        assumed=(_VIEWS, VIEWS_OVER_CONTAINERS, OUT_OF_SCOPE),
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
        assumed=(
            *_FILTERS,
            *_PAGES,
            VIEWS_OVER_CONTAINERS,
            "a traversal finds each edge once",
            "properties of a view without any data are left out with the view",
            "debug and targetUnits are refused",
        ),
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
        assumed=(
            *_FILTERS,
            VIEWS_OVER_CONTAINERS,
            "a set that chains from another starts from all live instances of that one, changed or not",
            "what a deleted instance was still decides whether it matches",
            "an instance that no longer matches is not told of",
            "a deleted instance comes without properties",
        ),
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
        assumed=_SEARCH,
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
        assumed=(*_SEARCH, "a group leaves out the properties that have no value in it"),
    ),
]
