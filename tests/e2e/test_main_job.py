"""The main job over HTTP with the real engine: images in, approvals out, once."""

import pytest
from conftest import encoded, face, write_image

from image360.errors import ConfigError, NothingDoneError, SetupError
from smoke.probes import PROBES


@pytest.fixture
def images(tmp_path):
    tags = encoded(face(["21-PT-1019", "45-VA-0012"]))
    return [write_image(tmp_path / "site" / "img1", {"front": tags})]


@pytest.mark.ocr
def test_tags_become_approvals_and_a_second_run_writes_nothing(new_job, images):
    job = new_job(images)

    planned = job.call("detect", mode="plan")
    assert planned["would_detect_images"] == ["img1"]
    assert job.writes() == []
    assert job.runs() == []

    detected = job.call("detect")
    assert (detected["detected"], detected["remaining"]) == (1, 0)
    before = len(job.writes())
    assert job.call("match", mode="plan")["approved"] == 2
    assert len(job.writes()) == before

    matched = job.call("match")
    assert (matched["approved_now"], matched["links_written"]) == (2, 2)
    links = job.links()
    assert {link.data["instanceRef"]["externalId"] for link in links} == {"asset-1019", "vessel"}
    assert {link.status for link in links} == {"approved"}
    assert {link.creating_app for link in links} == {"image360"}

    before = len(job.writes())
    job.logs.clear()
    assert job.call("detect")["changed"] is False
    assert job.call("match")["changed"] is False
    assert len(job.writes()) == before
    assert [entry for entry in job.logs if entry["event"] == "image"] == []  # no OCR
    assert job.runs() == ["success", "success", "seen", "seen"]
    probed = {endpoint for each in PROBES for endpoint in each.endpoints}
    assert {"POST /annotations"} < job.endpoints() <= probed  # all of it is asked by `make smoke`


@pytest.mark.ocr
def test_links_that_others_made_count_as_existing(new_job, images):
    job = new_job(images)
    job.call("detect")
    job.call("match")
    job.configure(approval={"levels": ["exact"]})  # other rules: everything is matched again
    again = job.call("match")
    assert (again["matched"], again["approved"], again["links_written"]) == (1, 2, 0)
    assert len(job.links()) == 2


@pytest.mark.ocr
def test_a_replaced_face_is_read_again_and_its_links_are_those_of_what_it_shows_now(new_job, images):
    job = new_job(images)
    job.call("detect")
    job.call("match")
    job.client.files.upload_content_bytes(encoded(face(["21-PT-1020"])), external_id="img1_front")
    assert job.call("detect")["detected"] == 1
    summary = job.call("match")
    assert (summary["links_written"], summary["taken_back"]) == (1, 2)
    assert {link.data["text"] for link in job.links()} == {"21-PT-1020"}


def test_a_paused_deployment_does_nothing(new_job, images):
    job = new_job(images)
    job.configure(paused=True)
    assert job.call("detect")["paused"] is True
    assert job.call("match")["paused"] is True
    assert job.writes() == []


def test_an_empty_collection_is_nothing_to_do(new_job):
    job = new_job([])
    assert job.call("detect")["images"] == 0
    assert job.call("match")["matched"] == 0
    assert job.runs() == ["seen", "seen"]


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        ({"imagez": {}}, ConfigError, "unknown key 'imagez', did you mean 'images'"),
        ({"project_type": "data_modeling"}, ConfigError, "key 'contextualization' is missing"),
        (
            {"images": {"space": "sp_site_images", "collections": ["elsewhere"]}},
            SetupError,
            "collection 'elsewhere' is not in space 'sp_site_images'",
        ),
        (
            {"images": {"space": "sp_site_images", "collections": ["station_img1"]}},
            SetupError,
            "is no Image360Collection",
        ),
    ],
)
def test_a_wrong_config_fails_with_one_line_that_names_the_thing(new_job, images, changes, error, says):
    job = new_job(images)
    job.configure(**changes)
    with pytest.raises(error) as caught:
        job.call("detect")
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert job.runs() == ["failure"]
    assert job.writes() == []


@pytest.mark.parametrize(
    ("assets", "says"),
    [
        ({"spaces": ["sp_nowhere"]}, "no assets in space sp_nowhere"),
        (
            {"spaces": ["sp_site_assets"], "match_properties": ["tagNumber"]},
            "view CogniteAsset has no property 'tagNumber'",
        ),
        (
            {
                "spaces": ["sp_site_assets"],
                "view": {"external_id": "Pump", "space": "cdf_cdm", "version": "v1"},
            },
            "view cdf_cdm/Pump/v1 is not in project",
        ),
        (
            {
                "spaces": ["sp_site_assets"],
                "filter": {"equels": {"property": ["node", "space"], "value": "x"}},
            },
            "assets.filter",
        ),
    ],
)
def test_assets_that_cannot_be_had_are_named(new_job, images, assets, says):
    job = new_job(images)
    job.configure(assets=assets)
    with pytest.raises(SetupError) as caught:
        job.call("match")
    assert says in str(caught.value)


def test_a_missing_pipeline_is_named(new_job, images):
    job = new_job(images)
    with pytest.raises(SetupError, match="extraction pipeline 'ep_other' is not in project 'local'"):
        job.call("detect", extraction_pipeline="ep_other")


def test_when_every_image_fails_the_call_fails(new_job, tmp_path):
    job = new_job([write_image(tmp_path / "site" / "broken", {"front": b"no picture"})])
    with pytest.raises(NothingDoneError, match="broken"):
        job.call("detect")
    assert job.runs() == ["failure"]
