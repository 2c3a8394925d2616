"""The folder of a local CDF: what is no store, or none to be used, is refused in one line, unchanged."""

# ruff: noqa: PLW1509  what is done before the program starts is a single system call

import ctypes
import hashlib
import json
import os
import resource
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

import localcdf.__main__
from demo.localserver import local_cdf
from localcdf.app import SCHEMAS
from localcdf.store import FORMAT, open_store

API = "/api/v1/projects/local"
PR_CAPBSET_DROP, CAP_DAC_OVERRIDE = 24, 1


def command(folder: Path) -> list[str]:
    return [sys.executable, "-m", "localcdf", "--port", "0", "--data", str(folder)]


def refusal(folder: Path, before: Callable[[], Any] | None = None) -> str:
    """What a local CDF says that does not start: one line. ``before`` is done in its process first."""
    said = said_by_process(folder, before) if before else said_here(folder)
    assert said.startswith(f"Cannot open the store in {folder}: ")
    assert "\n" not in said
    return said


def said_by_process(folder: Path, before: Callable[[], Any]) -> str:
    result = subprocess.run(
        command(folder), capture_output=True, text=True, timeout=30, check=False, preexec_fn=before
    )
    assert (result.returncode, result.stdout) == (1, "")
    return result.stderr.removesuffix("\n")


def said_here(folder: Path) -> str:
    """The same without a process, which takes most of a second."""
    terminated, given = signal.getsignal(signal.SIGTERM), sys.argv
    sys.argv = command(folder)[2:]
    try:
        with pytest.raises(SystemExit) as ended:
            localcdf.__main__.main()
    finally:
        sys.argv = given
        signal.signal(signal.SIGTERM, terminated)
    return str(ended.value.code)


def contents(folder: Path) -> dict[str, str]:
    """Every file, with what is in it; the lock is nobody's content."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith("lock.sqlite")
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a store in it."""
    store = open_store(tmp_path, SCHEMAS)
    (store.blobs / "kept").write_bytes(b"content")
    store.close()
    return tmp_path


def set_format(folder: Path, number: int) -> None:
    with closing(sqlite3.connect(folder / "state.sqlite")) as db:
        db.execute(f"PRAGMA user_version = {number}")


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (0, f"its format is 1, of an older local CDF; this one reads format {FORMAT}"),
        (FORMAT - 1, f"its format is {FORMAT - 1}, of an older local CDF; this one reads format {FORMAT}"),
        (FORMAT + 1, f"its format is {FORMAT + 1}, of a newer local CDF; this one reads format {FORMAT}"),
    ],
    ids=["from before formats were counted", "older", "newer"],
)
def test_another_format_is_refused_and_left_alone(folder: Path, number: int, message: str) -> None:
    set_format(folder, number)
    before = contents(folder)
    said = refusal(folder)
    assert message in said
    assert "choose another folder" in said
    assert contents(folder) == before


@pytest.mark.parametrize("name", ["photo.jpg", "blobs/photo.jpg", "blobs/deeper/photo.jpg"])
def test_a_folder_with_other_things_in_it_is_refused_and_left_alone(tmp_path: Path, name: str) -> None:
    photo = tmp_path / name
    photo.parent.mkdir(parents=True, exist_ok=True)
    photo.write_bytes(b"a photo")
    assert "there is no store, but" in refusal(tmp_path)
    assert contents(tmp_path) == {name: hashlib.sha256(b"a photo").hexdigest()}


def test_what_is_no_folder_and_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"text")
    assert "Not a directory" in refusal(file)
    assert file.read_bytes() == b"text"
    other = tmp_path / "other"
    other.mkdir()
    (other / "state.sqlite").write_bytes(b"no database at all" * 100)
    before = contents(other)
    assert "not a database" in refusal(other)
    assert contents(other) == before


def test_a_first_start_that_was_killed_does_not_stand_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "blobs").mkdir()
    (tmp_path / "lock.sqlite").touch()
    with closing(sqlite3.connect(tmp_path / "state.sqlite")) as db:
        db.execute("PRAGMA journal_mode = WAL")
    open_store(tmp_path, SCHEMAS).close()
    open_store(tmp_path, SCHEMAS).close()


def may_not_override_permissions() -> None:
    """Root may write everywhere, unless it gives that up before it starts another program."""
    if os.geteuid() == 0 and ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE) != 0:
        raise OSError("cannot give up CAP_DAC_OVERRIDE")


@pytest.mark.skipif(sys.platform != "linux", reason="gives up a right of root by a call of Linux")
@pytest.mark.parametrize("has_store", [True, False])
def test_a_folder_that_may_not_be_written_is_refused(folder: Path, has_store: bool) -> None:
    place = folder if has_store else folder / "empty"
    place.mkdir(exist_ok=True)
    before = contents(place)
    writable = [place, *(path for path in place.rglob("*"))]
    for path in writable:
        path.chmod(0o555)
    try:
        assert any(words in refusal(place, may_not_override_permissions) for words in ("denied", "readonly"))
    finally:
        for path in writable:
            path.chmod(0o755)
    assert contents(place) == before


def test_a_second_local_cdf_on_a_folder_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    with local_cdf(tmp_path) as server:
        client = server.client("tests")
        assert "another local CDF is using it" in refusal(tmp_path)
        assert client.data_sets.list() == []


# --- a disk that is full ----


def files_up_to(size: int) -> Callable[[], None]:
    """No file may grow beyond ``size`` bytes, which is as near as one comes to a full disk without root."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


@contextmanager
def on_a_full_disk(folder: Path, size: int) -> Iterator[httpx2.Client]:
    """A client of a local CDF that may not write files larger than ``size`` bytes."""
    with subprocess.Popen(
        command(folder), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, preexec_fn=files_up_to(size)
    ) as process:
        try:
            assert process.stdout
            said = json.loads(process.stdout.readline())
            headers = {"Authorization": f"Bearer {said['admin_token']}"}
            with httpx2.Client(base_url=said["url"], headers=headers) as client:
                yield client
        finally:
            process.send_signal(signal.SIGTERM)


def test_no_room_for_a_new_store_is_said_in_one_line(tmp_path: Path) -> None:
    said = refusal(tmp_path, files_up_to(10_000))
    assert any(words in said for words in ("disk I/O error", "disk is full"))
    open_store(tmp_path, SCHEMAS).close()  # once there is room


def test_on_a_full_disk_a_write_is_refused_whole_and_all_before_it_is_kept(tmp_path: Path) -> None:
    open_store(tmp_path, SCHEMAS).close()
    answered, refused = [], 0
    text = {"text": "x" * 9000}
    with on_a_full_disk(tmp_path, 1_000_000) as http:
        for number in range(200):
            items = [{"externalId": f"{number}-{part}", "metadata": text} for part in range(2)]
            answer = http.post(f"{API}/datasets", json={"items": items})
            if answer.status_code == 200:
                answered.append(number)
            else:
                refused += 1
                assert answer.status_code == 500
                assert answer.json()["error"].keys() == {"code", "message"}
            if refused > 5:
                break
        assert refused > 5
        assert http.post(f"{API}/datasets/list", json={}).status_code == 200  # it still reads
        file = http.post(f"{API}/files", json={"name": "large"}).json()
        if "uploadUrl" in file:
            assert http.put(file["uploadUrl"], content=bytes(2_000_000)).status_code == 500
    assert answered
    assert list((tmp_path / "blobs").iterdir()) == []
    with local_cdf(tmp_path) as server:
        there = server.client("tests").data_sets.list(limit=None)
        assert {each.external_id for each in there} == {f"{n}-{part}" for n in answered for part in range(2)}
