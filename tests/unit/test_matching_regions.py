"""The rules of matching the text regions of one image: joining split tags, and nothing else."""

import itertools
import math

import numpy as np
import pytest
from numpy.typing import NDArray

from image360.matching import Asset, AssetIndex, Match, TextRegion

NAMES = [
    "21-PT-1019",
    "21-PT-1019-01",
    "21-PT-1018",
    "30-LAHH-61578",
    "30-XV-61502",
    "30-TW-61503",
    "50GCA10AT002",
    "9-PIC-153",
    "9-T-153A",
]
INDEX = AssetIndex.build(Asset(name, name) for name in NAMES)
Points = NDArray[np.float64]


def box(left: float, top: float, width: float, height: float = 20.0, turn: float = 0.0) -> Points:
    """A box in pixels, turned clockwise by ``turn`` degrees around the origin."""
    corners = np.array([[left, top], [left + width, top], [left + width, top + height], [left, top + height]])
    c, s = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    return corners @ np.array([[c, s], [-s, c]])


def on_sphere(pixels: Points, towards: tuple[float, float, float] = (0.3, -0.8, 0.5)) -> Points:
    """The same box on the sphere, seen from inside, 1000 px to the radian."""
    forward = np.array(towards) / np.linalg.norm(towards)
    # Image axes: up is +z; to the right of a viewer who looks along ``forward``.
    right = np.cross(forward, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    down = np.cross(forward, right)
    directions = forward + (pixels[:, :1] * right + pixels[:, 1:] * down) / 1000
    return directions / np.linalg.norm(directions, axis=1, keepdims=True)


def regions(*parts: tuple[str, Points], confidence: float = 1.0) -> list[TextRegion]:
    return [TextRegion(text, polygon, confidence) for text, polygon in parts]


def brief(matches: list[Match]) -> list[tuple[object, str, tuple[int, ...]]]:
    return [(m.asset.key if m.asset else None, m.decision, m.regions) for m in matches]


TWO_LINES = regions(("30", box(0, 0, 30)), ("LAHH-61578", box(2, 29, 150)))


def test_two_left_aligned_lines_of_one_plate_are_one_tag() -> None:
    (found,) = INDEX.match_regions(TWO_LINES)
    assert brief([found]) == [("30-LAHH-61578", "approve", (0, 1))]
    assert found.level == "exact"
    assert "joined from 30 and LAHH-61578" in found.reason


def test_two_centred_lines_of_one_plate_are_one_tag() -> None:
    found = INDEX.match_regions(regions(("30-", box(60, 0, 30)), ("LAHH-61578", box(0, 26, 150))))
    assert brief(found) == [("30-LAHH-61578", "approve", (0, 1))]


def test_two_boxes_of_one_line_are_one_tag() -> None:
    found = INDEX.match_regions(regions(("61578", box(110, 2, 70)), ("30-LAHH", box(0, 0, 90))))
    assert brief(found) == [("30-LAHH-61578", "approve", (0, 1))]


def test_a_tag_without_separators_may_be_parted_anywhere() -> None:
    (found,) = INDEX.match_regions(regions(("50GCA1", box(0, 0, 90)), ("0AT002", box(0, 28, 90))))
    assert (found.level, found.decision) == ("exact", "approve")


def test_three_lines_of_one_plate_are_one_tag() -> None:
    lines = regions(("30", box(0, 0, 30)), ("LAHH", box(0, 29, 60)), ("61578", box(0, 58, 75)))
    assert brief(INDEX.match_regions(lines)) == [("30-LAHH-61578", "approve", (0, 1, 2))]


def test_a_line_of_two_boxes_above_another_line_is_one_tag() -> None:
    parts = regions(("30", box(0, 0, 30)), ("LAHH", box(45, 0, 60)), ("61578", box(0, 29, 75)))
    assert brief(INDEX.match_regions(parts)) == [("30-LAHH-61578", "approve", (0, 1, 2))]


@pytest.mark.parametrize("turn", [0, 30, 90, 180, 271])
def test_joins_follow_the_reading_direction_of_the_plate(turn: float) -> None:
    turned = regions(("30", box(0, 0, 30, turn=turn)), ("LAHH-61578", box(2, 29, 150, turn=turn)))
    assert brief(INDEX.match_regions(turned)) == [("30-LAHH-61578", "approve", (0, 1))]


@pytest.mark.parametrize("towards", [(0.3, -0.8, 0.5), (0.0, -1.0, 0.0), (-0.7, 0.7, 0.1), (0.05, 0.02, 1.0)])
@pytest.mark.parametrize("turn", [0, 40, 180])
def test_joins_on_the_sphere_are_those_of_the_picture(
    towards: tuple[float, float, float], turn: float
) -> None:
    lines = [("30", box(0, 0, 30, turn=turn)), ("LAHH-61578", box(2, 29, 150, turn=turn))]
    found = INDEX.match_regions(regions(*((text, on_sphere(polygon, towards)) for text, polygon in lines)))
    assert brief(found) == [("30-LAHH-61578", "approve", (0, 1))]


def test_lines_in_the_wrong_order_are_no_tag() -> None:
    found = INDEX.match_regions(regions(("LAHH-61578", box(0, 0, 150)), ("30", box(0, 29, 30))))
    assert not any(m.decision == "approve" for m in found)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (box(0, 0, 90), box(150, 0, 70)),  # too far to the right
        (box(0, 0, 90), box(0, 60, 70)),  # too far below
        (box(0, 0, 90), box(110, 0, 140, 40)),  # twice as tall
        (box(0, 0, 90), box(110, 0, 70, turn=25)),  # another direction
        (box(0, 0, 90), box(60, 29, 70)),  # neither left-aligned nor centred
        (box(0, 0, 90), box(0, 0, 90)),  # one over the other
    ],
)
def test_parts_of_different_plates_are_not_joined(first: Points, second: Points) -> None:
    found = INDEX.match_regions(regions(("30-LAHH", first), ("61578", second)))
    assert brief(found) == [(None, "none", (0,)), (None, "none", (1,))]


