"""Which assets match a filter: what an index answers is asked of SQLite, the rest of each record."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from localcdf.assets.models import AssetFilter
from localcdf.assets.table import ACL, SUBTREES, find_assets, subtrees
from localcdf.datasets import resolve_data_sets
from localcdf.endpoint import Call
from localcdf.errors import CdfError
from localcdf.filters import matcher, pairs, wanted_fields, within
from localcdf.labels import has_labels
from localcdf.paging import BY_ID, Order, Position
from localcdf.records import Record
from localcdf.rights import allowed, in_data_set

TESTS = {
    "metadata": pairs("metadata"),
    "createdTime": within("createdTime"),
    "lastUpdatedTime": within("lastUpdatedTime"),
    "labels": has_labels,
}
AMONG = "(SELECT value FROM json_each(?))"
CHILDREN = f"asset.id IN (SELECT id FROM asset_places WHERE parent IN {AMONG})"  # noqa: S608
IN_SUBTREES = f"asset.id IN ({SUBTREES})"
CONDITIONS: Mapping[str, str] = {
    "name": "json_extract(asset.doc, '$.name') = ?",
    "dataSetIds": f"json_extract(asset.doc, '$.dataSetId') IN {AMONG}",
    "externalIdPrefix": "asset.external_id >= ? AND asset.external_id < ?",
    "parentIds": CHILDREN,
    "parentExternalIds": CHILDREN,
    "rootIds": IN_SUBTREES,
    "assetSubtreeIds": IN_SUBTREES,
}
UNSERVED = ("geoLocation",)
LAST_CHARACTER = "\U0010ffff"


def scan(
    call: Call,
    given: AssetFilter | None,
    order: Order = BY_ID,
    after: Position | None = None,
    share: tuple[int, int] = (1, 1),
) -> Iterator[Record]:
    """Yield the assets of a share that match, and that the caller may read.

    They come in an order, perhaps only those after a position.
    """
    wanted = resolve_data_sets(call, wanted_fields(given))
    for name in UNSERVED:
        if name in wanted:
            raise CdfError(400, f"filter.{name} is not served by the local CDF")
    after = after or order.start
    conditions = [f"({order.columns}) > ({', '.join('?' * len(after))})", "asset.id % ? = ?"]
    values: list[Any] = [*after, share[1], share[0] - 1]
    for name in CONDITIONS.keys() & wanted.keys():
        conditions.append(CONDITIONS[name])
        values += _values(call, name, wanted.pop(name))
    if (root := wanted.pop("root", None)) is not None:
        known = "IS NULL" if root else "IS NOT NULL"
        conditions.append(f"asset.id IN (SELECT id FROM asset_places WHERE parent {known})")  # noqa: S608
    rows = call.db.execute(
        f"SELECT doc FROM assets AS asset WHERE {' AND '.join(conditions)} ORDER BY {order.columns}",  # noqa: S608
        values,
    )
    matches, reach = matcher(wanted, TESTS), allowed(call, ACL, "READ")
    return (
        record
        for row in rows
        if reach.covers(**in_data_set(record := json.loads(row["doc"]))) and matches(record)
    )


def _values(call: Call, name: str, wanted: Any) -> Sequence[Any]:
    """Return what stands for a filter's value in its condition."""
    match name:
        case "name":
            return [wanted]
        case "externalIdPrefix":
            return [wanted, wanted + LAST_CHARACTER]
        case "parentExternalIds":
            found = find_assets(call, [{"externalId": each} for each in wanted], ignore_unknown=True)
            return [json.dumps([each["id"] for each in found])]
        case "rootIds" | "assetSubtreeIds":
            return [json.dumps(subtrees(call, wanted))]
        case _:
            return [json.dumps(wanted)]
