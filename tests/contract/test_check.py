"""The preflight: a line for each thing that is missing, with its fix; it only reads, and nothing stops it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from cognite.client import CogniteClient
from cognite.client.data_classes.data_modeling import NodeApply, NodeOrEdgeData, ViewId

import detect_handler
from demo.deploy import PIPELINE, STATE_SPACE, deploy
from demo.localserver import AT_ONCE, PROJECT, LocalServer
from demo.localserver import local_cdf as running
from image360.check.rights import rights_for
from image360.config import CONFIGS
from image360.detection import ocr
from tests.contract.plants import COLLECTION, FUNCTIONS, POSE, Plant, Read

STATUS = {"data_modeling": "DATA_MODELING_ONLY", "hybrid": "HYBRID", "asset_centric": "HYBRID"}
OWN = ("projectsAcl:LIST", "groupsAcl:LIST", "functionsAcl:READ", "workflowOrchestrationAcl:READ")
Lines = dict[str, Any]


@dataclass
class Site:
    """A deployment in a project of its own, and who looks at it."""

    plant: Plant
    told: list[str] = field(default_factory=list)

    def check(self, client: CogniteClient | None = None, secrets: dict[str, str] | None = None) -> Lines:
        """Call the step as CDF would."""
        data = {"extraction_pipeline": PIPELINE, "step": "check"}
        return detect_handler.handle(client=client or self.plant.functions, data=data, secrets=secrets or {})

    def user(self, *capabilities: dict[str, Any]) -> CogniteClient:
        """Somebody with these capabilities."""
        name = f"user-{uuid4().hex}"
        group = {"name": name, "sourceId": name, "capabilities": capabilities}
        self.plant.client.post(f"/api/v1/projects/{PROJECT}/groups", json={"items": [group]})
        server = self.plant.server
        (made,) = server.admin("identities", {"items": [{"name": name, "groups": [name]}]})["items"]
        return LocalServer(server.url, made["token"], server.process).client(name)


@pytest.fixture(scope="module", params=sorted(STATUS))
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running(tmp_path_factory.mktemp("cdf"), project_status=STATUS[request.param]) as server:
        server.read_as(**AT_ONCE)
        plant = Plant(
            server,
            request.param,
            server.client("onlooker"),
            server.client(FUNCTIONS),
            settings={"engine": "ocr"},
        )
        deploy(plant.client, plant.config())
        plant.load(["21-PT-1001"], {"a": [Read("21-PT-1001", 0.3, 0.3)]})
        yield Site(plant)


@pytest.fixture(autouse=True)
def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine loads, as far as anybody can tell here without loading it."""
    monkeypatch.setattr(ocr, "engine_named", lambda name: name)


def capability(right: str, spaces: list[str] | None = None) -> dict[str, Any]:
    acl, action = right.split(":")
    scope = {"spaceIdScope": {"spaceIds": spaces}} if spaces else {"all": {}}
    return {acl: {"actions": [action], "scope": scope}}


def runner(site: Site, without: str | None = None) -> CogniteClient:
    """Who has each right that a run needs, and no further one."""
    config = CONFIGS[site.plant.kind].model_validate(site.plant.config())
    rights = [(f"{right.acl}:{right.action}", sorted(right.spaces)) for right in rights_for(config)]
    own = [(right, []) for right in OWN]
    return site.user(*(capability(right, spaces) for right, spaces in [*rights, *own] if right != without))


def written(site: Site, act: Callable[[], Any]) -> list[Any]:
    return site.plant.writes(act, "")


def of_functions(lines: list[str]) -> list[str]:
    """Lines but those on functions, which are not deployed here."""
    return [line for line in lines if not line.startswith("function '")]


def test_where_all_is_there_nothing_is_missing_and_nothing_is_written(site: Site) -> None:
    said: list[Lines] = []
    assert written(site, lambda: said.append(site.check())) == []
    assert of_functions(said[0]["missing"]) == []


def test_the_rights_that_are_asked_for_are_enough(site: Site) -> None:
    said = site.check(runner(site))
    assert of_functions(said["missing"]) == []


