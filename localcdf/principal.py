"""Who asks: an identity with the capabilities of its groups, and how far these go."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any


@dataclass(frozen=True)
class Reach:
    """How far a right goes: everywhere, or as far as the scopes of capabilities say."""

    everywhere: bool = False
    spaces: frozenset[str] = frozenset()
    data_sets: frozenset[int] = frozenset()
    ids: frozenset[int] = frozenset()  # of the things themselves
    pipelines: frozenset[int] = frozenset()
    tables: frozenset[tuple[str, str]] = frozenset()  # in RAW: database and table, "" for all of its tables
    own: bool = False  # what belongs to the caller

    def __bool__(self) -> bool:
        return self != NOWHERE

    def __or__(self, other: "Reach") -> "Reach":
        return Reach(
            self.everywhere or other.everywhere,
            self.spaces | other.spaces,
            self.data_sets | other.data_sets,
            self.ids | other.ids,
            self.pipelines | other.pipelines,
            self.tables | other.tables,
            self.own or other.own,
        )

    def covers(
        self,
        *,
        space: str | None = None,
        data_set: int | None = None,
        id: int | None = None,  # noqa: A002 the scope is named so
        pipeline: int | None = None,
        database: str | None = None,
        table: str = "",
    ) -> bool:
        """Say whether it goes as far as something in this space or data set, or with this id.

        A ``database`` in RAW is covered as a whole when no ``table`` of it is named.
        """
        return (
            self.everywhere
            or space in self.spaces
            or data_set in self.data_sets
            or id in self.ids
            or pipeline in self.pipelines
            or (database, "") in self.tables
            or (database, table) in self.tables
        )


def _tables(values: Any) -> Reach:
    """Read the scope of RAW tables, which Cognite's clients write in two ways; no tables are all of them."""
    named = {
        db: held["tables"] if isinstance(held, dict) else held for db, held in values["dbsToTables"].items()
    }
    return Reach(tables=frozenset((db, table) for db, tables in named.items() for table in tables or [""]))


NOWHERE = Reach()
EVERYWHERE = Reach(everywhere=True)
SCOPES: Mapping[str, Callable[[Any], Reach]] = {
    "all": lambda _: EVERYWHERE,
    "spaceidscope": lambda values: Reach(spaces=frozenset(values["spaceIds"])),
    "datasetscope": lambda values: Reach(data_sets=frozenset(values["ids"])),
    "idscope": lambda values: Reach(ids=frozenset(values["ids"])),
    "extractionpipelinescope": lambda values: Reach(pipelines=frozenset(values["ids"])),
    "tablescope": _tables,
    "currentuserscope": lambda _: Reach(own=True),
}


@dataclass(frozen=True)
class Principal:
    """An identity, or the holder of the admin token, who may do everything."""

    subject: str
    groups: tuple[int, ...] = ()  # ids
    capabilities: tuple[dict[str, Any], ...] = ()  # as groups hold them: {"filesAcl": {"actions", "scope"}}
    is_admin: bool = False
    session: int | None = None  # the session whose token this is

    def reach(self, acl: str, action: str) -> Reach:
        """Return how far this right goes."""
        return EVERYWHERE if self.is_admin else self._reaches.get((acl, action), NOWHERE)

    @cached_property
    def _reaches(self) -> Mapping[tuple[str, str], Reach]:
        reaches: dict[tuple[str, str], Reach] = {}
        for capability in self.capabilities:
            for acl, held in capability.items():
                for action in held["actions"]:
                    reaches[acl, action] = reaches.get((acl, action), NOWHERE) | _reach(held["scope"])
        return reaches


def _reach(scope: Mapping[str, Any]) -> Reach:
    ((name, values),) = scope.items()
    read = SCOPES.get(name.lower())
    return read(values) if read else NOWHERE  # a scope that no API served here knows


ADMIN = Principal("admin", is_admin=True)
NOBODY = Principal("nobody")
