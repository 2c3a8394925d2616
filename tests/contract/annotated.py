"""A file, what is written to it, and what the local CDF knows of that: to see what a fault did."""

from dataclasses import dataclass
from uuid import uuid4

from cognite.client import CogniteClient
from cognite.client.data_classes import AnnotationFilter, AnnotationWrite, FileMetadataWrite

from demo.localserver import LocalServer

API = "/api/v1/projects/local"
CREATE = "^/annotations/?$"  # the SDK adds the slash


@dataclass(frozen=True)
class AnnotatedFile:
    """A file of its own, and the only client that writes to it."""

    server: LocalServer
    caller: str
    client: CogniteClient
    onlooker: CogniteClient
    id: int

    def annotate(self, text: str) -> None:
        """Write one annotation."""
        self.client.annotations.create(annotation(self.id, text))

    def texts(self) -> list[str]:
        """The texts of the annotations in the store."""
        found = self.onlooker.annotations.list(AnnotationFilter("file", [{"id": self.id}]), limit=None)
        return sorted(each.data["text"] for each in found)

    def log(self, name: str = "log") -> list[tuple[str, int, str | None]]:
        """What a log has of the client: path below the project, status, fault."""
        items = self.onlooker.get(f"{self.server.url}/_localcdf/{name}").json()["items"]
        return [
            (each["path"].removeprefix(API), each["status"], each.get("fault"))
            for each in items
            if each["caller"] == self.caller
        ]


def annotated_file(server: LocalServer) -> AnnotatedFile:
    """Make a file, and a client that has written nothing yet."""
    caller, onlooker = f"caller-{uuid4().hex}", server.client("onlooker")
    created, _ = onlooker.files.create(FileMetadataWrite("a.jpg", mime_type="image/jpeg"))
    return AnnotatedFile(server, caller, server.client(caller), onlooker, created.id)


def annotation(file: int, text: str) -> AnnotationWrite:
    """Return an annotation to be written."""
    return AnnotationWrite(
        annotation_type="images.TextRegion",
        data={"text": text, "textRegion": {"xMin": 0.1, "xMax": 0.2, "yMin": 0.1, "yMax": 0.2}},
        status="approved",
        creating_app="tests",
        creating_app_version="1.0.0",
        creating_user=None,
        annotated_resource_type="file",
        annotated_resource_id=file,
    )
