"""The geometry of localcdf's result files is that of the product, which has its own from the viewer."""

import math

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from image360.geometry import direction_to_face_uv, face_uv_to_direction, phi_theta_to_direction
from localcdf.jobs3d.shapes import FRAMES, face_box, phi_theta

COORDINATES = st.floats(-1, 1) | st.sampled_from([0.0, -0.0, 1.0, -1.0, 1e-17, -1e-17])


@given(vector=st.tuples(COORDINATES, COORDINATES, COORDINATES))
def test_angles_lead_back_to_the_direction(vector: tuple[float, float, float]) -> None:
    assume(math.hypot(*vector) > 1e-3)
    phi, theta = phi_theta(vector)
    assert 0 <= phi <= math.pi
    assert 0 <= theta < 2 * math.pi
    assert np.allclose(phi_theta_to_direction(phi, theta), np.array(vector) / math.hypot(*vector))


@given(
    face=st.sampled_from(sorted(FRAMES)),
    u=st.floats(0.05, 0.85),
    v=st.floats(0.05, 0.85),
    width=st.floats(0.01, 0.1),
    height=st.floats(0.01, 0.1),
)
def test_the_box_on_a_face_is_the_text_there(
    face: str, u: float, v: float, width: float, height: float
) -> None:
    corners = [(u, v), (u + width, v), (u + width, v + height), (u, v + height)]
    polygon = [tuple(map(float, face_uv_to_direction(face, *corner))) for corner in corners]
    found, box = face_box(polygon)
    assert found == face
    assert np.allclose(box, [u, v, width, height])
    middle = face_uv_to_direction(found, box[0] + box[2] / 2, box[1] + box[3] / 2)
    assert direction_to_face_uv(middle)[0] == face
