"""What image360 has in a project beside what `cdf clean` takes away, and how each goes.

Told apart from what others have made by the containers of the state, by ids that image360 derives, by the
app that an annotation names, by the polygons of its proposals. What is not surely ours stays.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from cognite.client import CogniteClient
from cognite.client.data_classes import AnnotationFilter
from cognite.client.data_classes.data_modeling import ContainerId, DataModelId, EdgeId, NodeId, ViewId
from cognite.client.data_classes.filters import HasData
from cognite.client.exceptions import CogniteAPIError

from image360.approval.annotations import APP
from image360.approval.edges import list_edges
from image360.approval.pairs import is_same_polygon
from image360.approval.places import SpherePlace
from image360.catalog import list_images
from image360.config import AnyConfig, AssetCentricConfig, DataModelingConfig, parse_config
from image360.detection.pages import pages
from image360.nodes import StoredNode, list_nodes
from image360.state.ids import DECISION_VIEW, DECISIONS_SPACE, PROPOSAL_VIEW, WORK_ITEM_VIEW

DERIVED = "{}_[0-9a-f]{{32}}"  # as image360.state.ids.derived_id makes them
REGION_FILE, JOB = (re.compile(DERIVED.format(prefix)) for prefix in ("regions", "job"))
JOBS_PER_REQUEST = 100
KINDS = {
    "WorkItem": "work items",
    "Proposal": "proposals",
    "Run": "runs",
    "AuditRow": "audit rows",
    "Hold": "pairs on hold",
}
DECISION = (DECISION_VIEW.space, DECISION_VIEW.external_id)  # view and container alike
Instance = NodeId | EdgeId


@dataclass(frozen=True)
class Part:
    """Things of one kind that go together."""

    what: str
    count: int
    delete: Callable[[], object]


@dataclass(frozen=True)
class Belongings:
    """What goes, in the order in which it can, and what stays, and why."""

    going: Sequence[Part]
    staying: Sequence[str]


@dataclass(frozen=True)
class Deployed:
    """What a build says that there may be in the project."""

    config: AnyConfig
    spaces: Sequence[str]
    containers: Sequence[ContainerId]
    views: frozenset[tuple[str, str]]
    models: frozenset[tuple[str, str]]
    code: frozenset[NodeId]
    data_sets: Sequence[str]

    @classmethod
    def read(cls, build: Path) -> "Deployed":
        """Read the files that `cdf build` has made."""
        ((pipeline, config),) = [(each["externalId"], each["config"]) for each in _resources(build, "Config")]
        return cls(
            config=parse_config(config if isinstance(config, str) else yaml.safe_dump(config), pipeline),
            spaces=[each["space"] for each in _resources(build, "Space")],
            containers=[ContainerId(*_key(each)) for each in _resources(build, "Container")],
            views=frozenset(_key(each) for each in _resources(build, "View")),
            models=frozenset(_key(each) for each in _resources(build, "DataModel")),
            code=frozenset(NodeId(*_key(each)) for each in _resources(build, "CogniteFile")),
            data_sets=[each["externalId"] for each in _resources(build, "DataSet")],
        )


def _resources(build: Path, kind: str) -> Iterator[dict[str, Any]]:
    for path in sorted(build.rglob(f"*.{kind}.yaml")):
        content = yaml.safe_load(path.read_text("utf-8"))
        yield from content if isinstance(content, list) else [content]


def _key(resource: dict[str, Any]) -> tuple[str, str]:
    return resource["space"], resource["externalId"]


def belongings(client: CogniteClient, deployed: Deployed, approvals: bool) -> Belongings:
    """Look for what is there; with the approvals of images, if they are to go, and what people decided."""
    links = _Approvals(client, deployed.config)
    state = _State(client, deployed, approvals)
    going = [
        *(links.parts() if approvals else []),
        *state.parts(),
        *_schema(client, deployed, state.decisions_stay),
        *state.spaces(),
    ]
    staying = [*links.staying(approvals), *state.staying()]
    staying += [f"data set {each}: CDF cannot delete one" for each in deployed.data_sets]
    return Belongings([part for part in going if part.count], staying)


@dataclass(frozen=True)
class _State:
    """Work items, proposals, region files and what else lies in the spaces of the deployment."""

    client: CogniteClient
    deployed: Deployed
    decisions: bool

    @property
    def _space(self) -> str:
        return self.deployed.config.state.space

    @property
    def decisions_stay(self) -> bool:
        """Whether there is anything that people have decided, and it is to be kept."""
        return any(each.space == DECISIONS_SPACE for each in self._of_others)

    def parts(self) -> Iterator[Part]:
        """Return the instances, and the jobs."""
        for what, ids in self._ours.items():
            yield Part(what, len(ids), partial(self._delete, ids))
        yield Part("3D jobs", len(self._jobs.listed), partial(self._delete_jobs, self._jobs.listed))

    def spaces(self) -> Iterator[Part]:
        """Return the spaces that hold nothing of others."""
        taken = {each.space for each in self._of_others}
        if self.decisions_stay:
            taken.add(DECISION[0])
        for space in self._spaces:
            if space not in taken:
                yield Part(f"space {space}", 1, partial(self.client.data_modeling.spaces.delete, space))

    def staying(self) -> Iterator[str]:
        """Say what is left in the spaces."""
        for space in self._spaces:
            left = sorted(each.external_id for each in self._of_others if each.space == space)
            if left and space == DECISIONS_SPACE:
                yield f"{len(left)} decisions of people, and so space {space}: --approvals takes them along"
                yield f"view and container {DECISION[1]}, and so space {DECISION[0]}: they hold the decisions"
            elif left:
                yield f"{len(left)} instances of others such as '{left[0]}', and so their space {space}"
        yield from self._jobs.refused

    @cached_property
    def _spaces(self) -> list[str]:
        """Return the spaces of the deployment that are there."""
        return [each.space for each in self.client.data_modeling.spaces.retrieve(list(self.deployed.spaces))]

    @cached_property
    def _instances(self) -> set[Instance]:
        """Return every instance in these spaces."""
        if not self._spaces:
            return set()
        listed = self.client.data_modeling.instances.list
        nodes = listed("node", space=self._spaces, limit=None)
        return {*nodes.as_ids(), *listed("edge", space=self._spaces, limit=None).as_ids()}

    @cached_property
    def _of_others(self) -> set[Instance]:
        return self._instances.difference(*self._ours.values())

    @cached_property
    def _ours(self) -> dict[str, list[Instance]]:
        """Return what is image360's, by what it is."""
        found: dict[str, Iterable[Instance]] = {
            KINDS.get(container.external_id, container.external_id): self._with_data_in(container)
            for container in self._containers
            if container.as_tuple() != DECISION
        }
        in_state = [each for each in self._instances if each.space == self._space]
        found["region files"] = [each for each in in_state if REGION_FILE.fullmatch(each.external_id)]
        found["result files of 3D jobs"] = self._instances.intersection(self._jobs.results)
        found["names of images"] = self._instances.intersection(self._names_of_images())
        found["files of code"] = self._instances & self.deployed.code
        if self.decisions:
            found["decisions of people"] = [each for each in self._instances if each.space == DECISIONS_SPACE]
        return {what: sorted(ids, key=_id_of) for what, ids in found.items()}

    @cached_property
    def _containers(self) -> list[ContainerId]:
        return self.client.data_modeling.containers.retrieve(list(self.deployed.containers)).as_ids()

    def _with_data_in(self, container: ContainerId) -> list[Instance]:
        """Return nodes of any space: that of the state may have been another one before."""
        has_data = HasData(containers=[container])
        return [*self.client.data_modeling.instances.list("node", filter=has_data, limit=None).as_ids()]

    def _names_of_images(self) -> set[Instance]:
        """Return the nodes that stand for images which have none of their own: faces by metadata."""
        if not isinstance(self.deployed.config, AssetCentricConfig):
            return set()
        nodes = _nodes_of(self.client, WORK_ITEM_VIEW, self._space)
        return {
            image for node in nodes if (image := node.relation_id("image")) and image.space == self._space
        }

    @cached_property
    def _jobs(self) -> "_Jobs":
        if not isinstance(self.deployed.config, DataModelingConfig):
            return _Jobs()
        try:
            return _jobs_of(self.client, self._space)
        except CogniteAPIError as refusal:
            return _Jobs(refused=[f"3D jobs, if there are any: CDF refuses to list them ({refusal.message})"])

    def _delete(self, ids: Sequence[Instance]) -> None:
        nodes = [each for each in ids if isinstance(each, NodeId)]
        edges = [each for each in ids if isinstance(each, EdgeId)]
        self.client.data_modeling.instances.delete(nodes, edges)

    def _delete_jobs(self, jobs: Sequence[dict[str, str]]) -> None:
        url = f"/api/v1/projects/{self.client.config.project}/3d/jobs/delete"
        for start in range(0, len(jobs), JOBS_PER_REQUEST):
            self.client.post(url, json={"items": jobs[start : start + JOBS_PER_REQUEST]})


