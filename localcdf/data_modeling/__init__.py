"""Data modeling: spaces, containers, views, data models and instances."""

from localcdf.data_modeling import (
    containers,
    data_models,
    definitions,
    instance_store,
    instances,
    spaces,
    views,
)
from localcdf.data_modeling.platform import set_file_uploaded
from localcdf.data_modeling.system import install
from localcdf.endpoint import Endpoint

__all__ = ["ENDPOINTS", "SCHEMA", "install", "set_file_uploaded"]

ENDPOINTS: list[Endpoint] = [
    *spaces.ENDPOINTS,
    *containers.ENDPOINTS,
    *views.ENDPOINTS,
    *data_models.ENDPOINTS,
    *instances.ENDPOINTS,
]
SCHEMA: str = definitions.SCHEMA + instance_store.SCHEMA
