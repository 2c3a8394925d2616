"""RAW: databases of tables of rows."""

from localcdf.raw import databases, rows, tables

ENDPOINTS = [*databases.ENDPOINTS, *tables.ENDPOINTS, *rows.ENDPOINTS]
SCHEMA = databases.SCHEMA + tables.SCHEMA + rows.SCHEMA
