"""What the product writes once arrives once, whatever becomes of the answer, and it says what it knows."""

import pytest
from annotated import AnnotatedFile, annotated_file, annotation
from cognite.client import global_config
from cognite.client.exceptions import CogniteAPIError
from conftest import Faults

from demo.localserver import LocalServer
from image360 import write_once as module
from image360.write_once import write_once

PATH = "/annotations"


@pytest.fixture
def file(local_cdf: LocalServer, retries: None) -> AnnotatedFile:
    """A file, and an SDK that tries again by itself."""
    return annotated_file(local_cdf)


def write(file: AnnotatedFile, text: str) -> bool:
    return write_once(
        file.client, PATH, {"items": [annotation(file.id, text).dump() | {"creatingUser": None}]}
    )


def sent(file: AnnotatedFile) -> int:
    """How often the client has posted."""
    return sum(path.rstrip("/") == PATH for path, _, _ in file.log())


def test_a_write_that_is_answered_is_done(file: AnnotatedFile) -> None:
    assert write(file, "answered") is True
    assert file.texts() == ["answered"]


@pytest.mark.parametrize("kind", ["reset", "408", "500", "500-auto-retryable", "502-html", "503", "504"])
def test_after_a_lost_answer_nobody_knows_and_nothing_is_sent_again(
    file: AnnotatedFile, faults: Faults, kind: str
) -> None:
    for when in ("before", "after"):
        faults.set({"kind": kind, "caller": file.caller, "when": when, "times": 9})
        assert write(file, when) is False
    assert sent(file) == 2
    assert file.texts() == ["after"]


def test_a_refusal_is_a_plain_no(file: AnnotatedFile, faults: Faults) -> None:
    faults.set({"kind": "400", "caller": file.caller})
    with pytest.raises(CogniteAPIError) as refusal:
        write(file, "refused")
    assert refusal.value.code == 400
    assert (sent(file), file.texts()) == (1, [])


def test_when_cdf_is_busy_it_is_tried_again_and_given_up_in_the_end(
    file: AnnotatedFile, faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BUSY_WAITS", (0.0, 0.0, 0.0))
    faults.set({"kind": "429", "caller": file.caller, "times": 3})
    assert write(file, "patient") is True
    faults.set({"kind": "429", "caller": file.caller, "times": 9})
    with pytest.raises(CogniteAPIError):
        write(file, "busy")
    assert (sent(file), file.texts()) == (8, ["patient"])


def test_all_other_requests_keep_the_retries_of_the_sdk(file: AnnotatedFile, faults: Faults) -> None:
    faults.set({"kind": "503", "caller": file.caller})
    write(file, "lost")
    assert global_config.max_retries == 5
    faults.set({"kind": "503", "caller": file.caller})
    assert file.client.files.retrieve(id=file.id) is not None
