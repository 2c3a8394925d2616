"""What the demo asks as Cognite's viewer is what the viewer was recorded to ask, body by body."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from demo.viewer import VERSIONS, Version
from demo.viewer.requests import annotations, classic, core, files, hybrid

FACTS = Path(__file__).parents[3] / "shared" / "facts"
COLLECTION, IMAGE, ASSET = ("sp", "col"), ("sp", "img"), ("sp", "asset")
FACES = ("front", "back", "left", "right", "top", "bottom")
IDS = range(1000, 1006)
QUERY, LINKS = "/models/instances/query", "/files/downloadlink"
# Previews, and the pictures themselves: no text is read from them.
PICTURES = ("/files/icon", "/blob")


def recorded(version: Version) -> dict[tuple[str, str], list[Any]]:
    """The bodies that a version was recorded to send, by step and path."""
    path = FACTS / f"viewer-requests-{version}.json"
    if not path.exists():
        pytest.skip(f"{path.name}, the recorded requests of the viewer, is not beside the repository")
    found: dict[tuple[str, str], list[Any]] = {}
    for request in json.loads(path.read_text()):
        if not request["path"].startswith(PICTURES):
            found.setdefault((request["step"], request["path"]), []).append(request["body"])
    return found


def ours(version: Version) -> dict[tuple[str, str], Iterable[Any]]:
    """The bodies that the demo sends for the same."""
    nodes = [files.files_named(("sp", f"file_{face}") for face in FACES)]
    names = [files.files_named(f"ext_{face}" for face in FACES)]
    ids = [files.files_named(IDS)]
    on_faces, on_front = [annotations.annotations_on(IDS)], [annotations.annotations_on([1000])]
    common: dict[tuple[str, str], Iterable[Any]] = {
        ("cdm descriptors", QUERY): [core.collection_query(version, COLLECTION)],
        ("cdm annotations of one image", QUERY): [core.image_annotations_query(version, IMAGE)],
        ("cdm images of an asset", QUERY): [core.asset_images_query(version, ASSET)],
        ("cdm annotations of a collection", QUERY): [core.collection_annotations_query(version, COLLECTION)],
        ("hybrid descriptors", QUERY): [hybrid.collection_query(COLLECTION)],
        ("hybrid annotations of one image", "/annotations/list"): on_faces,
        ("event descriptors", "/events/list"): classic.event_lists("s1"),
        ("event descriptors", "/files/list"): classic.file_lists("s1"),
        ("event annotations of one image", "/annotations/list"): on_faces,
        ("classic images of an asset (assetRef)", "/annotations/reverselookup"): [
            annotations.files_linked_to(5)
        ],
        ("classic images of an asset (instanceRef)", "/annotations/reverselookup"): [
            annotations.files_linked_to(ASSET)
        ],
    }
    if version == "4.29.0":
        return common | {
            ("cdm descriptors", "/files/byids"): nodes,
            ("cdm full-res", LINKS): ids,
            ("hybrid descriptors", "/files/byids"): names,
            ("hybrid full-res", LINKS): ids,
        }
    return common | {
        ("cdm low-res", "/files/byids"): nodes,
        ("cdm full-res", LINKS): nodes,
        ("hybrid full-res", LINKS): names,
        ("hybrid annotations of one image", "/files/byids"): names,
        ("event annotations of one image", "/files/byids"): ids,
        ("classic images of an asset (assetRef)", "/annotations/list"): on_front,
        ("classic images of an asset (instanceRef)", "/annotations/list"): on_front,
    }


@pytest.mark.parametrize("version", VERSIONS)
def test_each_body_is_the_recorded_one(version: Version) -> None:
    there = recorded(version)
    sent = {step: list(bodies) for step, bodies in ours(version).items()}
    assert sent.keys() == there.keys()
    for step, bodies in sent.items():
        assert bodies == there[step], step
