"""Signed links of the local CDF: when they end. What they allow is tested over HTTP."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from localcdf.app import SCHEMAS, create_service
from localcdf.content.links import DOWNLOAD_LIFE, EXTENDED_DOWNLOAD_LIFE, UPLOAD_LIFE, make_link, read_link
from localcdf.endpoint import Call
from localcdf.errors import CdfError
from localcdf.store import Store, open_store

NOW = 1_000_000


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty store."""
    opened = open_store(tmp_path, SCHEMAS)
    yield opened
    opened.close()


@pytest.fixture
def call(store: Store) -> Call:
    """A request at a known time."""
    platform = create_service(store, "local", "token", "http://127.0.0.1").platform_call(NOW)
    return replace(platform, caller="tests", base_url="http://127.0.0.1")


@pytest.mark.parametrize(
    ("kind", "life", "seconds"),
    [
        ("download", DOWNLOAD_LIFE, 30),
        ("download", EXTENDED_DOWNLOAD_LIFE, 3600),
        ("upload", UPLOAD_LIFE, 7 * 24 * 3600),
    ],
)
def test_a_link_ends_when_its_life_is_over(call: Call, kind: str, life: int, seconds: int) -> None:
    token = make_link(call, kind, life, {"file": 1}).rpartition("/")[2]
    end = NOW + seconds * 1000
    assert read_link(replace(call, now=end), kind, token) == {"file": 1, "caller": "tests"}
    with pytest.raises(CdfError, match="expired") as refusal:
        read_link(replace(call, now=end + 1), kind, token)
    assert refusal.value.code == 403


def test_links_outlive_a_restart(call: Call, store: Store, tmp_path: Path) -> None:
    token = make_link(call, "download", DOWNLOAD_LIFE, {"file": 1}).rpartition("/")[2]
    store.close()
    again = open_store(tmp_path, SCHEMAS)
    assert read_link(replace(call, db=again.db), "download", token) == {"file": 1, "caller": "tests"}
    again.close()