def test_plates_side_by_side_keep_their_own_lines() -> None:
    plates = regions(
        ("9-PIC", box(0, 0, 75)),
        ("9-T", box(120, 2, 45)),
        ("153", box(2, 29, 45)),
        ("153A", box(121, 31, 60)),
    )
    assert brief(INDEX.match_regions(plates)) == [
        ("9-PIC-153", "approve", (0, 2)),
        ("9-T-153A", "approve", (1, 3)),
    ]


def test_a_half_that_is_an_asset_does_not_win_over_the_join() -> None:
    found = INDEX.match_regions(regions(("21-PT-1019", box(0, 0, 150)), ("01", box(60, 29, 30))))
    assert brief(found) == [("21-PT-1019-01", "approve", (0, 1))]


def test_a_half_that_is_an_asset_is_not_approved_where_the_whole_is_an_unlisted_tag() -> None:
    index = AssetIndex.build(Asset(n, n) for n in ("21-PT-1019", "21-PT-1018", "21-PT-1018-01"))
    found = index.match_regions(regions(("21-PT-1019", box(0, 0, 150)), ("02", box(60, 29, 30))))
    assert brief(found) == [("21-PT-1019", "suggest", (0,)), (None, "none", (1,))]
    assert "21-PT-1019-02" in found[0].reason


def test_two_tags_on_one_plate_stay_two() -> None:
    found = INDEX.match_regions(regions(("21-PT-1019", box(0, 0, 150)), ("21-PT-1018", box(0, 29, 150))))
    assert brief(found) == [("21-PT-1019", "approve", (0,)), ("21-PT-1018", "approve", (1,))]


