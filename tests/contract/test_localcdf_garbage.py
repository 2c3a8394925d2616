"""Whatever is sent, the answer is one of the client's fault in CDF's envelope, never a crash."""

import copy
import re
from typing import Any

import pytest
from cognite.client import CogniteClient
from cognite.client.exceptions import CogniteAPIError
from hypothesis import given, settings
from hypothesis import strategies as st

from localcdf.app import ENDPOINTS

API = "/api/v1/projects/local"
BETA = {"cdf-version": "beta"}
BOX = {"xMin": 0.1, "xMax": 0.2, "yMin": 0.1, "yMax": 0.2}
ANNOTATION = {
    "annotatedResourceType": "file",
    "annotatedResourceId": 1,
    "annotationType": "images.InstanceLink",
    "creatingApp": "tests",
    "creatingAppVersion": "1.0.0",
    "creatingUser": None,
    "status": "approved",
    "data": {
        "text": "21-PT-1019",
        "textRegion": BOX,
        "objectRegion": {"polygon": {"vertices": [{"x": 0, "y": 0}, {"x": 1, "y": 0}, {"x": 1, "y": 1}]}},
        "instanceRef": {
            "instanceType": "node",
            "space": "s",
            "externalId": "x",
            "sources": [{"type": "view", "space": "s", "externalId": "V", "version": "v1"}],
        },
        "confidence": 0.5,
    },
}
FILE = {
    "name": "a.jpg",
    "externalId": "a",
    "directory": "/a",
    "mimeType": "image/jpeg",
    "metadata": {"face": "front"},
    "labels": [{"externalId": "l"}],
    "geoLocation": {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [1, 2]},
        "properties": {"a": 1},
    },
    "sourceCreatedTime": 5,
}
TIMES = {"min": 0, "max": 9}
NODE = {"instanceId": {"space": "s", "externalId": "x"}}
JOB = {"space": "s", "externalId": "x"}
PAIR = {"asset": NODE, "image360": NODE}
CONTEXTUALIZATION = {"object3DSpace": "o", "contextualizationSpace": "c", "revision": NODE}
VIEW = {"type": "view", "space": "cdf_cdm", "externalId": "CogniteFile", "version": "v1"}
DEFINITION = {
    "description": "a",
    "tasks": [
        {
            "externalId": "a",
            "type": "function",
            "name": "b",
            "description": "c",
            "parameters": {
                "function": {"externalId": "f", "data": {"x": "${workflow.input.a}"}},
                "isAsyncComplete": True,
            },
            "retries": 2,
            "timeout": 100,
            "onFailure": "skipTask",
        },
        {
            "externalId": "b",
            "type": "cdf",
            "parameters": {
                "cdfRequest": {
                    "resourcePath": "/assets/list",
                    "queryParameters": {"a": "b"},
                    "method": "POST",
                    "body": {"limit": 1},
                    "requestTimeoutInMillis": 1000,
                    "cdfVersionHeader": "beta",
                }
            },
            "dependsOn": [{"externalId": "a"}],
        },
        {
            "externalId": "c",
            "type": "dynamic",
            "parameters": {"dynamic": {"tasks": "${a.output.response.tasks}"}},
            "dependsOn": [{"externalId": "a"}, {"externalId": "b"}],
        },
        {
            "externalId": "d",
            "type": "subworkflow",
            "parameters": {"subworkflow": {"workflowExternalId": "a", "version": "1"}},
        },
    ],
}
# One request that the endpoint understands for each body; the mutations start from it.
UNDERSTOOD: dict[str, Any] = {
    "/groups": {
        "items": [
            {
                "name": "a",
                "sourceId": "nobody has it",
                "capabilities": [
                    {"filesAcl": {"actions": ["READ"], "scope": {"datasetScope": {"ids": [1]}}}},
                    {"dataModelsAcl": {"actions": ["READ"], "scope": {"spaceIdScope": {"spaceIds": ["s"]}}}},
                    {"rawAcl": {"actions": ["LIST"], "scope": {"tableScope": {"dbsToTables": {"d": ["t"]}}}}},
                    {"groupsAcl": {"actions": ["LIST"], "scope": {"currentuserscope": {}}}},
                ],
                "metadata": {"a": "b"},
                "attributes": {"token": {"appIds": ["a"]}},
            }
        ]
    },
    "/groups/delete": {"items": [1]},
    "/sessions": {"items": [{"oneshotTokenExchange": True}]},
    "/sessions/byids": {"items": [{"id": 1}]},
    "/sessions/revoke": {"items": [{"id": 1}]},
    "/datasets": {
        "items": [{"externalId": "a", "name": "a", "metadata": {"a": "b"}, "writeProtected": False}]
    },
    "/datasets/byids": {"items": [{"id": 1}, {"externalId": "a"}], "ignoreUnknownIds": True},
    "/datasets/list": {"filter": {"metadata": {"a": "b"}, "createdTime": TIMES}, "limit": 5, "cursor": None},
    "/datasets/update": {
        "items": [
            {
                "externalId": "a",
                "update": {"name": {"set": "b"}, "metadata": {"add": {"a": "b"}, "remove": ["c"]}},
            }
        ]
    },
    "/extpipes": {
        "items": [
            {
                "externalId": "a",
                "name": "a",
                "dataSetId": 1,
                "schedule": "Continuous",
                "contacts": [{"email": "a@b"}],
            }
        ]
    },
    "/extpipes/byids": {"items": [{"externalId": "a"}]},
    "/extpipes/list": {"filter": {"dataSetIds": [{"id": 1}], "contacts": [{"name": "a"}]}},
    "/extpipes/update": {
        "items": [{"id": 1, "update": {"description": {"set": None}, "contacts": {"add": [{"name": "a"}]}}}]
    },
    "/extpipes/delete": {"items": [{"externalId": "a"}], "ignoreUnknownIds": True},
    "/extpipes/runs": {"items": [{"externalId": "a", "status": "success", "message": "m", "createdTime": 5}]},
    "/extpipes/runs/list": {
        "filter": {"externalId": "a", "statuses": ["seen"], "message": {"substring": "m"}}
    },
    "/extpipes/config": {"externalId": "a", "config": "b: 1", "description": "c"},
    "/extpipes/config/revert": {"externalId": "a", "revision": 1},
    "/files": FILE,
    "/files/initmultipartupload?parts=2": FILE,
    "/files/completemultipartupload": {"id": 1, "uploadId": "u"},
    "/files/uploadlink": {"items": [{"instanceId": {"space": "s", "externalId": "x"}}]},
    "/files/multiuploadlink?parts=1": {"items": [{"externalId": "a"}]},
    "/files/downloadlink": {"items": [{"id": 1}, {"instanceId": {"space": "s", "externalId": "x"}}]},
    "/files/byids": {"items": [{"id": 1}], "ignoreUnknownIds": True},
    "/files/list": {
        "filter": {
            "labels": {"containsAny": [{"externalId": "l"}]},
            "uploadedTime": TIMES,
            "metadata": {"a": "b"},
            "assetExternalIds": ["a"],
        },
        "partition": "1/2",
        "limit": 3,
        "cursor": "YQ==",
    },
    "/files/update": {
        "items": [
            {
                "id": 1,
                "update": {
                    "metadata": {"set": {"a": "b"}},
                    "source": {"setNull": True},
                    "labels": {"add": [{"externalId": "l"}]},
                },
            }
        ]
    },
    "/files/delete": {"items": [{"externalId": "a"}], "ignoreUnknownIds": True},
    "/3d/contextualization/image360": {
        "items": [PAIR | {"polygon": {"version": "2.0.0", "data": [3, 1.5, 3.0, 1.5, 3.1, 1.6, 3.1]}}],
        "dmsContextualizationConfig": CONTEXTUALIZATION,
    },
    "/3d/contextualization/image360/delete": {
        "items": [PAIR],
        "dmsContextualizationConfig": CONTEXTUALIZATION,
    },
    "/assets": {
        "items": [
            {
                "externalId": "a",
                "name": "a",
                "parentExternalId": "b",
                "metadata": {"a": "b"},
                "labels": [{"externalId": "l"}],
                "geoLocation": FILE["geoLocation"],
            }
        ]
    },
    "/assets/byids": {"items": [{"id": 1}], "ignoreUnknownIds": True, "aggregatedProperties": ["path"]},
    "/assets/list": {
        "filter": {
            "name": "a",
            "parentIds": [1],
            "parentExternalIds": ["a"],
            "assetSubtreeIds": [{"externalId": "a"}],
            "metadata": {"a": "b"},
            "externalIdPrefix": "a",
            "root": False,
            "createdTime": TIMES,
        },
        "aggregatedProperties": ["childCount", "depth"],
        "partition": "2/10",
        "limit": 3,
    },
    "/assets/search": {
        "search": {"name": "a", "description": "b", "query": "c"},
        "filter": {"root": True},
        "limit": 3,
    },
    "/assets/update": {
        "items": [
            {
                "id": 1,
                "update": {
                    "name": {"set": "b"},
                    "parentId": {"set": 2},
                    "description": {"setNull": True},
                    "metadata": {"add": {"a": "b"}, "remove": ["c"]},
                },
            }
        ]
    },
    "/assets/delete": {"items": [{"externalId": "a"}], "recursive": True, "ignoreUnknownIds": True},
    "/events": {
        "items": [
            {
                "externalId": "a",
                "startTime": 1,
                "endTime": 2,
                "type": "scan",
                "metadata": {"a": "b"},
                "assetIds": [1],
            }
        ]
    },
    "/events/byids": {"items": [{"externalId": "a"}], "ignoreUnknownIds": True},
    "/events/list": {
        "filter": {
            "metadata": {"a": "b"},
            "startTime": TIMES,
            "endTime": {"isNull": True},
            "activeAtTime": TIMES,
            "assetIds": [1],
            "assetExternalIds": ["a"],
            "type": "scan",
        },
        "sort": [],
        "partition": "1/10",
    },
    "/events/update": {
        "items": [{"externalId": "a", "update": {"endTime": {"set": 5}, "assetIds": {"add": [2]}}}]
    },
    "/events/delete": {"items": [{"id": 1}], "ignoreUnknownIds": True},
    "/3d/jobs": {
        "items": [
            {
                "space": "s",
                "externalId": "x",
                "name": "n",
                "type": "ImageTextDetection",
                "source": {"type": "Cognite360ImageCollection"} | NODE,
                "configuration": {},
                "nonce": "n",
            }
        ]
    },
    "/3d/jobs/list": {"cursor": None},
    "/3d/jobs/delete": {"items": [JOB]},
    "/3d/job/results/list": {"job": JOB, "cursor": None},
    "/3d/job/result/rejections": {"job": JOB, "result": NODE, "add": ["k"]},
    "/3d/job/result/rejections/list": {"job": JOB, "result": NODE, "cursor": None},
    "/context/vision/extract": {
        "items": [{"fileId": 1}, {"fileExternalId": "a"}, {"fileInstanceId": JOB}],
        "features": ["TextDetection"],
        "parameters": {
            "textDetectionParameters": {"threshold": 0.5},
            "assetTagDetectionParameters": {"partialMatch": True, "assetSubtreeIds": [1]},
            "peopleDetectionParameters": {"threshold": 1},
        },
    },
    "/annotations": {"items": [ANNOTATION]},
    "/annotations/suggest": {
        "items": [{name: value for name, value in ANNOTATION.items() if name != "status"}]
    },
    "/annotations/list": {
        "filter": {
            "annotatedResourceType": "file",
            "annotatedResourceIds": [{"id": 1}],
            "data": {"text": "x"},
        }
    },
    "/annotations/reverselookup": {"filter": {"annotatedResourceType": "file", "creatingUser": None}},
    "/annotations/byids": {"items": [{"id": 1}]},
    "/annotations/update": {
        "items": [{"id": 1, "update": {"status": {"set": "approved"}, "data": {"set": ANNOTATION["data"]}}}]
    },
    "/annotations/delete": {"items": [{"id": 1}]},
    "/functions": {
        "items": [
            {
                "name": "a",
                "fileId": 1,
                "externalId": "a",
                "metadata": {"a": "b"},
                "functionPath": "a/b.py",
                "envVars": {"A": "b"},
                "secrets": {"a": "b"},
                "cpu": 1.0,
                "memory": 1.5,
                "runtime": "py312",
                "extraIndexUrls": ["u"],
            }
        ]
    },
    "/functions/list": {
        "filter": {"status": "Ready", "createdTime": TIMES, "metadata": {"a": "b"}},
        "limit": 5,
    },
    "/functions/byids": {"items": [{"id": 1}, {"externalId": "a"}], "ignoreUnknownIds": True},
    "/functions/delete": {"items": [{"externalId": "a"}], "ignoreUnknownIds": True},
    "/functions/{functionId}/call": {"data": {"a": [1, None]}, "nonce": "n"},
    "/functions/{functionId}/calls/list": {
        "filter": {"scheduleId": 1, "status": "Running", "startTime": TIMES, "endTime": TIMES},
        "limit": 5,
        "cursor": None,
    },
    "/functions/{functionId}/calls/byids": {"items": [{"id": 1}], "ignoreUnknownIds": True},
    "/functions/schedules": {
        "items": [
            {
                "name": "a",
                "description": "b",
                "cronExpression": "*/5 1-3 * * MON",
                "functionId": 1,
                "data": {"a": [1]},
                "nonce": "n",
            }
        ]
    },
    "/functions/schedules/list": {
        "filter": {"name": "a", "functionId": 1, "createdTime": TIMES, "cronExpression": "0 5 * * *"},
        "limit": 5,
    },
    "/functions/schedules/byids": {"items": [{"id": 1}], "ignoreUnknownIds": True},
    "/functions/schedules/delete": {"items": [{"id": 1}]},
    "/raw/dbs": {"items": [{"name": "a"}, {"name": "b"}]},
    "/raw/dbs/delete": {"items": [{"name": "a"}], "recursive": True},
    "/raw/dbs/{dbName}/tables": {"items": [{"name": "a"}]},
    "/raw/dbs/{dbName}/tables/delete": {"items": [{"name": "a"}]},
    "/raw/dbs/{dbName}/tables/{tableName}/rows": {
        "items": [{"key": "a", "columns": {"b": "c", "d": [1, {"e": None}], "f": 1.5}}]
    },
    "/raw/dbs/{dbName}/tables/{tableName}/rows/delete": {"items": [{"key": "a"}]},
    "/workflows": {"items": [{"externalId": "a", "description": "b", "maxConcurrentExecutions": 2}]},
    "/workflows/delete": {"items": [{"externalId": "a"}]},
    "/workflows/versions": {
        "items": [{"workflowExternalId": "a", "version": "1", "workflowDefinition": DEFINITION}]
    },
    "/workflows/versions/list": {"filter": {"workflowFilters": [{"externalId": "a", "version": "1"}]}},
    "/workflows/versions/delete": {"items": [{"workflowExternalId": "a", "version": "1"}]},
    "/workflows/{workflowExternalId}/versions/{version}/run": {
        "authentication": {"nonce": "n"},
        "input": {"a": [1]},
        "metadata": {"a": "b"},
    },
    "/workflows/executions/list": {
        "filter": {
            "workflowFilters": [{"externalId": "a"}],
            "createdTimeStart": 0,
            "createdTimeEnd": 9,
            "status": ["RUNNING", "FAILED"],
        },
        "limit": 5,
        "cursor": None,
    },
    "/workflows/executions/{executionId}/cancel": {"reason": "a"},
    "/workflows/executions/{executionId}/retry": {"authentication": {"nonce": "n"}},
    "/workflows/tasks/{taskId}/update": {"status": "COMPLETED", "output": {"a": 1}},
    "/workflows/triggers": {
        "items": [
            {
                "externalId": "a",
                "triggerRule": {
                    "triggerType": "dataModeling",
                    "dataModelingQuery": {
                        "with": {"n": {"nodes": {"filter": {"hasData": [VIEW]}}, "limit": 5}},
                        "select": {"n": {"sources": [{"source": VIEW, "properties": ["name"]}]}},
                    },
                    "batchSize": 5,
                    "batchTimeout": 60,
                },
                "input": {"a": 1},
                "metadata": {"a": "b"},
                "workflowExternalId": "none",
                "workflowVersion": "1",
                "authentication": {"nonce": "n"},
            }
        ]
    },
    "/workflows/triggers/delete": {"items": [{"externalId": "a"}]},
}

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from(
        [0, -1, 2**31, 2**53, 2**63, 2**64, 10**400, 0.5, 1e300, "", "\x00", "a" * 300, "é" * 200]
    )
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of everything inside a JSON value."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    return [path, *(inner for key in keys for inner in places(value[key], (*path, key)))]


