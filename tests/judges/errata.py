"""Where Cognite's OpenAPI document is wrong: what it says, what it must mean, and how one can tell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Erratum:
    """One correction; ``was`` must still stand at every place, or the correction is no longer needed."""

    places: Sequence[str]  # JSON pointers
    was: Any
    now: Any  # None: it is taken away
    why: str


def corrected(content: Any, errata: Sequence[Erratum]) -> Any:
    """Return the document with the corrections made; LookupError names one that no longer fits."""
    for each in errata:
        for place in each.places:
            content = _replaced(content, place.split("/")[1:], each)
    return content


def _replaced(value: Any, keys: Sequence[str], erratum: Erratum) -> Any:
    key, *further = keys
    key = key.replace("~1", "/")
    where: Any = int(key) if isinstance(value, list) else key
    if further:
        new = _replaced(value[where], further, erratum)
    elif value[where] != erratum.was:
        raise LookupError(f"{erratum.places}: the document now says {value[where]!r}: {erratum.why}")
    else:
        new = erratum.now
    if isinstance(value, list):
        return [new if number == where else each for number, each in enumerate(value)]
    changed = {**value, where: new}
    return changed if new is not None else {name: each for name, each in changed.items() if name != where}


SCHEMAS = "/components/schemas"
RESPONSES = "/components/responses"
ITEMS = "content/application~1json/schema/properties/items"


def _reference(name: str) -> Mapping[str, str]:
    return {"$ref": f"#{SCHEMAS}/{name}"}


def _list_of(schema: Any) -> Mapping[str, Any]:
    return {
        "type": "object",
        "required": ["items"],
        "properties": {"items": {"type": "array", "items": schema}},
    }


ERRATA = (
    Erratum(
        [f"{SCHEMAS}/NodeOrEdgeExternalId/pattern"],
        r"^[^\\x00]{1,256}$",
        r"^[^\x00]{1,256}$",
        "escaped once too often: it excludes backslash, x and 0 where it means the null byte",
    ),
    Erratum(
        [f"{SCHEMAS}/InstanceExternalId/pattern"],
        "^[a-zA-Z]([a-zA-Z0-9_]{0,253}[a-zA-Z0-9])?$",
        r"^[^\x00]{1,256}$",
        "the rule for views and containers; a file's node may have any external id that a node may have",
    ),
    Erratum(
        [
            f"{SCHEMAS}/DeletedInstances/minItems",
            f"{RESPONSES}/ListOfSpaceIdsResponse/{ITEMS}/minItems",
            f"{RESPONSES}/ListOfSpaceExternalIdsResponse/{ITEMS}/minItems",
            f"{RESPONSES}/VersionReferencesCollectionResponse/{ITEMS}/minItems",
        ],
        1,
        0,
        "what is not there is not deleted and not listed: then the list is empty, as after most writes",
    ),
    Erratum(
        [f"{SCHEMAS}/PropertyValueGroupV3/minProperties"],
        1,
        0,
        "an instance is in a view whose required properties it has, and may have no value of those asked for",
    ),
    Erratum(
        [f"{SCHEMAS}/RawPropertyValueV3/oneOf/{number}/minItems" for number in (5, 6, 7, 8, 9)],
        1,
        0,
        "a list property may hold an empty list",
    ),
    Erratum(
        [f"{SCHEMAS}/RawPropertyValueV3/oneOf/2/type"],
        "boolean",
        ["boolean", "null"],
        "a value is taken away by setting it to null, says the prose",
    ),
    Erratum(
        [f"{SCHEMAS}/FunctionSchedule/required"],
        ["id", "name", "createdTime", "cronExpression", "when", "sessionId", "nonce"],
        ["name", "cronExpression"],
        "of requests and answers at once: the others are only read or only written",
    ),
    Erratum(
        [f"{SCHEMAS}/NextCursorV3/type"],
        "string",
        ["string", "null"],
        "the SDK sends null for the first page",
    ),
    Erratum(
        [f"{SCHEMAS}/EnumProperty/properties/values/additionalProperties/minProperties"],
        1,
        0,
        "meant for the values, of which there are 1 to 32; its own example has a value without any member",
    ),
    Erratum(
        [f"{SCHEMAS}/AggregatedResultItemCollection/required"],
        ["items", "properties"],
        ["items"],
        "nothing describes a field properties, and the SDK reads none",
    ),
    Erratum(
        [f"{SCHEMAS}/AggregatedResultItem/properties/aggregates/minItems"],
        1,
        0,
        "a request may group by a property and ask for no aggregate",
    ),
    Erratum(
        ["/paths/~1files~1uploadlink/post/responses/201"],
        {"$ref": f"#{RESPONSES}/UploadFileMetadataResponse"},
        {"content": {"application/json": {"schema": _list_of(_reference("UploadFileMetadata"))}}},
        "the SDK reads the file under items",
    ),
    Erratum(
        ["/paths/~1files~1initmultipartupload/post/responses/201"],
        {"$ref": f"#{RESPONSES}/MultiPartUploadFileMetadataResponse"},
        {"content": {"application/json": {"schema": _reference("MultiPartUploadFileMetadata")}}},
        "the SDK reads the file bare, not under items",
    ),
    Erratum(
        [f"{SCHEMAS}/FunctionCallError/required"],
        ["code", "message"],
        ["message"],
        "nothing describes a code, and the SDK knows of message and trace only",
    ),
    Erratum(
        [f"{RESPONSES}/FunctionCallResponse/content/application~1json/schema/properties/response/type"],
        "object",
        None,
        "a function may return whatever can be written as JSON, says the prose",
    ),
    Erratum(
        [f"{SCHEMAS}/FileReference/required"],
        ["fileId", "fileExternalId", "fileInstanceId"],
        None,
        "it asks for all three names of a file, and for exactly one of them; the SDK sends one",
    ),
    Erratum(
        ["/paths/~1sessions/get/parameters/0/schema/enum"],
        ["ready", "active", "cancelled", "revoked", "access_lost"],
        None,
        "the SDK sends READY and its like, and the answers have them so",
    ),
)
# Endpoints that are served and that the document does not have.
BEYOND: Mapping[str, str] = {
    "GET /projects/local": "the document has the path and no method for it; the SDK asks for it",
    "GET /projects": "the document has the path and no method for it; Cognite's command line asks for it",
    "POST /3d/contextualization/image360": "a beta endpoint: the document has its schemas only",
    "POST /3d/contextualization/image360/delete": "a beta endpoint: the document has its schemas only",
    "POST /annotations/reverselookup": "a beta endpoint: the document is that of the stable version",
}
