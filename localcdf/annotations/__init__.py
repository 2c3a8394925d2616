"""Annotations: what is seen on a file, and what it means."""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from localcdf import data_modeling
from localcdf.annotations.models import (
    AnnotationList,
    Annotations,
    ByIds,
    ChangeItems,
    ReverseFilter,
    ReverseList,
    Suggestions,
    check_data,
    is_semver,
    nulls,
)
from localcdf.endpoint import Body, Call, Endpoint
from localcdf.errors import CdfError
from localcdf.files.access import find_readable, is_readable
from localcdf.files.table import FILES
from localcdf.filters import is_subset
from localcdf.paging import FULL_PAGE_CURSOR, PAGED, decode_cursor, list_order, page
from localcdf.patches import apply_update
from localcdf.plain import ATOMIC, create_all
from localcdf.project import REFUSAL, require_asset_centric
from localcdf.readings import Reading
from localcdf.records import UNKNOWN_IDS, UNKNOWN_IN_PATH, Record, find_all, not_in_path
from localcdf.rights import OUT_OF_SCOPE, SEE_ANNOTATED
from localcdf.store import MAX_ID, new_id

SCHEMA = """
CREATE TABLE IF NOT EXISTS annotations (
    id INTEGER PRIMARY KEY,
    file INTEGER NOT NULL REFERENCES files (id) ON DELETE CASCADE,
    doc TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS annotations_of_file ON annotations (file, id);
"""

REPEATS = Reading(
    "annotations-repeats",
    {
        "kept": "annotations equal to one that is there are further annotations",
        "dropped": "an annotation equal to one that is there is not made: the answer has the one there",
    },
)
APP_VERSION = Reading(
    "creating-app-version",
    {
        "semver": "creatingAppVersion must be a semantic version such as 1.0.0",
        "any": "creatingAppVersion is any text",
    },
)
INSTANCE_LOOKED_UP = Reading(
    "annotation-instance-looked-up",
    {
        "yes": "the instance that an instanceRef names must exist (400)",
        "no": "an instanceRef may name an instance that does not exist",
    },
)


def create(call: Call) -> dict[str, Any]:
    """Store annotations."""
    require_asset_centric(call, "annotations")
    return create_all(call, [item.model_dump(by_alias=True) for item in call.body.items], _add)


def suggest(call: Call) -> dict[str, Any]:
    """Store annotations with the status suggested."""
    require_asset_centric(call, "annotations")
    suggested = [item.model_dump(by_alias=True) | {"status": "suggested"} for item in call.body.items]
    return create_all(call, suggested, _add)


def list_matching(call: Call) -> dict[str, Any]:
    """Return one page of the annotations of some files."""
    query: AnnotationList = call.body
    references = [each.identifier() for each in query.filter.annotated_resource_ids]
    files = _find_files(call, query.filter.annotated_resource_type, references)
    order = list_order(call)
    after = decode_cursor(query, query.cursor, order.start)
    rows = call.db.execute(
        "SELECT doc FROM annotations WHERE file IN (SELECT value FROM json_each(?))"  # noqa: S608
        f" AND ({order.columns}) > ({', '.join('?' * len(after))}) ORDER BY {order.columns}",
        (json.dumps([file["id"] for file in files]), *after),
    )
    return page(call, _matching(rows, query.filter), query.limit, query, order.position)


def reverse_lookup(call: Call) -> dict[str, Any]:
    """Return one page of the files that have an annotation which matches."""
    query: ReverseList = call.body
    rows = call.db.execute(
        "SELECT doc FROM annotations WHERE file > ? ORDER BY file", decode_cursor(query, query.cursor)
    )
    matching = (record["annotatedResourceId"] for record in _matching(rows, query.filter))
    found = ({"id": file} for file in dict.fromkeys(matching) if _sees(call, file))
    resource_type = query.filter.annotated_resource_type
    return page(call, found, query.limit, query) | {"annotatedResourceType": resource_type}


def retrieve(call: Call) -> dict[str, Any]:
    """Return annotations by id, in the order asked for."""
    return {"items": _find(call, call.body.items)}


def retrieve_one(call: Call) -> Record:
    """Return one annotation."""
    given = call.path["id"]
    annotation_id = int(given) if given.isascii() and given.isdecimal() and len(given) <= 16 else 0
    if not 1 <= annotation_id <= MAX_ID:
        raise CdfError(400, f"{given} is no annotation id: a whole number from 1 to {MAX_ID} is needed")
    record = _get(call, {"id": annotation_id})
    if record is None:
        raise not_in_path(call, f"There is no annotation {annotation_id}")
    return record


def update(call: Call) -> dict[str, Any]:
    """Change annotations; data and type must still fit each other."""
    require_asset_centric(call, "annotations")
    changed = []
    for record, item in zip(_find(call, call.body.items), call.body.items, strict=True):
        new = apply_update(record, item.update) | {"lastUpdatedTime": call.now}
        try:
            check_data(new["annotationType"], new["data"])
        except ValueError as error:
            raise CdfError(400, f"Annotation {new['id']}: {error}") from error
        if new["data"] != record["data"]:
            _check(call, new)
        call.db.execute("UPDATE annotations SET doc = ? WHERE id = ?", (json.dumps(new), new["id"]))
        changed.append(new)
    return {"items": changed}


