"""The field types that several APIs share, with their documented limits."""

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import AfterValidator, Field, model_validator

from localcdf.endpoint import Body
from localcdf.store import MAX_ID

InternalId = Annotated[int, Field(ge=1, le=MAX_ID)]
ExternalId = Annotated[str, Field(max_length=255)]
Timestamp = Annotated[int, Field(ge=0, le=2**63 - 1)]  # epoch milliseconds
Space = Annotated[str, Field(pattern=r"^[a-zA-Z][a-zA-Z0-9_-]{0,41}[a-zA-Z0-9]?$")]
InstanceExternalId = Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[^\x00]+$")]
PageLimit = Annotated[int, Field(ge=1, le=1000)]


def metadata_within(value: int, total: int) -> Callable[[dict[str, str]], dict[str, str]]:
    """Return the check of metadata with at most so many bytes in a value, and in all keys and values."""

    def check(metadata: dict[str, str]) -> dict[str, str]:
        sizes = [(len(key.encode()), len(text.encode())) for key, text in metadata.items()]
        if len(sizes) > 256:
            raise ValueError(f"at most 256 pairs, not {len(sizes)}")
        if any(key > 128 for key, _ in sizes):
            raise ValueError("a key is longer than 128 bytes")
        if any(text > value for _, text in sizes):
            raise ValueError(f"a value is longer than {value} bytes")
        if (together := sum(key + text for key, text in sizes)) > total:
            raise ValueError(f"keys and values are {together} bytes together, more than {total}")
        return metadata

    return check


Metadata = Annotated[dict[str, str], AfterValidator(metadata_within(value=10_240, total=10_240))]


class TimeRange(Body):
    """Both ends belong to the range."""

    min: Timestamp | None = None
    max: Timestamp | None = None


class InstanceId(Body):
    """The identifier of a data-modeling instance."""

    space: Space
    external_id: InstanceExternalId


class Reference(Body):
    """One thing by exactly one of its identifiers; subclasses may know further ones."""

    id: InternalId | None = None
    external_id: ExternalId | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> "Reference":
        names = _identifier_names(type(self))
        if sum(getattr(self, name) is not None for name in names) != 1:
            aliases = [type(self).model_fields[name].alias or name for name in names]
            raise ValueError(f"exactly one of {', '.join(aliases)} is needed")
        return self

    def identifier(self) -> dict[str, Any]:
        """Return the identifier given, as the wire has it."""
        return self.model_dump(by_alias=True, exclude_none=True, include=set(_identifier_names(type(self))))


class FileReference(Reference):
    """A file, also by the instance that made it."""

    instance_id: InstanceId | None = None


def _identifier_names(model: type[Reference]) -> list[str]:
    return [name for name in ("id", "external_id", "instance_id") if name in model.model_fields]


class ListQuery(Body):
    """What every list takes."""

    limit: PageLimit = 100
    cursor: str | None = None


class PartitionedQuery(ListQuery):
    """A list request for a share of a list: ``partition`` is ``m/n``, the m-th of n shares."""

    partition: Annotated[str, Field(pattern=r"^[1-9]\d?/[1-9]\d?$")] | None = None

    @model_validator(mode="after")
    def _at_most_ten_shares(self) -> "PartitionedQuery":
        share, shares = self.share
        if not 1 <= share <= shares <= 10:
            raise ValueError(f"partition {self.partition}: m/n with 1 <= m <= n <= 10 is needed")
        return self

    @property
    def share(self) -> tuple[int, int]:
        """The share to list, and how many there are."""
        share, shares = (self.partition or "1/1").split("/")
        return int(share), int(shares)
