"""`--isolated`: a function runs in an environment made of its own requirements.txt, and of nothing else."""

import io
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.contract.flows import Flows, Json, flows_on

ROOT = Path(__file__).parents[2]
PATIENCE = 300  # seconds for an installation
SDK = next(
    line
    for line in (ROOT / "variants/light/requirements.txt").read_text("utf-8").splitlines()
    if line.startswith("cognite-sdk==")
)
TELLS = """
import importlib.util, sys

def handle(client, data):
    here = {name: importlib.util.find_spec(name) is not None for name in data["names"]}
    import cognite.client
    return {"here": here, "prefix": sys.prefix, "path": sys.path, "sdk": cognite.client.__version__}
"""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def flows(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flows]:
    """A local CDF that isolates functions."""
    with flows_on(tmp_path_factory.mktemp("isolated"), "--isolated") as made:
        yield made


def created(flows: Flows, files: dict[str, bytes], **fields: Any) -> Json:
    """A function made of these files."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, each in files.items():
            archive.writestr(name, each)
    file = flows.get("/files", {"name": "code.zip"})
    assert flows.http.put(file["uploadUrl"], content=content.getvalue()).is_success
    return flows.one("/functions", {"name": "f", "fileId": file["id"]} | fields)


def settled(flows: Flows, function: Json) -> Json:
    """A function once it is ready or has failed."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        now = flows.get(f"/functions/{function['id']}")
        if now["status"] in ("Ready", "Failed"):
            return now
        time.sleep(0.1)
    raise AssertionError(now)


def deployed(flows: Flows, files: dict[str, bytes], **fields: Any) -> Json:
    """The same, settled."""
    return settled(flows, created(flows, files, **fields))


def called(flows: Flows, function: Json, data: Json) -> Any:
    """What a call of a function has answered."""
    path = f"/functions/{function['id']}"
    call = flows.get(f"{path}/call", {"data": data, "nonce": flows.nonce()})
    while call["status"] == "Running":
        time.sleep(0.1)
        call = flows.get(f"{path}/calls/{call['id']}")
    assert call["status"] == "Completed", call
    return flows.get(f"{path}/calls/{call['id']}/response")["response"]


def test_a_function_has_what_its_requirements_name_and_nothing_else(flows: Flows) -> None:
    files = {"handler.py": TELLS.encode(), "requirements.txt": f"{SDK}\nsix==1.17.0\n".encode()}
    function = deployed(flows, files)
    assert function["status"] == "Ready", function
    told = called(flows, function, {"names": ["six", "starlette", "localcdf", "image360"]})
    here = {"six": True, "starlette": False, "localcdf": False, "image360": False}
    assert told["here"] == here
    assert told["sdk"] == SDK.removeprefix("cognite-sdk==")
    assert "environments" in Path(told["prefix"]).parts
    assert not [each for each in told["path"] if each.startswith(str(ROOT))]


def test_requirements_that_cannot_be_installed_fail_the_function(flows: Flows) -> None:
    files = {"handler.py": TELLS.encode(), "requirements.txt": b"six==999.0\n"}
    function = deployed(flows, files)
    assert function["status"] == "Failed"
    message = function["error"]["message"]
    assert message.startswith("Function deployment failed: requirements.txt cannot be installed:")
    assert "six==999.0" in message
    refusal = flows.refused(f"/functions/{function['id']}/call", {"nonce": flows.nonce()})
    assert "it can be called when Ready" in refusal


def test_credentials_of_an_index_are_in_no_answer(flows: Flows) -> None:
    index = "http://user:its-password@127.0.0.1:9/simple"
    files = {"handler.py": TELLS.encode(), "requirements.txt": b"no-such-package-anywhere==1.0\n"}
    function = deployed(flows, files, indexUrl=index)
    assert function["status"] == "Failed"
    assert "its-password" not in str(flows.get(f"/functions/{function['id']}"))


def test_a_function_outlives_a_kill_while_its_requirements_are_installed(tmp_path: Path) -> None:
    files = {"handler.py": TELLS.encode(), "requirements.txt": f"{SDK}\n".encode()}
    with flows_on(tmp_path, "--isolated", function_deployment="180") as flows:
        function = created(flows, files)
        flows.advance(180)
        assert flows.get(f"/functions/{function['id']}")["status"] == "Deploying"
        flows.server.process.kill()
        flows.server.wait()
    with flows_on(tmp_path, "--isolated") as flows:
        function = settled(flows, function)
        assert called(flows, function, {"names": ["six"]})["here"]
        assert list((tmp_path / "environments").glob("*.part")) == []


# Imports what a variant may need: the handlers and all steps, or every module with the OCR engine.
IMPORTS = """
import importlib, pkgutil

def handle(data):
    import detect_handler, match_handler, image360
    steps = [*detect_handler.STEPS.values(), *match_handler.STEPS.values()]
    names = [each.partition(":")[0] for each in steps]
    if data["all"]:
        names += [each.name for each in pkgutil.walk_packages(image360.__path__, "image360.")]
    for name in names:
        importlib.import_module(name)
    return len(names)
"""


@pytest.mark.parametrize("variant", ["light", "ocr_tiny", "ocr"])
def test_the_requirements_of_each_variant_are_complete(flows: Flows, variant: str) -> None:
    code = ROOT / "variants" / variant
    files = {str(each.relative_to(code)): each.read_bytes() for each in code.rglob("*.py")}
    files |= {"requirements.txt": (code / "requirements.txt").read_bytes(), "imports.py": IMPORTS.encode()}
    function = deployed(flows, files, functionPath="imports.py")
    assert function["status"] == "Ready", function
    assert called(flows, function, {"all": variant != "light"}) > (3 if variant == "light" else 30)
