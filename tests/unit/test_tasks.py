"""The tasks of a workflow: how many, of which images, in how many bytes."""

import json

import pytest

from image360.call import parse_call
from image360.catalog.selection import EVERYTHING, Shard, key_of
from image360.tasks import SHARDS, Demand, tasks_of_all, tasks_of_named

CALL = parse_call({"extraction_pipeline": "ep_image360", "step": "shard", "run": "r1"}, {"shard": ""})
NOTHING = Demand([], 10)


def demand(count: int, size: int = 10) -> Demand:
    return Demand([f"image_{number:06}" for number in range(count)], size)


def data_of(tasks):
    return [task["parameters"]["function"]["data"] for task in tasks]


def shards_of(tasks):
    return [Shard.parse(data["shard"]) for data in data_of(tasks)]


def held(shards, names):
    return [sum(name in shard for name in names) for shard in shards]


@pytest.mark.parametrize(
    ("parts", "shards"), [(1, 1), (2, 2), (97, 97), (98, 98), (99, 98), (100, 98), (101, 98)]
)
def test_an_execution_has_at_most_98_shards_of_each_function_with_all_images_in_them(parts, shards):
    due = demand(parts * 10)
    tasks = tasks_of_all(CALL, due, due, jobs=False)
    assert len(tasks.detect) == len(tasks.match) == shards
    # The two lists, and with them the tasks shard, detect, match and report.
    assert len(tasks.detect) + len(tasks.match) + 4 <= 200
    for listed in (tasks.detect, tasks.match):
        counts = held(shards_of(listed), due.names)
        assert sum(counts) == len(due.names)
        assert max(counts) - min(counts) <= 1
        assert max(counts) == -(-parts * 10 // shards)


def test_one_image_more_than_a_shard_holds_makes_two():
    assert [len(tasks_of_all(CALL, demand(n), NOTHING, jobs=False).detect) for n in (0, 1, 10, 11)] == [
        0,
        1,
        1,
        2,
    ]


def test_nothing_due_is_no_task():
    for tasks in (
        tasks_of_all(CALL, NOTHING, NOTHING, jobs=False),
        tasks_of_named(CALL, NOTHING, NOTHING, []),
    ):
        assert (tasks.detect, tasks.match) == ([], [])


def test_a_task_is_as_workflows_define_it():
    (task,) = tasks_of_all(CALL, demand(3), NOTHING, jobs=False).detect
    assert task == {
        "externalId": "detect_01",
        "type": "function",
        "parameters": {
            "function": {
                "externalId": "fn_image360_detect",
                "data": {
                    "extraction_pipeline": "ep_image360",
                    "step": "detect",
                    "mode": "apply",
                    "run": "r1",
                    "shard": "-",
                },
            }
        },
        "retries": 1,
        "timeout": 1800,
        "onFailure": "skipTask",
    }


def test_a_call_takes_the_data_of_every_task():
    due = demand(500)
    tasks = tasks_of_all(CALL, due, due, jobs=True)
    for step, listed in (("detect", tasks.detect), ("match", tasks.match)):
        for data in data_of(listed):
            call = parse_call(data, {step: ""})
            assert (call.step, call.run, call.reports) == (step, "r1", False)


def test_the_call_that_looks_after_jobs_is_no_shard_and_takes_the_place_of_one():
    tasks = tasks_of_all(CALL, demand(2000), NOTHING, jobs=True)
    first, *shards = data_of(tasks.detect)
    assert len(tasks.detect) == SHARDS
    assert "shard" not in first
    assert parse_call(first, {"detect": ""}).only == EVERYTHING
    assert sum(held(map(Shard.parse, (each["shard"] for each in shards)), demand(2000).names)) == 2000


def test_images_beyond_the_cap_are_in_no_shard():
    names = sorted(demand(100).names, key=key_of)
    tasks = tasks_of_all(CALL, Demand(names[:60], 10, key_of(names[60])), NOTHING, jobs=False)
    shards = shards_of(tasks.detect)
    assert held(shards, names[:60]) == [10] * 6
    assert sum(held(shards, names[60:])) == 0


def test_a_run_on_certain_images_names_them_and_no_others():
    due = demand(25)
    tasks = tasks_of_named(CALL, due, Demand(due.names, 100), [])
    assert [len(data["images"]) for data in data_of(tasks.detect)] == [10, 10, 5]
    assert {name for data in data_of(tasks.detect) for name in data["images"]} == set(due.names)
    (match,) = data_of(tasks.match)
    assert set(match["images"]) == set(due.names)


def test_of_certain_images_too_many_for_the_answer_as_many_as_fit_are_taken():
    names = [f"{number:04}" + "x" * 251 for number in range(1000)]
    tasks = tasks_of_named(CALL, Demand(names, 40), Demand(names, 400), [])
    taken = {name for data in data_of(tasks.detect) for name in data["images"]}
    assert 150 < len(taken) < 200
    assert tasks.fit()
    assert taken == {name for data in data_of(tasks.match) for name in data["images"]}


def test_names_that_need_more_room_make_fewer_and_larger_shards():
    long = {"extraction_pipeline": "e" * 255, "detect_function": "d" * 255, "match_function": "m" * 255}
    call = parse_call({**long, "step": "shard"}, {"shard": ""})
    due = demand(98 * 10)
    tasks = tasks_of_all(call, due, due, jobs=False)
    assert tasks.fit()
    assert 50 < len(tasks.detect) < 98
    assert sum(held(shards_of(tasks.detect), due.names)) == len(due.names)
    assert len(json.dumps(tasks.detect)) < 50_000