@dataclass(frozen=True)
class _Jobs:
    """The 3D jobs of image360, and the files of their results."""

    listed: Sequence[dict[str, str]] = ()
    results: Sequence[Instance] = ()
    refused: Sequence[str] = ()


def _jobs_of(client: CogniteClient, space: str) -> _Jobs:
    listed = [
        {"space": space, "externalId": each["externalId"]}
        for each in pages(client, "/3d/jobs/list", {})
        if each["space"] == space and JOB.fullmatch(each["externalId"])
    ]
    results = [
        NodeId.load(result["instanceId"])
        for job in listed
        for result in pages(client, "/3d/job/results/list", {"job": job})
    ]
    return _Jobs(listed, results)


@dataclass(frozen=True)
class _Approvals:
    """The links that image360 has made in the customer's own data."""

    client: CogniteClient
    config: AnyConfig

    def parts(self) -> Iterator[Part]:
        """Return what goes."""
        if isinstance(self.config, DataModelingConfig):
            edges = self._edges(self.config)
            yield Part(
                "annotation edges",
                len(edges),
                lambda: self.client.data_modeling.instances.delete(edges=edges),
            )
        else:
            ids = self._annotations()
            yield Part("annotations on face files", len(ids), lambda: self.client.annotations.delete(ids))

    def staying(self, approvals: bool) -> Iterator[str]:
        """Say what is left of them."""
        if not approvals:
            yield "the links on images: --approvals takes them along, now and not once the state is gone"
        elif isinstance(self.config, DataModelingConfig):
            space = self.config.contextualization.object3d_space
            yield f"the Cognite3DObject nodes of space {space}: assets point to them, and so may other models"

    def _annotations(self) -> list[int]:
        """Return the annotations, in any status, that name this app as their maker."""
        images = list_images(self.client, self.config).images
        files = sorted({face.id for image in images for face in image.faces.values()})
        if not files:
            return []
        listed = AnnotationFilter("file", [{"id": each} for each in files])
        found = self.client.annotations.list(listed, limit=None)
        return [each.id for each in found if each.creating_app == APP]

    def _edges(self, config: DataModelingConfig) -> list[EdgeId]:
        """Return the edges of which each polygon is that of an approved proposal, corner by corner."""
        approved: dict[tuple[str, str], list[SpherePlace]] = {}
        for node in _nodes_of(self.client, PROPOSAL_VIEW, config.state.space):
            image = node.relation_id("image")
            if image is not None and node.properties["decision"] == "approve":
                approved.setdefault(image.as_tuple(), []).append(_place(node, image))
        return sorted(
            {
                EdgeId(*edge.id)
                for edge in list_edges(self.client, list(approved))
                if edge.id[0] == config.contextualization.space
                and edge.polygons
                and all(
                    any(
                        is_same_polygon(SpherePlace(edge.image, polygon), ours)
                        for ours in approved[edge.image]
                    )
                    for polygon in edge.polygons
                )
            },
            key=_id_of,
        )


