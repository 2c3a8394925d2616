"""Uniqueness constraints: who holds which values."""

import sqlite3
from collections.abc import Iterator
from typing import Any

from localcdf.data_modeling.instances.drafts import Draft
from localcdf.data_modeling.instances.store import by_ids
from localcdf.data_modeling.references import canonical
from localcdf.data_modeling.schema.container_body import Uniqueness
from localcdf.data_modeling.schema.resolved import Container
from localcdf.endpoint import Call
from localcdf.errors import CdfError
from localcdf.readings import Reading

UNIQUENESS = Reading(
    "uniqueness-breach",
    {
        "409": "a value that another instance holds under a uniqueness constraint is a 409",
        "400": "a value that another instance holds under a uniqueness constraint is a 400",
    },
)


def claim(call: Call, drafts: dict[int, Draft]) -> None:
    """Note the values that stored drafts hold now; a value that another instance holds is refused."""
    db = call.db
    claims = [
        (container, name, value, instance)
        for instance, draft in drafts.items()
        for container in draft.touched
        for name, value in _values(container, draft)
    ]
    for container in {claim[0].id for claim in claims} | _constrained(drafts):
        db.executemany(
            "DELETE FROM dm_unique WHERE container = ? AND instance = ?",
            [(container, each) for each in drafts],
        )
    for container, name, value, instance in claims:
        try:
            db.execute("INSERT INTO dm_unique VALUES (?, ?, ?, ?)", (container.id, name, value, instance))
        except sqlite3.IntegrityError as error:
            code = 409 if call.reads(UNIQUENESS, "409") else 400
            raise CdfError(code, _conflict(db, container, name, value, drafts[instance])) from error


def _constrained(drafts: dict[int, Draft]) -> set[int]:
    return {
        container.id
        for draft in drafts.values()
        for container in draft.touched
        if any(isinstance(each, Uniqueness) for each in container.body.constraints.values())
    }


def _values(container: Container, draft: Draft) -> Iterator[tuple[str, str]]:
    """Yield the constraints of a container and the values of a draft; with a null there are none."""
    properties: dict[str, Any] = draft.data.get(container.id, {})
    for name, constraint in container.body.constraints.items():
        if isinstance(constraint, Uniqueness) and all(each in properties for each in constraint.properties):
            space = [draft.instance.space] if constraint.by_space else []
            yield name, canonical([*space, *(properties[each] for each in constraint.properties)])


def _conflict(db: sqlite3.Connection, container: Container, name: str, value: str, draft: Draft) -> str:
    row = db.execute(
        "SELECT instance FROM dm_unique WHERE (container, name, value) = (?, ?, ?)",
        (container.id, name, value),
    ).fetchone()
    holder = by_ids(db, [row["instance"]])[0]
    instance = draft.instance
    return (
        f"{instance.kind} {instance.space}:{instance.external_id}: "
        f"{holder.kind} {holder.space}:{holder.external_id} has the same values under "
        f"the uniqueness constraint {name} of the {container.body}"
    )
