"""The place where the probes work: names of their own, and a list of what is to be taken away again."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cognite.client import CogniteClient
from cognite.client.exceptions import CogniteAPIError, CogniteException, CogniteNotFoundError

DATA_SET = "image360-smoke"  # one for all runs: CDF has no way to delete a data set
PATIENCE = 60.0  # seconds that something written may take to show


@dataclass
class Scratch:
    """What a run works with; all that it makes has its name in it."""

    client: CogniteClient
    name: str = field(
        default_factory=lambda: f"image360_smoke_{time.strftime('%H%M%S')}_{secrets.token_hex(3)}"
    )
    data_set: int = 0
    file: int = 0
    _undo: list[tuple[str, Callable[[], Any]]] = field(default_factory=list)

    def later_remove(self, what: str, remove: Callable[[], Any]) -> None:
        """Have something removed at the end; what was made last is removed first."""
        self._undo.append((what, remove))

    def clean(self) -> list[str]:
        """Remove what was made; return what could not be removed, and why."""
        left = []
        while self._undo:
            what, remove = self._undo.pop()
            try:
                remove()
            except CogniteNotFoundError:
                continue  # it is gone already
            except CogniteException as error:
                left.append(f"{what}: {error}")
        return left

    def post(self, path: str, body: Any, **headers: str) -> Any:
        """Post a body as it is, below the project; return the answer's JSON."""
        url = f"/api/v1/projects/{self.client.config.project}{path}"
        return self.client.post(url, json=body, headers=headers or None).json()

    def refusal(self, path: str, body: Any, **headers: str) -> int | None:
        """Post a body that may be refused; return the status of the refusal, None where it was accepted."""
        try:
            self.post(path, body, **headers)
        except CogniteAPIError as error:
            if error.code >= 500 or error.code == 429:
                raise
            return error.code
        return None

    def seconds_until(self, is_so: Callable[[], bool], patience: float = PATIENCE) -> float:
        """Wait until something is so; return how long it took.

        Raises:
            TimeoutError: It was not so after `patience` seconds.
        """
        begun = time.monotonic()
        while not _holds(is_so):
            if time.monotonic() - begun > patience:
                raise TimeoutError(f"it did not show within {patience:.0f} seconds")
            time.sleep(0.1)
        return time.monotonic() - begun


def _holds(is_so: Callable[[], bool]) -> bool:
    """Say whether something is so; what is not found yet is not so yet."""
    try:
        return is_so()
    except CogniteAPIError as error:
        if error.code not in (400, 404):
            raise
        return False