def test_a_part_that_two_tags_may_claim_is_not_approved() -> None:
    shared = regions(("30", box(0, 0, 30)), ("XV-61502", box(0, 29, 120)), ("TW-61503", box(50, 0, 120)))
    found = INDEX.match_regions(shared)
    assert all(m.decision != "approve" for m in found)
    assert any("fits another tag as well" in m.reason for m in found)


def test_a_misread_part_is_undone_in_the_join() -> None:
    (found,) = INDEX.match_regions(regions(("50GCA1", box(0, 0, 90)), ("OATO02", box(0, 28, 90))))
    assert (found.level, found.decision) == ("misread", "approve")


def test_the_weakest_part_gives_the_confidence_of_a_join() -> None:
    upper, lower = box(0, 0, 30), box(0, 29, 150)
    weak = [TextRegion("30", upper, 0.99), TextRegion("LAHH-61578", lower, 0.4)]
    assert brief(INDEX.match_regions(weak)) == [("30-LAHH-61578", "suggest", (0, 1))]


def test_the_polygon_of_a_join_is_the_least_rectangle_around_its_parts_in_reading_order() -> None:
    turn = 30.0
    parts = regions(("30", box(0, 0, 30, turn=turn)), ("LAHH-61578", box(2, 29, 150, turn=turn)))
    (found,) = INDEX.match_regions(parts)
    assert found.polygon is not None
    np.testing.assert_allclose(found.polygon, box(0, 0, 152, 49, turn=turn), atol=1e-6)


def test_the_polygon_of_a_join_on_the_sphere_holds_all_its_parts() -> None:
    upper, lower = on_sphere(box(-60, 0, 30)), on_sphere(box(-60, 29, 150))
    (found,) = INDEX.match_regions(regions(("30", upper), ("LAHH-61578", lower)))
    assert found.polygon is not None
    assert found.polygon.shape == (4, 3)
    np.testing.assert_allclose(np.linalg.norm(found.polygon, axis=1), 1.0, atol=1e-12)
    np.testing.assert_allclose(found.polygon, on_sphere(box(-60, 0, 150, 49)), atol=1e-3)


def test_a_single_region_keeps_its_polygon() -> None:
    polygon = box(0, 0, 150)
    (found,) = INDEX.match_regions(regions(("21-PT-1019", polygon)))
    assert found.polygon is not None
    np.testing.assert_array_equal(found.polygon, polygon)


def test_each_tag_of_a_merged_box_gets_its_share_of_the_box() -> None:
    (found,) = INDEX.match_regions(regions(("21-PT-1018 / 21-PT-1019", box(0, 0, 230, turn=20))))
    (other,) = found.also
    assert [m.asset and m.asset.key for m in (found, other)] == ["21-PT-1018", "21-PT-1019"]
    assert found.polygon is not None
    assert other.polygon is not None
    np.testing.assert_allclose(found.polygon, box(0, 0, 100, turn=20), atol=1e-6)
    np.testing.assert_allclose(other.polygon, box(130, 0, 100, turn=20), atol=1e-6)


def test_a_tag_among_words_gets_its_share_of_the_box_on_the_sphere() -> None:
    (found,) = INDEX.match_regions(regions(("PUMP 21-PT-1018", on_sphere(box(-75, 0, 150)))))
    assert found.polygon is not None
    np.testing.assert_allclose(np.linalg.norm(found.polygon, axis=1), 1.0, atol=1e-12)
    np.testing.assert_allclose(found.polygon, on_sphere(box(-25, 0, 100)), atol=1e-3)


def test_matches_come_in_the_order_of_their_first_region_and_leave_none_out() -> None:
    mixed = regions(
        ("LAHH-61578", box(2, 29, 150)),
        ("EXIT", box(500, 500, 60)),
        ("30", box(0, 0, 30)),
        ("21-PT-1018 / 21-PT-1019", box(900, 0, 300)),
    )
    found = INDEX.match_regions(mixed)
    assert [m.regions for m in found] == [(0, 2), (1,), (3,)]
    assert [m.regions for m in found[2].also] == [(3,)]


