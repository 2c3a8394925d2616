"""Labels on assets and files."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field, model_validator

from localcdf.endpoint import Body
from localcdf.fields import ExternalId


def distinct(values: list[Any]) -> list[Any]:
    """Return the values; ``ValueError`` where one is there twice."""
    if any(value in values[:place] for place, value in enumerate(values)):
        raise ValueError("the same value twice")
    return values


class Label(Body):
    """A label by its external id."""

    external_id: ExternalId


Labels = Annotated[list[Label], Field(max_length=10), AfterValidator(distinct)]


class LabelFilter(Body):
    """Any of these labels, or all of them."""

    contains_any: Annotated[list[Label], Field(min_length=1, max_length=10)] | None = None
    contains_all: Annotated[list[Label], Field(min_length=1, max_length=10)] | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> "LabelFilter":
        if (self.contains_any is None) == (self.contains_all is None):
            raise ValueError("exactly one of containsAny, containsAll is needed")
        return self


def has_labels(record: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Match a record by its labels."""
    labels = record.get("labels", [])
    if "containsAll" in wanted:
        return all(label in labels for label in wanted["containsAll"])
    return any(label in labels for label in wanted["containsAny"])