def delete(call: Call) -> dict[str, Any]:
    """Remove annotations."""
    require_asset_centric(call, "annotations")
    found = _find(call, call.body.items)
    call.db.executemany("DELETE FROM annotations WHERE id = ?", [(each["id"],) for each in found])
    return {}


def _add(call: Call, documents: Sequence[Record]) -> list[Record]:
    resources = dict.fromkeys(
        (document["annotatedResourceType"], document["annotatedResourceId"]) for document in documents
    )
    for resource_type, resource_id in resources:
        _find_files(call, resource_type, [{"id": resource_id}])
    for document in documents:
        _check(call, document)
    return [_find_equal(call, document) or _insert(call, document) for document in documents]


def _check(call: Call, document: Record) -> None:
    """Refuse what fits the models, but not the schema without nulls or the readings that are on."""
    version, data = document["creatingAppVersion"], document["data"]
    if not is_semver(version) and call.reads(APP_VERSION, "semver"):
        raise CdfError(400, f"creatingAppVersion {version} is no semantic version: send one such as 1.0.0")
    if places := list(nulls(data)):
        raise CdfError(400, f"{', '.join(places[:3])}: null, leave it out")
    instance = data.get("instanceRef")
    if instance and call.reads(INSTANCE_LOOKED_UP, "yes"):
        data_modeling.check_instance(call, instance)


def _find_equal(call: Call, document: Record) -> Record | None:
    """Return the annotation that is there already, where repeats are dropped."""
    if call.reads(REPEATS, "kept"):
        return None
    rows = call.db.execute(
        "SELECT doc FROM annotations WHERE file = ? ORDER BY id", (document["annotatedResourceId"],)
    )
    return next(
        (there for row in rows if document.items() <= (there := json.loads(row["doc"])).items()), None
    )


def _insert(call: Call, document: Record) -> Record:
    record = document | {
        "id": new_id(call.db),
        "createdTime": call.now,
        "lastUpdatedTime": call.now,
    }
    call.db.execute(
        "INSERT INTO annotations VALUES (?, ?, ?)",
        (record["id"], record["annotatedResourceId"], json.dumps(record)),
    )
    return record


def _find_files(call: Call, resource_type: str, references: Sequence[Mapping[str, Any]]) -> list[Record]:
    if resource_type != "file":
        raise CdfError(400, "annotatedResourceType threedmodel is not served by the local CDF")
    return find_all(call, lambda reference: find_readable(call, reference), references, "Annotated files")


def _sees(call: Call, file_id: int) -> bool:
    file = FILES.find(call.db, {"id": file_id})
    return file is not None and is_readable(call, file)


def _find(call: Call, items: Sequence[Any]) -> list[Record]:
    return find_all(
        call, lambda reference: _get(call, reference), [item.identifier() for item in items], "Annotations"
    )


def _get(call: Call, reference: Mapping[str, Any]) -> Record | None:
    """Return an annotation, None where there is none; the caller must be able to read the annotated file."""
    row = call.db.execute("SELECT doc FROM annotations WHERE id = ?", (reference["id"],)).fetchone()
    record = json.loads(row["doc"]) if row else None
    return record if record and find_readable(call, {"id": record["annotatedResourceId"]}) else None


def _matching(rows: sqlite3.Cursor, wanted: ReverseFilter) -> Iterator[Record]:
    compared = wanted.wanted()
    return (record for row in rows if is_subset(compared, record := json.loads(row["doc"])))


UNSERVED = (
    "types other than images.*, and threedmodel as resource, are a 400",
    "nobody looks whether the asset that an assetRef names exists",
)
CREATED = (ATOMIC, REFUSAL, REPEATS, APP_VERSION, INSTANCE_LOOKED_UP, UNKNOWN_IDS, OUT_OF_SCOPE)
NAMED = (UNKNOWN_IDS, OUT_OF_SCOPE)
WRITE = "annotationsAcl:WRITE"


def _post(path: str, handler: Any, body: type[Body], *rights: str, **further: Any) -> Endpoint:
    return Endpoint("POST", f"/annotations{path}", handler, body, rights=(*rights, SEE_ANNOTATED), **further)


ENDPOINTS = [
    _post("", create, Annotations, WRITE, status=201, writes=True, assumed=CREATED, unserved=UNSERVED),
    _post(
        "/suggest",
        suggest,
        Suggestions,
        "annotationsAcl:SUGGEST",
        status=201,
        writes=True,
        assumed=CREATED,
        unserved=UNSERVED,
    ),
    _post("/list", list_matching, AnnotationList, lags=True, assumed=(*PAGED, *NAMED)),
    _post("/reverselookup", reverse_lookup, ReverseList, beta=True, lags=True, assumed=(FULL_PAGE_CURSOR,)),
    _post("/byids", retrieve, ByIds, assumed=NAMED),
    _post("/update", update, ChangeItems, WRITE, writes=True, assumed=(*NAMED, REFUSAL, INSTANCE_LOOKED_UP)),
    _post("/delete", delete, ByIds, WRITE, writes=True, assumed=(*NAMED, REFUSAL)),
    Endpoint(
        "GET",
        "/annotations/{id}",
        retrieve_one,
        rights=(SEE_ANNOTATED,),
        assumed=(UNKNOWN_IN_PATH, OUT_OF_SCOPE),
    ),
]
