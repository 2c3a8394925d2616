"""The files that deploy agree with each other: versions, variables, and what a pull request is given."""

import json
import re
import subprocess
import sys
import tomllib

import pytest
import yaml

from deploy.variants import ROOT

WORKFLOWS = ROOT / ".github" / "workflows"
VERSION = tomllib.loads((ROOT / "cdf.toml").read_text("utf-8"))["modules"]["version"]


# Asked in a process of its own: the toolkit warns of itself when it is imported.
MISSING = """
import json, sys
from cognite_toolkit._cdf_tk.commands.auth.data_classes._environment_variables import EnvironmentVariables
print(sorted(EnvironmentVariables(**json.loads(sys.argv[1])).get_missing_vars()))
"""


def text(path):
    return (ROOT / path).read_text("utf-8")


def deploy_time_variables():
    """What the modules name as ${VARIABLE}."""
    return {
        name
        for path in (ROOT / "modules").rglob("*.yaml")
        for name in re.findall(r"\$\{([A-Za-z_]\w*)\}", path.read_text("utf-8"))
    }


def sample(name):
    lines = [line for line in text(f"deploy/samples/{name}.env").splitlines() if not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def test_the_toolkit_has_one_version():
    assert f"cognite-toolkit=={VERSION}\n" in text("requirements/deploy.in")
    assert f"cognite-toolkit=={VERSION} \\" in text("requirements/deploy.txt")
    assert f'"cognite-toolkit=={VERSION}"' in text("pyproject.toml")


def test_the_modules_name_four_variables_that_are_set_at_deployment():
    assert deploy_time_variables() == {
        "RUNNER_CLIENT_ID",
        "RUNNER_CLIENT_SECRET",
        "JOBS_CLIENT_ID",
        "JOBS_CLIENT_SECRET",
    }


@pytest.mark.parametrize("name", ["entra-id", "oidc"])
def test_a_sample_holds_all_that_the_toolkit_and_the_modules_ask_for(name):
    variables = sample(name)
    assert deploy_time_variables() <= variables.keys()
    login = {key: value for key, value in variables.items() if key not in deploy_time_variables()}
    command = [sys.executable, "-W", "ignore", "-c", MISSING, json.dumps(login)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def jobs():
    for path in sorted(WORKFLOWS.glob("*.yaml")):
        for name, job in yaml.safe_load(path.read_text("utf-8"))["jobs"].items():
            yield pytest.param(job, id=f"{path.stem}-{name}")


@pytest.mark.parametrize("job", list(jobs()))
def test_every_action_is_pinned_by_commit(job):
    used = [step["uses"] for step in job["steps"] if "uses" in step]
    assert all(re.fullmatch(r"actions/[a-z-]+@[0-9a-f]{40}", each) for each in used), used
    checkouts = [step for step in job["steps"] if "checkout@" in step.get("uses", "")]
    assert all(step["with"] == {"persist-credentials": False} for step in checkouts)


def test_both_workflows_hand_over_every_variable_of_the_samples():
    named = sample("entra-id").keys() | sample("oidc").keys()
    for path, job in (("pull-request", "dry-run"), ("deploy", "deploy")):
        given = yaml.safe_load((WORKFLOWS / f"{path}.yaml").read_text("utf-8"))["jobs"][job]["env"]
        assert given.keys() == named


def test_a_pull_request_is_given_nothing_that_can_write_and_a_fork_nothing_at_all():
    workflow = yaml.safe_load((WORKFLOWS / "pull-request.yaml").read_text("utf-8"))
    assert workflow[True] == "pull_request"  # YAML reads `on` as a truth value
    assert workflow["permissions"] == {}
    build, dry_run, comment = (workflow["jobs"][name] for name in ("build", "dry-run", "comment"))
    assert "env" not in build
    assert "environment" not in build
    assert "head.repo.full_name == github.repository" in dry_run["if"]
    assert dry_run["environment"].endswith("-dry-run")
    secrets = {name for name, value in dry_run["env"].items() if "secrets." in value}
    assert secrets == {"IDP_CLIENT_SECRET"}
    assert [job["permissions"] for job in (build, dry_run)] == [{"contents": "read"}] * 2
    assert comment["permissions"] == {"pull-requests": "write"}
    assert not [step for step in comment["steps"] if "checkout" in step.get("uses", "")]


def test_the_two_environments_differ_where_users_differ():
    dev, prod = (yaml.safe_load(text(f"config.{name}.yaml")) for name in ("dev", "prod"))
    assert dev["environment"]["selected"] == prod["environment"]["selected"]
    assert dev["environment"]["project"] != prod["environment"]["project"]
    ours, theirs = (each["variables"]["modules"] for each in (dev, prod))
    assert ours.keys() == theirs.keys()
    assert (ours["mode"], theirs["mode"]) == ("apply", "plan")
    for name in ("sweepCron", "maxImagesPerRun", "maxApprovalsPerRun", "runnerSourceId", "imageSpace"):
        assert ours[name] != theirs[name], name
    assert ours["stateSpace"] == theirs["stateSpace"]
