"""What matching hands on: the text of a tag in reading order, and the key of a match."""

from dataclasses import replace

import pytest

from image360.config import Approval, HybridConfig, Matching
from image360.geometry import face_uv_to_direction
from image360.image_plan import text_of
from image360.match import rules_of
from image360.match_keys import match_key
from image360.matching import Asset, AssetIndex, TextRegion

ASSETS = [Asset(("sp", "a"), "21-PT-1019", aliases=("PT1", "PT2")), Asset(("sp", "b"), "45-VA-0012")]
CONFIG = HybridConfig.model_validate(
    {
        "project_type": "hybrid",
        "images": {"space": "sp", "collections": ["site"]},
        "assets": {"spaces": ["sp"]},
    }
)


def region(text: str, left: float, top: float, width: float) -> TextRegion:
    u, v = [left, left + width, left + width, left], [top, top, top + 0.02, top + 0.02]
    return TextRegion(text, face_uv_to_direction("back", u, v), 0.99)


@pytest.mark.parametrize("upper_first", [True, False])
def test_a_tag_on_two_lines_is_told_from_top_to_bottom(upper_first):
    lines = [region("21-PT", 0.5, 0.5, 0.05), region("1019", 0.505, 0.525, 0.04)]
    regions = lines if upper_first else lines[::-1]
    (found,) = AssetIndex.build(ASSETS).match_regions(regions)
    assert found.asset == ASSETS[0]
    assert text_of(found, regions) == "21-PT 1019"


@pytest.mark.parametrize("left_first", [True, False])
def test_a_tag_in_two_boxes_is_told_from_left_to_right(left_first):
    boxes = [region("21-PT-", 0.5, 0.5, 0.06), region("1019", 0.565, 0.5005, 0.04)]
    regions = boxes if left_first else boxes[::-1]
    (found,) = AssetIndex.build(ASSETS).match_regions(regions)
    assert found.asset == ASSETS[0]
    assert text_of(found, regions) == "21-PT- 1019"


def test_the_config_sets_the_rules_of_the_matching():
    matching = Matching(look_alikes={"Ø": "0"}, no_tags=("DN*",))
    rules = rules_of(CONFIG.model_copy(update={"matching": matching}))
    index = AssetIndex.build(ASSETS, rules)
    assert [m.decision for m in index.match(["21-PT-1Ø19", "DN-45-VA-0012"])] == ["approve", "none"]


def test_the_order_of_the_assets_does_not_change_the_key_of_a_match():
    assert match_key(CONFIG, ASSETS) == match_key(CONFIG, ASSETS[::-1])


def test_a_renamed_asset_another_level_and_other_rules_change_the_key_of_a_match():
    renamed = [replace(ASSETS[0], name="21-PT-1020"), ASSETS[1]]
    exact_only = CONFIG.model_copy(update={"approval": Approval(levels=("exact",))})
    own_rules = CONFIG.model_copy(update={"matching": Matching(no_tags=("DN*",))})
    keys = {match_key(CONFIG, ASSETS), match_key(CONFIG, renamed)}
    stricter = CONFIG.model_copy(update={"approval": Approval(from_score=0.95)})
    keys |= {match_key(each, ASSETS) for each in (exact_only, own_rules, stricter)}
    assert len(keys) == 5
