"""What a preflight finds: lines that say what is missing or odd, each with its fix."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from cognite.client.exceptions import CogniteAPIError, CogniteProjectAccessError

from image360.errors import Image360Error

T = TypeVar("T")


@dataclass
class Findings:
    """Lines in the order in which they were found."""

    missing: list[str] = field(default_factory=list[str])
    """Without these no run succeeds."""
    warnings: list[str] = field(default_factory=list[str])
    """A run goes on, but not as somebody may expect, or this could not be looked at."""

    def summary(self) -> dict[str, Any]:
        """Return them as JSON."""
        return {"ok": not self.missing, "missing": self.missing, "warnings": self.warnings}

    def look(self, what: str, right: str, ask: Callable[[], T], *, needed: bool = True) -> T | None:
        """Return what CDF answers; None, and a line, where it refuses or something is not as configured.

        Args:
            what: What is looked at.
            right: The right that this takes.
            ask: Asks for it.
            needed: Whether a run needs the same right.
        """
        lines = self.missing if needed else self.warnings
        try:
            return ask()
        except Image360Error as error:
            lines.append(str(error))
        except CogniteProjectAccessError:
            lines.append(
                f"{what}: CDF does not accept the token (401): correct the credentials or the project"
            )
        except CogniteAPIError as error:
            said = f"{what}: CDF answers {error.code}: {error.message}"
            lines.append(f"{said}: give {right}" if error.code in (401, 403) else f"{said}: try again later")
        except Exception as error:  # noqa: BLE001 - whatever it is, the other lines can be told
            lines.append(f"{what}: no usable answer ({type(error).__name__}: {error}): try again later")
        return None
