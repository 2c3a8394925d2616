"""A plant whose queue has doubtful items in each kind of project, and people at it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cognite.client import CogniteClient

from demo.deploy import PIPELINE, STATE_SPACE, deploy
from demo.localserver import AT_ONCE, local_cdf
from image360.config import load_config
from image360.nodes import list_nodes
from image360.state.ids import DECISION_VIEW, DECISIONS_SPACE
from review.desk import Desk
from tests.contract.plants import FUNCTIONS, Plant, Read
from tests.contract.roles import client_of

STATUS = {"data_modeling": "DATA_MODELING_ONLY", "hybrid": "HYBRID", "asset_centric": "HYBRID"}
ASSETS = ("21-PT-1001", "21-PT-1002", "21-PT-1003", "45-VA-0012")
IMAGES = {  # the config approves what is exact; all else waits
    "a": (Read("21-PT-1001", 0.3, 0.3), Read("21 PT 1003", 0.3, 0.9)),
    "b": (Read("21 PT 1003", 0.5, 0.5), Read("45_VA_0012", 0.3, 0.2, "top")),
    "c": (Read("21 PT 1003", 0.1, 0.2), Read("21PT1003", 0.6, 0.6)),
}
APPROVED = [("a", "21-pt-1001")]
WAITING = ["21 PT 1003", "21 PT 1003", "21 PT 1003", "21PT1003", "45_VA_0012"]


@contextmanager
def deployed(kind: str, folder: Path, options: Sequence[str] = ()) -> Iterator[Plant]:
    """A project of some kind with everything deployed."""
    with local_cdf(folder, project_status=STATUS[kind], options=options) as server:
        server.read_as(**AT_ONCE)
        plant = Plant(server, kind, server.client("onlooker"), server.client(FUNCTIONS))
        deploy(plant.client, plant.config())
        yield plant


@contextmanager
def matched(project: Plant) -> Iterator[Plant]:
    """A plant with three images that were matched; in the end nothing waits and nothing is decided."""
    made = Plant(project.server, project.kind, project.client, project.functions)
    made.load(ASSETS, IMAGES)
    made.match()
    yield made
    made.strike()
    made.pass_time()
    instances = made.client.data_modeling.instances
    for space in (STATE_SPACE, DECISIONS_SPACE):
        instances.delete([each.as_id() for each in instances.list("node", space=space, limit=None)])
    made.remove()


def desk(plant: Plant, client: CogniteClient | None = None) -> Desk:
    """Sit down at the queue, as the onlooker or another."""
    plant.pass_time()
    who = client or plant.client
    return Desk.open(who, load_config(plant.client, PIPELINE))


def person(plant: Plant, name: str) -> Desk:
    """Somebody of their own who sits down at the queue; what they may do is not at issue."""
    acls = ["dataModelsAcl", "dataModelInstancesAcl"]
    acls += ["filesAcl", "assetsAcl"] if plant.kind != "data_modeling" else []
    held = [{acl: {"actions": ["READ"], "scope": {"all": {}}}} for acl in acls]
    held += [{acl: {"actions": ["LIST"], "scope": {"all": {}}}} for acl in ("projectsAcl", "groupsAcl")]
    held += [{"dataModelInstancesAcl": {"actions": ["WRITE"], "scope": {"all": {}}}}]
    return desk(plant, client_of(plant.server, f"{name}-{plant.name}", held, name))


def decisions(plant: Plant) -> list[dict[str, Any]]:
    """The properties of all decisions."""
    plant.pass_time()
    return [dict(each.properties) for each in list_nodes(plant.client, DECISION_VIEW, [DECISIONS_SPACE])]


def verdicts(plant: Plant) -> list[tuple[str, str]]:
    """Image and verdict of all decisions."""
    named = [(each["image"]["externalId"], each["verdict"]) for each in decisions(plant)]
    return sorted((image.rpartition("/")[2], verdict) for image, verdict in named)
