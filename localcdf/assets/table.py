"""Where classic assets are kept: their records, and their places in the hierarchy."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from localcdf.datasets import check_data_set
from localcdf.endpoint import Call
from localcdf.errors import CdfError
from localcdf.readings import Reading
from localcdf.records import Record, Records, find_all
from localcdf.rights import finder, in_data_set, require

ACL = "assetsAcl"
ASSETS = Records("assets", "Assets")
SCHEMA = (
    ASSETS.schema
    + """
CREATE INDEX IF NOT EXISTS assets_by_name ON assets (json_extract(doc, '$.name'));
CREATE INDEX IF NOT EXISTS assets_by_data_set ON assets (json_extract(doc, '$.dataSetId'));
CREATE TABLE IF NOT EXISTS asset_places (
    id INTEGER PRIMARY KEY REFERENCES assets (id) ON DELETE CASCADE,
    parent INTEGER,  -- of a root: null
    root INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS assets_by_parent ON asset_places (parent);
CREATE INDEX IF NOT EXISTS assets_by_root ON asset_places (root);
"""
)
UNKNOWN_SUBTREE = Reading(
    "unknown-subtree",
    {
        "refused": "a filter by the subtree of an asset that is not there is refused",
        "empty": "a filter by the subtree of an asset that is not there matches nothing",
    },
)
MAX_SUBTREES = 100_000  # assets in all the subtrees that a filter names

# The ids of the assets in subtrees, by the ids of their tops.
SUBTREES = """
    WITH RECURSIVE below (id) AS (
        SELECT value FROM json_each(?)
        UNION SELECT place.id FROM asset_places AS place JOIN below ON place.parent = below.id
    ) SELECT id FROM below
"""


def find_assets(
    call: Call, identifiers: Sequence[Mapping[str, Any]], *, ignore_unknown: bool = False
) -> list[Record]:
    """Return assets that the caller may read, in the order asked for; a 400 names what is missing."""
    find = finder(call, lambda identifier: ASSETS.find(call.db, identifier), ACL, in_data_set)
    return find_all(call, find, identifiers, ASSETS.thing, ignore_unknown=ignore_unknown)


def assets_to_change(
    call: Call, identifiers: Sequence[Mapping[str, Any]], *, ignore_unknown: bool = False
) -> list[Record]:
    """Return assets that the caller may write, in the order asked for; a 400 names what is missing."""
    found = find_all(
        call,
        lambda identifier: ASSETS.find(call.db, identifier),
        identifiers,
        ASSETS.thing,
        ignore_unknown=ignore_unknown,
    )
    for asset in found:
        check_writable(call, asset)
    return found


def check_writable(call: Call, asset: Record) -> None:
    """Refuse an asset that the caller may not write, or whose data set does not exist."""
    require(call, ACL, "WRITE", **in_data_set(asset))
    check_data_set(call, asset)


def insert(call: Call, documents: Sequence[Record]) -> list[Record]:
    """Store new assets below their parents, which may come with them, in any order."""
    named = [_parent_named(document) for document in documents]
    with _whole(call):
        stored = ASSETS.insert(call, [_without_parent(document) for document in documents])
        ids = [each["id"] for each in stored]
        parents = dict(zip(ids, _parent_ids(call, named), strict=True))
        roots = _roots(call, parents)
        call.db.executemany(
            "INSERT INTO asset_places VALUES (?, ?, ?)",
            [(each, parent, roots[each]) for each, parent in parents.items()],
        )
    return stored


@contextmanager
def _whole(call: Call) -> Iterator[None]:
    """Undo what the block did when it raises; the request may go on with other assets."""
    call.db.execute("SAVEPOINT assets")
    try:
        yield
    except CdfError:
        call.db.execute("ROLLBACK TO assets")
        raise
    finally:
        call.db.execute("RELEASE assets")


def replace(call: Call, document: Record) -> Record:
    """Store a changed asset, below another parent if it names one."""
    (parent,) = _parent_ids(call, [_parent_named(document)])
    if parent is not None:
        _move(call, document["id"], parent)
    return ASSETS.replace(call, _without_parent(document))


def _move(call: Call, asset: int, parent: int) -> None:
    old, new = (_place(call, each) for each in (asset, parent))
    if old["parent"] is None or old["root"] != new["root"]:
        raise CdfError(400, f"Asset {asset} can move within its own tree only, and a root not at all")
    if parent in subtree_ids(call, [asset]):
        raise CdfError(400, f"Asset {asset} would be its own ancestor: asset {parent} is below it, or itself")
    call.db.execute("UPDATE asset_places SET parent = ? WHERE id = ?", (parent, asset))


def subtree_ids(call: Call, tops: Sequence[int]) -> set[int]:
    """Return the ids of assets and of all below them."""
    return {row["id"] for row in call.db.execute(SUBTREES, (json.dumps(tops),))}


def subtrees(call: Call, tops: Sequence[Mapping[str, Any]]) -> list[int]:
    """Return the ids of the tops of subtrees in a filter; unknown ones and too large ones are refused."""
    passes = call.reads(UNKNOWN_SUBTREE, "empty")
    ids = [each["id"] for each in find_assets(call, tops, ignore_unknown=passes)]
    size = f"SELECT count(*) FROM ({SUBTREES} LIMIT {MAX_SUBTREES + 1})"  # noqa: S608
    (count,) = call.db.execute(size, (json.dumps(ids),)).fetchone()
    if count > MAX_SUBTREES:
        raise CdfError(400, f"The subtrees hold more than {MAX_SUBTREES} assets: name smaller ones")
    return ids


def children_of(call: Call, ids: Iterable[int]) -> set[int]:
    """Return the ids of the direct children."""
    rows = call.db.execute(
        "SELECT id FROM asset_places WHERE parent IN (SELECT value FROM json_each(?))",
        (json.dumps(list(ids)),),
    )
    return {row["id"] for row in rows}


def shown(call: Call, assets: Sequence[Record], aggregates: Sequence[str] | None) -> list[Record]:
    """Return assets as clients see them: with their parents and roots, and perhaps aggregates."""
    ids = json.dumps([each["id"] for each in assets])
    rows = call.db.execute(
        """
        SELECT place.id, place.parent, place.root, above.external_id
        FROM asset_places AS place LEFT JOIN assets AS above ON above.id = place.parent
        WHERE place.id IN (SELECT value FROM json_each(?))
        """,
        (ids,),
    )
    places = {
        row["id"]: {
            "rootId": row["root"],
            "parentId": row["parent"],
            "parentExternalId": row["external_id"],
        }
        for row in rows
    }
    counted = _aggregates(call, [each["id"] for each in assets], aggregates or ())
    return [
        each | {name: value for name, value in places[each["id"]].items() if value is not None} | extra
        for each, extra in zip(assets, counted, strict=True)
    ]


def _aggregates(call: Call, ids: Sequence[int], wanted: Sequence[str]) -> list[Record]:
    if not wanted:
        return [{} for _ in ids]
    rows = call.db.execute(
        "SELECT parent, count(*) AS n FROM asset_places "
        "WHERE parent IN (SELECT value FROM json_each(?)) GROUP BY parent",
        (json.dumps(ids),),
    )
    children = {row["parent"]: row["n"] for row in rows}
    found = []
    for each in ids:
        path = _path(call, each)
        values = {"childCount": children.get(each, 0), "depth": len(path) - 1}
        values["path"] = [{"id": above} for above in path]
        found.append({"aggregates": {name: values[name] for name in wanted}})
    return found


def _path(call: Call, asset: int) -> list[int]:
    """Return the ids from the root down to an asset."""
    above: int | None = asset
    path: list[int] = []
    while above is not None:
        path.insert(0, above)
        above = _place(call, above)["parent"]
    return path


def _place(call: Call, asset: int) -> Mapping[str, Any]:
    return call.db.execute("SELECT parent, root FROM asset_places WHERE id = ?", (asset,)).fetchone()


PARENT_FIELDS = {"id": "parentId", "externalId": "parentExternalId"}


def _parent_named(document: Record) -> Record:
    return {name: document[field] for name, field in PARENT_FIELDS.items() if field in document}


def _without_parent(document: Record) -> Record:
    return {name: value for name, value in document.items() if name not in PARENT_FIELDS.values()}


def _parent_ids(call: Call, named: Sequence[Record]) -> list[int | None]:
    """Return the ids of parents, None for none; a 400 lists those that do not exist."""
    stored = [ASSETS.find(call.db, each) if each else None for each in named]
    missing = [each for each, found in zip(named, stored, strict=True) if each and not found]
    if missing:
        raise CdfError(400, "Parents not found", missing=missing)
    return [each["id"] if each else None for each in stored]


def _roots(call: Call, parents: Mapping[int, int | None]) -> dict[int, int]:
    """Return the root of each new asset, by their parents, new or not."""
    roots: dict[int, int] = {}
    for asset in parents:
        way: list[int] = []
        above: int = asset
        while above not in roots:
            if above in way:
                raise CdfError(400, "The parents of these assets go round in a circle: one must be a root")
            way.append(above)
            parent = parents[above]
            if parent is None:
                roots[above] = above
            elif parent in parents:
                above = parent
            else:
                roots[above] = _place(call, parent)["root"]
        roots |= dict.fromkeys(way, roots[above])
    return roots
