"""Files: metadata, content, links, and the files of ``CogniteFile`` nodes."""

from localcdf.files import downloads, metadata, table, uploads
from localcdf.files.table import sync_cognite_file

__all__ = ["ENDPOINTS", "SCHEMA", "sync_cognite_file"]

ENDPOINTS = [*uploads.ENDPOINTS, *downloads.ENDPOINTS, *metadata.ENDPOINTS]
SCHEMA = table.SCHEMA + uploads.SCHEMA
