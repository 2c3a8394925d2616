"""What the stock `cdf build` makes of the modules, for every choice that config.<env>.yaml offers."""

import csv
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

import pytest
import yaml

from deploy.variants import ROOT
from image360.config import parse_config

pytestmark = pytest.mark.slow

CDF = Path(sys.executable).parent / "cdf"
ENVIRONMENTS = ("dev", "prod")
TYPES = ("data_modeling", "hybrid", "asset_centric")
CHAINS = ("workflow", "schedules")
SECRET = "planted-7d1f4c"
# Rights that CDF knows in projects with classic resources only.
CLASSIC = {"annotationsAcl", "assetsAcl", "eventsAcl", "filesAcl", "rawAcl", "sequencesAcl", "timeSeriesAcl"}


def selected(project_type, chain, detect="ocr"):
    named = ("", f"_{project_type}", f"_{detect}", f"_{chain}", "_review")
    modules = [f"image360{name}" for name in named]
    triggers = f"image360_workflow_{project_type}"
    return modules + [triggers] * (chain == "workflow" and (ROOT / "modules" / triggers).is_dir())


@dataclass(frozen=True)
class Built:
    """A folder that `cdf build` has made."""

    folder: Path

    def resources(self, kind):
        loaded = [
            yaml.safe_load(path.read_text("utf-8")) for path in sorted(self.folder.rglob(f"*.{kind}.yaml"))
        ]
        return [each for part in loaded for each in (part if isinstance(part, list) else [part])]

    def zip_names(self, function):
        (path,) = self.folder.rglob(f"*{function}.zip")
        with ZipFile(path) as archive:
            return {name for name in archive.namelist() if not name.endswith("/")}

    def requirements(self, function):
        (path,) = self.folder.rglob(f"*{function}.zip")
        with ZipFile(path) as archive:
            lines = archive.read("requirements.txt").decode().splitlines()
        return {line.partition("==")[0] for line in lines}


