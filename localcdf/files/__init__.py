"""Files without their content, and the files of ``CogniteFile`` nodes."""

from localcdf.files import metadata, table
from localcdf.files.table import sync_cognite_file

__all__ = ["ENDPOINTS", "SCHEMA", "sync_cognite_file"]

ENDPOINTS = metadata.ENDPOINTS
SCHEMA = table.SCHEMA
