"""`python -m smoke` on a local CDF: it passes, harms nothing, and leaves nothing behind."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
from pathlib import Path
from subprocess import DEVNULL, PIPE, CompletedProcess
from typing import Any

import pytest
from smoke_lab import SETTLEABLE, with_rights

import smoke.__main__ as command
from demo.localserver import AT_ONCE, PROJECT, LocalServer
from demo.localserver import local_cdf as running
from image360.environment import project_of
from localcdf.fidelity import VALIDATED
from smoke.probe import BY_NAME, READINGS, Result
from smoke.probes import PROBES
from smoke.project import CLIENT_NAME, is_real
from smoke.record import keep
from smoke.scratch import DATA_SET

SECRET = "quite-a-secret-0815"
RIGHTS = sorted({right for each in PROBES for name in each.endpoints for right in BY_NAME[name].rights})
OWN_RIGHTS = ("groupsAcl:LIST", "projectsAcl:LIST")
MINUTES = 5 * 60


def by_token(server: LocalServer) -> dict[str, str]:
    """The environment for a run with the admin's token."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CDF_", "IDP_"))}
    return kept | {"CDF_PROJECT": PROJECT, "CDF_URL": server.url, "CDF_TOKEN": server.token}


def by_credentials(server: LocalServer, *rights: str) -> dict[str, str]:
    """The environment for a run of a service principal with these rights."""
    environment = by_token(server)
    del environment["CDF_TOKEN"]
    return environment | with_rights(server, SECRET, *rights)


def smoked(environment: dict[str, str], *options: str, stdin: Any = DEVNULL) -> CompletedProcess[str]:
    """Run it as a process of its own."""
    run = [sys.executable, "-m", "smoke", *options]
    return subprocess.run(
        run, check=False, env=environment, text=True, capture_output=True, timeout=MINUTES, stdin=stdin
    )


def left_by_runs(server: LocalServer) -> list[str]:
    """What is there that a run has made, besides the data set."""
    server.read_as(**AT_ONCE)
    client = server.client("tests")
    path, body = "annotations/reverselookup", {"filter": {"annotatedResourceType": "file"}, "limit": 1000}
    url, beta = f"{server.url}/api/v1/projects/{PROJECT}/{path}", {"cdf-version": "beta"}
    spaces = [each.space for each in client.data_modeling.spaces.list(limit=None)]
    files = [each.external_id or each.name or "" for each in client.files.list(limit=None)]
    pipelines = [each.external_id or "" for each in client.extraction_pipelines.list(limit=None)]
    return [
        *(name for name in (*spaces, *files, *pipelines) if name.startswith("image360-smoke-")),
        *(f"session {each.id}" for each in client.iam.sessions.list(status="READY", limit=1000)),
        *(f"annotations of {each}" for each in client.post(url, json=body, headers=beta).json()["items"]),
    ]


# --- whole runs


def test_all_probes_pass_under_the_harshest_readings_and_nothing_is_left(tmp_path: Path) -> None:
    known = VALIDATED.read_bytes()
    with running(tmp_path) as server:
        done = smoked(by_token(server), "--yes")
        assert done.returncode == 0, done.stdout + done.stderr
        assert f"{len(PROBES)} of {len(PROBES)} probes passed" in done.stdout
        assert f"{len(SETTLEABLE)} of {len(READINGS)} readings settled" in done.stdout
        assert "DIFFERS" not in done.stdout
        assert left_by_runs(server) == []
    assert "nothing is kept" in done.stdout
    assert VALIDATED.read_bytes() == known
    assert server.token not in done.stdout + done.stderr


