"""Where the public reference is silent: the readings of it, and which one is on.

The first option of a reading is the one that hurts a client more, and is on unless another is chosen.
"""

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from localcdf.errors import CdfError

SCHEMA = "CREATE TABLE IF NOT EXISTS readings (name TEXT PRIMARY KEY, option TEXT NOT NULL);"


@dataclass(frozen=True)
class Reading:
    """One question that the reference leaves open, and its possible answers."""

    name: str
    options: Mapping[str, str]  # from the option's name to what it means; the harshest first

    @property
    def harshest(self) -> str:
        """The option that is on by default."""
        return next(iter(self.options))

    def is_harshest(self, option: str) -> bool:
        """Say whether an option is the one that is on by default."""
        return option == self.harshest


class Readings:
    """Which option of each reading is on; what was chosen stays with the store."""

    def __init__(self, db: sqlite3.Connection, known: Iterable[Reading]) -> None:
        self._db = db
        self._known = {reading.name: reading for reading in known}
        self._chosen: dict[str, str] = dict(db.execute("SELECT name, option FROM readings").fetchall())

    def option(self, reading: Reading) -> str:
        """Return the option that is on."""
        return self._chosen.get(reading.name, reading.harshest)

    def choose(self, options: Mapping[str, str]) -> None:
        """Turn options on, by the names of their readings; 400 for a name or an option that is none."""
        for name, option in options.items():
            reading = self._known.get(name)
            if reading is None:
                raise CdfError(400, f"There is no reading {name!r}: GET /_localcdf/readings lists them")
            if option not in reading.options:
                raise CdfError(400, f"{name} has no option {option!r}: choose {' or '.join(reading.options)}")
        # One statement, so that a kill leaves all of it or nothing.
        self._db.execute(
            "INSERT OR REPLACE INTO readings SELECT key, value FROM json_each(?)",
            (json.dumps(dict(options)),),
        )
        self._chosen |= options

    def as_items(self) -> list[dict[str, object]]:
        """Return every reading with its options and the one that is on."""
        return [
            {"name": each.name, "option": self.option(each), "options": dict(each.options)}
            for each in self._known.values()
        ]
