"""Workflows: tasks that depend on each other, run on request or by triggers."""

from localcdf.workflows import callbacks, definitions, engine, executions, firing, table, triggers

ENDPOINTS = [*triggers.ENDPOINTS, *executions.ENDPOINTS, *callbacks.ENDPOINTS, *definitions.ENDPOINTS]
SCHEMA = table.SCHEMA + triggers.SCHEMA
TASKS = (*engine.TASKS, *firing.TASKS)
