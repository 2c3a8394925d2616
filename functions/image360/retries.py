"""How long the SDK tries a request: never longer than the call has time.

As it comes, cognite-sdk 8.22 waits 60 seconds for an answer and tries eleven times: more than a call lives.
It reads these settings at each request.
"""

from collections.abc import Callable, Generator
from contextlib import contextmanager

from cognite.client import CogniteClient, global_config

AT_EASE = 120.0  # seconds for one request: from here on there is room for more tries
RETRIES = {True: 5, False: 2}  # where there is room, and where there is not
LONGEST = 60.0  # seconds: what the SDK waits for an answer as it comes
SHORTEST = 5.0  # seconds: less is no try
FIRST_WAIT = 0.5  # seconds before the second try at most, and twice as long before each further one


@contextmanager
def bounded_retries(client: CogniteClient, margin: float) -> Generator[Callable[[float], None]]:
    """Yield what bounds the requests from there on by the seconds that are left; `margin` comes on top.

    One request gets half of the time, all its tries and waits together. At the end all is as it was.
    """
    config, kept = client.config, global_config.max_retries
    timeouts = config.timeout, config.file_transfer_timeout

    def bound(left: float) -> None:
        seconds = (left + margin) / 2
        retries = min(kept, RETRIES[seconds >= AT_EASE])
        waits = FIRST_WAIT * (2**retries - 1)
        each = (seconds - waits) / (retries + 1)
        # What is sent a single time at present stays so (`write_once.without_retries`).
        global_config.max_retries = global_config.max_retries and retries
        config.timeout = config.file_transfer_timeout = int(min(LONGEST, max(SHORTEST, each)))

    try:
        yield bound
    finally:
        global_config.max_retries = kept
        config.timeout, config.file_transfer_timeout = timeouts
