"""The rights that a config needs, held against those that a token has."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from image360.config import AnyConfig, AssetCentricConfig, DataModelingConfig
from image360.state.ids import DECISIONS_SPACE, SCHEMA_SPACE

SYSTEM_SPACES: Mapping[str, Sequence[str]] = {
    "data_modeling": ("cdf_cdm", "cdf_cdm_3d"),
    "hybrid": ("cdf_cdm", "cdf_360_image_schema"),
    "asset_centric": ("cdf_cdm",),
}


@dataclass(frozen=True)
class Right:
    """A right that the functions need; in each of `spaces` where it goes by space, else in some scope."""

    acl: str
    action: str
    spaces: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Held:
    """How far a right of a token goes."""

    everywhere: bool
    spaces: frozenset[str]
    ids: frozenset[int]  # of data sets and extraction pipelines, where it goes by these


def rights_for(config: AnyConfig) -> list[Right]:
    """Return the rights that a run with this config needs, sessions for jobs apart."""
    state = config.state.space
    read, write = {state, DECISIONS_SPACE}, {state}
    models = {state, SCHEMA_SPACE, DECISIONS_SPACE, *SYSTEM_SPACES[config.project_type]}
    rights: list[Right] = []
    if isinstance(config, DataModelingConfig):
        made = {config.contextualization.object3d_space, config.contextualization.space}
        models |= made
        read |= made
        write |= made | set(config.assets.spaces)  # CDF tells an asset its object
    else:
        rights += [
            Right("filesAcl", "READ"),
            Right("annotationsAcl", "READ"),
            Right("annotationsAcl", "WRITE"),
        ]
    nodes = None if isinstance(config, AssetCentricConfig) else config.assets
    if not isinstance(config, AssetCentricConfig):
        read.add(config.images.space)
    if nodes is None:
        rights.append(Right("assetsAcl", "READ"))
    else:
        read |= set(nodes.spaces)
        models.add(nodes.view.space)
    return [
        Right("extractionPipelinesAcl", "READ"),
        Right("extractionConfigsAcl", "READ"),
        Right("extractionRunsAcl", "WRITE"),
        Right("dataModelsAcl", "READ", frozenset(models)),
        Right("dataModelInstancesAcl", "READ", frozenset(read)),
        Right("dataModelInstancesAcl", "WRITE", frozenset(write)),
        *rights,
    ]


def held_of(capabilities: Iterable[Mapping[str, Any]], project: str, right: Right) -> Held:
    """Return how far a token with these capabilities, as `token/inspect` lists them, has a right."""
    everywhere, spaces, ids = False, set[str](), set[int]()
    for capability in capabilities:
        acl = capability.get(right.acl)
        if acl is None or right.action not in acl["actions"] or not _in_project(capability, project):
            continue
        for scope, values in acl["scope"].items():
            everywhere |= scope == "all"
            spaces |= set(values.get("spaceIds", ()))
            ids |= {int(each) for each in values.get("ids", ())}
    return Held(everywhere, frozenset(spaces), frozenset(ids))


def lacks(right: Right, held: Held) -> str | None:
    """Say where a right is lacking; None where it is not."""
    if held.everywhere:
        return None
    if right.spaces:
        lacking = sorted(right.spaces - held.spaces)
        return f"in space {', '.join(lacking)}" if lacking else None
    return None if held.ids else "altogether"


def _in_project(capability: Mapping[str, Any], project: str) -> bool:
    scope: Mapping[str, Any] = capability.get("projectScope", {"allProjects": {}})
    return "allProjects" in scope or project in scope.get("projects", ())
