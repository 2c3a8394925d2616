"""The config of a deployment: YAML in the extraction pipeline, parsed once into a frozen, typed object."""

import difflib
from typing import Annotated, Any, Literal, Self

import yaml
from cognite.client import CogniteClient
from cognite.client.exceptions import CogniteNotFoundError
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from image360.errors import ConfigError, SetupError

ProjectType = Literal["hybrid"]
EngineChoice = Literal["auto", "ocr"]
ApprovableLevel = Literal["exact", "normalised", "alias", "misread"]

Space = Annotated[str, Field(pattern=r"^[a-zA-Z][a-zA-Z0-9_-]{0,41}[a-zA-Z0-9]?$")]
ExternalId = Annotated[str, Field(min_length=1, max_length=255)]


class Section(BaseModel):
    """A part of the config: unknown keys are errors, nothing changes after parsing."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Images(Section):
    """Which 360° images are processed."""

    space: Space
    """Space of the collections and their `Image360` nodes."""
    collections: tuple[ExternalId, ...] = Field(min_length=1)
    """External ids of the `Image360Collection` nodes, processed and approved together."""


class AssetView(Section):
    """The view through which assets are read; it must give `name`, and `aliases` where they are matched."""

    space: Space = "cdf_cdm"
    external_id: ExternalId = "CogniteAsset"
    version: str = "v1"


class Assets(Section):
    """Which assets the texts are matched to."""

    view: AssetView = AssetView()
    spaces: tuple[Space, ...] = Field(min_length=1)
    """Spaces of the asset nodes."""
    filter: dict[str, Any] | None = None
    """A data-modeling filter in the API's own form, on top of the view and the spaces."""
    subtree: tuple[ExternalId, ...] = ()
    """External ids of the assets under which to match (they included); empty: all. One asset space only."""
    match_properties: tuple[str, ...] = Field(default=("name", "externalId", "aliases"), min_length=1)
    """Properties whose texts are tags: `name`, `externalId`, and any text or text list of the view."""

    @model_validator(mode="after")
    def _subtree_needs_one_space(self) -> Self:
        if self.subtree and len(self.spaces) > 1:
            raise ValueError("subtree names assets of one space, but spaces lists several: keep one of them")
        return self


class State(Section):
    """Where work items, region files and proposals are kept."""

    space: Space = "sp_image360_state"


class Approval(Section):
    """What is approved without a person."""

    levels: tuple[ApprovableLevel, ...] = ("exact", "normalised", "alias", "misread")
    """Matches of these levels become approvals; all others stay proposals for a person."""


class Limits(Section):
    """Caps of one call."""

    max_images_per_run: int = Field(default=1000, ge=1)
    max_approvals_per_run: int = Field(default=10_000, ge=1)


class Config(Section):
    """The whole config of one deployment."""

    project_type: ProjectType
    """How the CDF project keeps 360° images."""
    engine: EngineChoice = "auto"
    """Where text comes from; `auto` takes the documented one of the project type."""
    paused: bool = False
    """Emergency stop: every call ends at once and changes nothing."""
    images: Images
    assets: Assets
    state: State = State()
    approval: Approval = Approval()
    limits: Limits = Limits()

    @property
    def engine_name(self) -> str:
        """The engine to use, `auto` resolved."""
        return "ocr" if self.engine == "auto" else self.engine


def require_pipeline(client: CogniteClient, pipeline: str) -> None:
    """Raise a SetupError when the extraction pipeline is not in CDF."""
    if client.extraction_pipelines.retrieve(external_id=pipeline) is None:
        raise SetupError(
            f"extraction pipeline '{pipeline}' is not in project '{client.config.project}': deploy the "
            "modules (cdf deploy) or correct 'extraction_pipeline' in the data of the call"
        )


def load_config(client: CogniteClient, pipeline: str) -> Config:
    """Read the config of an extraction pipeline.

    Raises:
        SetupError: The pipeline has no config.
        ConfigError: The config is not what `Config` describes.
    """
    try:
        revision = client.extraction_pipelines.config.retrieve(pipeline)
    except CogniteNotFoundError:
        raise SetupError(
            f"extraction pipeline '{pipeline}' has no config: deploy its Config resource (cdf deploy)"
        ) from None
    return parse_config(revision.config or "", pipeline)


def parse_config(text: str, pipeline: str) -> Config:
    """Parse the YAML text of the config of `pipeline`; a ConfigError names the key and the fix."""
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"config of extraction pipeline '{pipeline}' is not YAML: {error}") from None
    if not isinstance(content, dict):
        raise ConfigError(
            f"config of extraction pipeline '{pipeline}' must be a mapping, with project_type: ..."
        )
    try:
        return Config.model_validate(content)
    except ValidationError as error:
        findings = "; ".join(_finding(entry["loc"], entry["type"], entry["msg"]) for entry in error.errors())
        raise ConfigError(f"config of extraction pipeline '{pipeline}': {findings}") from None


def _finding(location: tuple[int | str, ...], kind: str, message: str) -> str:
    """Say in one phrase what is wrong with a key and how to mend it."""
    key = ".".join(str(part) for part in location) or "config"
    if kind == "extra_forbidden":
        known = _keys_beside(location)
        near = difflib.get_close_matches(str(location[-1]), known, n=1)
        hint = f"did you mean '{near[0]}'?" if near else f"known here: {', '.join(known)}"
        return f"unknown key '{key}', {hint}"
    if kind == "missing":
        return f"key '{key}' is missing: add it"
    return f"'{key}': {message.removeprefix('Value error, ')}"


def _keys_beside(location: tuple[int | str, ...]) -> list[str]:
    """List the keys that the section around `location` knows."""
    section: type[BaseModel] = Config
    for part in location[:-1]:
        annotation = section.model_fields[str(part)].annotation
        if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
            break
        section = annotation
    return list(section.model_fields)
