"""`python -m deploy` with the stock `cdf`: where it stops, and that nothing in the checkout talks it over."""

from collections.abc import Iterator

import pytest

from demo.deployment import SECRETS, Choice, prepare, write_config
from demo.localserver import AT_ONCE, local_cdf
from tests.deployed.checkouts import TOOLKIT, Checkout, checkout_in

pytestmark = pytest.mark.slow

CONFIG = "config.dev.yaml"
# What somebody has left in the checkout and above it; `cdf` would take it instead of what the CI sets.
LEFT_LYING = {
    "CDF_PROJECT": "another",
    "CDF_URL": "http://127.0.0.1:9",
    "CDF_TOKEN": "left-lying-token",
    "RUNNER_CLIENT_ID": "left-lying-id",
    "RUNNER_CLIENT_SECRET": "left-lying-secret",
}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """A hybrid project and a checkout, with an .env in it and above it."""
    folder = tmp_path_factory.mktemp("ci")
    with local_cdf(tmp_path_factory.mktemp("cdf")) as server:
        server.read_as(**AT_ONCE)
        prepare(server, "hybrid")
        made = checkout_in(folder, server)
        write_config(made.folder / CONFIG, Choice("hybrid", "vision"))
        lines = "".join(f"{name}={value}\n" for name, value in LEFT_LYING.items())
        for place in (made.folder, made.folder.parent):
            (place / ".env").write_text(lines, "utf-8")
        yield made


def writes(checkout: Checkout) -> list[str]:
    """What the toolkit has written to the project."""
    return [each["path"] for each in checkout.server.writes_by(TOOLKIT)]


@pytest.fixture(autouse=True)
def nothing_is_left(checkout: Checkout) -> Iterator[None]:
    """No test leaves a file behind, of the build or of a log, and nothing of the .env is said."""
    before = checkout.files()
    yield
    assert checkout.files() - before == set()


@pytest.mark.parametrize(
    ("name", "options"), [("RUNNER_CLIENT_SECRET", []), ("RUNNER_CLIENT_ID", ["--dry-run"])]
)
def test_it_stops_on_a_variable_that_is_not_set(checkout: Checkout, name: str, options: list[str]) -> None:
    said = checkout.run("deploy", CONFIG, *options, **{name: ""})
    assert said.code == 1
    assert f"Stopped: not set: {name} (" in said.text
    assert not [value for value in SECRETS.values() if value in said.text]
    assert writes(checkout) == []


def test_it_stops_on_whatever_the_build_finds_fault_with(checkout: Checkout) -> None:
    spoilt = checkout.folder / "modules/image360/data_sets/image360.DataSet.yaml"
    kept = spoilt.read_text("utf-8")
    spoilt.write_text(f"{kept}colour: blue\n", "utf-8")
    try:
        said = checkout.run("deploy", CONFIG)
    finally:
        spoilt.write_text(kept, "utf-8")
    assert said.code == 1
    assert "UNRECOGNIZED-FIELD" in said.text
    assert said.text.rstrip().endswith("Stopped: `cdf build` has failed, see above")
    assert writes(checkout) == []


def test_it_stops_on_another_project_than_that_of_the_config(checkout: Checkout) -> None:
    said = checkout.run("deploy", CONFIG, CDF_PROJECT="another")
    assert said.code == 1
    assert "is for the project 'local', but CDF_PROJECT is 'another': correct one of them" in said.text
    assert "built" not in said.text.casefold()
    assert writes(checkout) == []


def test_it_stops_where_cdf_refuses_and_says_so_last(checkout: Checkout) -> None:
    said = checkout.run("deploy", CONFIG, CDF_TOKEN="nobody")
    assert said.code == 1
    assert said.text.rstrip().endswith("has failed, see above")
    assert writes(checkout) == []


def test_it_deploys_what_the_ci_has_set_whatever_an_env_file_says(checkout: Checkout) -> None:
    said = checkout.run("deploy", CONFIG)
    assert said.code == 0, said.text
    client = checkout.server.client("onlooker")
    # With the id and secret of the file CDF would have given no session to the triggers.
    assert {each.external_id for each in client.workflows.triggers.list(limit=None)} == {
        "tr_image360_sweep",
        "tr_image360_images",
    }
    assert not [value for value in (*LEFT_LYING.values(), *SECRETS.values()) if value in said.text]
