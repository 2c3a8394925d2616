"""The config of a deployment: YAML in the extraction pipeline, parsed once into a frozen, typed object."""

import difflib
from typing import Annotated, Any, Literal, Self, cast, get_args

import yaml
from cognite.client import CogniteClient
from cognite.client.exceptions import CogniteNotFoundError
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from image360.errors import ConfigError, SetupError

ApprovableLevel = Literal["exact", "normalised", "alias", "learned", "misread", "partial"]

Space = Annotated[str, Field(pattern=r"^[a-zA-Z][a-zA-Z0-9_-]{0,41}[a-zA-Z0-9]?$")]
ExternalId = Annotated[str, Field(min_length=1, max_length=255)]
Pattern = Annotated[str, Field(min_length=1, max_length=200)]
ClassicProperty = Annotated[str, Field(pattern=r"^(name|externalId|metadata\..+)$")]


class Section(BaseModel):
    """A part of the config: unknown keys are errors, nothing changes after parsing."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class CollectionImages(Section):
    """Which 360° images are processed, where they are nodes."""

    space: Space
    """Space of the collections and their images."""
    collections: tuple[ExternalId, ...] = Field(min_length=1)
    """External ids of the collection nodes, processed and approved together."""


class SiteImages(Section):
    """Which 360° images are processed, where they are face files with metadata."""

    sites: tuple[ExternalId, ...] = Field(min_length=1)
    """Values of the metadata key `site_id`, processed and approved together."""


class AssetView(Section):
    """The view through which assets are read; it must give `name`, and `aliases` where they are matched."""

    space: Space = "cdf_cdm"
    external_id: ExternalId = "CogniteAsset"
    version: str = "v1"


class AssetNodes(Section):
    """Which assets the texts are matched to, where they are nodes."""

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


class ClassicAssets(Section):
    """Which assets the texts are matched to, where they are classic assets."""

    data_sets: tuple[ExternalId, ...] = ()
    """External ids of the data sets of the assets; empty: all that the functions may read."""
    subtree: tuple[ExternalId, ...] = ()
    """External ids of the assets under which to match (they included); empty: all."""
    match_properties: tuple[ClassicProperty, ...] = Field(default=("name", "externalId"), min_length=1)
    """Texts that are tags: `name`, `externalId`, and `metadata.KEY`."""


class State(Section):
    """Where work items, region files, proposals, runs, audit rows and holds are kept."""

    space: Space = "sp_image360_state"


class Approval(Section):
    """What is approved without a person."""

    levels: tuple[ApprovableLevel, ...] = get_args(ApprovableLevel)
    """Matches of these levels become approvals; all others stay proposals for a person."""
    from_score: float = Field(default=0.9, ge=0.9, le=1.0)
    """The least score of what becomes an approval; below 0.9 the matching itself holds back."""
    write_suggestions: bool = False
    """Also write the others as annotations of status `suggested`; none is deleted when it no longer holds."""


class Matching(Section):
    """What the site's own way of writing asks of the matching."""

    look_alikes: dict[str, str] = {}
    """Letters or digits that stand for another one of A-Z and 0-9, in lists or on plates: `{Ø: "0"}`."""
    no_tags: tuple[Pattern, ...] = Field(default=(), max_length=100)
    """Texts that get no link: `*` for any characters, `?` for one, `[0-9]` for one of these."""

    @field_validator("look_alikes")
    @classmethod
    def _is_a_normal_form(cls, look_alikes: dict[str, str]) -> dict[str, str]:
        if look_alikes:
            # A step that matches nothing does not load the matching.
            try:
                from image360.matching.normaliser import Normaliser
            except ModuleNotFoundError:  # the review app carries no matching: the functions judge the value
                return look_alikes
            Normaliser(tuple(look_alikes.items()))
        return look_alikes


class Limits(Section):
    """Caps, so that nothing large happens before somebody has looked at something small."""

    max_images_per_run: int = Field(default=1000, ge=1)
    """Images that a run reads: one call, or all the shards of a workflow's execution."""
    max_approvals_per_run: int = Field(default=10_000, ge=1)
    """Approvals that a run writes: one call, or all the shards of a workflow's execution."""


class Contextualization(Section):
    """Where Cognite's contextualization service keeps what it makes of an approval."""

    object3d_space: Space
    """Space of the `Cognite3DObject` nodes, one for each asset that is seen."""
    space: Space
    """Space of the `Cognite360ImageAnnotation` edges."""


class Config(Section):
    """What every deployment configures."""

    paused: bool = False
    """Emergency stop: a new call ends at once and changes nothing, one at work after its present batch."""
    state: State = State()
    matching: Matching = Matching()
    approval: Approval = Approval()
    limits: Limits = Limits()


