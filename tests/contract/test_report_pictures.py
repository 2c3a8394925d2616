"""The report of a run on the drawn site, by the command, as people see it: the pictures of the docs."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from nodejs import needs
from rich.console import Console

from demo.deploy import STATE_SPACE
from demo.localserver import AT_ONCE, PROJECT, local_cdf
from demo.progress import Steps
from demo.projects import PROJECTS
from demo.review import fill
from image360.nodes import list_nodes
from image360.state.ids import PROPOSAL_VIEW, RUN_VIEW

pytest.importorskip("playwright")
from tests.contract.report_lab import PAPER, PHONE, Opened, Reader, reader
from tests.contract.screenshots import PICTURES

pytestmark = [pytest.mark.slow, needs("chromium")]
KIND = "hybrid"
Written = tuple[Path, dict[str, int]]
LARGEST = 25_000_000  # bytes of a report


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    with reader(tmp_path_factory.mktemp("reports")) as started:
        yield started


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory, reports: Reader) -> Written:
    """The report of the run that has matched the site, and how many proposals of each decision CDF holds."""
    folder = tmp_path_factory.mktemp("run")
    with local_cdf(folder / "cdf", project_status=PROJECTS[KIND].status) as server:
        server.read_as(**AT_ONCE)
        with Steps(Console(quiet=True)) as steps:
            fill(server, KIND, folder / "site", 1, steps)
        server.admin("clock", {"advance": 60})
        client = server.client("onlooker")
        (node,) = list_nodes(client, RUN_VIEW, [STATE_SPACE])
        decisions = [each.properties["decision"] for each in list_nodes(client, PROPOSAL_VIEW, [STATE_SPACE])]
        way = {"CDF_URL": server.url, "CDF_PROJECT": PROJECT, "CDF_TOKEN": server.token}
        kept = {name: each for name, each in os.environ.items() if not name.startswith(("CDF_", "IDP_"))}
        command = [sys.executable, "-m", "image360", "report", node.properties["run"], "--out", "report.html"]
        subprocess.run(command, env={**kept, **way}, cwd=folder, check=True)
    return folder / "report.html", {each: decisions.count(each) for each in set(decisions)}


def test_the_page_of_a_run_shows_what_cdf_holds(
    reports: Reader, written: tuple[Path, dict[str, int]]
) -> None:
    path, decisions = written
    assert path.stat().st_size < LARGEST
    opened = reports.open(path)
    opened.wait()
    page = opened.page
    for kind, count in decisions.items():
        assert page.locator(f"tr[data-kind={kind}]").count() == count
    assert page.get_by_text("Precision").count() == 0
    _look(opened)
    page.screenshot(path=PICTURES / "report.png")
    assert opened.said == []


def test_it_is_readable_on_a_phone_and_on_paper(
    reports: Reader, written: tuple[Path, dict[str, int]]
) -> None:
    path, _ = written
    phone = reports.open(path, PHONE, device_scale_factor=2)
    phone.wait()
    _look(phone, is_phone=True)
    phone.page.screenshot(path=PICTURES / "report-phone.png")
    paper = reports.open(path, PAPER)
    paper.wait()
    paper.page.emulate_media(media="print")
    paper.page.evaluate("() => dispatchEvent(new Event('beforeprint'))")
    paper.page.wait_for_timeout(1000)  # in which the pictures are drawn
    paper.page.screenshot(path=PICTURES / "report-print.png")
    for opened in (phone, paper):
        assert opened.page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
        assert opened.said == []


def _look(opened: Opened, *, is_phone: bool = False) -> None:
    """Pick a text that waits for a person, with the panorama and its row on screen."""
    opened.page.locator(".work").evaluate("node => node.scrollIntoView({ block: 'start' })")
    opened.page.locator("#i0 tr.suggest .look").first.click()
    block = "start" if is_phone else "center"
    opened.page.locator("tr.picked").evaluate("(node, block) => node.scrollIntoView({ block })", block)
    if not is_phone:
        opened.page.locator(".work").evaluate("node => node.scrollIntoView({ block: 'start' })")
    opened.settle()
    opened.page.wait_for_timeout(500)  # in which the last pictures are drawn
