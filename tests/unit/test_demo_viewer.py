"""What the viewer draws: every format, what makes it throw, and that the yardstick sees what is wrong."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.score import WHOLE, StoredLink
from demo.unseen import unseen
from demo.viewer import VERSIONS, classic, core
from demo.viewer.drawn import FACES, Drawn, Seen
from image360.geometry import direction_to_phi_theta, face_uv_to_direction

VECTORS = Path(__file__).parents[3] / "shared" / "facts" / "image360-vectors.json"
EULER = (0.3, -0.7, 1.9)
CORNERS = [(0.2, 0.3), (0.4, 0.3), (0.4, 0.4), (0.2, 0.4)]


def numbers(polygon):
    phi, theta = direction_to_phi_theta(polygon)
    return [len(phi), *(float(angle) for corner in zip(phi, theta, strict=True) for angle in corner)]


def on(face, corners=CORNERS):
    return face_uv_to_direction(face, *np.transpose(corners))


@pytest.mark.skipif(not VECTORS.exists(), reason="the measured vectors are not beside the repository")
def test_a_place_on_a_face_points_where_the_viewer_was_measured_to_show_it():
    for vector in json.loads(VECTORS.read_text())["vectors"]:
        (direction,) = classic.directions(vector["face"], [(vector["u"], vector["v"])])
        np.testing.assert_allclose(direction, vector["direction_cdf"], atol=1e-6)
        angles = [vector["phi"], vector["theta"]]
        (polygon,) = core.decode([3, *angles, *angles, *angles], "2.0.0", vector["euler"])
        np.testing.assert_allclose(polygon[0], vector["direction_cdf"], atol=1e-6)


@given(st.sampled_from(FACES), st.floats(0, 0.8), st.floats(0, 0.8))
def test_what_the_product_writes_is_drawn_where_the_text_stands(face, u, v):
    corners = [(u, v), (u + 0.2, v), (u + 0.2, v + 0.1), (u, v + 0.1)]
    there = on(face, corners)
    np.testing.assert_allclose(core.decode(numbers(there), "2.0.0", EULER)[0], there, atol=1e-9)
    np.testing.assert_allclose(classic.directions(face, corners), there, atol=1e-9)


def test_an_edge_of_several_polygons_has_each():
    one, other = on("front"), on("top")
    first, second = core.decode([*numbers(one), *numbers(other)], "2.0.0", EULER)
    np.testing.assert_allclose(first, one, atol=1e-9)
    np.testing.assert_allclose(second, other, atol=1e-9)


@pytest.mark.parametrize("version", [None, "", "1.0.0", "2.0"])
def test_older_formats_are_turned_by_another_order_of_rotations(version):
    flat = numbers(on("left"))[1:]
    (turned,) = core.decode(flat, version, EULER)
    assert np.abs(turned - on("left")).max() > 0.1
    np.testing.assert_allclose(core.decode(flat, "1.0.1", EULER)[0], on("left"), atol=1e-9)
    np.testing.assert_allclose(core.decode(flat, version, (0.5, 0.0, 0.0))[0], on("left"), atol=1e-9)


def edge(polygon, number=1, start="object"):
    view = {"Cognite360ImageAnnotation/v1": {"polygon": polygon, "formatVersion": "2.0.0"}}
    ends = {
        name: {"space": "sp", "externalId": each} for name, each in (("startNode", start), ("endNode", "img"))
    }
    return {"space": "sp", "externalId": f"e{number}", "properties": {"cdf_cdm": view}, **ends}


def answer(*edges):
    asset = {"CogniteAsset/v1": {"object3D": {"space": "sp", "externalId": "object"}}}
    pose = {"Cognite360Image/v1": dict(zip(core.EULER, EULER, strict=True))}
    return {
        "images": [{"space": "sp", "externalId": "img", "properties": {"cdf_cdm": pose}}],
        "annotations": list(edges),
        "assets": [{"space": "sp", "externalId": "pump", "properties": {"cdf_cdm": asset}}],
    }


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    "bad",
    [
        edge([]),
        edge([3, 1.0, 1.0]),
        edge([2, 1.0, 1.0, 1.1, 1.1]),
        edge(numbers(on("front")), start="orphan"),
    ],
    ids=["empty", "cut", "two corners", "orphan"],
)
def test_one_edge_that_cannot_be_drawn_hides_all_of_its_image(version, bad):
    good = edge(numbers(on("back")))
    assert len(core._drawn(version, answer(good))) == 1
    assert core._drawn(version, answer(good, bad)) == []


def test_the_newer_version_draws_the_last_polygon_of_an_edge():
    both = edge([*numbers(on("front")), *numbers(on("top"))])
    assert [len(core._drawn(version, answer(both))) for version in VERSIONS] == [2, 1]
    np.testing.assert_allclose(core._drawn("4.35.1", answer(both))[0].polygon, on("top"), atol=1e-9)


def test_an_edge_without_a_polygon_is_skipped():
    assert core._drawn("4.35.1", answer(edge(None))) == []


REGION = {"xMin": 0.1, "xMax": 0.2, "yMin": 0.3, "yMax": 0.4}
OUTLINE = {"polygon": {"vertices": [{"x": 0.1, "y": 0.1}, {"x": 0.2, "y": 0.1}, {"x": 0.2, "y": 0.2}]}}
LINK = {"text": "P-1", "textRegion": REGION, "assetRef": {"id": 5}}


@pytest.mark.parametrize(
    ("data", "corners"),
    [
        (LINK, 4),
        ({**LINK, "objectRegion": OUTLINE}, 3),
        ({**LINK, "objectRegion": {"boundingBox": REGION}}, 4),
        ({**LINK, "objectRegion": {"polyline": {}}}, None),
        ({"textRegion": REGION, "assetRef": {"id": 5}}, None),
        ({"text": "P-1", "assetRef": {"id": 5}, "objectRegion": OUTLINE}, None),
        ({"text": "P-1", "textRegion": REGION}, None),
    ],
)
def test_an_annotation_is_drawn_by_what_its_data_has(data, corners):
    found = classic.vertices_of({"status": "approved", "data": data})
    assert (None if found is None else len(found)) == corners
    assert classic.vertices_of({"status": "suggested", "data": data}) is None


STORED = StoredLink("img", WHOLE, "pump", "P-1", on("front"))
SHOWN = Drawn("img", None, ("sp", "pump"), on("front"))
FOUND = {("sp", "pump"): frozenset({"img"})}


def told(links, drawn, found=FOUND):
    project = SimpleNamespace(
        asset_ids=lambda _client: {}, seen=lambda _client, _version: Seen(tuple(drawn), found)
    )
    return {each.split(": ")[1] for each in unseen(None, project, links)}


def test_what_is_drawn_where_it_stands_is_seen():
    assert told([STORED], [SHOWN]) == set()
    assert told([STORED, replace(STORED, status="rejected", asset="other")], [SHOWN]) == set()


@pytest.mark.parametrize(
    "polygon",
    [
        on("back"),
        on("front", [(1 - u, v) for u, v in CORNERS]),
        on("front", [(u + 0.001, v) for u, v in CORNERS]),
        core.decode(
            [4, *(a for p, t in np.transpose(direction_to_phi_theta(on("front"))) for a in (t, p))],
            "2.0.0",
            EULER,
        )[0],
        core.decode(numbers(on("front"))[1:], "1.0.0", EULER)[0],
    ],
    ids=["another face", "mirrored", "moved by a pixel", "phi and theta swapped", "old order of rotations"],
)
def test_what_is_drawn_elsewhere_is_told(polygon):
    assert told([STORED], [replace(SHOWN, polygon=polygon)]) == {
        "pump on img, whole, is not drawn",
        "pump on img is drawn, and not approved",
    }


def test_what_is_not_drawn_or_drawn_too_much_is_told():
    assert told([STORED], [], {}) == {"pump on img, whole, is not drawn"}
    assert told([], [SHOWN], {}) == {"pump on img is drawn, and not approved"}
    assert told([STORED], [replace(SHOWN, asset=("sp", "other"))], {}) == {
        "pump on img, whole, is not drawn",
        "other on img is drawn, and not approved",
    }


def test_an_asset_that_is_found_on_other_images_is_told():
    assert told([STORED], [SHOWN], {("sp", "pump"): frozenset()}) == {
        "pump is found on [], approved on ['img']"
    }
