"""What the demo asks as Cognite's viewer is what the viewer was recorded to ask, word for word."""

import json
from pathlib import Path
from typing import Any

import pytest

from demo.viewer import VERSIONS, Version, classic, core_requests

FACTS = Path(__file__).parents[3] / "shared" / "facts"
QUERY, REVERSE = "/models/instances/query", "/annotations/reverselookup"
COLLECTION, IMAGE, ASSET = ("sp", "col"), ("sp", "img"), ("sp", "asset")


def recorded(version: Version, step: str, path: str) -> list[Any]:
    """The bodies that a version was recorded to send."""
    file = FACTS / f"viewer-requests-{version}.json"
    if not file.exists():
        pytest.skip(f"{file.name}, the recorded requests of the viewer, is not beside the repository")
    requests = json.loads(file.read_text())
    return [each["body"] for each in requests if (each["step"], each["path"]) == (step, path)]


@pytest.mark.parametrize("version", VERSIONS)
def test_images_and_annotations_are_asked_for_as_the_viewer_does(version: Version) -> None:
    asked = {
        ("cdm descriptors", QUERY): core_requests.collection(version, COLLECTION),
        ("cdm annotations of one image", QUERY): core_requests.annotations_of_image(version, IMAGE),
        ("cdm annotations of a collection", QUERY): core_requests.annotations_of_collection(
            version, COLLECTION
        ),
        ("cdm images of an asset", QUERY): core_requests.images_of_asset(version, ASSET),
        ("hybrid descriptors", QUERY): classic.collection_query(COLLECTION),
        ("hybrid annotations of one image", "/annotations/list"): classic.annotations_query(
            range(1000, 1006)
        ),
        ("classic images of an asset (assetRef)", REVERSE): classic.asset_query(5),
        ("classic images of an asset (instanceRef)", REVERSE): classic.asset_query(ASSET),
    }
    for (step, path), body in asked.items():
        assert recorded(version, step, path) == [body], step


@pytest.mark.parametrize("version", VERSIONS)
def test_a_site_is_asked_for_in_ten_partitions(version: Version) -> None:
    for path, body in classic.site_lists("s1").items():
        asked = [{**body, **part} for part in classic.parts()]
        assert recorded(version, "event descriptors", path) == asked
