"""``make smoke`` on a local CDF: it finds out how that one reads, and leaves nothing behind."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.localserver import TRAFFIC, LocalServer, local_cdf
from localcdf.app import ENDPOINTS
from localcdf.fidelity import VALIDATED, all_readings
from localcdf.readings import Reading
from smoke.probes import PROBES
from smoke.scratch import DATA_SET
from smoke.unsettled import UNSETTLED

ROOT = Path(__file__).parents[2]
SETTLED = [each for each in all_readings(ENDPOINTS) if each.name not in UNSETTLED]


@pytest.fixture
def harsh_cdf(fresh_cdf: LocalServer) -> LocalServer:
    """A local CDF of its own that reads everything as it does by default."""
    items = [{"name": each.name, "option": each.harshest} for each in all_readings(ENDPOINTS)]
    fresh_cdf.admin("readings", {"items": items})
    return fresh_cdf


def command(**variables: str) -> tuple[list[str], dict[str, str]]:
    """The command, and an environment with these variables of a project and no others."""
    kept = {name: value for name, value in os.environ.items() if not re.match("CDF_|IDP_", name)}
    return [sys.executable, "-m", "smoke", "--yes"], {**kept, "COLUMNS": "300", **variables}


def of(server: LocalServer) -> dict[str, str]:
    """The variables for the admin of a local CDF."""
    return {"CDF_PROJECT": "local", "CDF_URL": server.url, "CDF_TOKEN": server.token}


def smoke(**variables: str) -> subprocess.CompletedProcess[str]:
    """Run it."""
    run, environment = command(**variables)
    return subprocess.run(
        run, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )


def left_in(server: LocalServer) -> list[str]:
    """What a run has left in the store, once lists have settled."""
    server.admin("clock", {"advance": 60})
    client = server.client("onlooker")
    return [
        *(each.space for each in client.data_modeling.spaces.list(limit=None) if "smoke" in each.space),
        *(each.name or "" for each in client.files.list(limit=None)),
        *(each.external_id or "" for each in client.extraction_pipelines.list(limit=None)),
    ]


def told(output: str) -> dict[str, str]:
    """The table of readings: what the run says of each."""
    rows = [line.split("│") for line in output.splitlines() if line.startswith("│")]
    return {cells[1].strip(): cells[2].strip() for cells in rows}


def test_every_reading_is_settled_by_a_probe_or_named_with_the_reason(harsh_cdf: LocalServer) -> None:
    before = VALIDATED.read_text("utf-8")
    done = smoke(**of(harsh_cdf))
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(PROBES)} probes passed, 0 failed" in done.stdout
    said = told(done.stdout)
    assert {name: said[name] for name in (each.name for each in SETTLED)} == {
        each.name: each.options[each.harshest] for each in SETTLED
    }
    assert {name for name, text in said.items() if text.startswith("not settled")} == set(UNSETTLED)
    assert left_in(harsh_cdf) == []
    assert VALIDATED.read_text("utf-8") == before  # a local CDF says nothing about CDF
    assert harsh_cdf.token not in done.stdout + done.stderr


def other(reading: Reading) -> str:
    """An option that is not the default."""
    return list(reading.options)[1]


@pytest.fixture
def other_cdf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalServer]:
    """A local CDF with the other option of every reading, some of which Cognite's document forbids."""
    monkeypatch.setenv(TRAFFIC, str(tmp_path / "traffic"))
    with local_cdf(tmp_path / "cdf") as server:
        server.admin("readings", {"items": [{"name": each.name, "option": other(each)} for each in SETTLED]})
        yield server


def test_it_sees_the_other_option_of_every_reading_that_it_settles(other_cdf: LocalServer) -> None:
    for _ in range(2):  # the second run finds the data set of the first
        done = smoke(**of(other_cdf))
        assert done.returncode == 0, done.stdout + done.stderr
    said = told(done.stdout)
    assert {name: said[name] for name in (each.name for each in SETTLED)} == {
        each.name: each.options[other(each)] for each in SETTLED
    }
    assert left_in(other_cdf) == []
    data_sets = other_cdf.client("onlooker").data_sets.list(limit=None)
    assert [each.external_id for each in data_sets] == [DATA_SET]


def test_a_probe_that_fails_stops_no_other_and_nothing_is_left(fresh_cdf: LocalServer) -> None:
    fault = {"kind": "403", "path": "^/annotations", "times": 1}
    fresh_cdf.admin("faults", {"items": [fault]})
    done = smoke(**of(fresh_cdf))
    assert done.returncode == 1
    assert "failed annotations: CogniteAPIError" in done.stdout
    assert "give the caller this right" in done.stdout
    assert f"{len(PROBES) - 1} probes passed, 1 failed" in done.stdout
    assert left_in(fresh_cdf) == []


def test_an_interrupted_run_cleans_up(fresh_cdf: LocalServer) -> None:
    run, environment = command(**of(fresh_cdf), PYTHONUNBUFFERED="1")
    with subprocess.Popen(run, env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        while "passed nodes" not in process.stdout.readline():
            assert process.poll() is None
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        said = process.stdout.read()
        assert process.wait(60) == 1
    assert "Interrupted: cleaning up." in said
    assert left_in(fresh_cdf) == []


def test_it_runs_with_client_credentials_and_keeps_the_secret(fresh_cdf: LocalServer) -> None:
    capability = {"actions": ["READ"], "scope": {"all": {}}}
    group = {"name": "probers", "sourceId": "g", "capabilities": [{"datasetsAcl": capability}]}
    fresh_cdf.client("admin").post("/api/v1/projects/local/groups", json={"items": [group]})
    identity = {"name": "p", "clientId": "prober", "clientSecret": "very-secret-secret", "groups": ["g"]}
    fresh_cdf.admin("identities", {"items": [identity]})
    done = smoke(
        CDF_PROJECT="local",
        CDF_URL=fresh_cdf.url,
        IDP_CLIENT_ID="prober",
        IDP_CLIENT_SECRET="very-secret-secret",
        IDP_TOKEN_URL=f"{fresh_cdf.url}/oauth2/token",
        IDP_SCOPES="all",
    )
    assert done.returncode == 1
    assert "datasetsAcl:WRITE" in done.stdout  # the right that lacks is named
    assert "A local CDF says nothing about CDF" in done.stdout
    assert "very-secret-secret" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({}, "CDF_PROJECT is not set"),
        ({"CDF_PROJECT": "p"}, "CDF_CLUSTER is not set"),
        ({"CDF_PROJECT": "p", "CDF_URL": "http://127.0.0.1:9"}, "IDP_TENANT_ID is not set"),
        ({"CDF_PROJECT": "p", "CDF_URL": "http://127.0.0.1:9", "CDF_TOKEN": "t"}, "does not answer"),
    ],
)
def test_what_lacks_is_said_in_one_line(variables: dict[str, str], says: str) -> None:
    done = smoke(**variables)
    assert done.returncode == 2
    assert says in done.stdout
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""


def test_without_a_yes_nothing_is_written(fresh_cdf: LocalServer) -> None:
    run, environment = command(**of(fresh_cdf))
    done = subprocess.run(
        run[:-1], env=environment, cwd=ROOT, input="other\n", capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "project 'local'" in done.stdout
    assert fresh_cdf.client("admin").get(f"{fresh_cdf.url}/_localcdf/writes").json()["items"] == []
