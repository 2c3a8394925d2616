"""Which blob is the content of which file."""

from localcdf.endpoint import Call
from localcdf.errors import CdfError
from localcdf.files.table import FILES
from localcdf.records import Record

SCHEMA = """
CREATE TABLE IF NOT EXISTS file_contents (
    file INTEGER PRIMARY KEY REFERENCES files (id) ON DELETE CASCADE,
    blob TEXT NOT NULL
);
"""


def content_of(call: Call, file: Record) -> str:
    """Return the name of the blob that is the content of ``file``; 400 where nothing was uploaded."""
    blob = find_content(call, file)
    if blob is None:
        raise CdfError(400, f"The file {file['id']} ({file['name']}) has no content: it was never uploaded")
    return blob


def find_content(call: Call, file: Record) -> str | None:
    """Return the name of the blob that is the content of ``file``; None where nothing was uploaded."""
    row = call.db.execute("SELECT blob FROM file_contents WHERE file = ?", (file["id"],)).fetchone()
    return row["blob"] if row else None


def set_content(call: Call, file: Record, blob: str) -> Record:
    """Make ``blob`` the content of ``file``, which is uploaded from now on."""
    call.db.execute("INSERT OR REPLACE INTO file_contents VALUES (?, ?)", (file["id"], blob))
    return FILES.replace(call, file | {"uploaded": True, "uploadedTime": call.now})
