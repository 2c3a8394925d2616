"""What holds for whatever Vision answers."""

import json
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from image360.catalog.image import FaceFile, Image
from image360.detection.jobs import Done, Failed, Running
from image360.detection.vision_answers import read_answer
from image360.geometry import FACES
from image360.state.region_files import RegionFile, StoredRegion

IMAGES = [
    Image("s", name, "c", {face: FaceFile(first + n, 0) for n, face in enumerate(FACES)})
    for name, first in (("a", 1), ("b", 7))
]
FILES = st.integers(0, 13)

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | FILES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
share = st.one_of(st.floats(0, 1), st.floats(), st.integers(0, 1), anything)


def some_of(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """An object with some of these fields, each now and then something else."""
    return st.fixed_dictionaries({}, optional={key: each | anything for key, each in fields.items()})


box = some_of(xMin=share, xMax=share, yMin=share, yMax=share)
text = some_of(text=st.text(st.characters(), max_size=9), confidence=share, textRegion=box)
item = some_of(
    fileId=FILES,
    errorMessage=st.none() | st.text(max_size=5),
    predictions=some_of(textPredictions=st.lists(text, max_size=3)),
)
failed = some_of(errorMessage=st.text(max_size=5), items=st.lists(some_of(fileId=FILES), max_size=5))
job = some_of(
    status=st.sampled_from(["Queued", "Running", "Completed", "Completed", "Failed", "?"]),
    errorMessage=st.none() | st.text(max_size=5),
    items=st.lists(item, max_size=14),
    failedItems=st.lists(failed, max_size=3),
)


@given(st.one_of(job, anything))
def test_every_image_is_read_or_an_error_and_what_is_read_can_be_stored(answer: Any) -> None:
    state = read_answer(answer, IMAGES, 0.4)
    if not isinstance(state, Done):
        assert isinstance(state, Running) or (isinstance(state, Failed) and state.reason)
        return
    assert set(state.regions) | set(state.errors) == {"a", "b"}
    assert not set(state.regions) & set(state.errors)
    assert all(state.errors.values())


corner = st.tuples(st.floats(0, 1), st.floats(0, 1)).map(sorted)


@given(
    st.lists(
        st.tuples(st.sampled_from(range(1, 7)), st.text(max_size=9), corner, corner, st.floats(0, 1)),
        max_size=12,
    )
)
def test_regions_are_unit_vectors_that_a_region_file_holds(texts: list[Any]) -> None:
    items: dict[int, list[Any]] = {file: [] for file in range(1, 13)}
    for file, said, (left, right), (top, bottom), confidence in texts:
        region = {"xMin": left, "xMax": right, "yMin": top, "yMax": bottom}
        items[file].append({"text": said, "confidence": confidence, "textRegion": region})
    answer = {
        "status": "Completed",
        "items": [{"fileId": file, "predictions": {"textPredictions": each}} for file, each in items.items()],
    }
    state = read_answer(json.loads(json.dumps(answer)), IMAGES, 0.4)
    assert isinstance(state, Done)
    assert state.regions["b"] == []
    regions = state.regions.get("a", [])
    assert ("a" in state.errors) or len(regions) == len(texts)
    for region in regions:
        np.testing.assert_allclose(np.linalg.norm(region.polygon, axis=1), 1)
        polygon = tuple((float(x), float(y), float(z)) for x, y, z in region.polygon)
        stored = StoredRegion(text=region.text, confidence=region.confidence, polygon=polygon)
        file = RegionFile(
            schema_version=1,
            image_space="s",
            image="a",
            content_version="1",
            engine="vision",
            engine_settings={},
            regions=(stored,),
        )
        assert RegionFile.model_validate_json(file.model_dump_json(by_alias=True)) == file
