"""Data modeling: spaces, containers, views, data models and instances."""

from localcdf.data_modeling import instance_endpoints
from localcdf.data_modeling.instances import hierarchy, store
from localcdf.data_modeling.instances.platform import check_instance, set_file_uploaded
from localcdf.data_modeling.schema import (
    containers,
    data_models,
    definitions,
    inspection,
    spaces,
    views,
)
from localcdf.data_modeling.system import install
from localcdf.endpoint import Endpoint

__all__ = ["ENDPOINTS", "SCHEMA", "check_instance", "install", "set_file_uploaded"]

ENDPOINTS: list[Endpoint] = [
    *spaces.ENDPOINTS,
    *containers.ENDPOINTS,
    *views.ENDPOINTS,
    *data_models.ENDPOINTS,
    *inspection.ENDPOINTS,
    *instance_endpoints.ENDPOINTS,
]
SCHEMA: str = definitions.SCHEMA + store.SCHEMA
TASKS = (hierarchy.PATHS,)
