"""How content goes out: links that live 30 seconds, and icons."""

from typing import Any

from starlette.responses import FileResponse, Response

from localcdf.content.links import DOWNLOAD_LIFE, EXTENDED_DOWNLOAD_LIFE, make_link
from localcdf.content.table import WITHOUT_CONTENT, content_of
from localcdf.endpoint import Call, Endpoint
from localcdf.errors import CdfError
from localcdf.files.access import files_to_read, find_readable
from localcdf.files.models import DownloadQuery, FilesToLink, IconQuery
from localcdf.records import UNKNOWN_IDS
from localcdf.rights import OUT_OF_SCOPE, READ_FILES

ICON_TYPES = ("image/jpeg", "image/png")


def link(call: Call) -> dict[str, Any]:
    """Return a download link per file, with the identifier that was used to ask."""
    files = files_to_read(call, call.body.items)
    life = EXTENDED_DOWNLOAD_LIFE if call.params.extended_expiration else DOWNLOAD_LIFE
    links = []
    for file, item in zip(files, call.body.items, strict=True):
        if call.reads(WITHOUT_CONTENT, "400"):
            content_of(call, file)
        url = make_link(call, "download", life, {"file": file["id"]})
        links.append({**item.identifier(), "downloadUrl": url})
    return {"items": links}


def icon(call: Call) -> Response:
    """Return the image itself; CDF would make it smaller."""
    file = find_readable(call, _icon_identifier(call.params))
    if file is None:
        raise CdfError(400, "File not found", missing=[_icon_identifier(call.params)])
    if file.get("mimeType") not in ICON_TYPES:
        raise CdfError(400, f"No icon for the type {file.get('mimeType')}: only for {', '.join(ICON_TYPES)}")
    return FileResponse(call.blobs / content_of(call, file), media_type=file["mimeType"])


def _icon_identifier(query: IconQuery) -> dict[str, Any]:
    given = query.model_dump(by_alias=True, exclude_none=True)
    if given.keys() == {"space", "instanceExternalId"}:
        return {"instanceId": {"space": given["space"], "externalId": given["instanceExternalId"]}}
    if given.keys() not in ({"id"}, {"externalId"}):
        raise CdfError(400, "Query parameters: id, or externalId, or space and instanceExternalId is needed")
    return given


ENDPOINTS = [
    Endpoint(
        "POST",
        "/files/downloadlink",
        link,
        FilesToLink,
        DownloadQuery,
        rights=(READ_FILES,),
        assumed=(UNKNOWN_IDS, WITHOUT_CONTENT, OUT_OF_SCOPE),
    ),
    Endpoint(
        "GET",
        "/files/icon",
        icon,
        params=IconQuery,
        rights=(READ_FILES,),
        assumed=(OUT_OF_SCOPE,),
        unserved=("the image is not made smaller to an icon",),
    ),
]