def _place(proposal: StoredNode, image: NodeId) -> SpherePlace:
    corners = np.reshape(proposal.properties["polygon"], (-1, 3)).tolist()
    return SpherePlace(image.as_tuple(), tuple((x, y, z) for x, y, z in corners))


def _schema(client: CogniteClient, deployed: Deployed, decisions_stay: bool) -> Iterator[Part]:
    """Return data models, views and containers, every version, and nothing else that lies beside them.

    Without its container a decision would say nothing: it stays as long as there are any.
    """
    modeling = client.data_modeling
    spaces = {space for space, _ in (*deployed.models, *deployed.views)}
    models: list[DataModelId] = []
    views: list[ViewId] = []
    for space in sorted(spaces):
        models += modeling.data_models.list(limit=None, space=space, all_versions=True).as_ids()
        views += modeling.views.list(limit=None, space=space, all_versions=True).as_ids()
    models = [each for each in models if (each.space, each.external_id) in deployed.models]
    views = [each for each in views if (each.space, each.external_id) in deployed.views]
    containers = modeling.containers.retrieve(list(deployed.containers)).as_ids()
    if decisions_stay:
        views = [each for each in views if (each.space, each.external_id) != DECISION]
        containers = [each for each in containers if each.as_tuple() != DECISION]
    yield Part("data models", len(models), lambda: modeling.data_models.delete(models))
    yield Part("views", len(views), lambda: modeling.views.delete(views))
    yield Part("containers", len(containers), lambda: modeling.containers.delete(containers))


def _nodes_of(client: CogniteClient, view: ViewId, space: str) -> list[StoredNode]:
    """List the nodes of a view, none where the view has gone already."""
    return list_nodes(client, view, [space]) if client.data_modeling.views.retrieve(view) else []


def _id_of(instance: Instance) -> tuple[str, str]:
    return instance.space, instance.external_id