def test_each_right_that_is_taken_away_is_named(site: Site) -> None:
    config = CONFIGS[site.plant.kind].model_validate(site.plant.config())
    for right in rights_for(config):
        name = f"{right.acl}:{right.action}"
        said = site.check(runner(site, without=name))
        lines = [line for line in said["missing"] if name in line]
        assert lines, (name, said)
        assert said["ok"] is False


def test_a_right_in_the_wrong_space_is_named_with_the_space(site: Site) -> None:
    held = [
        capability("dataModelInstancesAcl:WRITE", ["elsewhere"]),
        capability("dataModelInstancesAcl:READ"),
        capability("dataModelsAcl:READ"),
        *(
            capability(f"extraction{acl}")
            for acl in ("PipelinesAcl:READ", "ConfigsAcl:READ", "RunsAcl:WRITE")
        ),
        *map(capability, OWN),
    ]
    said = site.check(site.user(*held))
    (line,) = [line for line in said["missing"] if "dataModelInstancesAcl:WRITE" in line]
    assert f"in space {STATE_SPACE}" in line or STATE_SPACE in line
    assert line.endswith("add it to the group of the functions")


def test_who_may_do_nothing_gets_a_line_for_what_cannot_be_seen_and_no_traceback(site: Site) -> None:
    said = site.check(site.user())
    assert not said["ok"]
    assert any("extractionPipelinesAcl:READ" in line for line in said["missing"])
    assert any("projectsAcl:LIST" in line for line in said["warnings"])


def test_a_token_that_cannot_look_at_itself_still_has_the_rest_checked(site: Site) -> None:
    said = site.check(runner(site, without="groupsAcl:LIST"))
    assert any(line.startswith("the rights of the token") for line in said["warnings"])
    site.plant.configure(state={"space": "nowhere"})
    try:
        assert any("'nowhere' is not there" in line for line in site.check()["missing"])
    finally:
        site.plant.configure()


def test_each_wrong_name_in_the_config_is_a_line(site: Site) -> None:
    site.plant.configure(state={"space": "nowhere"}, images=wrong_images(site), **wrong_assets(site))
    try:
        said = site.check()
    finally:
        site.plant.configure()
    text = "\n".join(said["missing"])
    assert "space 'nowhere' is not there: deploy the modules (cdf deploy), or correct state.space" in text
    assert "lost-1" in text
    assert "lost-2" in text
    assert "assets" in text


def wrong_images(site: Site) -> dict[str, Any]:
    if site.plant.kind == "asset_centric":
        return {"sites": ["lost-1", "lost-2"]}
    return {"space": site.plant.name, "collections": ["lost-1", "lost-2"]}


def wrong_assets(site: Site) -> dict[str, Any]:
    if site.plant.kind == "asset_centric":
        return {"classic_assets": {"subtree": ["lost"]}}
    return {"assets": {"spaces": [site.plant.name], "match_properties": ["nme"]}}


def test_a_config_that_is_wrong_or_paused_is_a_line(site: Site) -> None:
    site.plant.configure(engin="ocr")
    try:
        (line,) = of_functions(site.check()["missing"])
        assert "unknown key 'engin', did you mean 'engine'?" in line
        site.plant.configure(paused=True)
        assert any("paused: true" in line for line in site.check()["warnings"])
    finally:
        site.plant.configure()


def test_a_pipeline_that_is_not_there_is_a_line(site: Site) -> None:
    data = {"extraction_pipeline": "ep_lost", "step": "check"}
    said = detect_handler.handle(client=site.plant.functions, data=data)
    assert any("extraction pipeline 'ep_lost' is not in project" in line for line in said["missing"])


def test_a_project_of_another_kind_is_a_line(site: Site) -> None:
    other = "hybrid" if site.plant.kind == "data_modeling" else "data_modeling"
    plant = Plant(
        site.plant.server,
        other,
        site.plant.client,
        site.plant.functions,
        name=site.plant.name,
        settings={"engine": "ocr"},
    )
    plant.configure()
    try:
        said = site.check()
    finally:
        site.plant.configure()
    assert any(
        f"has status {STATUS[site.plant.kind]}" in line and "project_type" in line for line in said["missing"]
    )


