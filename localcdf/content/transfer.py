"""The targets of signed links: content comes in by PUT and goes out by GET, piece by piece."""

import hashlib
import secrets
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from localcdf.content.links import BLOB_PATH, Kind, read_link
from localcdf.content.table import content_of
from localcdf.content.uploads import MIN_PART_BYTES, NOTICE, SMALL_PART, finish_upload
from localcdf.endpoint import Call
from localcdf.errors import CdfError
from localcdf.files.table import FILES
from localcdf.records import Record
from localcdf.service import Service, trail_of
from localcdf.store import Store

MAX_SINGLE_BYTES = 5_000_000_000
MAX_PART_BYTES = 4000 * 2**20
INCOMING = "incoming-"  # the start of a blob's name until it is whole


def routes(service: Service) -> list[Route]:
    """Return the routes behind signed links."""

    async def upload(request: Request) -> Response:
        return await _upload(service, request)

    async def download(request: Request) -> Response:
        return await service.work(lambda: _download(service, request))

    return [
        Route(BLOB_PATH + "upload/{token}", upload, methods=["PUT"]),
        Route(BLOB_PATH + "download/{token}", download, methods=["GET"]),
    ]


def remove_strays(store: Store) -> None:
    """Delete content that nothing refers to: replaced, deleted with its file, or cut while it came in."""
    rows = store.db.execute(
        "SELECT blob FROM file_contents UNION SELECT blob FROM upload_parts"
        " UNION SELECT blob FROM function_code"
        " UNION SELECT json_extract(payload, '$.blob') FROM agenda WHERE kind = ?",
        (NOTICE.kind,),
    )
    kept = {row["blob"] for row in rows}
    for path in store.blobs.iterdir():
        if path.name not in kept:
            path.unlink()


def _download(service: Service, request: Request) -> Response:
    with service.turn(request) as call:
        file = _file(call, _subject(call, request, "download"))
        blob = content_of(call, file, code=404)
    return FileResponse(call.blobs / blob, media_type=file.get("mimeType", "application/octet-stream"))


async def _upload(service: Service, request: Request) -> Response:
    subject = await service.work(lambda: _claim(service, request))
    blob = secrets.token_hex(16)
    arriving = service.store.blobs / f"{INCOMING}{blob}"
    try:
        most = MAX_PART_BYTES - 1 if "upload" in subject else MAX_SINGLE_BYTES
        size, digest = await _receive(request, arriving, most)
        await service.work(lambda: _keep(service, request, subject, arriving, blob, size))
    finally:
        arriving.unlink(missing_ok=True)
    trail = trail_of(request)
    trail.digest, trail.wrote = digest, True
    return Response(status_code=200)


def _subject(call: Call, request: Request, kind: Kind) -> dict[str, Any]:
    """Return what a link allows; the request counts as one of the caller who asked for the link."""
    subject = read_link(call, kind, request.path_params["token"])
    trail_of(request).caller = subject["caller"]
    return subject


async def _receive(request: Request, target: Path, most: int) -> tuple[int, str]:
    """Write the body to ``target``; a cut connection raises starlette's ClientDisconnect."""
    size, digest = 0, hashlib.sha256()
    with target.open("wb") as file:
        async for chunk in request.stream():
            size += len(chunk)
            if size > most:
                raise CdfError(400, f"The content is larger than {most} bytes")
            digest.update(chunk)
            file.write(chunk)
    return size, digest.hexdigest()


def _claim(service: Service, request: Request) -> dict[str, Any]:
    with service.turn(request) as call:
        return _subject(call, request, "upload")


def _keep(
    service: Service, request: Request, subject: dict[str, Any], arriving: Path, blob: str, size: int
) -> None:
    with service.turn(request, writes=True) as call:
        arriving.rename(call.blobs / blob)
        _add(call, subject, blob, size)


def _add(call: Call, subject: dict[str, Any], blob: str, size: int) -> None:
    file = _file(call, subject)
    if "upload" not in subject:
        finish_upload(call, file, blob)
        return
    upload = call.db.execute("SELECT parts FROM uploads WHERE id = ?", (subject["upload"],)).fetchone()
    if upload is None:
        raise CdfError(403, "This upload is complete: its links are spent")
    may_be_small = subject["part"] == upload["parts"] - 1 or call.reads(SMALL_PART, "at-completion")
    if size <= MIN_PART_BYTES and not may_be_small:
        raise CdfError(400, f"Every part but the last must be larger than {MIN_PART_BYTES} bytes")
    call.db.execute(
        "INSERT OR REPLACE INTO upload_parts VALUES (?, ?, ?, ?)",
        (subject["upload"], subject["part"], blob, size),
    )


def _file(call: Call, subject: dict[str, Any]) -> Record:
    file = FILES.find(call.db, {"id": subject["file"]})
    if file is None:
        raise CdfError(404, f"The file {subject['file']} was deleted after this link was made")
    return file
