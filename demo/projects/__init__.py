"""A plant site in each kind of CDF project: how it is loaded, and where its approvals are found again."""

from collections.abc import Mapping

from demo.projects.asset_centric import ASSET_CENTRIC
from demo.projects.data_modeling import DATA_MODELING
from demo.projects.hybrid import HYBRID
from demo.projects.project import Project

__all__ = ["PROJECTS", "Project"]

PROJECTS: Mapping[str, Project] = {
    "data_modeling": DATA_MODELING,
    "hybrid": HYBRID,
    "asset_centric": ASSET_CENTRIC,
}
