"""The data of a function call: defaults, and refusals that name the key."""

import pytest

from image360.call import parse_call
from image360.errors import RequestError

STEPS = {"detect": "image360.detect:detect", "shard": "image360.shard:shard"}


def test_only_the_pipeline_must_be_given():
    call = parse_call({"extraction_pipeline": "ep"}, STEPS)
    assert (call.step, call.mode, call.only) == ("detect", "apply", EVERYTHING)
    assert call.run


def test_every_call_without_a_run_gets_its_own():
    runs = {parse_call({"extraction_pipeline": "ep"}, STEPS).run for _ in range(20)}
    assert len(runs) == 20


def test_trigger_items_and_shards_restrict_the_call_to_their_images():
    item = {
        "instanceType": "node",
        "space": "sp",
        "externalId": "img2",
        "properties": {"cdf_360_image_schema": {"Image360/v1": {"label": "x"}}},
    }
    call = parse_call({"extraction_pipeline": "ep", "items": [item], "images": ["img1"]}, STEPS)
    assert call.only == {"img1", "img2"}


@pytest.mark.parametrize(
    ("data", "key"),
    [
        (None, "extraction_pipeline"),
        ({}, "extraction_pipeline"),
        ({"extraction_pipeline": ""}, "extraction_pipeline"),
        ({"extraction_pipeline": "ep", "mode": "try"}, "mode"),
        ({"extraction_pipeline": "ep", "pipline": "x"}, "pipline"),
        ({"extraction_pipeline": "ep", "step": "undo"}, "step"),
        ({"extraction_pipeline": "ep", "items": [{"space": "s"}]}, "items.0.externalId"),
    ],
)
def test_a_wrong_key_is_named(data, key):
    with pytest.raises(RequestError, match=key):
        parse_call(data, STEPS)