def test_own_ocr_that_is_not_in_the_function_is_a_line(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def load(name: str) -> None:
        raise ImportError("No module named 'rapidocr'")

    monkeypatch.setattr(ocr, "engine_named", load)
    said = site.check()
    assert any(
        "own OCR cannot be loaded here: No module named 'rapidocr'" in line for line in said["missing"]
    )


@pytest.mark.parametrize("site", ["data_modeling"], indirect=True)
def test_one_secret_of_two_is_a_line(site: Site) -> None:
    site.plant.configure(engine="jobs_3d")
    try:
        said = site.check(secrets={"jobs-client-id": "client-of-jobs"})
        assert any("only 'jobs-client-id' is given: give both, or none" in line for line in said["missing"])
        both = site.check(secrets={"jobs-client-id": "client-of-jobs", "jobs-secret": "s3cret-of-jobs"})
        assert of_functions(both["missing"]) == []
        nobody = site.check(runner(site))
        assert any("sessionsAcl:CREATE" in line for line in nobody["missing"])
        site.plant.configure(engine="auto")
        assert any("sessionsAcl:CREATE" in line for line in site.check(runner(site))["warnings"])
    finally:
        site.plant.configure()


@pytest.mark.parametrize("site", ["data_modeling"], indirect=True)
def test_3d_jobs_that_cdf_refuses_are_a_line(site: Site) -> None:
    site.plant.configure(engine="jobs_3d")
    site.plant.strike({"kind": "403", "path": "3d/jobs/list", "times": 1})
    try:
        assert any(line.startswith("3D jobs: CDF answers 403") for line in site.check()["missing"])
    finally:
        site.plant.strike()
        site.plant.configure()


@pytest.mark.parametrize("site", ["data_modeling"], indirect=True)
def test_images_of_one_station_with_different_poses_are_a_warning(site: Site) -> None:
    name, image = site.plant.name, ViewId("cdf_cdm", "Cognite360Image", "v1")
    relation = {"space": name, "externalId": COLLECTION}
    station = {"space": name, "externalId": "station-1"}

    site.plant.client.data_modeling.instances.apply(
        NodeApply(
            name,
            "station-1",
            sources=[
                NodeOrEdgeData(
                    ViewId("cdf_cdm", "Cognite360ImageStation", "v1"),
                    {"name": "1", "groupType": "Station360"},
                )
            ],
        )
    )

    def put(external_id: str, turned: float) -> None:
        properties = {**POSE, "eulerRotationZ": turned, "collection360": relation, "station360": station}
        site.plant.client.data_modeling.instances.apply(
            NodeApply(name, external_id, sources=[NodeOrEdgeData(image, properties)])
        )

    put("p1", 0.5)
    put("p2", 0.5)
    assert not any("poses" in line for line in site.check()["warnings"])
    put("p2", 1.5)
    assert any(
        "1 stations have images with different poses" in line and "station-1" in line
        for line in site.check()["warnings"]
    )


@pytest.mark.parametrize("kind", ["500", "429", "400", "reset", "cut-json", "wrong-schema"])
def test_a_cdf_that_fails_is_a_line_and_the_check_goes_on(site: Site, kind: str) -> None:
    site.plant.strike({"kind": kind, "path": "models/spaces/byids", "times": 20})
    try:
        said = site.check()
    finally:
        site.plant.strike()
    assert any(line.startswith("spaces ") and "try again later" in line for line in said["missing"])
    assert any(
        "the triggers of the workflow" in line or "nothing starts" in line for line in said["warnings"]
    )


def test_the_command_tells_the_same_and_its_exit_code_says_whether_something_is_missing(site: Site) -> None:
    server = site.plant.server
    given = {
        "CDF_PROJECT": PROJECT,
        "CDF_URL": server.url,
        "CDF_TOKEN": server.token,
        "PATH": os.environ["PATH"],
    }
    given["PYTHONPATH"] = str(Path(detect_handler.__file__).parent)
    command = [sys.executable, "-m", "image360", "check", "--pipeline"]
    done = subprocess.run([*command, "ep_lost"], env=given, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "")
    assert "missing: extraction pipeline 'ep_lost' is not in project 'local'" in done.stdout
    assert server.token not in done.stdout
    unset = {key: each for key, each in given.items() if key != "CDF_PROJECT"}
    done = subprocess.run([*command, PIPELINE], env=unset, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "set CDF_PROJECT" in done.stderr


def test_the_answer_is_json_within_its_limit(site: Site) -> None:
    assert len(json.dumps(site.check())) < 36_000
