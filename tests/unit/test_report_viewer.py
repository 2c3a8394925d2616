"""The panorama viewer is made of pinned packages, and where it cannot be had that is said."""

import json
import os
from pathlib import Path

import pytest

import report.viewer
from report.viewer import BUNDLED, FOLDER, SOURCES, ViewerError, bundle, is_made, main, make


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The sources of the viewer elsewhere, with nothing made of them."""
    for name in SOURCES:
        (tmp_path / name).write_bytes((FOLDER / name).read_bytes())
    built = tmp_path / "build"
    monkeypatch.setattr(report.viewer, "FOLDER", tmp_path)
    monkeypatch.setattr(report.viewer, "BUILT", built)
    monkeypatch.setattr(report.viewer, "SCRIPT", built / "panorama.js")
    monkeypatch.setattr(report.viewer, "STYLE", built / "panorama.css")
    return tmp_path


def test_every_package_is_pinned_by_a_hash_and_none_by_a_host():
    lock = json.loads((FOLDER / "package-lock.json").read_text("utf-8"))
    packages = {name: each for name, each in lock["packages"].items() if name}
    assert all(each["integrity"].startswith("sha512-") for each in packages.values())
    assert not [name for name, each in packages.items() if "resolved" in each]
    wanted = json.loads((FOLDER / "package.json").read_text("utf-8"))
    for name, version in {**wanted["dependencies"], **wanted["devDependencies"]}.items():
        assert packages[f"node_modules/{name}"]["version"] == version


def test_without_a_registry_the_reason_is_said_and_reports_go_without(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9")  # where nobody answers
    monkeypatch.setenv("npm_config_cache", str(folder / "cache"))
    assert (bundle(), is_made()) == (None, False)
    assert main() == 1
    said = capsys.readouterr().err
    assert "reports show the faces flat: npm-cli.js ends with 1" in said
    assert "ECONNREFUSED" in said


def test_a_licence_that_a_page_may_not_carry_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(report.viewer, "_node", lambda *_command: None)
    for name in BUNDLED:
        (folder / "node_modules" / name).mkdir(parents=True)
        (folder / "node_modules" / name / "LICENSE").write_text("All rights reserved")
    with pytest.raises(ViewerError, match="is not MIT any more"):
        make()


def test_it_is_made_anew_when_its_sources_change(folder: Path):
    (folder / "build").mkdir()
    for name in ("panorama.js", "panorama.css"):
        (folder / "build" / name).write_text("made")
    assert is_made()
    made = (folder / "build" / "panorama.js").stat().st_mtime
    changed = folder / "panorama.js"
    os.utime(changed, (made + 10, made + 10))
    assert not is_made()
