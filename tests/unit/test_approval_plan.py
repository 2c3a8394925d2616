"""The plan writes each link once, wherever it came from."""

from dataclasses import replace

import numpy as np
import pytest

from image360.approval.places import Box, FacePlace, SpherePlace, at_one_place, face_places
from image360.approval.plan import Link, Promotion, StoredLink, links_of, missing_links, promotions
from image360.catalog.image import FaceFile
from image360.geometry import FACES, face_uv_to_direction
from image360.matching import Asset, AssetIndex, TextRegion

FILES = {face: FaceFile(100 + number, 0) for number, face in enumerate(FACES)}


def link(file_id=1, asset="a", x=0.2, y=0.3, width=0.1, height=0.02) -> Link:
    corners = ((x, y), (x + width, y), (x + width, y + height), (x, y + height))
    return Link(("sp", asset), FacePlace(file_id, corners), "21-PT-1019", 0.99)


def stored(wanted: Link) -> StoredLink:
    return StoredLink(wanted.asset, wanted.place)


def links_on_faces(match, text="21-PT-1019") -> list[Link]:
    return links_of(match, text, face_places(match.polygon, FILES))


def approved(u: tuple[float, float], v: tuple[float, float]):
    """The match of a text that covers u and v of the front face; u beyond 1 lies on the next face."""
    polygon = face_uv_to_direction("front", [u[0], u[1], u[1], u[0]], [v[0], v[0], v[1], v[1]])
    index = AssetIndex.build([Asset(("sp", "asset"), "21-PT-1019")])
    (match,) = index.match_regions([TextRegion("21-PT-1019", polygon, 0.99)])
    assert match.decision == "approve"
    return match


def test_a_tag_inside_one_face_is_one_link_with_the_polygon_as_read():
    (only,) = links_on_faces(approved((0.4, 0.5), (0.5, 0.52)))
    assert only.place.file_id == FILES["front"].id
    assert only.asset == ("sp", "asset")
    np.testing.assert_allclose(
        sorted(only.place.vertices), sorted([(0.4, 0.5), (0.5, 0.5), (0.5, 0.52), (0.4, 0.52)]), atol=1e-9
    )


def test_a_tag_over_a_seam_is_one_link_on_each_face():
    links = links_on_faces(approved((0.95, 1.05), (0.5, 0.52)))
    by_file = {found.place.file_id: found for found in links}
    assert set(by_file) == {FILES["front"].id, FILES["right"].id}
    assert by_file[FILES["front"].id].place.box.x_max == pytest.approx(1)
    assert by_file[FILES["right"].id].place.box.x_min == pytest.approx(0)


def test_a_sliver_over_a_seam_is_no_link_of_its_own():
    links = links_on_faces(approved((0.9, 1.0005), (0.5, 0.52)))
    assert [found.place.file_id for found in links] == [FILES["front"].id]


def test_what_cdf_holds_is_not_written_again():
    wanted = [link(), link(x=0.5), link(file_id=2)]
    assert missing_links(wanted, [stored(one) for one in wanted]) == []


def test_a_polygon_that_moved_a_little_is_the_same_link():
    assert missing_links([link(x=0.21, y=0.302)], [stored(link())]) == []


def test_the_same_asset_at_another_place_of_the_face_is_another_link():
    assert missing_links([link(x=0.6)], [stored(link())]) == [link(x=0.6)]


def test_another_asset_at_the_same_place_is_another_link():
    assert missing_links([link(asset="b")], [stored(link())]) == [link(asset="b")]


def test_a_plan_that_names_a_link_twice_writes_it_once():
    assert missing_links([link(), link(x=0.205)], []) == [link()]


def test_boxes_that_only_touch_stand_at_different_places():
    assert Box(0, 0.5, 0, 0.1).shared_with(Box(0.5, 1, 0, 0.1)) == 0


def sphere(u: tuple[float, float], image="img") -> SpherePlace:
    corners = face_uv_to_direction("front", [u[0], u[1], u[1], u[0]], [0.5, 0.5, 0.52, 0.52])
    return SpherePlace(("sp", image), tuple(map(tuple, corners.tolist())))


def test_polygons_on_the_sphere_are_one_place_when_most_of_one_lies_in_the_other():
    assert at_one_place(sphere((0.4, 0.5)), sphere((0.41, 0.51)))
    assert not at_one_place(sphere((0.4, 0.5)), sphere((0.49, 0.6)))
    assert not at_one_place(sphere((0.4, 0.45)), sphere((0.5, 0.55)))


def test_links_of_different_images_are_different():
    here, there = (Link(("sp", "a"), sphere((0.4, 0.5), image), "t", 0.9) for image in ("here", "there"))
    assert missing_links([here], [StoredLink(there.asset, there.place)]) == [here]


def suggestion(wanted: Link, number=1, status="suggested", own=True) -> StoredLink:
    return StoredLink(wanted.asset, wanted.place, number, status, own)


def test_our_suggestion_at_the_place_is_promoted_once():
    wanted = [link(), link(x=0.21)]
    held = [suggestion(link(), 7), suggestion(link(), 8)]
    assert missing_links(wanted, held) == []
    assert promotions(wanted, held) == [Promotion(wanted[0], held[0])]


@pytest.mark.parametrize(
    "beside",
    [
        suggestion(link(), 2, "rejected", own=False),
        suggestion(link(), 2, "approved", own=False),
        suggestion(link(), 2, "rejected"),
        suggestion(link(), 2, "approved"),
    ],
)
def test_nothing_is_promoted_where_somebody_judged(beside):
    assert promotions([link()], [suggestion(link()), beside]) == []


def test_suggestions_of_others_and_other_places_and_assets_are_not_promoted():
    held = [
        suggestion(link(), own=False),
        suggestion(link(x=0.6), 2),
        suggestion(link(asset="b"), 3),
        suggestion(link(file_id=2), 4),
    ]
    assert promotions([link()], held) == []


def test_a_suggestion_promotes_nothing():
    assert promotions([replace(link(), status="suggested")], [suggestion(link())]) == []


def test_where_both_are_wanted_the_approval_is_written():
    suggested, approved = replace(link(), status="suggested"), link(x=0.21)
    assert missing_links([suggested, approved], []) == [approved]