def test_client_credentials_with_just_the_rights_of_the_probes_are_enough(fresh_cdf: LocalServer) -> None:
    done = smoked(by_credentials(fresh_cdf, *RIGHTS, *OWN_RIGHTS), "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "nothing is kept" in done.stdout
    assert left_by_runs(fresh_cdf) == []
    assert SECRET not in done.stdout + done.stderr


def test_a_missing_right_is_named(fresh_cdf: LocalServer) -> None:
    rights = [each for each in RIGHTS if each != "annotationsAcl:SUGGEST"]
    done = smoked(by_credentials(fresh_cdf, *rights, *OWN_RIGHTS), "--yes")
    assert done.returncode == 1
    assert done.stdout.count("FAILED") == 1
    (advice,) = re.findall(r"-> (give a group .*)", done.stdout)
    assert "annotationsAcl:SUGGEST" in advice
    assert left_by_runs(fresh_cdf) == []


def test_a_secret_that_an_answer_repeats_is_struck_out(fresh_cdf: LocalServer) -> None:
    # A place that does not exist, whose name holds the secret: the refusal names the place.
    wrong = {"IDP_TOKEN_URL": f"{fresh_cdf.url}/{SECRET}"}
    done = smoked(by_credentials(fresh_cdf) | wrong, "--yes")
    assert done.returncode == 1
    assert "Nothing was written" in done.stdout
    assert SECRET not in done.stdout + done.stderr


FAULTS = [
    {"kind": "403", "path": "models/instances$", "at": 20, "times": 3},
    {"kind": "reset", "path": "extpipes$", "when": "after"},
    {"kind": "wrong-schema", "path": "files/byids$", "at": 9},
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault["kind"])
def test_what_a_failed_run_made_is_gone(fresh_cdf: LocalServer, fault: dict[str, Any]) -> None:
    fresh_cdf.admin("faults", {"items": [{**fault, "caller": CLIENT_NAME}]})
    done = smoked(by_token(fresh_cdf), "--yes")
    assert done.returncode == 1, done.stdout
    failed = done.stdout.count("FAILED")
    assert failed >= 1
    assert done.stdout.count("        -> ") == failed
    assert left_by_runs(fresh_cdf) == []


def test_a_deletion_that_was_none_is_noticed_and_keeps_no_other(fresh_cdf: LocalServer) -> None:
    fault = {"kind": "wrong-schema", "path": "files/delete$", "caller": CLIENT_NAME, "at": 4, "times": 9}
    fresh_cdf.admin("faults", {"items": [fault]})
    done = smoked(by_token(fresh_cdf), "--yes")
    left = left_by_runs(fresh_cdf)
    assert done.returncode == 1
    assert left
    (told,) = (line for line in done.stdout.splitlines() if "NOT DELETED" in line)
    assert all(name in told for name in left)


def test_what_cannot_be_deleted_is_listed(fresh_cdf: LocalServer) -> None:
    fault = {"kind": "403", "path": "models/spaces/delete$", "caller": CLIENT_NAME, "at": 2}
    fresh_cdf.admin("faults", {"items": [fault]})
    done = smoked(by_token(fresh_cdf), "--yes")
    (space,) = left_by_runs(fresh_cdf)
    assert done.returncode == 1
    assert f"NOT DELETED: space {space}" in done.stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_an_interrupted_run_made_is_gone(fresh_cdf: LocalServer, number: signal.Signals) -> None:
    run = [sys.executable, "-u", "-m", "smoke", "--yes"]
    with subprocess.Popen(run, env=by_token(fresh_cdf), stdout=PIPE, text=True) as process:
        assert process.stdout is not None
        told = next(line for line in process.stdout if "download again" in line)
        process.send_signal(number)
        rest = process.stdout.read()
    assert told.startswith("passed")
    assert process.returncode == 130, rest
    assert "Interrupted after" in rest
    assert left_by_runs(fresh_cdf) == []


def test_what_was_there_stays_and_the_data_set_is_used_again(fresh_cdf: LocalServer) -> None:
    client = fresh_cdf.client("tests")
    file = client.files.upload_bytes(b"mine", name="mine", external_id="mine")
    for _ in range(2):
        assert smoked(by_token(fresh_cdf), "--yes").returncode == 0
        assert [each.id for each in client.files.list(limit=None)] == [file.id]
        assert [each.external_id for each in client.data_sets.list(limit=None)] == [DATA_SET]


# --- nothing by accident


def test_nothing_is_asked_without_a_word(fresh_cdf: LocalServer) -> None:
    done = smoked(by_token(fresh_cdf))
    assert done.returncode == 2
    assert "--yes" in done.stdout
    assert f"Project {PROJECT} at {fresh_cdf.url}" in done.stdout
    assert fresh_cdf.requests_by(CLIENT_NAME) == []


@pytest.mark.parametrize(("typed", "code"), [("y\n", 2), (f"{PROJECT}\n", 0)])
def test_the_name_of_the_project_is_the_word(fresh_cdf: LocalServer, typed: str, code: int) -> None:
    keyboard, terminal = pty.openpty()
    with os.fdopen(keyboard, "wb") as keys, os.fdopen(terminal, "rb") as stdin:
        keys.write(typed.encode())
        keys.flush()
        done = smoked(by_token(fresh_cdf), stdin=stdin)
    assert done.returncode == code, done.stdout
    assert bool(fresh_cdf.requests_by(CLIENT_NAME)) == (code == 0)


def test_without_variables_one_line_names_them() -> None:
    bare = {name: each for name, each in os.environ.items() if not name.startswith(("CDF_", "IDP_"))}
    done = smoked(bare, "--yes")
    assert done.returncode == 2
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    for name in ("CDF_PROJECT", "CDF_CLUSTER", "CDF_URL", "CDF_TOKEN", "IDP_CLIENT_ID"):
        assert name in line


def test_an_address_where_nobody_answers_is_told(fresh_cdf: LocalServer) -> None:
    done = smoked(by_token(fresh_cdf) | {"CDF_URL": "http://127.0.0.1:9"}, "--yes")
    assert done.returncode == 1
    assert "Nothing was written: http://127.0.0.1:9 cannot be asked" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


# --- what is kept


def test_a_local_cdf_is_known_as_one_by_whoever_asks(fresh_cdf: LocalServer) -> None:
    known = by_credentials(fresh_cdf, "filesAcl:READ")
    for environment in (by_token(fresh_cdf), known):
        assert not is_real(project_of(environment).client(CLIENT_NAME))


def test_a_token_that_is_not_accepted_is_told(fresh_cdf: LocalServer) -> None:
    done = smoked(by_token(fresh_cdf) | {"CDF_TOKEN": SECRET}, "--yes")
    assert done.returncode == 1
    assert "Nothing was written" in done.stdout
    assert "credentials are not accepted" in done.stdout
    assert SECRET not in done.stdout + done.stderr


def test_what_a_real_cdf_tells_is_kept(
    fresh_cdf: LocalServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = tmp_path / "validated.json"
    before = {"endpoints": {"GET /x": "2026-01-01", "GET /groups": "2026-01-01"}, "readings": {}}
    record.write_text(json.dumps(before), "utf-8")
    monkeypatch.setattr(command, "VALIDATED", record)
    monkeypatch.setattr(command, "is_real", lambda client: True)
    monkeypatch.setattr(sys, "argv", ["smoke", "--yes"])
    for name, value in by_token(fresh_cdf).items():
        monkeypatch.setenv(name, value)
    fresh_cdf.read_as(annotations_repeats="dropped")
    fault = {"kind": "400", "path": "annotations/update$", "caller": CLIENT_NAME}
    fresh_cdf.admin("faults", {"items": [fault]})
    assert command.main() == 1
    kept = json.loads(record.read_text("utf-8"))
    called = {name for each in PROBES for name in each.endpoints}
    assert kept["endpoints"].keys() == {"GET /x", *called} - {"POST /annotations/update"}
    day = kept["endpoints"]["GET /groups"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", day)
    assert kept["endpoints"]["GET /x"] == "2026-01-01"
    assert kept["readings"].keys() == set(SETTLEABLE)
    assert kept["readings"]["annotations-repeats"] == {"option": "dropped", "date": day}


def test_endpoints_that_disagree_about_a_reading_leave_it_open(tmp_path: Path) -> None:
    record = tmp_path / "validated.json"
    known = {"option": "400", "date": "2026-01-01"}
    record.write_text(json.dumps({"endpoints": {}, "readings": {"unknown-ids": known}}), "utf-8")
    asked = [each for each in PROBES if "unknown-ids" in each.readings]
    told = [Result(asked[0], True, "", {"unknown-ids": option}, 0) for option in ("400", "404")]
    keep(told, "2026-02-02", record)
    kept = json.loads(record.read_text("utf-8"))
    assert kept["readings"] == {}
    assert set(kept["endpoints"].values()) == {"2026-02-02"}
