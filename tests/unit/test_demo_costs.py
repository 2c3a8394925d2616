"""What the work on the local CDF took, from its request log and from what the functions print."""

from pathlib import Path

import pytest

from demo.costs import endpoint_of, seconds_in


@pytest.mark.parametrize(
    ("method", "path", "endpoint"),
    [
        ("POST", "/api/v1/projects/local/models/instances/list", "POST /models/instances/list"),
        (
            "GET",
            "/api/v1/projects/local/functions/1234/calls/67/logs",
            "GET /functions/{id}/calls/{id}/logs",
        ),
        ("GET", "/_localcdf/content/abc", "GET content of files"),
    ],
)
def test_requests_are_counted_by_endpoint(method: str, path: str, endpoint: str) -> None:
    assert endpoint_of(method, path) == endpoint


def test_the_seconds_of_an_image_are_those_of_all_its_tries(tmp_path: Path) -> None:
    log = tmp_path / "functions.log"
    log.write_text(
        '{"event": "image", "image": "site/st01", "seconds": 2.5}\n'
        "what a library prints\n"
        '{"event": "image", "image": "st02", "seconds": 1.0}\n'
        '{"event": "image", "image": "site/st01", "seconds": 0.5}\n'
        '{"event": "done", "seconds": 9.0}\n'
    )
    assert seconds_in(log) == {"st01": 3.0, "st02": 1.0}
    assert seconds_in(tmp_path / "none.log") == {}
