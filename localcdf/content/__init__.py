"""The content of files: how it comes in, where it is kept, how it goes out."""

from localcdf.content import downloads, table, uploads

ENDPOINTS = [*uploads.ENDPOINTS, *downloads.ENDPOINTS]
SCHEMA = table.SCHEMA + uploads.SCHEMA
TASKS = uploads.TASKS