class DataModelingConfig(Config):
    """A project of the core data model: `Cognite360Image` nodes, approved by contextualization."""

    project_type: Literal["data_modeling"]
    engine: Literal["auto", "jobs_3d", "ocr"] = "auto"
    """Where text comes from; `auto` takes 3D jobs, and own OCR where those are refused."""
    images: CollectionImages
    assets: AssetNodes
    contextualization: Contextualization

    @field_validator("approval")
    @classmethod
    def _has_no_suggestions(cls, approval: Approval) -> Approval:
        if approval.write_suggestions:
            raise ValueError(
                "write_suggestions: a Cognite360ImageAnnotation has no text, no score and, as CDF makes it, "
                "no status but approved, so suggestions stay in proposals here: take the key out"
            )
        return approval


class HybridConfig(Config):
    """A project with `Image360` nodes whose faces are classic files, approved by annotations on them."""

    project_type: Literal["hybrid"]
    engine: Literal["auto", "ocr", "vision"] = "auto"
    """Where text comes from; `auto` takes own OCR."""
    images: CollectionImages
    assets: AssetNodes | None = None
    classic_assets: ClassicAssets | None = None

    @model_validator(mode="after")
    def _one_kind_of_assets(self) -> Self:
        if (self.assets is None) == (self.classic_assets is None):
            raise ValueError("give one of assets (nodes) and classic_assets")
        return self


class AssetCentricConfig(Config):
    """A project without 360° nodes: face files with metadata, approved by annotations to classic assets."""

    project_type: Literal["asset_centric"]
    engine: Literal["auto", "ocr", "vision"] = "auto"
    """Where text comes from; `auto` takes own OCR."""
    images: SiteImages
    classic_assets: ClassicAssets


AnyConfig = DataModelingConfig | HybridConfig | AssetCentricConfig
CONFIGS: dict[str, type[AnyConfig]] = {
    "data_modeling": DataModelingConfig,
    "hybrid": HybridConfig,
    "asset_centric": AssetCentricConfig,
}


def require_pipeline(client: CogniteClient, pipeline: str) -> None:
    """Raise a SetupError when the extraction pipeline is not in CDF."""
    if client.extraction_pipelines.retrieve(external_id=pipeline) is None:
        raise SetupError(
            f"extraction pipeline '{pipeline}' is not in project '{client.config.project}': deploy the "
            "modules (cdf deploy) or correct 'extraction_pipeline' in the data of the call"
        )


def load_config(client: CogniteClient, pipeline: str) -> AnyConfig:
    """Read the config of an extraction pipeline.

    Raises:
        SetupError: The pipeline has no config.
        ConfigError: The config is not what its project type describes.
    """
    try:
        revision = client.extraction_pipelines.config.retrieve(pipeline)
    except CogniteNotFoundError:
        raise SetupError(
            f"extraction pipeline '{pipeline}' has no config: deploy its Config resource (cdf deploy)"
        ) from None
    return parse_config(revision.config or "", pipeline)


def parse_config(text: str, pipeline: str) -> AnyConfig:
    """Parse the YAML text of the config of `pipeline`; a ConfigError names the key and the fix."""
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"config of extraction pipeline '{pipeline}' is not YAML: {error}") from None
    known = " or ".join(CONFIGS)
    if not isinstance(content, dict):
        raise ConfigError(
            f"config of extraction pipeline '{pipeline}' must be a mapping, with project_type: {known}"
        )
    project_type = cast("dict[str, Any]", content).get("project_type")
    if not isinstance(project_type, str) or project_type not in CONFIGS:
        raise ConfigError(
            f"config of extraction pipeline '{pipeline}': 'project_type': {project_type!r} is none of {known}"
        )
    model = CONFIGS[project_type]
    try:
        return model.model_validate(content)
    except ValidationError as error:
        findings = "; ".join(
            _finding(model, entry["loc"], entry["type"], entry["msg"]) for entry in error.errors()
        )
        raise ConfigError(f"config of extraction pipeline '{pipeline}': {findings}") from None


def _finding(model: type[BaseModel], location: tuple[int | str, ...], kind: str, message: str) -> str:
    """Say in one phrase what is wrong with a key and how to mend it."""
    key = ".".join(str(part) for part in location) or "config"
    if kind == "extra_forbidden":
        known = _keys_beside(model, location)
        near = difflib.get_close_matches(str(location[-1]), known, n=1)
        hint = f"did you mean '{near[0]}'?" if near else f"known here: {', '.join(known)}"
        return f"unknown key '{key}', {hint}"
    if kind == "missing":
        return f"key '{key}' is missing: add it"
    return f"'{key}': {message.removeprefix('Value error, ')}"


def _keys_beside(model: type[BaseModel], location: tuple[int | str, ...]) -> list[str]:
    """List the keys that the section around `location` knows."""
    section = model
    for part in location[:-1]:
        annotation = section.model_fields[str(part)].annotation
        named = [annotation, *get_args(annotation)]  # a section, or a section that may be left out
        inner = [each for each in named if isinstance(each, type) and issubclass(each, BaseModel)]
        if not inner:
            break
        section = inner[0]
    return list(section.model_fields)
