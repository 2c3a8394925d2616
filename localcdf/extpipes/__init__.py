"""Extraction pipelines, their runs and their config."""

from localcdf.extpipes import config, pipelines, runs

ENDPOINTS = [*pipelines.PIPELINES.endpoints(), *runs.ENDPOINTS, *config.ENDPOINTS]
SCHEMA = pipelines.PIPELINES.records.schema + runs.SCHEMA + config.SCHEMA
