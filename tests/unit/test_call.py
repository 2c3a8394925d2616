"""The data of a function call: defaults, and refusals that name the key."""

import pytest

from image360.call import parse_call
from image360.catalog.selection import EVERYTHING, Selection, Shard
from image360.errors import RequestError

STEPS = {"detect": "image360.detect:detect", "shard": "image360.shard:shard"}


def test_only_the_pipeline_must_be_given():
    call = parse_call({"extraction_pipeline": "ep"}, STEPS)
    assert (call.step, call.mode, call.only) == ("detect", "apply", EVERYTHING)
    assert call.run


def test_every_call_without_a_run_gets_its_own():
    runs = {parse_call({"extraction_pipeline": "ep"}, STEPS).run for _ in range(20)}
    assert len(runs) == 20


def test_the_items_of_a_trigger_are_nodes_and_their_properties_are_not_looked_at():
    item = {
        "instanceType": "node",
        "space": "sp",
        "externalId": "img2",
        "properties": {"cdf_360_image_schema": {"Image360/v1": {"label": "x"}}},
    }
    (found,) = parse_call({"extraction_pipeline": "ep", "items": [item]}, STEPS).items
    assert (found.space, found.external_id) == ("sp", "img2")


def test_a_workflow_without_items_hands_over_none():
    call = parse_call({"extraction_pipeline": "ep", "items": None, "images": None}, STEPS)
    assert call.only == EVERYTHING
    assert call.items == ()


def test_names_and_a_shard_restrict_the_call_to_their_images():
    named = parse_call({"extraction_pipeline": "ep", "images": ["a", "b"]}, STEPS)
    assert named.only == Selection(frozenset({"a", "b"}))
    shard = parse_call({"extraction_pipeline": "ep", "shard": "00000000000a-"}, STEPS)
    assert shard.only == Selection(None, Shard("00000000000a", ""))


def test_a_shard_of_everything_is_a_shard_all_the_same():
    everything = parse_call({"extraction_pipeline": "ep", "shard": "-"}, STEPS)
    assert (everything.only, everything.is_shard) == (EVERYTHING, True)
    assert not parse_call({"extraction_pipeline": "ep"}, STEPS).is_shard


@pytest.mark.parametrize(
    ("further", "reports"),
    [
        ({}, True),
        ({"run": "r1"}, False),
        ({"run": "r1", "shard": "-"}, False),
        ({"step": "shard"}, False),
        ({"step": "report", "run": "r1"}, True),
    ],
)
def test_the_calls_of_a_run_leave_its_success_to_the_step_report(further, reports):
    steps = {**STEPS, "report": "image360.report:report"}
    assert parse_call({"extraction_pipeline": "ep", **further}, steps).reports is reports


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
        ({"extraction_pipeline": "ep", "items": [{"space": "s", "externalId": "x"}] * 1001}, "items"),
        ({"extraction_pipeline": "ep", "items": "${workflow.input.items}"}, "items"),
        ({"extraction_pipeline": "ep", "images": ["x" * 256]}, "images.0"),
        ({"extraction_pipeline": "ep", "shard": "1/98"}, "shard"),
        ({"extraction_pipeline": "ep", "shard": 3}, "shard"),
        ({"extraction_pipeline": "ep", "run": "a b"}, "run"),
        ({"extraction_pipeline": "ep", "run": ""}, "run"),
        ({"extraction_pipeline": "x" * 256}, "extraction_pipeline"),
        ({"extraction_pipeline": "ep", "detect_function": ""}, "detect_function"),
    ],
)
def test_a_wrong_key_is_named(data, key):
    with pytest.raises(RequestError, match=key):
        parse_call(data, STEPS)
