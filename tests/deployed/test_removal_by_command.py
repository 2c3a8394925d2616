"""`python -m deploy.remove` with the stock `cdf`, on a project as `python -m deploy` has made it."""

from collections.abc import Iterator
from typing import Any

import pytest
from cognite.client.data_classes.data_modeling import NodeApply, SpaceApply

from demo.deployment import Choice, prepare, write_config
from demo.localserver import AT_ONCE, local_cdf
from demo.projects import PROJECTS
from tests.deployed.checkouts import TOOLKIT, Checkout, checkout_in

pytestmark = pytest.mark.slow

CONFIG = "config.dev.yaml"
REMOVER = "image360-remove"
CHOICES = {
    "data_modeling": Choice("data_modeling", "jobs_3d"),
    "hybrid": Choice("hybrid", "vision"),
    "asset_centric": Choice("asset_centric", "vision", "schedules"),
}


@pytest.fixture(params=sorted(CHOICES))
def checkout(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """A project with nothing of image360 in it, and a checkout."""
    status = PROJECTS[request.param].status
    with local_cdf(tmp_path_factory.mktemp("cdf"), project_status=status) as server:
        server.read_as(**AT_ONCE)
        prepare(server, request.param)
        made = checkout_in(tmp_path_factory.mktemp("ci"), server)
        write_config(made.folder / CONFIG, CHOICES[request.param])
        yield made


def holds(checkout: Checkout) -> dict[str, set[Any]]:
    """What is in the project, by its names; what it has of its own, such as system spaces, is left out."""
    client = checkout.server.client("onlooker")
    modeling = client.data_modeling
    nodes = modeling.instances.list("node", limit=None)
    return {
        "spaces": {each.space for each in modeling.spaces.list(limit=None)},
        "containers": {each.as_id() for each in modeling.containers.list(limit=None)},
        "views": {each.as_id() for each in modeling.views.list(limit=None, all_versions=True)},
        "data models": {each.as_id() for each in modeling.data_models.list(limit=None, all_versions=True)},
        "nodes": {each.as_id() for each in nodes},
        "files": {each.id for each in client.files.list(limit=None)},
        "groups": {each.name for each in client.iam.groups.list(all=True)},
        "functions": {each.external_id for each in client.functions.list(limit=None)},
        "schedules": {each.name for each in client.functions.schedules.list(limit=None)},
        "workflows": {each.external_id for each in client.workflows.list(limit=None)},
        "triggers": {each.external_id for each in client.workflows.triggers.list(limit=None)},
        "pipelines": {each.external_id for each in client.extraction_pipelines.list(limit=None)},
        "data sets": {each.external_id for each in client.data_sets.list(limit=None)},
    }


def writes(checkout: Checkout) -> int:
    """How often anybody has written that removes."""
    return len(checkout.server.writes_by(TOOLKIT)) + len(checkout.server.writes_by(REMOVER))


def test_what_was_deployed_goes_and_leaves_the_project_as_it_was(checkout: Checkout) -> None:
    client = checkout.server.client("onlooker")
    client.data_modeling.spaces.apply(SpaceApply("sp_of_the_customer"))
    client.data_modeling.instances.apply(NodeApply("sp_of_the_customer", "theirs"))
    before = holds(checkout)
    assert checkout.run("deploy", CONFIG).code == 0
    deployed = holds(checkout)
    client.data_modeling.instances.apply(NodeApply("sp_image360_state", "regions_" + 32 * "0"))
    made = writes(checkout)

    planned = checkout.run("deploy.remove", CONFIG, "--dry-run")
    assert planned.code == 0, planned.text
    named = [*(deployed["functions"] | deployed["pipelines"] | deployed["groups"]), "1 region files"]
    assert [each for each in named if each not in planned.text] == []
    assert "stays: data set ds_image360" in planned.text
    unasked = checkout.run("deploy.remove", CONFIG)
    assert (unasked.code, unasked.text.rstrip().splitlines()[-1]) == (
        1,
        "Stopped: nothing was deleted: nobody is here to ask. Add --yes to go on",
    )
    elsewhere = checkout.run("deploy.remove", CONFIG, "--yes", CDF_PROJECT="another")
    assert "is for the project 'local', but CDF_PROJECT is 'another'" in elsewhere.text
    assert writes(checkout) == made

    # Neither the secrets of the runner nor those of the jobs are needed to take it away.
    unset = dict.fromkeys(
        ("RUNNER_CLIENT_ID", "RUNNER_CLIENT_SECRET", "JOBS_CLIENT_ID", "JOBS_CLIENT_SECRET"), ""
    )
    removed = checkout.run("deploy.remove", CONFIG, "--yes", **unset)
    assert removed.code == 0, removed.text
    assert holds(checkout) == {**before, "data sets": {"ds_image360"}}

    assert checkout.run("deploy", CONFIG).code == 0  # and back again
    assert holds(checkout).keys() == deployed.keys()
    assert {key: each for key, each in holds(checkout).items() if key != "files"} == {
        key: each for key, each in deployed.items() if key != "files"
    }
