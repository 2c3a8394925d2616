"""Where functions are kept: what is shown of them, their secrets, and the code that they were made from."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from localcdf.endpoint import Call
from localcdf.records import Record, Records

FUNCTIONS = Records("functions", "Functions")
SCHEMA = (
    FUNCTIONS.schema
    + """
CREATE TABLE IF NOT EXISTS function_secrets (
    function INTEGER PRIMARY KEY REFERENCES functions (id) ON DELETE CASCADE,
    doc TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS function_code (
    function INTEGER PRIMARY KEY REFERENCES functions (id) ON DELETE CASCADE,
    blob TEXT NOT NULL,
    python TEXT -- the interpreter that runs it; NULL: ours
);
CREATE TABLE IF NOT EXISTS function_indexes (
    function INTEGER PRIMARY KEY REFERENCES functions (id) ON DELETE CASCADE,
    doc TEXT NOT NULL
);
"""
)


def keep_secrets(call: Call, function: Record, secrets: dict[str, str]) -> None:
    """Keep what only the function itself may see."""
    call.db.execute("INSERT INTO function_secrets VALUES (?, ?)", (function["id"], json.dumps(secrets)))


def secrets_of(call: Call, function: Record) -> dict[str, str]:
    """Return the function's secrets."""
    row = call.db.execute("SELECT doc FROM function_secrets WHERE function = ?", (function["id"],)).fetchone()
    return json.loads(row["doc"]) if row else {}


def keep_indexes(call: Call, function: Record, indexes: Sequence[str]) -> None:
    """Keep where the function's packages come from: the main index or "", then further ones."""
    call.db.execute("INSERT INTO function_indexes VALUES (?, ?)", (function["id"], json.dumps(indexes)))


def indexes_of(call: Call, function: Record) -> list[str]:
    """Return where the function's packages come from."""
    row = call.db.execute("SELECT doc FROM function_indexes WHERE function = ?", (function["id"],)).fetchone()
    return json.loads(row["doc"]) if row else []


@dataclass(frozen=True)
class Code:
    """What runs: the blob of the zip, and the interpreter, ours if there is none of its own."""

    blob: str
    python: str | None = None


def keep_code(call: Call, function: Record, code: Code) -> None:
    """Keep the zip that the function was made from, whatever becomes of the file."""
    call.db.execute("INSERT INTO function_code VALUES (?, ?, ?)", (function["id"], code.blob, code.python))


def code_of(call: Call, function: Record) -> Code:
    """Return the code of a function that is ready."""
    row = call.db.execute("SELECT * FROM function_code WHERE function = ?", (function["id"],)).fetchone()
    return Code(row["blob"], row["python"])
