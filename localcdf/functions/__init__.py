"""Functions: made from an uploaded zip, run in processes of their own, on request or by cron."""

from localcdf.functions import call_listing, call_table, calls, deployment, resource, schedules, table

# Schedules first: their paths would be taken for those of a function.
ENDPOINTS = [*schedules.ENDPOINTS, *resource.ENDPOINTS, *calls.ENDPOINTS, *call_listing.ENDPOINTS]
SCHEMA = table.SCHEMA + call_table.SCHEMA + schedules.SCHEMA
TASKS = (*deployment.TASKS, *schedules.TASKS)
