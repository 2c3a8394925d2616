"""What the viewer asks of the six face files of an image: their ids, and where their pictures are."""

from collections.abc import Iterable

from demo.viewer.requests import Body, Node

FileName = int | str | Node  # id, external id, or the node of a file


def files_named(names: Iterable[FileName]) -> Body:
    """The files that go by these names, in this order; the same body for both endpoints."""
    return {"items": [_identifier(name) for name in names]}


def _identifier(name: FileName) -> Body:
    match name:
        case int():
            return {"id": name}
        case str():
            return {"externalId": name}
        case (space, external_id):
            return {"instanceId": {"space": space, "externalId": external_id}}
