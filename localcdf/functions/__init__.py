"""Functions: made from an uploaded zip, and run in processes of their own."""

from localcdf.functions import deployment, resource, table

ENDPOINTS = resource.ENDPOINTS
SCHEMA = table.SCHEMA
TASKS = deployment.TASKS
