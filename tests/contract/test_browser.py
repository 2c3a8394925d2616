"""What a web page in a real browser can do to the local CDF when it knows where it is: nothing."""

import shutil
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from nodejs import install, needs, node

from demo.localserver import AT_ONCE, LocalServer, local_cdf

pytestmark = [pytest.mark.slow, needs("node", "npm", "chromium")]
BLOCKED = "failed: Failed to fetch"


class Quiet(SimpleHTTPRequestHandler):
    """A web server that says nothing."""

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A web page of another origin."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "index.html").write_text("<!doctype html><title>another site</title><body></body>")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module", autouse=True)
def installed() -> None:
    """The packages are there."""
    install()


def browse(page: str, *runs: str) -> list[Any]:
    """What code in a page returns."""
    chromium = shutil.which("chromium") or ""
    return node("browse.mjs", chromium, given=[{"page": page, "run": run} for run in runs])


def fetched(url: str, options: str = "{}") -> str:
    """Code that fetches, and returns status and text."""
    return f"async () => {{ const a = await fetch('{url}', {options}); return [a.status, await a.text()]; }}"


def posted(url: str, options: str) -> str:
    """Code that posts, and returns status and text."""
    return fetched(url, "{method: 'POST', " + options + "}")


def datasets(server: LocalServer) -> list[str | None]:
    """What is in the local CDF."""
    return [each.name for each in server.client("tests").data_sets.list(limit=None)]


def test_a_page_of_another_origin_can_neither_read_nor_write(page: str, fresh_cdf: LocalServer) -> None:
    api = f"{fresh_cdf.url}/api/v1/projects/local"
    body = """body: '{"items": [{"name": "evil"}]}'"""
    token = f"headers: {{Authorization: 'Bearer {fresh_cdf.token}'}}"
    form = f"""async () => {{
        document.body.innerHTML = '<iframe name="f"></iframe>' +
            '<form method="post" target="f" enctype="text/plain" action="{api}/datasets">' +
            '<input name=\\'{{"items": [{{"name": "\\' value="x"></form>';
        const answered = new Promise((done) => document.querySelector('iframe').onload = done);
        document.forms[0].submit();
        await Promise.race([answered, new Promise((done) => setTimeout(done, 2000))]);
        return 'sent';
    }}"""
    results = browse(
        page,
        fetched(f"{api}/groups"),
        fetched(f"{fresh_cdf.url}/_localcdf/log"),
        fetched(f"{api}/groups", "{headers: {Authorization: 'Bearer guessed'}}"),
        fetched(f"{api}/groups", f"{{{token}}}"),  # even with the token: the browser asks first
        posted(f"{api}/datasets", body),
        posted(f"{api}/datasets", f"{body}, {token}"),
        posted(f"{api}/datasets", f"{body}, mode: 'no-cors'"),
        form,
    )
    assert results[:6] == [BLOCKED] * 6
    assert results[6:] == [[0, ""], "sent"]
    assert datasets(fresh_cdf) == []
    asked = fresh_cdf.client("tests").get(f"{fresh_cdf.url}/_localcdf/log").json()["items"]
    seen = {each["status"] for each in asked if not each["caller"]}
    assert seen  # the browser was there
    assert all(status >= 400 for status in seen)


def test_a_page_cannot_read_what_a_signed_link_holds(page: str, fresh_cdf: LocalServer) -> None:
    client = fresh_cdf.client("tests")
    pixel = b'<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'
    client.files.upload_bytes(pixel, "a.svg", external_id="a", mime_type="image/svg+xml")
    link = client.files.retrieve_download_urls(external_id="a")["a"]
    assert browse(page, fetched(link)) == [BLOCKED]


def test_a_name_that_was_bound_to_this_machine_is_refused(fresh_cdf: LocalServer) -> None:
    port = fresh_cdf.url.rpartition(":")[2]
    rebound = f"http://rebound.example:{port}/api/v1/projects/local/groups"
    with_token = fetched(rebound, f"{{headers: {{Authorization: 'Bearer {fresh_cdf.token}'}}}}")
    ((status, text),) = browse(rebound, with_token)
    assert status == 403
    assert "loopback names only" in text


def test_an_origin_that_was_allowed_may_ask_with_the_token(page: str, tmp_path: Path) -> None:
    with local_cdf(tmp_path / "cdf", options=["--allow-origin", page]) as server:
        server.read_as(**AT_ONCE)
        api = f"{server.url}/api/v1/projects/local"
        token = f"headers: {{Authorization: 'Bearer {server.token}'}}"
        body = """body: '{"items": [{"name": "good"}]}'"""
        created, without = browse(
            page, posted(f"{api}/datasets", f"{body}, {token}"), fetched(f"{api}/groups")
        )
        assert created[0] == 200
        assert without[0] == 401
        assert datasets(server) == ["good"]
