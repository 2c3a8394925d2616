"""`python -m demo --site DIR`: a person's own images and asset list, without a truth."""

import json
import subprocess
import sys

import pytest
from conftest import encoded, face, write_image


def demo(*options: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "demo", *options], capture_output=True, text=True, check=False
    )


@pytest.mark.ocr
@pytest.mark.parametrize(
    "way", [pytest.param("--deploy", marks=pytest.mark.slow), "--no-deploy"], ids=["deployed", "called"]
)
@pytest.mark.parametrize(
    ("project_type", "engine", "reads"),
    [
        ("hybrid", "auto", "ocr"),
        pytest.param("data_modeling", "auto", "jobs_3d", marks=pytest.mark.slow),
        pytest.param("asset_centric", "vision", "vision", marks=pytest.mark.slow),
    ],
)
def test_an_own_site_is_read_linked_and_told(tmp_path, project_type, engine, reads, way):
    site, out = tmp_path / "plant", tmp_path / "out"
    write_image(site / "images" / "pump_room", {"front": encoded(face(["21-PT-1019", "45-VA-0012"]))})
    (site / "assets.csv").write_text(
        "name,external_id\n21-PT-1019,a1\n21-PT-1018,a2\n45-VA-0012,a3\n", "utf-8"
    )

    where = ("--site", str(site), "--out", str(out))
    done = demo("--project-type", project_type, "--engine", engine, way, *where)

    assert done.returncode == 0, done.stdout + done.stderr
    summary = json.loads((out / "summary.json").read_text("utf-8"))
    assert (summary["images"], summary["faces"], summary["annotations_written"]) == (1, 6, 2)
    assert (summary["engine"], summary["second_run_writes"]) == (reads, 0)
    if way == "--deploy":
        assert "shard ✓  detect ✓  match ✓  report ✓" in done.stdout
    else:
        assert ("images with a job: 1" in done.stdout) == (reads != "ocr")
    assert ("deprecated" in done.stdout) == (reads == "vision")
    assert "approved" not in summary  # nobody knows the truth of an own site
    page = (out / "report.html").read_text("utf-8")
    assert "pump_room" in page
    assert "21-PT-1019" in page


@pytest.mark.parametrize(
    ("options", "code", "says"),
    [
        (("--site", "nowhere"), 1, "nowhere is no folder"),
        (("--project-type", "classic", "--site", "SITE"), 2, "invalid choice: 'classic'"),
        (("--engine", "jobs_3d", "--site", "SITE"), 2, "a hybrid project has auto, ocr, vision"),
    ],
)
def test_what_cannot_be_run_is_said_in_one_line(tmp_path, options, code, says):
    site = tmp_path / "plant"
    write_image(site / "images" / "pump_room", {})
    (site / "assets.csv").write_text("name,external_id\n21-PT-1019,a1\n", "utf-8")
    named = [str(site) if option == "SITE" else option for option in options]

    done = demo(*named, "--out", str(tmp_path / "out"))

    assert done.returncode == code
    assert says in (done.stdout if code == 1 else done.stderr)
    assert "Traceback" not in done.stdout + done.stderr
