"""Optimistic concurrency: a write may say which version it expects."""

from localcdf.data_modeling.instances.store import Instance
from localcdf.errors import CdfError


def conflicts(stored: Instance, existing_version: int | None) -> bool:
    """Whether an instance is newer than a request expects it to be."""
    return existing_version is not None and stored.version > existing_version


def conflict(stored: Instance, existing_version: int | None) -> CdfError:
    """Return the refusal of a write to an instance that is newer than expected."""
    return CdfError(
        409,
        f"A version conflict: {stored.kind} {stored.space}:{stored.external_id} "
        f"has version {stored.version}, existingVersion is {existing_version}. Read it again, then write",
    )
