"""The local CDF's own OpenAPI document as a second judge: whether it keeps what it promises itself."""

from judges.document import Document
from judges.traffic import BELOW
from localcdf.app import ENDPOINTS
from localcdf.openapi import document


def own() -> Document:
    """The document, with paths as Cognite's has them."""
    content = document(ENDPOINTS, "local")
    paths = {BELOW.sub("", path): methods for path, methods in content["paths"].items()}
    return Document(content | {"paths": paths})
