"""CDF's error envelope: what a client sees when a request is refused."""

from collections.abc import Mapping, Sequence
from typing import Any


class CdfError(Exception):
    """A refusal, answered as ``{"error": {"code", "message", ...}}`` with the HTTP status ``code``.

    ``missing`` and ``duplicated`` list the identifiers concerned, as CDF does.
    """

    def __init__(
        self,
        code: int,
        message: str,
        *,
        missing: Sequence[Mapping[str, Any]] | None = None,
        duplicated: Sequence[Mapping[str, Any]] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.missing = missing
        self.duplicated = duplicated

    def envelope(self) -> dict[str, Any]:
        """Return the JSON body of the answer."""
        error: dict[str, Any] = {"code": self.code, "message": self.message}
        if self.missing is not None:
            error["missing"] = list(self.missing)
        if self.duplicated is not None:
            error["duplicated"] = list(self.duplicated)
        return {"error": error}
