"""A drawn site whose queue has doubtful items, reviewers with their rights, and the app in a browser."""

import shutil
import socket
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
from cognite.client import CogniteClient
from cognite.client.data_classes.data_modeling import NodeApply, NodeOrEdgeData
from playwright.sync_api import Browser, Page, sync_playwright

from demo.deploy import STATE_SPACE
from demo.localserver import LocalServer
from demo.projects.loading import ASSET_SPACE, IMAGE_SPACE
from demo.review import app
from image360.geometry import face_uv_to_direction
from image360.nodes import list_nodes
from image360.state.ids import DECISION_VIEW, DECISIONS_SPACE, PROPOSAL_VIEW
from image360.state.pairs import Key, Pair
from tests.contract.roles import reviewer, token_of

PATIENCE = 60_000  # milliseconds, for a busy machine
UP_WITHIN = 60  # seconds


def write_proposals(client: CogniteClient, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Write proposals as a match call would; a row needs image, asset, text and score."""
    nodes = [
        NodeApply(STATE_SPACE, _name(number, row), sources=[NodeOrEdgeData(PROPOSAL_VIEW, _properties(row))])
        for number, row in enumerate(rows)
    ]
    for start in range(0, len(nodes), 1000):
        client.data_modeling.instances.apply(nodes[start : start + 1000])
    return [each.external_id for each in nodes]


def _name(number: int, row: Mapping[str, Any]) -> str:
    return f"pr_{row['asset']}_{row['image']}_{number}"


def _properties(row: Mapping[str, Any]) -> dict[str, Any]:
    corners = row.get("polygon")
    if corners is None:
        corners = face_uv_to_direction("front", [0.5, 0.6, 0.6, 0.5], [0.5, 0.5, 0.53, 0.53])
    pair = Pair((IMAGE_SPACE, row["image"]), (ASSET_SPACE, row["asset"]))
    runner_up = row.get("runner_up")
    return {
        **pair.properties,
        "text": row["text"],
        "regions": [0],
        "polygon": np.ravel(corners).tolist(),
        "runnerUp": {"space": ASSET_SPACE, "externalId": runner_up} if runner_up else None,
        "decision": row.get("decision", "suggest"),
        "level": "fuzzy",
        "score": row["score"],
        "reason": row.get("reason", f"reads {row['text']}, near to {row['asset']}"),
        "held": False,
    }


@dataclass
class Lab:
    """The site, and the app for each reviewer."""

    server: LocalServer
    browser: Browser
    apps: Mapping[str, str]  # address by reviewer
    subjects: Mapping[str, str] = field(default_factory=dict[str, str])
    written: list[str] = field(default_factory=list[str])

    @property
    def client(self) -> CogniteClient:
        """The client of who looks on."""
        return self.server.client("onlooker")

    def ask(self, *rows: Mapping[str, Any]) -> None:
        """Let proposals wait, before all others."""
        self.written += write_proposals(self.client, rows)
        self.pass_time()

    def pass_time(self) -> None:
        """Let lists show what was written."""
        self.server.admin("clock", {"advance": 10})  # of the hour of a token

    def open(self, reviewer: str = "anna", path: str = "", *, wait: bool = True) -> Page:
        """Open the app as a reviewer; wait until all of it is there."""
        page = self.browser.new_context(viewport={"width": 1400, "height": 900}).new_page()
        page.set_default_timeout(PATIENCE)
        page.goto(f"{self.apps[reviewer]}/{path}")
        if wait:
            page.get_by_text("decided by you").or_(page.get_by_text("Import")).first.wait_for()
        return page

    def decisions(self) -> list[dict[str, Any]]:
        """What is decided, by asset."""
        self.pass_time()
        found = [dict(each.properties) for each in list_nodes(self.client, DECISION_VIEW, [DECISIONS_SPACE])]
        return sorted(found, key=lambda each: (each["asset"]["externalId"], each["image"]["externalId"]))

    def verdicts(self) -> list[tuple[str, str, str]]:
        """Asset, image and verdict of each decision."""
        return [
            (each["asset"]["externalId"], each["image"]["externalId"], each["verdict"])
            for each in self.decisions()
        ]

    def clear(self) -> None:
        """Take away what a test has asked and decided."""
        self.pass_time()
        instances = self.client.data_modeling.instances
        decided = list_nodes(self.client, DECISION_VIEW, [DECISIONS_SPACE])
        ids: list[Key] = [(each.space, each.external_id) for each in decided]
        ids += [(STATE_SPACE, name) for name in self.written]
        for start in range(0, len(ids), 1000):
            instances.delete(ids[start : start + 1000])
        self.written.clear()
        for context in self.browser.contexts:
            for page in context.pages:  # for the report of a test that has failed
                print(f"{page.url}: {page.inner_text('body')}")
            context.close()
        self.pass_time()


@contextmanager
def lab(server: LocalServer, project_type: str, reviewers: Sequence[str]) -> Iterator[Lab]:
    """Start the app for each reviewer, and a browser."""
    with ExitStack() as stack:
        apps: dict[str, str] = {}
        for name in reviewers:
            token = token_of(server, name, reviewer(server.client("admin"), project_type))
            port = _free_port()
            stack.enter_context(app(server.url, token, port))
            apps[name] = f"http://127.0.0.1:{port}"
        for url in apps.values():
            _wait_until_up(url)
        driver = stack.enter_context(sync_playwright())
        chromium = shutil.which("chromium")
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        stack.callback(browser.close)
        yield Lab(server, browser, apps)


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def _wait_until_up(url: str) -> None:
    end = time.monotonic() + UP_WITHIN
    while True:
        try:
            httpx2.get(f"{url}/_stcore/health").raise_for_status()
        except httpx2.HTTPError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)
        else:
            return


def press(page: Page, key: str) -> None:
    """Strike a key, once all is drawn: until then it is of what is no longer shown."""
    page.locator("[data-test-script-state=notRunning]").wait_for()
    page.keyboard.press(key)


def picture(page: Page, path: Path) -> None:
    """Take a screenshot, once the picture of the text is there."""
    page.locator("img").first.wait_for()
    page.wait_for_function("() => [...document.images].every((each) => each.complete)")
    page.screenshot(path=path)
