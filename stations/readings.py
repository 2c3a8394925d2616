"""Readings of what the reference does not say on which the answers to the functions depend, and mixes."""

import random
from collections.abc import Mapping

from localcdf.app import APIS
from localcdf.endpoint import Endpoint
from localcdf.readings import Reading

COMMON = (
    *("GET /extpipes/config", "POST /extpipes/byids", "POST /extpipes/runs", "GET /functions/limits"),
    *("POST /files/byids", "POST /files/downloadlink", "POST /files/uploadlink"),
    *("POST /models/instances", "POST /models/instances/byids", "POST /models/instances/list"),
)
VISION = ("POST /context/vision/extract", "GET /context/vision/extract/{jobId}")
ANNOTATIONS = ("POST /annotations", "POST /annotations/list")
# What the functions call; tests/contract/test_every_reading.py sees to it that nothing is missing.
CALLED: Mapping[str, tuple[str, ...]] = {
    "data_modeling": (
        *COMMON,
        *("POST /3d/contextualization/image360", "POST /3d/contextualization/image360/delete"),
        *("POST /3d/jobs", "POST /3d/jobs/list", "POST /sessions"),
        *("POST /3d/job/results/list", "POST /3d/job/result/rejections/list"),
        *("POST /models/instances/query", "POST /models/spaces/byids", "POST /models/views/byids"),
    ),
    "hybrid": (*COMMON, *VISION, *ANNOTATIONS, "POST /models/views/byids"),
    "asset_centric": (*COMMON, *VISION, *ANNOTATIONS, "POST /assets/list", "POST /files/list"),
}
ENDPOINTS = [each for api in APIS for each in api.ENDPOINTS]
MIXES = 7  # for each project type


def readings_of(project_type: str) -> list[Reading]:
    """Return the readings on which the answers to the functions depend."""
    called = [each for each in ENDPOINTS if _name(each) in CALLED[project_type]]
    return list({reading.name: reading for each in called for reading in each.readings}.values())


def _name(endpoint: Endpoint) -> str:
    return f"{endpoint.method} {endpoint.path}"


def mix(project_type: str, number: int) -> dict[str, str]:
    """Return one of MIXES choices of an option for each reading, in which every option comes up."""
    chosen: dict[str, str] = {}
    for reading in readings_of(project_type):
        options = (list(reading.options) * MIXES)[:MIXES]
        random.Random(f"{project_type} {reading.name}").shuffle(options)  # noqa: S311 no secret
        chosen[reading.name] = options[number]
    return chosen
