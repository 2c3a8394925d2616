"""Where functions are kept: what is shown of them, their secrets, and the code that they were made from."""

import json

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
    blob TEXT NOT NULL
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


def keep_code(call: Call, function: Record, blob: str) -> None:
    """Keep the zip that the function was made from, whatever becomes of the file."""
    call.db.execute("INSERT INTO function_code VALUES (?, ?)", (function["id"], blob))


def code_of(call: Call, function: Record) -> str:
    """Return the blob of the zip that a function that is ready was made from."""
    row = call.db.execute("SELECT blob FROM function_code WHERE function = ?", (function["id"],)).fetchone()
    return row["blob"]
