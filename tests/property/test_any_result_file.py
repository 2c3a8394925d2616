"""Whatever a result file holds: regions, or an error with a name, and never a word of its content."""

import json
import re

from hypothesis import given
from hypothesis import strategies as st

from image360.detection.result_files import ResultFile, read_result_file
from image360.detection.skeleton import skeleton_of
from image360.errors import ResultFileError

LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["1.0.0", "2.0.0"])
)
WORDS = st.sampled_from(
    [
        *("version", "images", "instanceId", "space", "externalId", "detections"),
        *("key", "text", "confidence", "polygon", "data"),
    ]
)
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner) | st.dictionaries(WORDS | st.text(), inner), max_leaves=30
)
POLYGONS = st.fixed_dictionaries(
    {"version": st.just("2.0.0"), "data": st.lists(st.floats() | st.integers(0, 6), max_size=12)}
)
DETECTIONS = st.fixed_dictionaries(
    {
        "key": st.text(min_size=1),
        "text": st.text(),
        "confidence": st.floats(0, 1),
        "polygon": POLYGONS | JSON,
    }
)
IMAGES = st.fixed_dictionaries(
    {
        "instanceId": st.fixed_dictionaries({"space": st.just("sp"), "externalId": st.sampled_from("abc")}),
        "detections": st.lists(DETECTIONS | JSON, max_size=3),
    }
)
FILES = st.fixed_dictionaries({"version": st.just("1.0.0"), "images": st.lists(IMAGES, max_size=4)})


def read(data: bytes) -> ResultFile | ResultFileError:
    try:
        return read_result_file(data, "'file'")
    except ResultFileError as error:
        return error


@given(data=st.binary())
def test_any_bytes_are_refused_by_name_or_read(data: bytes) -> None:
    read(data)
    json.dumps(skeleton_of(data))


@given(content=JSON)
def test_any_json_is_refused_by_name_or_read(content: object) -> None:
    read(json.dumps(content).encode())
    json.dumps(skeleton_of(json.dumps(content).encode()))


@given(content=FILES)
def test_each_image_of_a_file_is_read_or_refused_by_name(content: dict) -> None:
    file = read(json.dumps(content).encode())
    assert isinstance(file, ResultFile)
    named = {("sp", each["instanceId"]["externalId"]) for each in content["images"]}
    assert file.detections.keys() | file.errors.keys() == named
    assert not file.detections.keys() & file.errors.keys()
    for detections in file.detections.values():
        assert all(len(each.region.polygon) >= 3 for each in detections)


@given(content=JSON)
def test_no_number_of_the_content_is_in_a_skeleton(content: object) -> None:
    marked = json.loads(json.dumps({"a": content, "b": ["secret77", {"secret77": 77.5}]}))
    shape = json.dumps(skeleton_of(json.dumps(marked).encode()))
    assert not re.search(r"secret77|77\.5", shape)
