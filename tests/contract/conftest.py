"""Projects of each kind with everything deployed, made once and shared: plants in them have own names."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache

import pytest

from demo.deploy import deploy
from demo.localserver import AT_ONCE
from demo.localserver import local_cdf as running
from tests.contract.plants import FUNCTIONS, STATUS, Plant


@pytest.fixture(scope="session")
def projects(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Plant]]:
    """The project of a kind, and no plant in it yet."""
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
def project(request: pytest.FixtureRequest, projects: Callable[[str], Plant]) -> Plant:
    """The project of the kind that a test names; what it turns on there it turns off again."""
    return projects(request.param)
