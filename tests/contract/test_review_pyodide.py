"""The uploaded app in Pyodide, as CDF runs it: in a browser, as who is signed in, against the local CDF.

What runs here is all of it but what is shown: the desk, decisions, the way back, the spreadsheet. What
Streamlit needs, numpy and Pillow among it, comes for Pyodide from its own download site and from no package
registry; the pages and the pictures are tested with Streamlit on a laptop (test_review_browser.py).
"""

import json
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import files
from pathlib import Path
from typing import Any

import pytest
from cognite_toolkit._cdf_tk.resource_ios import StreamlitIO
from nodejs import FOLDER, install, needs

from demo.localserver import PROJECT, LocalServer
from deploy.variants import APP, APP_ENTRY, ROOT
from tests.contract.plants import Plant
from tests.contract.review_plants import deployed, matched, verdicts
from tests.contract.roles import reviewer, token_of
from tests.contract.test_reviewer_rights import in_spaces_of

pytest.importorskip("playwright")
from playwright.sync_api import sync_playwright

pytestmark = [pytest.mark.slow, needs("node", "npm", "chromium")]
KIND = "hybrid"
PATIENCE = 180_000  # milliseconds, for a busy machine
# What the app and the SDK import, in Python alone; these are the same for every platform.
PURE = (
    "annotated-types",
    "anyio",
    "certifi",
    "charset-normalizer",
    "cognite-sdk",
    "httpx2",
    "idna",
    "msal",
    "packaging",
    "protobuf",
    "pydantic",
    "PyJWT",
    "PyYAML",
    "requests",
    "typing-extensions",
    "typing-inspection",
    "tzdata",
    "urllib3",
)
LOAD = """async ({wheels, code}) => {
  const python = await loadPyodide({indexURL: "/pyodide/"});
  const fetched = async (name) => await (await fetch("/" + name)).arrayBuffer();
  python.unpackArchive(await fetched("pure.zip"), "zip", {extractDir: "/lib/python3.14/site-packages"});
  for (const name of wheels) python.unpackArchive(await fetched(name), "wheel");
  return await python.runPythonAsync(code);
}"""
# By these variables CDF tells the SDK in the browser where it is and who is there (cognite-sdk 8.22).
SIGNED_IN = """
import json, os, sys
os.environ.update(json.loads({settings!r}))
"""
UNPACKED = """
from pathlib import Path
from cognite.client import CogniteClient
uploaded = json.loads(CogniteClient().files.download_bytes(external_id="image360_review"))
for name, file in uploaded["files"].items():
    Path("/app", name).parent.mkdir(parents=True, exist_ok=True)
    Path("/app", name).write_text(file["content"]["text"])
sys.path.insert(0, "/app")
"""
WORK = """
from review.connection import sit_down
from review.sheet import export, read
desk = sit_down()
desk.count()
seen = {"total": desk.total, "first": desk.entry.shown.text, "platform": sys.platform}
seen["found"] = [each.name for each in desk.assets.search("21-PT-1002").assets]
desk.decide("approve")
seen["approved"] = desk.message
desk.undo()
seen["undone"] = desk.message
sheet = export(desk.waiting.all(), desk.assets)
seen["rows"] = sheet.count(b"pr_")
seen["blank"] = read(sheet, desk.waiting, desk.assets).blank
while len(desk.entry.pairs) < 3:
    desk.skip()
desk.decide("reject", group=True)
seen["group"] = desk.message
json.dumps(seen)
"""


class Quiet(SimpleHTTPRequestHandler):
    """A web server that says nothing."""

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the page loads: Pyodide, and the packages."""
    install()
    made = tmp_path_factory.mktemp("pyodide")
    shutil.copytree(FOLDER / "node_modules" / "pyodide", made / "pyodide")
    (made / "index.html").write_text('<!doctype html><script src="pyodide/pyodide.js"></script>', "utf-8")
    with zipfile.ZipFile(made / "pure.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for package in PURE:
            for each in files(package) or ():
                path = Path(str(each.locate()))
                is_ours = ".." not in each.parts and "__pycache__" not in each.parts
                if is_ours and path.suffix not in (".so", ".pyc") and path.is_file():
                    archive.write(path, each.as_posix())
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    target = ["--only-binary=:all:", "--platform", "pyemscripten_2026_0_wasm32", "--python-version", "3.14"]
    given = ["--implementation", "cp", "--abi", "cp314", "--abi", "none", "--require-hashes"]
    named = ["--requirement", str(Path(__file__).parent / "pyodide.txt"), "--dest", str(made)]
    subprocess.run([*pip, *target, *given, *named], check=True)
    return made


@pytest.fixture(scope="module")
def page(folder: Path) -> Iterator[str]:
    """Where the page is."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def plant(page: str, tmp_path: Path) -> Iterator[Plant]:
    """A plant that was matched, in a local CDF that lets the page ask."""
    with deployed(KIND, tmp_path / "cdf", ["--allow-origin", page]) as project, matched(project) as made:
        yield made


def upload(server: LocalServer) -> None:
    """Upload the app as the toolkit does."""
    content = StreamlitIO._as_json_string(ROOT / "variants" / APP, APP_ENTRY)
    client = server.client("deployer")
    data_set = client.data_sets.retrieve(external_id="ds_image360")
    assert data_set is not None
    client.files.upload_bytes(
        content, name="image360 review-source.json", external_id="image360_review", data_set_id=data_set.id
    )


def test_the_uploaded_app_works_in_the_browser(page: str, plant: Plant, folder: Path) -> None:
    upload(plant.server)
    plant.pass_time()
    token = token_of(plant.server, "anna", in_spaces_of(plant, reviewer(plant.client, KIND)))
    settings = {
        "COGNITE_FUSION_NOTEBOOK": "1",
        "COGNITE_PROJECT": PROJECT,
        "COGNITE_BASE_URL": plant.server.url,
        "COGNITE_TOKEN": token,
    }
    code = SIGNED_IN.format(settings=json.dumps(settings)) + UNPACKED + WORK
    wheels = [each.name for each in folder.glob("*.whl")]
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        tab = browser.new_page()
        tab.set_default_timeout(PATIENCE)
        tab.goto(f"{page}/index.html")
        seen = json.loads(tab.evaluate(LOAD, {"wheels": wheels, "code": code}))
        browser.close()
    assert seen == {
        "platform": "emscripten",
        "total": 5,
        "first": seen["first"],
        "found": ["21-PT-1002"],
        "approved": f"Approved: '{seen['first']}'.",
        "undone": "Taken back: 1.",
        "rows": 5,
        "blank": 5,
        "group": "Rejected: '21 PT 1003' on 3 images.",
    }
    assert verdicts(plant) == [("a", "reject"), ("b", "reject"), ("c", "reject")]
