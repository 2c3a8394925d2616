"""Who asks: an identity with the capabilities of its groups."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Principal:
    """An identity, or the holder of the admin token, who may do everything."""

    subject: str
    groups: tuple[int, ...] = ()  # ids
    capabilities: tuple[dict[str, Any], ...] = ()  # as groups hold them: {"filesAcl": {"actions", "scope"}}
    is_admin: bool = False


ADMIN = Principal("admin", is_admin=True)
