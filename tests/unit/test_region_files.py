"""Region files outlive the release that wrote them."""

import gzip
import json
from typing import Any

import pytest

from image360.errors import RegionFileError
from image360.state.region_files import RegionFile, _parse

REGION = {"text": "21-PT-1019", "confidence": 0.9, "polygon": [[0, 0, 1], [0, 1, 0], [1, 0, 0]]}
CONTENT = {
    "schemaVersion": 1,
    "imageSpace": "sp",
    "image": "img",
    "contentVersion": "c",
    "engine": "ocr",
    "engineSettings": {},
    "regions": [REGION],
}


def read(content: dict[str, Any]) -> RegionFile | RegionFileError:
    return _parse(gzip.compress(json.dumps(content).encode()), "regions_1")


def test_what_a_later_release_says_besides_is_passed_over() -> None:
    origin = {"job": "j", "resultSpace": "sp", "result": "r", "key": "k"}
    later = {**CONTENT, "regions": [{**REGION, "origin": {**origin, "also": 1}, "also": 2}], "also": 3}
    found = read(later)
    assert isinstance(found, RegionFile)
    assert found == read({**CONTENT, "regions": [{**REGION, "origin": origin}]})
    (region,) = found.text_regions()
    assert region.text == "21-PT-1019"


@pytest.mark.parametrize("version", [2, 0, "1.1", None])
def test_a_file_of_another_schema_version_is_refused(version: Any) -> None:
    assert isinstance(read({**CONTENT, "schemaVersion": version}), RegionFileError)


@pytest.mark.parametrize("key", ["schemaVersion", "regions", "contentVersion", "image"])
def test_a_file_that_lacks_something_is_refused(key: str) -> None:
    assert isinstance(read({name: each for name, each in CONTENT.items() if name != key}), RegionFileError)