def cdf_build(config, folder, root=ROOT):
    """Run the stock command as a fresh checkout would, with no index to ask and nothing to sign in with."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("CDF_", "IDP_"))}
    environment |= {"SENTRY_ENABLED": "false", "PIP_NO_INDEX": "1", "RUNNER_CLIENT_SECRET": SECRET}
    command = [str(CDF), "build", "--config-yaml", str(config), "--build-dir", str(folder)]
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)


def config_with(environment, modules, folder):
    content = yaml.safe_load((ROOT / f"config.{environment}.yaml").read_text("utf-8"))
    content["environment"]["selected"] = [f"modules/{module}" for module in modules]
    if "image360_data_modeling" in modules:
        content["variables"]["modules"] |= {"codeIn": "space", "codeHome": "sp_image360_code"}
    path = folder / f"config.{environment}.yaml"
    path.write_text(yaml.safe_dump(content, sort_keys=False), "utf-8")
    return path


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    made = {}

    def built(environment, project_type, chain, detect="ocr"):
        key = (environment, project_type, chain, detect)
        if key not in made:
            folder = tmp_path_factory.mktemp("built")
            config = config_with(environment, selected(project_type, chain, detect), folder)
            done = cdf_build(config, folder / "build")
            assert done.returncode == 0, done.stdout + done.stderr
            made[key] = Built(folder / "build")
        return made[key]

    return built


EVERY = [(e, t, c) for e in ENVIRONMENTS for t in TYPES for c in CHAINS]


@pytest.mark.parametrize(("environment", "project_type", "chain"), EVERY)
def test_the_build_finds_no_fault(build, environment, project_type, chain):
    built = build(environment, project_type, chain)
    with (built.folder / "insights.csv").open(newline="", encoding="utf-8") as file:
        insights = [row for row in csv.DictReader(file) if row["code"] != "INVALID-REQUIREMENTS"]
    # Spaces of the site and of Cognite in groups: nobody can look for them without credentials.
    others = [row for row in insights if row["code"] != "UNVERIFIED-REFERENCED-RESOURCE"]
    assert others == []
    assert all("/auth/" in row["source_file"] and "Missing space" in row["message"] for row in insights)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_what_is_shipped_builds_as_it_is(environment, tmp_path):
    done = cdf_build(ROOT / f"config.{environment}.yaml", tmp_path / "build")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("environment", "project_type", "chain"), EVERY)
def test_one_chain_is_built_and_nothing_of_the_other(build, environment, project_type, chain):
    built = build(environment, project_type, chain)
    triggers = {each["externalId"] for each in built.resources("WorkflowTrigger")}
    assert bool(built.resources("Schedule")) == (chain == "schedules")
    assert (
        bool(built.resources("Workflow")) == bool(built.resources("WorkflowVersion")) == (chain == "workflow")
    )
    on_nodes = {"data_modeling": {"images", "faces"}, "hybrid": {"images"}, "asset_centric": set()}
    wanted = {"sweep"} | on_nodes[project_type] if chain == "workflow" else set()
    assert triggers == {f"tr_image360_{name}" for name in wanted}


@pytest.mark.parametrize(("environment", "project_type", "chain"), EVERY)
def test_the_product_takes_the_config_that_is_deployed(build, environment, project_type, chain):
    (resource,) = build(environment, project_type, chain).resources("Config")
    config = parse_config(resource["config"], resource["externalId"])
    assert config.project_type == project_type
    assert not config.paused


def data_of_calls(built):
    """The data of every function call that schedules and workflows make."""
    calls = [each["data"] for each in built.resources("Schedule")]
    for version in built.resources("WorkflowVersion"):
        tasks = version["workflowDefinition"]["tasks"]
        calls += [t["parameters"]["function"]["data"] for t in tasks if t["type"] == "function"]
    return calls


@pytest.mark.parametrize("chain", CHAINS)
@pytest.mark.parametrize(("environment", "mode"), [("dev", "apply"), ("prod", "plan")])
def test_prod_only_plans_until_somebody_turns_it_on(build, environment, mode, chain):
    calls = data_of_calls(build(environment, "hybrid", chain))
    assert len(calls) == 2
    assert {each["mode"] for each in calls} == {mode}
    assert {each["extraction_pipeline"] for each in calls} == {"ep_image360"}


@pytest.mark.parametrize("project_type", ["data_modeling", "hybrid"])
def test_a_trigger_asks_for_as_many_nodes_as_a_batch_holds_and_none_that_the_functions_write(
    build, project_type
):
    built = build("dev", project_type, "workflow")
    (resource,) = built.resources("Config")
    config = yaml.safe_load(resource["config"])
    written = {config["state"]["space"], "sp_image360_code", "sp_image360_decisions"}
    written |= set((config.get("contextualization") or {}).values())
    for trigger in built.resources("WorkflowTrigger"):
        rule = trigger["triggerRule"]
        if rule["triggerType"] == "schedule":
            assert trigger["input"] == {"items": []}
            continue
        query = rule["dataModelingQuery"]
        assert query["with"].keys() == query["select"].keys()
        for expression in query["with"].values():
            assert expression["limit"] == rule["batchSize"]
            in_space, *further = expression["nodes"]["filter"]["and"]
            assert in_space["equals"]["property"] == ["node", "space"]
            assert in_space["equals"]["value"] not in written
            assert further, "a space alone lets anything fire that somebody puts into it"


def test_tasks_keep_to_the_times_of_cdf_and_a_hanging_one_stops_no_other_shard(build):
    (version,) = build("dev", "hybrid", "workflow").resources("WorkflowVersion")
    tasks = {task["externalId"]: task for task in version["workflowDefinition"]["tasks"]}
    assert list(tasks) == ["shard", "detect", "match", "report"]
    assert all(100 <= task["timeout"] <= 43200 and task["retries"] <= 10 for task in tasks.values())
    assert [each["onFailure"] for each in tasks.values()] == [
        "abortWorkflow",
        "skipTask",
        "skipTask",
        "abortWorkflow",
    ]
    for before, after in [("shard", "detect"), ("detect", "match"), ("match", "report")]:
        assert tasks[after]["dependsOn"] == [{"externalId": before}]
    named = set(re.findall(r"\$\{([^}]*)\}", json.dumps(version)))
    assert named == {
        "workflow.input.items",
        *(f"shard.output.response.{key}" for key in ("detect_tasks", "match_tasks", "run")),
    }


def acls(group):
    return {acl for capability in group["capabilities"] for acl in capability}


@pytest.mark.parametrize("project_type", TYPES)
def test_each_role_has_a_group_and_no_right_that_its_kind_of_project_refuses(build, project_type):
    groups = {each["name"]: each for each in build("dev", project_type, "workflow").resources("Group")}
    kind = project_type.replace("_", "-")
    of_the_kind = {f"image360 {role} of {kind} projects" for role in ("deployer", "dry run")}
    assert groups.keys() == of_the_kind | {
        f"image360 {role}" for role in ("deployer", "dry run", "runner", "reviewer", "review app")
    }
    classic = {name: acls(group) & CLASSIC for name, group in groups.items() if acls(group) & CLASSIC}
    # The one right of the kind that data-modeling projects know: cognite-toolkit asks for it to deploy code.
    assert all(classic.pop(name) == {"filesAcl"} for name in (*of_the_kind, "image360 review app"))
    assert set(classic) == (
        set() if project_type == "data_modeling" else {"image360 runner", "image360 reviewer"}
    )


@pytest.mark.parametrize("project_type", ["hybrid", "asset_centric"])
def test_who_deploys_reaches_no_file_but_the_code(build, project_type):
    groups = build("dev", project_type, "workflow").resources("Group")
    files = [
        right["scope"]
        for group in groups
        if "deployer" in group["name"] or "dry run" in group["name"]
        for each in group["capabilities"]
        for acl, right in each.items()
        if acl in ("filesAcl", "dataModelInstancesAcl")
    ]
    assert files == [{"datasetScope": {"ids": ["ds_image360"]}}] * 2


@pytest.mark.parametrize("project_type", TYPES)
def test_who_runs_the_functions_writes_no_decision_and_who_decides_writes_nothing_else(build, project_type):
    groups = {each["name"]: each for each in build("dev", project_type, "workflow").resources("Group")}

    def written(role):
        rights = [right for each in groups[f"image360 {role}"]["capabilities"] for right in each.items()]
        return {
            (acl, *right["scope"].get("spaceIdScope", {}).get("spaceIds", []))
            for acl, right in rights
            if set(right["actions"]) - {"READ", "LIST"}
        }

    assert written("reviewer") == {("dataModelInstancesAcl", "sp_image360_decisions")}
    assert not any("sp_image360_decisions" in each for each in written("runner"))
    assert written("dry run") == set()


def test_who_opens_the_review_app_reads_no_file_but_the_code(build):
    groups = {each["name"]: each for each in build("dev", "data_modeling", "workflow").resources("Group")}
    opener = groups["image360 review app"]
    assert opener["sourceId"] == groups["image360 reviewer"]["sourceId"]
    rights = {acl: right for each in opener["capabilities"] for acl, right in each.items()}
    assert all(right["actions"] == ["READ"] for right in rights.values())
    assert rights["filesAcl"]["scope"] == {"datasetScope": {"ids": ["ds_image360"]}}


def test_the_app_that_is_uploaded_holds_all_that_it_imports_and_nothing_heavy(build, tmp_path):
    """What the toolkit uploads is laid out as in the browser, and imported without our other code."""
    (uploaded,) = (build("dev", "hybrid", "workflow").folder / "streamlit").glob("*.json")
    app = json.loads(uploaded.read_text("utf-8"))
    for name, file in app["files"].items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(file["content"]["text"], "utf-8")
    assert app["entrypoint"] in app["files"]
    look = (
        "import sys, pkgutil, importlib, image360, review; sys.dont_write_bytecode = True\n"
        "for package in (image360, review):\n"
        "    for each in pkgutil.walk_packages(package.__path__, package.__name__ + '.'):\n"
        "        importlib.import_module(each.name)\n"
        "print(image360.__file__, *sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    settings = {"cwd": tmp_path, "env": {"PATH": os.environ["PATH"], "PYTHONPATH": str(tmp_path)}}
    command = [sys.executable, "-c", look]
    done = subprocess.run(command, **settings, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    where, *modules = done.stdout.split()
    assert Path(where).is_relative_to(tmp_path)
    heavy = {"rapidfuzz", "cv2", "openvino", "onnxruntime", "rapidocr", "localcdf", "demo", "samples"}
    assert heavy.isdisjoint(modules)
    named = {re.split("[<>=]", line)[0] for line in app["requirements"]}
    assert named == {"cognite-sdk", "numpy", "pillow", "pydantic", "pyyaml"}


HANDLERS = {"fn_image360_detect": "detect_handler.py", "fn_image360_match": "match_handler.py"}


@pytest.mark.parametrize("detect", ["ocr", "ocr_tiny", "auto", "jobs_3d", "vision"])
def test_the_zips_hold_the_entry_the_package_and_what_the_variant_needs(build, detect):
    built = build("dev", "data_modeling" if detect in ("auto", "jobs_3d") else "hybrid", "workflow", detect)
    functions = {each["externalId"]: each for each in built.resources("Function")}
    assert {name: each["functionPath"] for name, each in functions.items()} == HANDLERS
    for name, entry in HANDLERS.items():
        names = built.zip_names(name)
        assert {entry, "requirements.txt", "image360/__init__.py", "image360/call.py"} <= names
        strays = [
            each
            for each in names
            if each not in {*HANDLERS.values(), "requirements.txt"} and not each.startswith("image360/")
        ]
        assert strays == []
        assert not [each for each in names if "__pycache__" in each or "test" in each or "__main__" in each]
    packages = {"openvino", "onnxruntime", "rapidocr", "opencv-python-headless", "pillow"}
    carried = {
        "ocr": packages - {"onnxruntime"},
        "auto": packages - {"onnxruntime"},
        "ocr_tiny": packages - {"openvino"},
    }.get(detect, set())
    assert built.requirements("fn_image360_detect") & packages == carried
    assert built.requirements("fn_image360_match") & packages == set()
    tiny = {name for name in built.zip_names("fn_image360_detect") if name.endswith(".onnx")}
    assert tiny == ({"image360/detection/PP-OCRv6_det_tiny.onnx"} if detect == "ocr_tiny" else set())


def test_a_cache_beside_the_code_is_not_zipped(build, tmp_path):
    cache = ROOT / "functions" / "image360" / "__pycache__"
    assert cache.is_dir() or cache.mkdir() is None
    assert not [
        each for each in build("dev", "hybrid", "workflow").zip_names("fn_image360_detect") if "pyc" in each
    ]


def test_no_secret_gets_into_what_is_built(build):
    folder = build("dev", "data_modeling", "workflow", "jobs_3d").folder
    for path in (each for each in folder.rglob("*") if each.is_file()):
        assert SECRET.encode() not in path.read_bytes(), path
    for path in folder.rglob("*.zip"):
        with ZipFile(path) as archive:
            assert not [name for name in archive.namelist() if SECRET.encode() in archive.read(name)]
    (detect,) = [each for each in Built(folder).resources("Function") if "secrets" in each]
    assert detect["secrets"] == {
        "jobs-client-id": "${JOBS_CLIENT_ID}",
        "jobs-secret": "${JOBS_CLIENT_SECRET}",
    }
