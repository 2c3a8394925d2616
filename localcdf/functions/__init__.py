"""Functions: made from an uploaded zip, and run in processes of their own."""

from localcdf.functions import calls, deployment, resource, table

ENDPOINTS = [*resource.ENDPOINTS, *calls.ENDPOINTS]
SCHEMA = table.SCHEMA + calls.SCHEMA
TASKS = deployment.TASKS
