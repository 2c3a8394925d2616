"""What the viewer asks of a classic site: bodies of `POST /events/list` and `POST /files/list`."""

from collections.abc import Iterator

from demo.viewer.requests import Body

PARTS = tuple(f"{part}/10" for part in range(1, 11))
ROWS = 1000


def event_lists(site: str) -> Iterator[Body]:
    """The poses of a site, in parts."""
    for part in PARTS:
        yield {"sort": [], "filter": {"metadata": {"site_id": site}}, "limit": ROWS, "partition": part}


def file_lists(site: str) -> Iterator[Body]:
    """The face files of a site that have content, in parts."""
    for part in PARTS:
        wanted = {"metadata": {"site_id": site}, "uploaded": True}
        yield {"filter": wanted, "limit": ROWS, "partition": part}
