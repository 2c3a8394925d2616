"""Annotation edges are read as Cognite's viewer reads them: every format version, and what is malformed."""

import numpy as np
import pytest

from image360.approval.edges import ANNOTATION, IMAGE, VISUALIZABLE, _joined
from image360.geometry import phi_theta_to_direction

FLAT = [1.5, 3.0, 1.5, 3.1, 1.6, 3.1]
BLOCK = [3, *FLAT]
OTHER = [4, 0.5, 0.1, 0.5, 0.2, 0.6, 0.2, 0.6, 0.1]
EULER = (0.3, -0.7, 1.9)
HERE = np.array(phi_theta_to_direction(FLAT[0::2], FLAT[1::2]))


def instance(name, view=None, **properties):
    found = {view["space"]: {f"{view['externalId']}/{view['version']}": properties}} if view else {}
    times = {"createdTime": 1, "lastUpdatedTime": 1}
    return {"space": "sp", "externalId": name, "version": 1, **times, "properties": found}


def answer(*edges, assets=(("pump", "object"),), euler=EULER):
    turns = dict(zip(("eulerRotationX", "eulerRotationY", "eulerRotationZ"), euler, strict=True))
    ends = {
        "startNode": {"space": "sp", "externalId": "object"},
        "endNode": {"space": "sp", "externalId": "image"},
    }
    return {
        "images": [instance("image", IMAGE, **turns)],
        "annotations": [
            {**instance(f"edge{number}", ANNOTATION, **each), **ends} for number, each in enumerate(edges)
        ],
        "assets": [
            instance(asset, VISUALIZABLE, object3D={"space": "sp", "externalId": object3d})
            for asset, object3d in assets
        ],
    }


def polygons(polygon, version, euler=EULER):
    (edge,) = _joined(answer({"polygon": polygon, "formatVersion": version}, euler=euler))
    return [np.array(each) for each in edge.polygons]


def rotation(order, euler):
    """The matrix of three.js for an order of rotations."""
    x, y, z = euler
    turns = {
        "X": [[1, 0, 0], [0, np.cos(x), -np.sin(x)], [0, np.sin(x), np.cos(x)]],
        "Y": [[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]],
        "Z": [[np.cos(z), -np.sin(z), 0], [np.sin(z), np.cos(z), 0], [0, 0, 1]],
    }
    return np.linalg.multi_dot([np.array(turns[axis]) for axis in order])


@pytest.mark.parametrize("version", ["2.0.0", "2.0.1", "2.1.0", "10.0.0"])
def test_a_polygon_of_version_two_has_its_count_first(version):
    (only,) = polygons(BLOCK, version)
    np.testing.assert_allclose(only, HERE, atol=1e-12)


def test_an_edge_of_version_two_holds_several_polygons():
    first, second, third = polygons([*BLOCK, *OTHER, *BLOCK], "2.0.0")
    np.testing.assert_allclose(first, HERE, atol=1e-12)
    np.testing.assert_allclose(third, HERE, atol=1e-12)
    assert len(second) == 4


@pytest.mark.parametrize("version", ["1.0.1", "1.0.2", "1.9.9"])
def test_a_flat_polygon_is_in_the_frame_of_its_image(version):
    (only,) = polygons(FLAT, version)
    np.testing.assert_allclose(only, HERE, atol=1e-12)


@pytest.mark.parametrize("version", [None, "", "1.0.0", "2.0", "v2.0.0", "2.0.0-beta"])
def test_the_oldest_polygons_are_turned_into_the_frame_of_their_image(version):
    (only,) = polygons(FLAT, version)
    seen = only @ rotation("XZY", EULER).T
    np.testing.assert_allclose(seen, HERE @ rotation("XYZ", EULER).T, atol=1e-12)
    assert np.abs(only - HERE).max() > 0.1


def test_the_oldest_polygons_of_an_image_that_is_not_turned_stay():
    (only,) = polygons(FLAT, None, euler=(None, None, None))
    np.testing.assert_allclose(only, HERE, atol=1e-12)


@pytest.mark.parametrize(
    ("polygon", "version", "count"),
    [
        (None, "2.0.0", 0),
        ([], "2.0.0", 0),
        ([3], "2.0.0", 0),
        ([2, 1.0, 1.0, 1.0, 2.0], "2.0.0", 0),
        ([-3, *FLAT], "2.0.0", 0),
        ([4, *FLAT], "2.0.0", 0),
        ([1e300, *FLAT], "2.0.0", 0),
        ([*BLOCK, 9, 1.0, 1.0], "2.0.0", 1),
        ([*BLOCK, 0], "2.0.0", 1),
        (None, "1.0.1", 0),
        ([], None, 0),
        (FLAT[:4], "1.0.1", 0),
        (FLAT[:5], "1.0.1", 0),
        (BLOCK, None, 0),
        (BLOCK, "1.0.1", 0),
    ],
)
def test_what_is_malformed_is_no_polygon(polygon, version, count):
    assert len(polygons(polygon, version)) == count


def test_an_edge_without_polygon_or_version_has_none():
    (edge,) = _joined(answer({}))
    assert edge.polygons == ()


def test_an_edge_whose_object_no_asset_points_to_has_no_asset():
    (edge,) = _joined(answer({"polygon": BLOCK, "formatVersion": "2.0.0"}, assets=[("pump", "another")]))
    assert (edge.id, edge.object3d, edge.asset) == (("sp", "edge0"), ("sp", "object"), None)


def test_an_edge_belongs_to_every_asset_that_points_to_its_object():
    both = [("pump", "object"), ("valve", "object")]
    edges = _joined(answer({"polygon": BLOCK, "formatVersion": "2.0.0"}, assets=both))
    assert [edge.asset for edge in edges] == [("sp", "pump"), ("sp", "valve")]
    assert len({edge.id for edge in edges}) == 1


@pytest.mark.parametrize(
    ("polygon", "version"),
    [
        ([], "2.0.0"),
        (BLOCK[:6], "2.0.0"),
        ([*BLOCK, 4, 0.5], "2.0.0"),
        ([2, *FLAT[:4]], "2.0.0"),
        (BLOCK, None),
    ],
)
def test_a_polygon_that_the_viewer_cannot_read_hides_its_image(polygon, version):
    (edge,) = _joined(answer({"polygon": polygon, "formatVersion": version}))
    assert edge.is_malformed


@pytest.mark.parametrize(
    ("polygon", "version"), [(None, "2.0.0"), (BLOCK, "2.0.0"), ([*BLOCK, *OTHER], "2.0.0"), (FLAT, None)]
)
def test_a_polygon_that_is_read_or_skipped_hides_nothing(polygon, version):
    (edge,) = _joined(answer({"polygon": polygon, "formatVersion": version}))
    assert not edge.is_malformed