def test_the_order_of_the_regions_does_not_matter() -> None:
    parts = [
        *TWO_LINES,
        *regions(
            ("9-PIC", box(400, 0, 75)),
            ("153", box(402, 29, 45)),
            ("30", box(500, 0, 30)),
            ("EXIT", box(0, 90, 60)),
        ),
    ]
    expected = {(m.asset.key if m.asset else None, m.decision, m.score) for m in INDEX.match_regions(parts)}
    for order in itertools.permutations(range(len(parts))):
        found = INDEX.match_regions([parts[i] for i in order])
        assert {(m.asset.key if m.asset else None, m.decision, m.score) for m in found} == expected


def test_other_readings_of_other_tags_forbid_an_approval() -> None:
    region = TextRegion("21-PT-1019", box(0, 0, 150), 0.99, ("21-PT-1018",))
    (found,) = INDEX.match_regions([region])
    assert brief([found]) == [("21-PT-1019", "suggest", (0,))]
    assert "21-PT-1018" in found.reason


def test_other_readings_of_the_same_tag_do_no_harm() -> None:
    region = TextRegion("21-PT-1019", box(0, 0, 150), 0.99, ("21 PT 1019", "21-PT-1O19"))
    assert brief(INDEX.match_regions([region])) == [("21-PT-1019", "approve", (0,))]


def test_another_reading_that_is_a_tag_is_suggested_where_the_text_is_none() -> None:
    region = TextRegion("2#-P?-10", box(0, 0, 150), 0.99, ("21-PT-1019",))
    assert brief(INDEX.match_regions([region])) == [("21-PT-1019", "suggest", (0,))]


def test_other_readings_of_a_part_count_for_the_join() -> None:
    upper = TextRegion("30", box(0, 0, 30))
    lower = TextRegion("LAHH-61578", box(2, 29, 150), 1.0, ("LAHH-61579",))
    (found,) = INDEX.match_regions([upper, lower])
    assert brief([found]) == [("30-LAHH-61578", "suggest", (0, 1))]
    assert "LAHH-61579" in found.reason


BAD_POLYGONS = [
    np.zeros((0, 3)),
    np.zeros((0,)),
    np.ones((1, 3)),
    np.ones((2, 2)),
    np.zeros((4, 2)),
    np.zeros((4, 3)),
    np.full((4, 3), np.nan),
    np.full((4, 2), 1e300),
    np.array([[1.0, 0, 0], [-1.0, 0, 0], [0, 1.0, 0], [0, -1.0, 0]]),
    np.zeros((4, 5)),
    np.array([[0.0, 0], [10, 0], [20, 0], [30, 0]]),
]


@pytest.mark.parametrize("polygon", BAD_POLYGONS, ids=lambda p: str(p.shape))
def test_a_polygon_without_area_is_matched_alone(polygon: Points) -> None:
    parts = [
        TextRegion("30", polygon),
        TextRegion("LAHH-61578", box(0, 29, 150)),
        TextRegion("21-PT-1019", polygon),
    ]
    found = INDEX.match_regions(parts)
    assert [m.regions for m in found] == [(0,), (1,), (2,)]
    assert found[2].decision == "approve"


def test_a_polygon_of_more_corners_counts_by_its_first_edge() -> None:
    upper = box(0, 0, 30)
    with_middles = np.concatenate([upper[:1], [[15.0, 0.0]], upper[1:3], [[15.0, 20.0]], upper[3:]])
    found = INDEX.match_regions(regions(("30", with_middles), ("LAHH-61578", box(2, 29, 150))))
    assert brief(found) == [("30-LAHH-61578", "approve", (0, 1))]


def test_no_regions_give_no_matches() -> None:
    assert INDEX.match_regions([]) == []
