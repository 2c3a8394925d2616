"""What holds for every text and every polygon of the demo's report and score."""

import unicodedata

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from image360.geometry import face_uv_to_direction, polygon_iou
from report.shown import visible
from report.tangent import TangentPlane

FACE = st.sampled_from(["front", "back", "left", "right", "top", "bottom"])
PLACE = st.floats(0.1, 0.9)
EXTENT = st.floats(0.02, 0.2)


@given(st.text(alphabet=st.characters(), max_size=400))
def test_a_visible_text_holds_nothing_that_controls_or_hides(text: str):
    shown = visible(text)
    assert not [
        one for one in shown if unicodedata.category(one) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    ]
    assert len(shown) <= 160 * len("[U+10FFFF]") + 30


@given(FACE, PLACE, PLACE, EXTENT, EXTENT)
def test_a_tangent_plane_gives_back_the_directions_it_was_given(face, u, v, width, height):
    corners = face_uv_to_direction(
        face, u + np.array([-1, 1, 1, -1]) * width / 2, v + np.array([-1, -1, 1, 1]) * height / 2
    )
    plane = TangentPlane.at(corners)
    points = plane.project(corners)
    assert points is not None
    np.testing.assert_allclose(plane.directions(points), corners, atol=1e-12)
    # x along the first side, and the rest below it: y runs down.
    assert points[1, 0] > points[0, 0]
    assert points[2:, 1].mean() > points[:2, 1].mean()
    assert plane.project(-corners) is None


@given(FACE, PLACE, PLACE, EXTENT, st.floats(-0.5, 0.5), st.floats(-0.5, 0.5))
def test_an_overlap_in_the_plane_is_the_overlap_on_the_sphere(face, u, v, extent, du, dv):
    half = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * extent / 2
    one = face_uv_to_direction(face, u + half[:, 0], v + half[:, 1])
    other = face_uv_to_direction(face, u + du * extent + half[:, 0], v + dv * extent + half[:, 1])
    plane = TangentPlane.at(one)
    here, there = plane.shape([one]), plane.shape([other])
    overlap = here.intersection(there).area / here.union(there).area
    assert abs(overlap - polygon_iou(one, other)) < 0.03
