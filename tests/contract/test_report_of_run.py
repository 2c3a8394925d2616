"""`python -m image360 report RUN` on each kind of project: what the run has left is what the page shows."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from cognite.client.data_classes.data_modeling import NodeApply, NodeOrEdgeData

from demo.deploy import PIPELINE, STATE_SPACE
from demo.localserver import PROJECT
from image360.__main__ import main
from image360.config import load_config
from image360.errors import RequestError
from image360.state import work_items
from image360.state.ids import PROPOSAL_VIEW
from report.findings import Report, ReportImage
from report.run import MOST_IMAGES, report_of_run
from tests.contract.people import decide, image_key
from tests.contract.plants import STATUS, Plant, Read

ASSETS = ("21-PT-1001", "21-PT-1002", "21-PT-1003")
SAFE, OTHER = Read("21-PT-1001", 0.3, 0.3), Read("21-PT-1002", 0.3, 0.5)
DOUBTFUL = Read("21 PT 1003", 0.3, 0.9)  # another level than the config approves
SIGN = Read("NO SMOKING", 0.6, 0.6)
IMAGES = {"a": (SAFE, OTHER, DOUBTFUL, SIGN), "b": (Read("21-PT-1001", 0.5, 0.5),), "c": ()}
Rows = list[tuple[str, str, str | None]]


@pytest.fixture
def plant(project: Plant, monkeypatch: pytest.MonkeyPatch) -> Iterator[Plant]:
    """A plant with three images; leases end at once."""
    monkeypatch.setattr(work_items, "LEASE", timedelta(0))
    made = Plant(project.server, project.kind, project.client, project.functions)
    made.load(ASSETS, IMAGES)
    yield made
    made.remove()


every_kind = pytest.mark.parametrize("project", sorted(STATUS), indirect=True)
hybrid = pytest.mark.parametrize("project", ["hybrid"], indirect=True)


def told(plant: Plant, run: str | None, most: int = MOST_IMAGES) -> Report:
    """The report of a run, as who looks on reads it."""
    plant.pass_time()
    return report_of_run(plant.client, load_config(plant.client, PIPELINE), run, most, lambda _: None)


def image_in(report: Report, plant: Plant, name: str) -> ReportImage:
    return next(image for image in report.images if image.id == plant.image(name))


def rows(image: ReportImage) -> Rows:
    """Text, decision and asset of each row."""
    return sorted((row.text, row.decision, row.asset.name if row.asset else None) for row in image.rows)


@every_kind
def test_the_report_tells_what_the_run_has_left(plant: Plant) -> None:
    run = f"{plant.name}-run"
    plant.match(run=run)
    report = told(plant, run)
    assert [image.id for image in report.images] == [plant.image(name) for name in IMAGES]
    assert rows(image_in(report, plant, "a")) == [
        ("21 PT 1003", "suggest", "21-PT-1003"),
        ("21-PT-1001", "approve", "21-PT-1001"),
        ("21-PT-1002", "approve", "21-PT-1002"),
        ("NO SMOKING", "none", None),
    ]
    assert all(row.reason for image in report.images for row in image.rows)
    assert [image.problem for image in report.images] == ["", "", ""]
    funnel = report.funnel
    assert funnel is not None
    assert (funnel.images, funnel.regions, funnel.tags) == (3, 5, 4)
    assert (funnel.approved, funnel.suggested, funnel.left) == (3, 1, 1)
    assert [(call.run, call.step, call.status) for call in report.costs.calls] == [(run, "match", "done")]
    assert report.facts["approvals written"] == "3"
    assert (report.judgement, report.notes) == (None, ())


@every_kind
def test_what_was_left_out_is_said_and_counted(plant: Plant) -> None:
    run = f"{plant.name}-run"
    plant.match(run=run)
    report = told(plant, run, most=1)
    assert [image.id for image in report.images] == [plant.image("a")]  # on it something waits
    assert report.funnel is not None
    assert (report.funnel.images, report.funnel.approved, report.funnel.left) == (3, 3, None)
    (note,) = report.notes
    assert note.startswith("1 of 3 images are shown")


@every_kind
def test_an_image_that_a_later_run_has_worked_on_is_told_as_that_left_it(plant: Plant) -> None:
    first, later = f"{plant.name}-1", f"{plant.name}-2"
    plant.match(run=first)
    plant.add_assets("99-ZZ-0001")
    plant.match(run=later, images=[plant.image("a")])
    report = told(plant, first)
    assert {image.id for image in report.images} == {plant.image(name) for name in IMAGES}
    assert f"as run {later} left it" in image_in(report, plant, "a").about
    assert "later" not in image_in(report, plant, "b").about
    assert "A later run has worked on 1 of the images" in report.notes[0]


@every_kind
def test_what_a_person_has_rejected_is_said_so(plant: Plant) -> None:
    decide(plant, "a", "21-PT-1001", "reject")
    plant.match(run=f"{plant.name}-run")
    (row,) = [
        row for row in image_in(told(plant, f"{plant.name}-run"), plant, "a").rows if row.text == "21-PT-1001"
    ]
    assert (row.decision, row.asset) == ("none", None)
    assert "says that it is not 21-PT-1001" in row.reason


@hybrid
def test_a_run_that_is_not_there_is_refused_with_those_that_are(plant: Plant) -> None:
    plant.match(run=f"{plant.name}-run")
    with pytest.raises(RequestError, match=f"no run 'none' in space '{STATE_SPACE}'; the latest are .*"):
        told(plant, "none")


@hybrid
def test_a_deleted_asset_goes_by_its_id_and_a_deleted_image_is_said(plant: Plant) -> None:
    run = f"{plant.name}-run"
    plant.match(run=run)
    plant.client.data_modeling.instances.delete([(plant.name, "21-pt-1003"), image_key(plant, "b")])
    report = told(plant, run)
    assert ("21 PT 1003", "suggest", "") in rows(image_in(report, plant, "a"))
    assert "no longer in CDF" in image_in(report, plant, "b").problem


@hybrid
@pytest.mark.parametrize("polygon", [[], [0.0] * 12, [1.0, 0.0]], ids=["none", "no direction", "too few"])
def test_a_proposal_that_does_not_say_where_is_left_out(plant: Plant, polygon: Sequence[float]) -> None:
    run = f"{plant.name}-run"
    plant.match(run=run)
    (stored,) = [each for each in plant.proposals() if each.properties["text"] == "21 PT 1003"]
    spoilt = NodeOrEdgeData(PROPOSAL_VIEW, {"polygon": list(polygon)})
    plant.client.data_modeling.instances.apply(NodeApply(STATE_SPACE, stored.external_id, sources=[spoilt]))
    assert "21 PT 1003" not in [text for text, *_ in rows(image_in(told(plant, run), plant, "a"))]


def report_command(plant: Plant, *options: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """The command, as who has the token of the project calls it."""
    kept = {name: each for name, each in os.environ.items() if not name.startswith(("CDF_", "IDP_"))}
    way = {"CDF_URL": plant.server.url, "CDF_PROJECT": PROJECT, "CDF_TOKEN": plant.server.token}
    command = [sys.executable, "-m", "image360", "report", *options]
    return subprocess.run(
        command, capture_output=True, text=True, env={**kept, **way}, cwd=folder, check=False
    )


@hybrid
def test_the_command_writes_a_page_and_reads_only(plant: Plant, tmp_path: Path) -> None:
    run = f"{plant.name}-run"
    plant.match(run=run)
    plant.pass_time()
    done = report_command(plant, run, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "out" / f"report-{run}.html").read_text("utf-8")
    assert all(text in page for text in (f"Run {run}", "21 PT 1003", "NO SMOKING", "not an image"))
    assert f"out/report-{run}.html" in done.stdout
    assert "3 images, of which the report shows 3" in done.stderr
    assert plant.server.token not in page + done.stdout + done.stderr
    assert plant.server.writes_by("image360-report") == []


@hybrid
def test_what_the_command_cannot_do_is_said_in_one_line(plant: Plant, tmp_path: Path) -> None:
    for options, says in (
        (("none",), "there is no run 'none'"),
        (("none", "--pipeline", "ep_other"), "extraction pipeline 'ep_other' is not in project"),
    ):
        done = report_command(plant, *options, folder=tmp_path)
        assert done.returncode == 1
        assert says in done.stderr
        assert "Traceback" not in done.stderr


def test_without_a_project_or_the_repository_it_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("CDF_PROJECT", "CDF_URL", "CDF_CLUSTER", "CDF_TOKEN", "IDP_CLIENT_ID"):
        monkeypatch.delenv(name, raising=False)
    assert main(["report", "r"]) == 2
    assert "set CDF_PROJECT" in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "report.command", None)
    assert main(["report", "r"]) == 2
    assert "make setup" in capsys.readouterr().err
