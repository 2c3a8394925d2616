"""A local CDF as a real process, and the real SDK talking to it."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx2
import hypothesis
import pytest
from cognite.client import CogniteClient, global_config
from cognite.client.exceptions import CogniteAPIError
from judges.document import DOCUMENT, load
from judges.own import own
from judges.traffic import judged

from demo.localserver import AT_ONCE, TRAFFIC, LocalServer
from demo.localserver import local_cdf as running
from stations.recording import RecordedEngine
from stations.work import Loaded, Stations

# A refusal is an answer here: nothing is sent twice, and nobody is asked for newer versions.
global_config.disable_pypi_version_check = True
global_config.max_retries = 0

# No test is a timed one: on a busy machine an example takes as long as it takes. The same examples each time,
# so that what passed passes again; `make search` looks for others.
hypothesis.settings.register_profile("repeated", deadline=None, derandomize=True)
hypothesis.settings.register_profile("search", deadline=None, max_examples=2000)
hypothesis.settings.load_profile("repeated")

if TYPE_CHECKING:
    from tests.contract.plants import Plant

API = "/api/v1/projects/local"
VERDICT = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    """All local CDFs of this run write their traffic into one folder, those of xdist's workers too."""
    if TRAFFIC not in os.environ:
        folder = tempfile.TemporaryDirectory(prefix="localcdf-traffic-")
        config.add_cleanup(folder.cleanup)
        os.environ[TRAFFIC] = folder.name


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hold all traffic of the run against the OpenAPI documents; the run fails for a violation."""
    if hasattr(session.config, "workerinput"):
        return
    documents = {"the local CDF's own": own()} | ({"Cognite's": load()} if DOCUMENT.exists() else {})
    verdict = session.config.stash[VERDICT] = []
    for name, document in documents.items():
        count, said = judged(document, Path(os.environ[TRAFFIC]))
        verdict += [f"{name}: {count} exchanges, {len(said)} violations", *said[:20]]
        if said:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell what the document said."""
    if verdict := terminalreporter.config.stash.get(VERDICT, []):
        terminalreporter.section("traffic against the OpenAPI documents")
        for line in verdict:
            terminalreporter.line(line)


@pytest.fixture(scope="session")
def local_cdf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalServer]:
    """One local CDF for all tests that do not mind what others left in it."""
    with running(tmp_path_factory.mktemp("local_cdf")) as server:
        # What comes late, or in no order, has tests of its own.
        server.read_as(**AT_ONCE, instance_order="by-time")
        yield server


@pytest.fixture(scope="session")
def client(local_cdf: LocalServer) -> CogniteClient:
    """The real SDK on that local CDF."""
    return local_cdf.client("tests")


@pytest.fixture
def fresh_cdf(tmp_path: Path) -> Iterator[LocalServer]:
    """A local CDF for one test alone, with nothing in it."""
    with running(tmp_path / "fresh_cdf") as server:
        server.read_as(**AT_ONCE)
        yield server


@pytest.fixture
def fresh_client(fresh_cdf: LocalServer) -> CogniteClient:
    """The real SDK on that local CDF."""
    return fresh_cdf.client("tests")


Post = Callable[..., Any]


@pytest.fixture(scope="session")
def post(client: CogniteClient) -> Post:
    """Send a body as it is, below the project, through the SDK; return the answer's JSON."""
    return lambda path, body, **further: client.post(API + path, json=body, **further).json()


@pytest.fixture(scope="session")
def refused(post: Post) -> Callable[..., CogniteAPIError]:
    """Send a body that must be refused; return the refusal."""

    def send(
        path: str, body: Any, match: str | None = None, code: int = 400, **further: Any
    ) -> CogniteAPIError:
        with pytest.raises(CogniteAPIError, match=match) as refusal:
            post(path, body, **further)
        assert refusal.value.code == code, refusal.value
        return refusal.value

    return send


