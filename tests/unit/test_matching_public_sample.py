"""Floors on the public sample of tag texts, where it lies beside the repository; no target to tune to."""

import json
from pathlib import Path
from typing import Any

import pytest

from image360.matching import Asset, AssetIndex, Match, TextRegion

SAMPLE = Path(__file__).parents[3] / "shared" / "matching" / "data" / "public"
pytestmark = pytest.mark.skipif(not SAMPLE.is_dir(), reason=f"the public sample is not at {SAMPLE}")


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (SAMPLE / name).read_text("utf-8").splitlines()]


@pytest.fixture(scope="module")
def index() -> AssetIndex:
    return AssetIndex.build(
        Asset(key, row["name"], row["external_id"], tuple(row["aliases"]), row["description"])
        for key, row in enumerate(rows("assets.jsonl"))
    )


def approved(match: Match) -> object:
    return match.asset.key if match.asset and match.decision == "approve" else None


def test_texts_are_approved_rightly_or_left_alone(index: AssetIndex) -> None:
    queries = rows("queries.jsonl")
    matches = index.match([q["text"] for q in queries], [q["conf"] for q in queries])
    pairs = list(zip(queries, matches, strict=True))
    approvals = [(q, m) for q, m in pairs if approved(m) is not None]
    right = sum(approved(m) in q["truth"] for q, m in approvals)
    assert right / len(approvals) >= 0.995
    positives = [(q, m) for q, m in pairs if q["positive"]]
    assert sum(approved(m) in q["truth"] for q, m in positives) / len(positives) >= 0.78
    assert (
        sum(m.asset is not None and m.asset.key in q["truth"] for q, m in positives) / len(positives) >= 0.93
    )
    assert not [q["text"] for q, m in approvals if q["stratum"].startswith("neg")]
    traps = [approved(m) in (None, *q["truth"]) for q, m in pairs if q["stratum"].startswith("trap")]
    assert sum(traps) / len(traps) >= 0.995


def test_split_tags_of_images_are_joined(index: AssetIndex) -> None:
    images = rows("regions.jsonl")
    wrong = right = total = 0
    for image in images:
        regions = [TextRegion(r["text"], r["polygon"], r["confidence"]) for r in image["regions"]]
        found = {approved(m) for m in index.match_regions(regions)} - {None}
        right += len(found & set(image["truth"]))
        wrong += len(found - set(image["truth"]))
        total += len(image["truth"])
    assert right / (right + wrong) >= 0.995
    assert right / total >= 0.9
