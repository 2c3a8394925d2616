"""Region files: all text regions of one image and content version, as one engine read them.

A region file is a `CogniteFile` in the state space: JSON, gzip, with a versioned schema. Its external id
derives from image, content version, engine and engine settings, so the same reading is stored once.

A reader passes over keys that it does not know: what a later release adds without another schema version can
be left out. A file of another schema version is refused.
"""

import gzip
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Annotated, Any, Literal

import numpy as np
from cognite.client import CogniteClient
from cognite.client.data_classes import FileMetadata
from cognite.client.data_classes.data_modeling import NodeId
from cognite.client.data_classes.data_modeling.cdm.v1 import CogniteFileApply
from cognite.client.exceptions import CogniteAPIError
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from image360.catalog.image import Image
from image360.detection.jobs import Origin
from image360.download import download
from image360.errors import RegionFileError
from image360.matching import TextRegion
from image360.state.ids import derived_id

NOTICED_WITHIN_MS = 10 * 60 * 1000  # an upload that CDF has not noticed by then was never finished

Direction = tuple[float, float, float]


class StoredOrigin(BaseModel):
    """Where a region comes from: `image360.detection.jobs.Origin`."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore", frozen=True)

    job: str
    result_space: str
    result: str
    key: str


class StoredRegion(BaseModel):
    """One text region in the file; `polygon` are unit vectors in the image's own frame, CDF axes."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore", frozen=True)

    text: str
    confidence: float = Field(ge=0, le=1)
    polygon: Annotated[tuple[Direction, ...], Field(min_length=3)]
    other_readings: tuple[str, ...] = ()
    origin: StoredOrigin | None = None  # left out of the file where there is none


class RegionFile(BaseModel):
    """The content of a region file, schema 1."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore", frozen=True)

    schema_version: Literal[1]
    image_space: str
    image: str
    content_version: str
    engine: str
    engine_settings: Mapping[str, Any]
    regions: tuple[StoredRegion, ...]

    def text_regions(self) -> list[TextRegion]:
        """Return the regions as the matcher takes them."""
        return [TextRegion(r.text, np.array(r.polygon), r.confidence, r.other_readings) for r in self.regions]


@dataclass(frozen=True)
class RegionFiles:
    """Region files in the state space."""

    client: CogniteClient
    space: str

    def save(
        self,
        image: Image,
        engine: str,
        settings: Mapping[str, Any],
        regions: Sequence[TextRegion],
        origins: Sequence[Origin] | None = None,
    ) -> str:
        """Store the regions of an image; return the external id of the region file."""
        content = RegionFile(
            schema_version=1,
            image_space=image.space,
            image=image.external_id,
            content_version=image.content_version,
            engine=engine,
            engine_settings=settings,
            regions=tuple(
                _stored(region, origin)
                for region, origin in zip(regions, origins or [None] * len(regions), strict=True)
            ),
        )
        external_id = derived_id(
            "regions",
            image.space,
            image.external_id,
            image.content_version,
            engine,
            json.dumps(dict(settings), sort_keys=True),
        )
        self.client.data_modeling.instances.apply(_file_node(self.space, external_id, image))
        # No time in the gzip header: the same regions give the same bytes.
        left_out = {} if origins else {"regions": {"__all__": {"origin"}}}
        text = content.model_dump_json(by_alias=True, exclude=left_out)
        data = gzip.compress(text.encode(), mtime=0)
        self.client.files.upload_content_bytes(data, instance_id=NodeId(self.space, external_id))
        return external_id

    def load(self, external_ids: Sequence[str]) -> list[RegionFile | RegionFileError | None]:
        """Read region files, in order; one that cannot be read gives its error in its place.

        None stands for a file whose upload CDF has not noticed yet: it is there soon.
        """
        ids = [NodeId(self.space, external_id) for external_id in external_ids]
        try:
            contents = list(download(self.client, ids))
        except CogniteAPIError as refusal:
            if not 400 <= refusal.code < 500 or refusal.code == 429:
                raise
            return self._load_one_by_one(ids)  # CDF refuses all of a request for the sake of one file
        return [_parse(data, node.external_id) for data, node in zip(contents, ids, strict=True)]

    def _load_one_by_one(self, ids: Sequence[NodeId]) -> list[RegionFile | RegionFileError | None]:
        found = self.client.files.retrieve_multiple(instance_ids=ids, ignore_unknown_ids=True)
        files = {file.instance_id: file for file in found}
        return [self._load_one(node, files.get(node)) for node in ids]

    def _load_one(self, node: NodeId, file: FileMetadata | None) -> RegionFile | RegionFileError | None:
        if file is not None and file.uploaded:
            (content,) = download(self.client, [node])
            return _parse(content, node.external_id)
        if file is not None and time.time() * 1000 - file.last_updated_time < NOTICED_WITHIN_MS:
            return None
        return RegionFileError(
            f"region file '{node.external_id}' has no content: the image is to be detected again"
        )


def _stored(region: TextRegion, origin: Origin | None) -> StoredRegion:
    corners = tuple((float(x), float(y), float(z)) for x, y, z in region.polygon)
    return StoredRegion(
        text=region.text,
        confidence=region.confidence,
        polygon=corners,
        other_readings=region.other_readings,
        origin=StoredOrigin(**asdict(origin)) if origin else None,
    )


def _file_node(space: str, external_id: str, image: Image) -> CogniteFileApply:
    return CogniteFileApply(
        space,
        external_id,
        name=f"{external_id}.json.gz",
        description=f"Text regions of image {image.external_id}, content {image.content_version}",
        mime_type="application/gzip",
    )


def _parse(data: bytes, external_id: str) -> RegionFile | RegionFileError:
    try:
        return RegionFile.model_validate_json(gzip.decompress(data))
    except (OSError, EOFError, ValidationError) as error:
        return RegionFileError(
            f"region file '{external_id}' cannot be read ({type(error).__name__}): detect the image again"
        )