@pytest.fixture(scope="session")
def loaded_stations(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    """Where local CDFs with the stations are kept."""
    return Loaded(tmp_path_factory.mktemp("stations"))


@pytest.fixture
def new_stations(
    loaded_stations: Loaded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], Stations]]:
    """Start a local CDF with the stations for one test; the engine answers from the recording."""
    RecordedEngine().stand_in(monkeypatch.setattr, "image360.detect_here")
    with ExitStack() as running:

        def start(project_type: str) -> Stations:
            place = tmp_path / f"{project_type}_cdf"
            site = running.enter_context(loaded_stations.stations(project_type, place))
            site.clock.is_the_functions(monkeypatch.setattr)
            return site

        yield start


@dataclass(frozen=True)
class Faults:
    """The page that makes a local CDF fail."""

    page: httpx2.Client

    def set(self, *items: dict[str, Any]) -> None:
        """Set these faults, and no others."""
        answer = self.page.post("faults", json={"items": items})
        assert answer.status_code == 200, answer.text

    def items(self) -> list[dict[str, Any]]:
        """The faults that are set, with their counts."""
        return self.page.get("faults").json()["items"]

    def hits(self) -> list[int]:
        """How often each has struck."""
        return [each["hits"] for each in self.items()]


@pytest.fixture
def faults(local_cdf: LocalServer) -> Iterator[Faults]:
    """Make the local CDF of all tests fail, for one test."""
    url, headers = f"{local_cdf.url}/_localcdf", {"Authorization": f"Bearer {local_cdf.token}"}
    with httpx2.Client(base_url=url, headers=headers) as page:
        yield Faults(page)
        page.delete("faults")


@pytest.fixture
def retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the SDK try again, as it does unless it is told not to."""
    monkeypatch.setattr(global_config, "max_retries", 5)


ALL: dict[str, Any] = {"all": {}}


def capabilities(*rights: str, scope: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """Capabilities for rights such as `filesAcl:READ`, all in one scope."""
    pairs = [right.split(":") for right in rights]
    return [{acl: {"actions": [action], "scope": scope or ALL}} for acl, action in pairs]


UserOf = Callable[..., CogniteClient]


@pytest.fixture(scope="session")
def user_of(local_cdf: LocalServer, client: CogniteClient) -> UserOf:
    """Make a user with capabilities, and return the user's client."""

    def make(*held: list[dict[str, Any]]) -> CogniteClient:
        name = f"user-{uuid4().hex}"
        group = {"name": name, "sourceId": name, "capabilities": [each for part in held for each in part]}
        client.post(f"{API}/groups", json={"items": [group]})
        (made,) = local_cdf.admin("identities", {"items": [{"name": name, "groups": [name]}]})["items"]
        return replace(local_cdf, token=made["token"]).client(name)

    return make


def forbidden(ask: Callable[[], Any], *named: str) -> None:
    """Ask for what must be refused with a 403 that names all of this."""
    with pytest.raises(CogniteAPIError) as refusal:
        ask()
    assert refusal.value.code == 403, refusal.value
    assert all(each in refusal.value.message for each in named), (refusal.value.message, named)


@pytest.fixture(scope="session")
def projects(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], "Plant"]]:
    """The project of a kind with everything deployed, made once: each plant in it has names of its own."""
    from demo.deploy import deploy
    from tests.contract.plants import FUNCTIONS, STATUS, Plant

    with ExitStack() as stack:

        @cache
        def of(kind: str) -> Plant:
            status = STATUS[kind]
            server = stack.enter_context(running(tmp_path_factory.mktemp("cdf"), project_status=status))
            server.read_as(**AT_ONCE)
            plant = Plant(server, kind, server.client("onlooker"), server.client(FUNCTIONS))
            deploy(plant.client, plant.config())
            return plant

        yield of


@pytest.fixture
def project(request: pytest.FixtureRequest, projects: Callable[[str], "Plant"]) -> "Plant":
    """The project of the kind that a test names; what it turns on there it turns off again."""
    return projects(request.param)
