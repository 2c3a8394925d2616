"""What the SDK's HTTP library tells in its log of each request that was answered.

The SDK itself neither names the request behind an answer that it cannot read, nor lets anybody act between
two requests. The log is left as it was at the end, and nothing of it is passed on: it names signed links.
"""

import logging
import re
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

from cognite.client.exceptions import CogniteException

from image360.errors import AnswerError, Image360Error

LIBRARY = "httpx2"  # of cognite-sdk 8
BELOW = re.compile(r"^https?://[^/]+/api/v1/projects/[^/?]+([^?]*)")
LINK = "a signed link"


@dataclass
class Answered:
    """The last request that was answered in a call; `then` is done after each."""

    last: str = "the first request"
    then: Callable[[], None] = lambda: None

    def note(self, method: str, url: str) -> None:
        """Note a request that was answered."""
        below = BELOW.match(url)
        self.last = f"{method} {below[1]}" if below else LINK
        self.then()

    def named(self, error: Exception) -> Exception:
        """Return the error; one that nobody raises on purpose becomes one that names the last request."""
        if isinstance(error, (Image360Error, CogniteException)):
            return error
        return AnswerError(
            f"{self.last}: CDF's answer is not as documented, or is not understood here "
            f"({type(error).__name__}: {error}): call again; if it stays so, report it with the call's log"
        )

    @contextmanager
    def naming(self) -> Generator[None]:
        """Let an error leave the block as `named`: before further requests tell what has failed."""
        try:
            yield
        except Exception as error:
            named = self.named(error)
            if named is error:
                raise
            raise named from None


@contextmanager
def answered_requests() -> Generator[Answered]:
    """Follow the requests that are answered meanwhile; an error that leaves the block is `named`."""
    answered = Answered()

    class Noted(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            arguments = cast("Sequence[object]", record.args or ())
            if len(arguments) >= 2:
                answered.note(str(arguments[0]), str(arguments[1]))

    logger, handler = logging.getLogger(LIBRARY), Noted(logging.INFO)
    kept = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    try:
        with answered.naming():
            yield answered
    finally:
        logger.removeHandler(handler)
        logger.setLevel(kept[0])
        logger.propagate = kept[1]
