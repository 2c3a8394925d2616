"""Tables of records: what an API keeps is one JSON document per internal id, unique by external id."""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from localcdf.endpoint import Call
from localcdf.errors import CdfError
from localcdf.paging import BY_ID, Order, Position, decode_cursor, list_order, page
from localcdf.readings import Reading
from localcdf.store import new_id

Record = dict[str, Any]

TAKEN = Reading(
    "taken-external-id",
    {
        "409": "an external id that another item has is a 409 that lists it under duplicated",
        "400": "an external id that another item has is a 400 that lists it under duplicated",
    },
)
UNKNOWN_IDS = Reading(
    "unknown-ids",
    {
        "400": "unknown identifiers are a 400 that lists them under missing",
        "404": "unknown identifiers are a 404 that lists them under missing",
    },
)
UNKNOWN_IN_PATH = Reading(
    "unknown-id-in-path",
    {
        "404": "an unknown id in the path is a 404",
        "400": "an unknown id in the path is a 400, as the reference names no 404",
    },
)


class Records:
    """One such table. The name is ours, never a client's, so it may stand in SQL."""

    def __init__(self, table: str, thing: str) -> None:
        self.table = table
        self.thing = thing  # in messages, plural

    @property
    def schema(self) -> str:
        """The SQL that makes the table."""
        return (
            f"CREATE TABLE IF NOT EXISTS {self.table} "
            "(id INTEGER PRIMARY KEY, external_id TEXT UNIQUE, doc TEXT NOT NULL);"
        )

    def insert(self, call: Call, documents: Sequence[Record]) -> list[Record]:
        """Store new records, all or none; a taken external id is refused."""
        self._refuse_taken(call, [each["externalId"] for each in documents if "externalId" in each])
        stored = []
        for document in documents:
            record = document | {
                "id": new_id(call.db),
                "createdTime": call.now,
                "lastUpdatedTime": call.now,
            }
            call.db.execute(
                f"INSERT INTO {self.table} VALUES (?, ?, ?)",  # noqa: S608 our own name
                (record["id"], record.get("externalId"), json.dumps(record)),
            )
            stored.append(record)
        return stored

    def replace(self, call: Call, record: Record, *, touch: bool = True) -> Record:
        """Store a changed record under its id; an external id that another has is refused.

        Without ``touch`` the time of the last update stays.
        """
        external_id = record.get("externalId")
        owner = self.find(call.db, {"externalId": external_id}) if external_id is not None else None
        if owner and owner["id"] != record["id"]:
            raise self._duplicated(call, [external_id])
        changed = record | {"lastUpdatedTime": call.now} if touch else record
        call.db.execute(
            f"UPDATE {self.table} SET external_id = ?, doc = ? WHERE id = ?",  # noqa: S608
            (external_id, json.dumps(changed), record["id"]),
        )
        return changed

    def find(self, db: sqlite3.Connection, identifier: Mapping[str, Any]) -> Record | None:
        """Return the record with this ``id`` or ``externalId``."""
        column, value = (
            ("id", identifier["id"]) if "id" in identifier else ("external_id", identifier["externalId"])
        )
        row = db.execute(f"SELECT doc FROM {self.table} WHERE {column} = ?", (value,)).fetchone()  # noqa: S608
        return json.loads(row["doc"]) if row else None

    def scan(
        self,
        db: sqlite3.Connection,
        matches: Callable[[Record], bool],
        order: Order = BY_ID,
        after: Position | None = None,
    ) -> Iterator[Record]:
        """Yield the records that match, in an order, perhaps only those after a position."""
        after = after or order.start
        marks = ", ".join("?" * len(after))
        rows = db.execute(
            f"SELECT doc FROM {self.table} WHERE ({order.columns}) > ({marks}) ORDER BY {order.columns}",  # noqa: S608
            after,
        )
        return (record for row in rows if matches(record := json.loads(row["doc"])))

    def page(self, call: Call, query: Any, matches: Callable[[Record], bool]) -> dict[str, Any]:
        """Return the page of the records that match which a list request asks for."""
        order = list_order(call)
        after = decode_cursor(query, query.cursor, order.start)
        return page(call, self.scan(call.db, matches, order, after), query.limit, query, order.position)

    def delete(self, db: sqlite3.Connection, ids: Iterable[int]) -> None:
        """Remove records, and by the foreign keys what hangs on them."""
        db.executemany(f"DELETE FROM {self.table} WHERE id = ?", [(each,) for each in ids])  # noqa: S608

    def _refuse_taken(self, call: Call, external_ids: Sequence[str]) -> None:
        seen: set[str] = set()
        taken = []
        for external_id in external_ids:
            if external_id in seen or self.find(call.db, {"externalId": external_id}):
                taken.append(external_id)
            seen.add(external_id)
        if taken:
            raise self._duplicated(call, taken)

    def _duplicated(self, call: Call, external_ids: Sequence[str]) -> CdfError:
        named = [{"externalId": each} for each in dict.fromkeys(external_ids)]
        code = 409 if call.reads(TAKEN, "409") else 400
        return CdfError(code, f"{self.thing} with these external ids exist already", duplicated=named)


def not_in_path(call: Call, message: str) -> CdfError:
    """Return the refusal of an id in the path that names nothing."""
    return CdfError(404 if call.reads(UNKNOWN_IN_PATH, "404") else 400, message)


def unknown(call: Call, thing: str, missing: Sequence[Mapping[str, Any]]) -> CdfError:
    """Return the refusal of identifiers that name nothing."""
    return CdfError(400 if call.reads(UNKNOWN_IDS, "400") else 404, f"{thing} not found", missing=missing)


Find = Callable[[Mapping[str, Any]], Record | None]


def find_all(
    call: Call,
    find: Find,
    identifiers: Sequence[Mapping[str, Any]],
    thing: str,
    *,
    ignore_unknown: bool = False,
) -> list[Record]:
    """Return the records in the order asked for; a refusal names what is missing, or asked for twice."""
    found, missing, repeated = [], [], []
    seen: set[str] = set()
    for identifier in identifiers:
        key = json.dumps(identifier)
        if key in seen:
            repeated.append(identifier)
        seen.add(key)
        record = find(identifier)
        if record is None:
            missing.append(identifier)
        else:
            found.append(record)
    if repeated:  # the schemas demand unique items
        raise CdfError(400, f"{thing} asked for twice in one request", duplicated=repeated)
    if missing and not ignore_unknown:
        raise unknown(call, thing, missing)
    return found
