"""Which blob is the content of which file."""

from localcdf.endpoint import Call
from localcdf.errors import CdfError
from localcdf.files.table import FILES
from localcdf.readings import Reading
from localcdf.records import Record

SCHEMA = """
CREATE TABLE IF NOT EXISTS file_contents (
    file INTEGER PRIMARY KEY REFERENCES files (id) ON DELETE CASCADE,
    blob TEXT NOT NULL
);
"""


WITHOUT_CONTENT = Reading(
    "download-without-content",
    {
        "dead-link": "a file without content gets a download link, and who follows it a 404",
        "400": "a file without content gets no download link but a 400",
    },
)


def content_of(call: Call, file: Record, code: int = 400) -> str:
    """Return the name of the blob that is the content of ``file``; a refusal with ``code`` without any."""
    blob = find_content(call, file)
    if blob is None:
        raise CdfError(
            code, f"The file {file['id']} ({file['name']}) has no content: upload it, wait for uploaded: true"
        )
    return blob


def find_content(call: Call, file: Record) -> str | None:
    """Return the name of the blob that is the content of ``file``; None where nothing was uploaded."""
    row = call.db.execute("SELECT blob FROM file_contents WHERE file = ?", (file["id"],)).fetchone()
    return row["blob"] if row else None


def set_content(call: Call, file: Record, blob: str) -> Record:
    """Make ``blob`` the content of ``file``, which is uploaded from now on."""
    call.db.execute("INSERT OR REPLACE INTO file_contents VALUES (?, ?)", (file["id"], blob))
    return FILES.replace(call, file | {"uploaded": True, "uploadedTime": call.now})
