"""Whatever is due and whatever it is called: the tasks fit, and no image is in two of them or in none."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from image360.call import parse_call
from image360.catalog.selection import KEY_DIGITS, Shard, key_of
from image360.tasks import SHARDS, Demand, tasks_of_all, tasks_of_named

ANY_ID = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=255)
PLAIN_ID = st.text("abcdefgh_0123456789", min_size=1, max_size=12)
# The dearest there is: each character takes twelve bytes of JSON.
DEAR_ID = st.integers(0, 10**6).map(lambda number: f"{number:07}" + "𝔸" * 248)
ID = st.one_of(ANY_ID, PLAIN_ID, DEAR_ID)
NAMES = st.lists(ID, max_size=60, unique=True)
CALLS = st.builds(
    lambda pipeline, detect, match, run: parse_call(
        {
            "extraction_pipeline": pipeline,
            "step": "shard",
            "run": run,
            "detect_function": detect,
            "match_function": match,
        },
        {"shard": ""},
    ),
    ID,
    ID,
    ID,
    st.text("abcdef0123456789", min_size=1, max_size=64),
)
SIZES = st.integers(1, 50)


def inputs(tasks):
    return [task["parameters"]["function"]["data"] for task in (*tasks.detect, *tasks.match)]


def fits(tasks):
    assert len(json.dumps({"detect_tasks": tasks.detect, "match_tasks": tasks.match})) < 97_000
    assert max(len(tasks.detect), len(tasks.match)) <= SHARDS
    assert all(len(json.dumps(each)) < 36_000 for each in inputs(tasks))
    names = [task["externalId"] for task in (*tasks.detect, *tasks.match)]
    assert len(set(names)) == len(names)


@given(CALLS, NAMES, st.integers(0, 2000), SIZES, st.booleans())
@settings(max_examples=60)
def test_shards_fit_and_hold_each_image_once(call, names, more, size, jobs):
    due = Demand([*names, *(f"more {number}" for number in range(more))], size)
    tasks = tasks_of_all(call, due, due, jobs=jobs)
    fits(tasks)
    for listed in (tasks.detect, tasks.match):
        data = [task["parameters"]["function"]["data"] for task in listed]
        shards = [Shard.parse(each["shard"]) for each in data if "shard" in each]
        assert all(sum(name in shard for shard in shards) == 1 for name in due.names)
        # An image that comes in between is in one of them as well.
        assert sum("comes later" in shard for shard in shards) == bool(shards)


@given(CALLS, st.lists(DEAR_ID, max_size=400, unique=True), SIZES, st.booleans())
@settings(max_examples=30)
def test_named_images_fit_and_are_named_once(call, names, size, by_job):
    due = Demand([] if by_job else names, size)
    tasks = tasks_of_named(call, due, Demand(names, size * 10), names if by_job else [])
    fits(tasks)
    for listed in (tasks.detect, tasks.match):
        named = [name for task in listed for name in task["parameters"]["function"]["data"]["images"]]
        assert len(set(named)) == len(named)
        assert set(named) <= set(names)
        assert bool(named) == bool(names)


@given(ID)
def test_the_key_of_an_image_depends_on_nothing_but_its_name(name):
    assert len(key_of(name)) == KEY_DIGITS
    assert name in Shard(key_of(name), "")
    assert name not in Shard("", key_of(name))
