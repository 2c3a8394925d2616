"""The tasks of a workflow's execution: the images of a run in parts, one call of a function for each.

A workflow takes 100 tasks from one list and 200 in all, a function 36 kB of input, and a list 100 kB. So a
part of all images is named by a range of keys, not by its images: it takes the same few bytes for any number
of them (docs/decisions/0010-shards-are-ranges-of-keys.md).
"""

import json
import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from image360.call import FunctionCall
from image360.catalog.selection import Shard, key_of

SHARDS = 98  # of each function: 100 tasks a list, 200 in all, of which four are the workflow's own
TASKS_BYTES = 96_000  # of both lists together: the answer is to be under 100 kB
NAMES_BYTES = 30_000  # of the names in a task: a function's input is to be under 36 kB
TIMEOUT = 1800  # seconds: a call lives for ten minutes at most, and may wait for others before
# A call that was cut off is tried once more: under `skipTask` a time-out is tried again, too. What is left
# after that is due for the next run; images that fail again and again are not to use up their tries at once.
RETRIES = 1

Task = dict[str, Any]
Part = Mapping[str, Any]  # what restricts a call to its part: nothing, a shard, or images by name


@dataclass(frozen=True)
class Demand:
    """What one function has to do.

    Args:
        names: Images that are due.
        size: How many of them a call gets done.
        end: Where the last shard ends; empty: with the last image.
    """

    names: Collection[str]
    size: int
    end: str = ""

    def shards(self, most: int) -> list[Part]:
        """Cut all images into at most `most` shards that hold equally many of those that are due."""
        count = min(math.ceil(len(self.names) / self.size), most)
        keys = sorted(map(key_of, self.names))
        starts = dict.fromkeys(keys[len(keys) * number // count] for number in range(1, count))
        edges = ["", *starts, self.end] if count else []
        return [{"shard": str(Shard(*each))} for each in pairwise(edges)]

    def named(self, share: float) -> list[Part]:
        """Name this share of the images that are due, in parts that a function's input can hold."""
        names = sorted(self.names, key=key_of)
        parts: list[list[str]] = []
        room = 0
        for name in names[: math.ceil(len(names) * share)]:
            length = len(json.dumps(name)) + 2
            if not parts or len(parts[-1]) == self.size or length > room:
                parts.append([])
                room = NAMES_BYTES
            parts[-1].append(name)
            room -= length
        return [{"images": each} for each in parts[:SHARDS]]


@dataclass(frozen=True)
class Tasks:
    """The tasks of both functions."""

    detect: Sequence[Task]
    match: Sequence[Task]

    def fit(self) -> bool:
        """Tell whether they fit into the answer of a function."""
        return len(json.dumps([self.detect, self.match])) <= TASKS_BYTES


def tasks_of_all(call: FunctionCall, detect: Demand, match: Demand, *, jobs: bool) -> Tasks:
    """Return the tasks of a run on all images; with `jobs`, one call looks after the jobs of all."""

    def tasks(most: int) -> Tasks:
        by_job: list[Part] = [{}] if jobs else []
        here = detect.shards(max(1, most - len(by_job)))
        return _tasks(call, [*by_job, *here], match.shards(most))

    return _most_that_fit(tasks)


def tasks_of_named(call: FunctionCall, detect: Demand, match: Demand, jobs: Collection[str]) -> Tasks:
    """Return the tasks of a run on certain images, as many as fit; one call looks after the `jobs`."""

    def tasks(most: int) -> Tasks:
        share = most / SHARDS
        by_job = Demand(jobs, max(1, len(jobs))).named(share)[:1]
        return _tasks(call, [*by_job, *detect.named(share)][:SHARDS], match.named(share))

    return _most_that_fit(tasks)


def _most_that_fit(tasks: Callable[[int], Tasks]) -> Tasks:
    made = (tasks(most) for most in range(SHARDS, 1, -1))
    return next((each for each in made if each.fit()), tasks(1))


def _tasks(call: FunctionCall, detect: Sequence[Part], match: Sequence[Part]) -> Tasks:
    return Tasks(
        [_task(call, call.detect_function, "detect", n, part) for n, part in enumerate(detect, 1)],
        [_task(call, call.match_function, "match", n, part) for n, part in enumerate(match, 1)],
    )


def _task(call: FunctionCall, function: str, step: str, number: int, part: Part) -> Task:
    data = {
        "extraction_pipeline": call.extraction_pipeline,
        "step": step,
        "mode": call.mode,
        "run": call.run,
        **part,
    }
    return {
        "externalId": f"{step}_{number:02}",
        "type": "function",
        "parameters": {"function": {"externalId": function, "data": data}},
        "retries": RETRIES,
        "timeout": TIMEOUT,
        "onFailure": "skipTask",
    }
