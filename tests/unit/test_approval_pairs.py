"""Several links of one asset on one image: what is ours, what may be taken back, how they are sent."""

from dataclasses import replace

import numpy as np
import pytest

from image360.approval.contextualization import Contextualizations, _batches, _item
from image360.approval.pairs import Merged, better_link, merged_links
from image360.approval.places import SpherePlace
from image360.approval.plan import Changes, Link, StoredLink
from image360.catalog.image import FaceFile, Image
from image360.geometry import FACES, face_uv_to_direction, phi_theta_to_direction

IMAGE = Image("sp", "img", "site", {face: FaceFile(n, 1) for n, face in enumerate(FACES)})
WRITER = Contextualizations(None, None)  # type: ignore[arg-type]


def link(u=0.3, asset="a", image="img", confidence=0.9, text="t") -> Link:
    corners = face_uv_to_direction("front", [u, u + 0.05, u + 0.05, u], [0.5, 0.5, 0.52, 0.52])
    place = SpherePlace(("sp", image), tuple(map(tuple, corners.tolist())), "site")
    return Link(("sp", asset), place, text, confidence)


def stored(wanted: Link, edge="e", rounded=True) -> StoredLink:
    """A link as CDF keeps it: angles of 32 bits."""
    numbers = np.array(_item(wanted)["polygon"]["data"][1:], np.float32 if rounded else np.float64)
    corners = phi_theta_to_direction(numbers[0::2], numbers[1::2])
    place = replace(wanted.place, polygon=tuple(map(tuple, corners.tolist())))
    return StoredLink(wanted.asset, place, ("sp", edge))


def test_links_with_an_edge_each_are_not_merged():
    links = [link(), link(0.6)]
    assert merged_links(links, [stored(each, f"e{n}") for n, each in enumerate(links)]) == Merged()


@pytest.mark.parametrize("rounded", [True, False])
def test_links_in_one_edge_are_merged(rounded):
    links = (link(), link(0.6))
    assert merged_links(links, [stored(each, rounded=rounded) for each in links]) == Merged(own=(links,))


def test_a_polygon_that_is_only_near_ours_is_somebody_elses():
    mine = link()
    assert merged_links([mine], [stored(mine), stored(link(0.3001))]) == Merged(shared=(mine,))


def test_a_pair_with_a_further_edge_of_others_is_theirs_too():
    links = (link(), link(0.6))
    there = [*(stored(each) for each in links), stored(link(0.8), "theirs")]
    assert merged_links(links, there) == Merged(shared=links)


def test_edges_of_other_assets_and_images_do_not_count():
    mine = link()
    others = [stored(link(0.6, asset="b")), stored(link(0.6, image="other"))]
    assert merged_links([mine], [stored(mine), *others]) == Merged()


def test_an_asset_that_is_linked_elsewhere_on_the_image_is_held():
    there, wanted, free = link(), link(0.6), link(0.6, asset="b")
    assert WRITER.changes([wanted, free], [stored(there)]) == Changes(create=(free,), held=(wanted,))


def test_what_a_killed_call_left_in_one_edge_is_mended_later():
    links = (link(), link(0.6))
    assert WRITER.changes(links, [stored(each) for each in links]) == Changes(mend=links)


def test_of_several_links_the_surest_is_kept_in_any_order():
    links = [link(), link(0.6, confidence=0.95), link(0.8, confidence=0.95, text="u")]
    assert better_link(links) == better_link(links[::-1]) == links[2]
    twins = [link(), link(0.6)]
    assert better_link(twins) == better_link(twins[::-1])


# How they are sent


def test_links_of_a_pair_go_in_one_request():
    alone = [link(asset=f"x{n}") for n in range(99)]
    pair = [link(), link(0.6)]
    sizes = [len(batch) for _, batch in _batches([pair[0], *alone, pair[1]])]
    assert sizes == [100, 1]
    assert [len(batch) for _, batch in _batches([*alone, *pair])] == [99, 2]


def test_a_pair_that_is_too_large_for_a_request_is_cut():
    many = [link(0.001 * n) for n in range(250)]
    assert [len(batch) for _, batch in _batches(many)] == [100, 100, 50]


def test_each_collection_has_requests_of_its_own():
    other = replace(link(image="far"), place=replace(link(image="far").place, collection="other"))
    assert [key for key, _ in _batches([link(), other])] == [("sp", "site"), ("sp", "other")]


def test_a_polygon_is_sent_as_count_and_angles_with_phi_first():
    wanted = link()
    polygon = _item(wanted)["polygon"]
    assert polygon["version"] == "2.0.0"
    count, *angles = polygon["data"]
    assert count == len(wanted.place.polygon)
    seen = phi_theta_to_direction(angles[0::2], angles[1::2])
    np.testing.assert_allclose(seen, np.array(wanted.place.polygon), atol=1e-12)


@pytest.mark.parametrize("tilt", [0.0, 1e-12, -1e-12, 1e-8, -1e-8, -1e-7, -1e-300])
def test_theta_stays_below_a_turn_when_it_is_rounded_to_32_bits(tilt):
    corners = ((tilt, 0.0, 1.0), (0.1, 0.0, 1.0), (0.1, 0.1, 1.0))
    wanted = Link(("sp", "a"), SpherePlace(("sp", "img"), corners, "site"), "t", 0.9)
    angles = np.array(_item(wanted)["polygon"]["data"][1:])
    for thetas in (angles[1::2], angles[1::2].astype(np.float32).astype(np.float64)):
        assert ((thetas >= 0) & (thetas < 2 * np.pi)).all()


@pytest.mark.parametrize("corners", [3, 499, 500, 998, 3000])
def test_a_polygon_has_at_most_a_thousand_numbers(corners):
    turn = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    circle = np.stack([0.1 * np.cos(turn), np.ones(corners), 0.1 * np.sin(turn)], axis=-1)
    (place,) = WRITER.places(circle, IMAGE)
    data = _item(Link(("sp", "a"), place, "t", 0.9))["polygon"]["data"]
    assert 7 <= len(data) <= 1000
    assert data[0] == len(place.polygon) >= min(corners, 250)