@st.composite
def requests(draw: st.DrawFn) -> tuple[str, Any]:
    """An understood request with one place of its body changed, added to or taken away."""
    path = draw(st.sampled_from(sorted(UNDERSTOOD)))
    body = {"body": copy.deepcopy(UNDERSTOOD[path])}
    *way, last = draw(st.sampled_from(places(body)[1:]))
    holder: Any = body
    for key in way:
        holder = holder[key]
    change = draw(st.sampled_from(["replace", "remove", "add"]))
    if change == "replace" or holder is body:
        holder[last] = draw(JSON)
    elif change == "remove":
        del holder[last]
    elif isinstance(holder, dict):
        holder[draw(st.text(max_size=8))] = draw(JSON)
    else:
        holder.append(draw(JSON))
    return path, body["body"]


def test_every_endpoint_with_a_body_has_an_understood_request() -> None:
    theirs = {endpoint.path.rstrip("/") for endpoint in ENDPOINTS if endpoint.body}
    ours = {path.partition("?")[0] for path in UNDERSTOOD}
    assert {path for path in theirs if not path.startswith("/models")} == ours


def refusal_of(client: CogniteClient, path: str, body: Any) -> CogniteAPIError | None:
    """Send a body as it is; None when it was understood and carried out."""
    try:
        client.post(API + re.sub(r"\{\w+\}", "1", path), json=body, headers=BETA)
    except CogniteAPIError as refusal:
        return refusal
    return None


@given(request=requests())
@settings(max_examples=300, deadline=None)
def test_a_request_with_something_wrong_in_it_never_crashes_the_server(
    client: CogniteClient, request: tuple[str, Any]
) -> None:
    refusal = refusal_of(client, *request)
    if refusal:
        assert 400 <= refusal.code < 500, refusal
        assert refusal.message
        assert refusal.x_request_id


@pytest.mark.parametrize("path", sorted(UNDERSTOOD))
def test_an_understood_request_is_refused_for_what_it_names_at_most(client: CogniteClient, path: str) -> None:
    """So the mutations above start behind the check of the form."""
    refusal = refusal_of(client, path, UNDERSTOOD[path])
    named = (
        "not found",
        "exist already",
        "is the id of no",
        "There is no",
        "cursor",
        "no open upload",
        "of status",
    )
    assert refusal is None or any(phrase in refusal.message for phrase in named), refusal
