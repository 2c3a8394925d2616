"""The detector's program: what it may take, and what becomes of one that takes more."""

import json
import shlex
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from localcdf.detection import Answer, Detector, JobError, Picture
from localcdf.detection import program as running
from tests.contract.detecting import FAKE, is_alive, notes, picture, until

PATIENCE = 0.7  # seconds


@pytest.fixture
def detector(tmp_path: Path) -> Iterator[Detector]:
    """A detector that does not wait for long."""
    made = Detector(shlex.split(FAKE), tmp_path / "scratch", PATIENCE)
    yield made
    made.close()


def read(detector: Detector, *contents: bytes, folder: Path) -> list[Answer | str]:
    """Run a job on pictures; what it reads, and why it ends if it fails."""
    pictures = []
    for number, content in enumerate(contents):
        path = folder / f"{number}.jpg"
        path.write_bytes(content)
        pictures.append(Picture(str(number), path))
    said: list[Answer | str] = []
    ended: list[bool] = []

    def work() -> None:
        try:
            said.extend(detector.read("job", pictures))
        except JobError as error:
            said.append(str(error))
            raise
        ended.append(True)

    detector.start("job", work, lambda: ended.append(False))
    until(lambda: ended)
    return said


def test_a_program_that_hangs_is_ended_with_all_that_it_started(detector: Detector, tmp_path: Path) -> None:
    note, never = tmp_path / "note", tmp_path / "never"
    slow = picture(wait=str(never), note=str(note), child=True)
    started = time.monotonic()
    (first, why) = read(detector, picture(), slow, folder=tmp_path)
    assert isinstance(first, Answer)
    assert why == f"no answer came for 1 in {PATIENCE:g} s"
    assert time.monotonic() - started < 10
    (noted,) = notes(note)
    until(lambda: not is_alive(noted["pid"]) and not is_alive(noted["child"]))
    (again,) = read(detector, picture(), folder=tmp_path)
    assert isinstance(again, Answer)


def test_the_time_is_for_each_answer_and_not_for_the_job(tmp_path: Path) -> None:
    patient = Detector(shlex.split(FAKE), tmp_path / "scratch", 2 * PATIENCE)
    try:
        contents = [picture(sleep=PATIENCE, number=each) for each in range(4)]
        assert len(read(patient, *contents, folder=tmp_path)) == 4
    finally:
        patient.close()


def test_a_line_that_does_not_end_is_no_answer(
    detector: Detector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "LONGEST", 1000)
    (why,) = read(detector, json.dumps({"print": "x" * 2000}).encode(), folder=tmp_path)
    assert "answer is wrong" in str(why)
