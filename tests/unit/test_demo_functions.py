"""Rules of the calls: jobs are waited for without haste, and what stands still is an error."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from demo.functions import (
    LONGEST_PAUSE,
    PATIENCE,
    PATIENCE_FOR_AN_IMAGE,
    FunctionLog,
    Functions,
    StandstillError,
    call_until_done,
    detect_until_done,
)
from image360.errors import NothingDoneError, SetupError


def told(remaining: int, running: int = 0, changed: bool = False, given_up: int = 0) -> dict[str, Any]:
    return {
        "images": 8,
        "engine": "jobs_3d",
        "remaining": remaining,
        "running": running,
        "changed": changed,
        "given_up": given_up,
    }


@dataclass
class Scripted:
    """A function that says one thing after the other, the last again and again; only sleep takes time."""

    says: Sequence[dict[str, Any] | Exception | None]
    calls: int = 0
    pauses: list[float] = field(default_factory=list)

    def __call__(self) -> Any:
        said = self.says[min(self.calls, len(self.says) - 1)]
        self.calls += 1
        if isinstance(said, Exception):
            raise said
        return said

    def until_done(self) -> dict[str, Any]:
        return call_until_done(self, self.pauses.append, lambda: sum(self.pauses))


def test_calls_that_get_something_done_follow_each_other_at_once():
    function = Scripted([told(5, changed=True), told(2, changed=True), told(0, changed=True)])
    assert function.until_done() == told(0, changed=True)
    assert function.pauses == []


def test_a_job_is_asked_for_ever_less_often_until_something_changes():
    asked = [told(8, 8, changed=True), *[told(8, 8)] * 5, told(3, 3, changed=True), told(3, 3), told(0)]
    function = Scripted(asked)
    function.until_done()
    assert function.pauses == [1, 2, 4, 8, 8, LONGEST_PAUSE, 1, 2]


def test_a_job_that_stands_still_is_an_error_after_more_time_than_its_images_take():
    function = Scripted([told(8, 8, changed=True), told(8, 8)])
    with pytest.raises(StandstillError, match=r"8 images are due, 8 of them with jobs of jobs_3d.*cdf\.log"):
        function.until_done()
    most = PATIENCE + 8 * PATIENCE_FOR_AN_IMAGE
    assert most < sum(function.pauses) <= most + LONGEST_PAUSE


def test_images_that_nobody_reads_are_an_error_sooner():
    function = Scripted([told(3)])
    with pytest.raises(StandstillError, match="3 images are due, none of them with a job"):
        function.until_done()
    assert sum(function.pauses) <= PATIENCE + LONGEST_PAUSE


def test_a_call_that_failed_is_made_good_by_the_next():
    failed = NothingDoneError("3D job 'job_1': Failed")
    function = Scripted([told(8, changed=True), failed, told(0, changed=True, given_up=1)])
    detect_until_done(function)
    assert function.calls == 3


def test_images_that_all_failed_for_good_are_an_error_with_the_reason():
    function = Scripted([NothingDoneError("3D job 'job_1': Failed"), told(0, given_up=8)])
    with pytest.raises(StandstillError, match="none of 8 images could be read: 3D job 'job_1': Failed"):
        detect_until_done(function)


def test_what_is_wrong_with_the_setup_is_not_tried_again():
    function = Scripted([SetupError("no such space")])
    with pytest.raises(SetupError):
        detect_until_done(function)
    assert function.calls == 1


def test_what_is_said_of_the_engine_is_kept_once(tmp_path, monkeypatch):
    said = iter([{"engine_note": "deprecated"}, {"engine_note": None}, {"engine_note": "deprecated"}, {}])

    def handle(client: Any, data: Any) -> dict[str, Any]:
        print('{"event": "listed"}')
        return next(said)

    for module in ("detect_handler", "match_handler"):
        monkeypatch.setattr(f"{module}.handle", handle)
    events: list[Any] = []
    functions = Functions(None, FunctionLog(tmp_path / "functions.log", events.append))
    for call in (functions.detect, functions.detect, functions.detect, functions.match):
        call()
    assert functions.notes == ["deprecated"]
    assert events == [{"event": "listed"}] * 4
