"""What the viewer draws: every format, what makes it throw, and that the yardstick sees what is wrong."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.projects.event_pose import event_pose
from demo.score import WHOLE, StoredLink, score
from demo.site import SiteImage
from demo.truth import Plate, Truth
from demo.unseen import look
from demo.viewer import VERSIONS, sphere
from demo.viewer.classic import ClassicSite
from demo.viewer.core import CoreCollection
from demo.viewer.drawn import Drawn, Hidden, Seen, ViewerError
from demo.viewer.face_annotations import TURNS, on_face, outline
from demo.viewer.hybrid import HybridCollection
from demo.viewer.look import look_at
from demo.viewer.pose import CUBE_ORDER, euler_turn
from image360.geometry import clip_to_faces, direction_to_phi_theta, face_uv_to_direction

VECTORS = Path(__file__).parents[3] / "shared" / "facts" / "image360-vectors.json"
needs_vectors = pytest.mark.skipif(
    not VECTORS.exists(), reason="the measured vectors are not beside the repository"
)
EULER = (0.3, -0.7, 1.9)
CORNERS = [(0.2, 0.3), (0.4, 0.3), (0.4, 0.35), (0.2, 0.35)]


def pose(euler=EULER):
    """Properties of an image."""
    angles = {f"eulerRotation{axis}": value for axis, value in zip("XYZ", euler, strict=True)}
    return {**angles, "translationX": 1.0, "translationY": 2.0, "translationZ": 3.0}


def flat(polygon):
    phi, theta = direction_to_phi_theta(polygon)
    return [float(angle) for corner in zip(phi, theta, strict=True) for angle in corner]


def numbers(polygon):
    return [len(polygon), *flat(polygon)]


def on(face, corners=CORNERS):
    return face_uv_to_direction(face, *np.transpose(corners))


def decoded(values, version, euler=EULER):
    """The polygons of an edge over the pixels of its image, which the same pose turns."""
    since = sphere.release(version)
    turn = euler_turn(pose(euler), CUBE_ORDER).T @ sphere.turn_of_annotation(pose(euler), since)
    return [polygon @ turn.T for polygon in sphere.polygons(values, since)]


# Geometry


@needs_vectors
def test_a_place_on_a_face_points_where_the_viewer_was_measured_to_show_it():
    for vector in json.loads(VECTORS.read_text())["vectors"]:
        there = on_face(vector["face"], np.array([(vector["u"], vector["v"])]))
        np.testing.assert_allclose(there[0], vector["direction_cdf"], atol=1e-6)
        world = there @ euler_turn(pose(vector["euler"]), CUBE_ORDER).T
        np.testing.assert_allclose(world[0], vector["world_direction_cdf"], atol=1e-6)


@needs_vectors
def test_a_polygon_points_where_the_viewer_was_measured_to_draw_it():
    polygons = json.loads(VECTORS.read_text())["polygons"]
    for each in polygons:
        (local,) = decoded(each["data"], each["formatVersion"], each["euler"])
        world = local @ euler_turn(pose(each["euler"]), CUBE_ORDER).T
        np.testing.assert_allclose(world, each["reveal_world_direction_cdf"], atol=1e-6)
        np.testing.assert_allclose(local, on_face(each["face"], np.array(each["uv"])), atol=1e-6)
    assert len(polygons) == 18


@given(st.sampled_from(list(TURNS)), st.floats(0, 0.8), st.floats(0, 0.8))
def test_what_the_product_writes_is_drawn_where_the_text_stands(face, u, v):
    corners = [(u, v), (u + 0.2, v), (u + 0.2, v + 0.1), (u, v + 0.1)]
    there = on(face, corners)
    np.testing.assert_allclose(decoded(numbers(there), "2.0.0")[0], there, atol=1e-9)
    np.testing.assert_allclose(on_face(face, np.array(corners)), there, atol=1e-9)


def test_an_edge_of_several_polygons_has_each():
    one, other = on("front"), on("top")
    first, second = decoded([*numbers(one), *numbers(other)], "2.0.0")
    np.testing.assert_allclose(first, one, atol=1e-9)
    np.testing.assert_allclose(second, other, atol=1e-9)


@pytest.mark.parametrize("version", [None, "", "1.0.0", "2.0"])
def test_older_formats_are_turned_by_another_order_of_rotations(version):
    (turned,) = decoded(flat(on("left")), version)
    assert np.abs(turned - on("left")).max() > 0.1
    np.testing.assert_allclose(decoded(flat(on("left")), "1.0.1")[0], on("left"), atol=1e-9)
    np.testing.assert_allclose(decoded(flat(on("left")), version, (0.5, 0, 0))[0], on("left"), atol=1e-9)


@given(*[st.floats(-3.1, 3.1)] * 3)
def test_an_event_turns_an_image_as_its_angles_do(x, y, z):
    image = SiteImage("st01", {}, None, "st01", "", None, (1.0, -2.5, 3.25), (x, y, z))
    site = site_of({**event_pose(image), "site_id": "site", "station_id": "st01"})
    posed = site.images["st01"].pose
    np.testing.assert_allclose(posed.translation, image.translation, atol=1e-9)
    np.testing.assert_allclose(posed.rotation, euler_turn(pose((x, y, z)), CUBE_ORDER), atol=1e-9)


# The core data model


def edge(polygon, name="e", start="object", end="img", version="2.0.0"):
    properties = {"polygon": polygon, "formatVersion": version}
    view = {
        "Cognite360ImageAnnotation/v1": {key: value for key, value in properties.items() if value is not None}
    }
    ends = {"startNode": reference(start), "endNode": reference(end)}
    return {**reference(name), "properties": {"cdf_cdm": view}, **ends}


def reference(name):
    return {"space": "sp", "externalId": name}


def image(name="img", euler=EULER, **others):
    faces = {face: reference(f"{name}_{face}") for face in TURNS}
    properties = {
        key: value for key, value in {**pose(euler), **faces, **others}.items() if value is not None
    }
    return {**reference(name), "properties": {"cdf_cdm": {"Cognite360Image/v1": properties}}}


def core(*edges, version=VERSIONS[0], images=None):
    """A collection of images, behind a service that has these edges on whatever it is asked for."""
    asset = {"cdf_cdm": {"CogniteAsset/v1": {"object3D": reference("object")}}}
    there = {
        "image_collections": [reference("col")],
        "images": [image()] if images is None else images,
        "annotations": edges,
        "assets": [{**reference("pump"), "properties": asset}],
        "image_revisions": [reference("img"), reference("of another collection")],
    }
    service = SimpleNamespace(ask=lambda _path, _body: {"items": there})
    return CoreCollection(service, version, ("sp", "col"))


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (edge([], "bad"), "edge bad: its polygon is empty"),
        (edge([], "bad", version="1.0.0"), "edge bad: its polygon is empty"),
        (edge([3, 1.0, 1.0], "bad"), "edge bad: its polygon announces 3 corners where 2 numbers follow"),
        (edge([2, 1.0, 1.0, 1.1, 1.1], "bad"), "edge bad: its polygon announces 2 corners"),
        (edge([*numbers(on("top")), 3, 1.0], "bad"), "edge bad: its polygon announces 3 corners"),
        (edge(numbers(on("top")), "bad", version="2.0"), "edge bad: its polygon has 9 numbers"),
        (edge(flat(on("top"))[:4], "bad", version="1.0.1"), "edge bad: its polygon has 4 numbers"),
        (edge(numbers(on("front")), "bad", "orphan"), "no asset belongs to the object of edge bad"),
        (edge(None, "bad", "orphan"), "no asset belongs to the object of edge bad"),
    ],
)
def test_one_edge_that_cannot_be_drawn_hides_all_of_its_image(version, bad, why):
    good = edge(numbers(on("back")))
    assert len(look_at(core(good, version=version), "col").drawn) == 1
    seen = look_at(core(good, bad, version=version), "col")
    assert seen.drawn == ()
    (hidden,) = seen.hidden
    assert hidden.image == "img"
    assert f"draws none of its annotations: {why}" in hidden.why


@pytest.mark.parametrize("version", VERSIONS)
def test_an_edge_that_cannot_be_drawn_hides_a_whole_collection_that_is_asked_for_at_once(version):
    shown = core(edge(numbers(on("back"))), edge([]), version=version).annotations()
    assert (shown.drawn, [each.image for each in shown.hidden]) == ((), ["col"])


def test_the_newer_version_draws_the_last_polygon_of_an_edge():
    both = edge([*numbers(on("front")), *numbers(on("top"))])
    old, new = (core(both, version=version).annotations().drawn for version in VERSIONS)
    assert (len(old), len(new)) == (2, 1)
    np.testing.assert_allclose(new[0].polygon, on("top"), atol=1e-9)


def test_an_edge_without_a_polygon_is_skipped():
    seen = look_at(core(edge(None)), "col")
    assert (seen.drawn, seen.hidden) == ((), ())


def test_what_is_drawn_names_its_image_and_asset():
    seen = look_at(core(edge(numbers(on("back")))), "col")
    (shown,) = seen.drawn
    assert (shown.image, shown.face, shown.asset) == ("img", None, ("sp", "pump"))
    assert seen.images_of == {("sp", "pump"): {"img"}}


def test_an_image_of_five_faces_is_left_out_and_one_without_a_pose_takes_all_with_it():
    assert core(images=[image(), image("five", top=None)]).images.keys() == {"img"}
    seen = look_at(core(images=[image(), image("lost", eulerRotationY=None)]), "col")
    assert seen.hidden == (
        Hidden("col", "the viewer loads none of its images: image lost has no eulerRotationY"),
    )
    with pytest.raises(ViewerError, match="lost"):
        _ = core(images=[image("lost", translationX=None)]).images


def test_images_of_one_station_stand_on_the_cube_of_the_first():
    at = {"station360": reference("station")}
    images = [image(euler=(0, 0, 0.5), **at), image("second", euler=(0, 0, 1.5), **at)]
    edges = [edge(numbers(on("left"))), edge(numbers(on("left")), end="second")]
    first, second = core(*edges, images=images).annotations().drawn
    np.testing.assert_allclose(first.polygon, on("left"), atol=1e-9)
    # Turned by the difference of the two, around the vertical: no longer over its text.
    turned = on("left") @ euler_turn(pose((0, 0, 1.0)), CUBE_ORDER).T
    np.testing.assert_allclose(second.polygon, turned, atol=1e-9)


# Annotations on faces

REGION = {"xMin": 0.1, "xMax": 0.2, "yMin": 0.3, "yMax": 0.4}
OUTLINE = {"polygon": {"vertices": [{"x": 0.1, "y": 0.1}, {"x": 0.2, "y": 0.1}, {"x": 0.2, "y": 0.2}]}}
LINK = {"text": "P-1", "textRegion": REGION, "assetRef": {"id": 5}}
NODE = {"text": "P-1", "textRegion": REGION, "instanceRef": {"space": "sp", "externalId": "pump"}}


@pytest.mark.parametrize(
    ("data", "corners"),
    [
        (LINK, 4),
        (NODE, 4),
        ({**LINK, "objectRegion": OUTLINE}, 3),
        ({**LINK, "objectRegion": {"boundingBox": REGION}}, 4),
        ({**LINK, "objectRegion": {"boundingBox": REGION, **OUTLINE}}, 3),
        ({**LINK, "objectRegion": {"polyline": {}}}, None),
        ({**LINK, "objectRegion": {"polygon": {"vertices": [{"x": 0.1, "y": 0.1}] * 2}}}, None),
        ({"textRegion": REGION, "assetRef": {"id": 5}}, None),
        ({"text": "P-1", "assetRef": {"id": 5}, "objectRegion": OUTLINE}, None),
        ({"text": "P-1", "textRegion": REGION}, None),
    ],
)
def test_a_link_is_drawn_by_what_its_data_has_whatever_its_type(data, corners):
    for kind in ("images.AssetLink", "images.InstanceLink", "images.TextRegion"):
        found = outline(data, kind)
        assert (None if found is None else len(found)) == corners


def test_a_detected_object_is_drawn_by_its_type_and_label():
    assert len(outline({"label": "pump", "boundingBox": REGION}, "images.ObjectDetection")) == 4
    assert len(outline({"label": "pump", **OUTLINE}, "images.ObjectDetection")) == 3
    assert outline({"label": "pump", "polyline": {}}, "images.ObjectDetection") is None
    assert outline({"boundingBox": REGION}, "images.ObjectDetection") is None
    assert outline({"label": "pump", "boundingBox": REGION}, "images.Classification") is None


def site_of(event, *annotations, site="site", files=(), version=VERSIONS[0]):
    """A classic site of one station, whose files have the ids 0 to 5, behind a service that has no more."""
    station = [
        {"id": number, "metadata": {"site_id": "site", "station_id": "st01", "face": face}}
        for number, face in enumerate(TURNS)
    ]

    def pages(path, body):
        if body.get("partition", "3/10") != "3/10":
            return []
        listed = {"/events/list": [{"metadata": event}], "/files/list": files or station}
        found = {"/annotations/list": annotations, "/annotations/reverselookup": [{"id": 1}, {"id": 77}]}
        return (listed | found)[path]

    def ask(_path, body):
        return {"items": body["items"]}

    return ClassicSite(SimpleNamespace(pages=pages, ask=ask), version, site)


EVENT = {"site_id": "site", "station_id": "st01", "translation": "1000,0,0"} | {
    "rotation_axis": "0,0,1",
    "rotation_angle": "90",
}


def annotation(data, status="approved", file=1, number=9):
    kind = "images.AssetLink" if "assetRef" in data else "images.InstanceLink"
    return {"id": number, "annotationType": kind, "status": status, "data": data} | {
        "annotatedResourceId": file
    }


@pytest.mark.parametrize("version", VERSIONS)
def test_approved_links_are_drawn_on_the_face_of_their_file_and_found_by_their_asset(version):
    others = [annotation(NODE, status) for status in ("suggested", "rejected")]
    seen = look_at(site_of(EVENT, annotation(LINK), *others, version=version), "site")
    (shown,) = seen.drawn
    assert (shown.image, shown.face, shown.asset) == ("st01", list(TURNS)[1], 5)
    assert seen.images_of == {5: {"st01"}}
    assert seen.hidden == ()


def test_an_approved_link_that_lacks_something_is_told():
    lame = annotation({**LINK, "objectRegion": {"polyline": {}}}, number=77)
    seen = look_at(site_of(EVENT, lame), "site")
    assert seen.drawn == ()
    assert seen.hidden == (Hidden("st01", "annotation 77 on face back lacks what the viewer draws"),)


def face_files(*times, faces=tuple(TURNS)):
    return [
        {"id": number, "metadata": {"station_id": "st01", "face": face, **time}}
        for number, (time, face) in enumerate((time, face) for time in times for face in faces)
    ]


def test_a_station_has_an_event_and_six_faces_at_each_time():
    assert site_of({**EVENT, "station_id": "other"}).images == {}
    assert site_of({key: EVENT[key] for key in EVENT if key != "rotation_angle"}).images == {}
    assert site_of(EVENT, site="Site").images == {}
    assert site_of(EVENT, files=face_files({}, faces=list(TURNS)[:5])).images == {}
    assert site_of(EVENT, files=face_files({}, {})).images == {}
    timed = face_files({"timestamp": "1"}, {"timestamp": "2"})
    assert site_of(EVENT, files=timed).images.keys() == {"st01/1", "st01/2"}


def test_an_image_that_lacks_a_face_file_is_left_out_of_a_hybrid_collection():
    def node(name, *left_out):
        cube = {f"cubeMap{face.capitalize()}": f"{name}_{face}" for face in TURNS if face not in left_out}
        return {
            **reference(name),
            "properties": {"cdf_360_image_schema": {"Image360/v1": {**pose(), **cube}}},
        }

    there = {"image_collection": [reference("col")], "images": [node("whole"), node("five", "top")]}
    service = SimpleNamespace(ask=lambda _path, _body: {"items": there})
    images = HybridCollection(service, VERSIONS[0], ("sp", "col")).images
    assert {name: each.files["top"] for name, each in images.items()} == {"whole": "whole_top"}


# The yardstick

STORED = StoredLink("img", WHOLE, "pump", "P-1", on("front"))
SHOWN = Drawn("img", None, ("sp", "pump"), on("front"))
FOUND = {("sp", "pump"): frozenset({"img"})}


def looked(links, drawn, found=FOUND):
    """What comes of a look for links at what is drawn."""
    seen = Seen(tuple(drawn), (), found)
    project = SimpleNamespace(asset_ids=lambda _client: {}, seen=lambda _client, _version: seen)
    return look(None, project, links)


def told(links, drawn, found=FOUND):
    return {each.split(": ")[1] for each in looked(links, drawn, found).unseen}


def test_what_is_drawn_where_it_stands_is_seen():
    rejected = replace(STORED, status="rejected", asset="other")
    sight = looked([STORED, rejected], [SHOWN])
    assert sight.unseen == ()
    assert [link.is_seen for link in sight.links] == [True, False]


PLANTED = {
    "another face": on("back"),
    "mirrored": on("front", [(1 - u, v) for u, v in CORNERS]),
    "moved by a pixel": on("front", [(u + 0.001, v) for u, v in CORNERS]),
    "phi and theta swapped": decoded(
        [4, *(a for p, t in np.transpose(direction_to_phi_theta(on("front"))) for a in (t, p))], "2.0.0"
    )[0],
    "old order of rotations": decoded(flat(on("front")), "1.0.0")[0],
}


@pytest.mark.parametrize("polygon", PLANTED.values(), ids=PLANTED)
def test_what_is_drawn_elsewhere_is_told(polygon):
    sight = looked([STORED], [replace(SHOWN, polygon=polygon)])
    assert not sight.links[0].is_seen
    assert {each.split(": ")[1] for each in sight.unseen} == {
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


def test_why_the_viewer_hides_something_is_told():
    seen = Seen((), (Hidden("img", "it throws"),), {})
    project = SimpleNamespace(asset_ids=lambda _client: {}, seen=lambda _client, _version: seen)
    assert look(None, project, []).unseen == tuple(f"viewer {each}: img: it throws" for each in VERSIONS)


def test_an_asset_that_is_found_on_other_images_is_told_and_its_link_not_seen():
    nowhere = {("sp", "pump"): frozenset()}
    assert told([STORED], [SHOWN], nowhere) == {"pump is found on [], approved on ['img']"}
    assert not looked([STORED], [SHOWN], nowhere).links[0].is_seen


PLATE = Plate(
    id="p1",
    image="img",
    kind="tag",
    lines=("PUMP",),
    tag="PUMP",
    asset="pump",
    text_polygon=on("front"),
    plate_polygon=on("front", [(0.18, 0.28), (0.42, 0.28), (0.42, 0.37), (0.18, 0.37)]),
    cap_px=20.0,
    tilt_deg=0.0,
    style="plain",
    traits=(),
)


def summary(links):
    return score(Truth(1, (PLATE,)), links, []).summary()


def test_an_approval_counts_where_it_is_seen():
    assert [summary([STORED])[key] for key in ("approved", "centre_ok", "wrong_approvals")] == [1, 1.0, 0]
    hidden = summary([replace(STORED, is_seen=False)])
    assert [hidden[key] for key in ("approved", "missed", "centre_ok")] == [0, 1, 0.0]


def test_what_is_not_seen_is_in_the_store_all_the_same():
    twice = summary([STORED, replace(STORED, is_seen=False)])
    assert twice["duplicates"] == 1
    assert summary([replace(STORED, is_seen=False, asset="other")])["wrong_approvals"] == 1


@pytest.mark.parametrize("polygon", [PLANTED[each] for each in PLANTED if each != "moved by a pixel"])
def test_a_polygon_that_was_written_wrongly_has_its_middle_off_the_text(polygon):
    assert summary([replace(STORED, polygon=polygon)])["centre_ok"] == 0.0


@pytest.mark.parametrize(("down", "share"), [(0.0, 1.0), (0.02, 1.0), (0.03, 0.0)])
def test_a_polygon_may_be_off_by_less_than_half_its_height(down, share):
    moved = on("front", [(u, v + down) for u, v in CORNERS])
    assert summary([replace(STORED, polygon=moved)])["centre_ok"] == share


@pytest.mark.parametrize(("down", "share"), [(0.0, 1.0), (0.05, 0.0)])
def test_of_a_tag_over_a_seam_each_part_must_be_in_its_place(down, share):
    over = on("front", [(0.7, 0.5), (1.1, 0.5), (1.1, 0.55), (0.7, 0.55)])
    around = on("front", [(0.68, 0.49), (1.12, 0.49), (1.12, 0.56), (0.68, 0.56)])
    parts = []
    for part in clip_to_faces(over):
        corners = np.add(part.vertices, [0, down if part.face == "right" else 0])
        parts.append(StoredLink("img", part.face, "pump", "PUMP", on_face(part.face, corners)))
    plate = replace(PLATE, text_polygon=over, plate_polygon=around)
    found = score(Truth(1, (plate,)), parts, []).summary()
    assert {part.part for part in parts} == {"front", "right"}
    assert (found["approved"], found["centre_ok"]) == (1, share)
