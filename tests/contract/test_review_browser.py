"""The review app in a real browser: every key does in the store what it says, and nothing else."""

import csv
import statistics
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from cognite.client.data_classes.data_modeling import NodeApply, NodeOrEdgeData
from nodejs import needs
from rich.console import Console

import match_handler
from demo.deploy import PIPELINE
from demo.localserver import AT_ONCE, local_cdf
from demo.progress import Steps
from demo.projects import PROJECTS
from demo.projects.loading import ASSET_SPACE, IMAGE_SPACE
from demo.review import fill
from demo.site import load_site
from demo.truth import Plate
from image360.state.ids import DECISION_VIEW, DECISIONS_SPACE
from image360.state.pairs import Pair

pytest.importorskip("playwright")
from tests.contract.review_lab import Lab, lab, picture, press
from tests.contract.screenshots import PICTURES

pytestmark = [pytest.mark.slow, needs("chromium")]
KIND = "hybrid"


@pytest.fixture(scope="module")
def site_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("review") / "site"


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory, site_folder: Path) -> Iterator[Lab]:
    """The drawn site, read with slips and matched, and the app for two reviewers."""
    with local_cdf(tmp_path_factory.mktemp("cdf"), project_status=PROJECTS[KIND].status) as server:
        server.read_as(**AT_ONCE)
        with Steps(Console(quiet=True)) as steps:
            fill(server, KIND, site_folder, 1, steps)
        with lab(server, KIND, ("anna", "ben")) as made:
            yield made


@pytest.fixture
def app(opened: Lab) -> Iterator[Lab]:
    yield opened
    opened.clear()


@pytest.fixture
def assets(site_folder: Path, opened: Lab) -> list[tuple[str, str]]:
    """External id and name of the assets."""
    return [(each.external_id, each.name) for each in load_site(site_folder).assets if each.name]


@pytest.fixture
def plates(site_folder: Path, opened: Lab) -> Sequence[Plate]:
    """What is painted on the site and names an asset."""
    truth = load_site(site_folder).truth
    assert truth is not None
    return truth.tags


def asked(
    asset: str, text: str, score: float = 0.01, image: str = "st01", **more: object
) -> dict[str, object]:
    return {"asset": asset, "text": text, "score": score, "image": image, **more}


def test_approving_by_key_writes_the_decision_and_the_next_run_links_it(app: Lab) -> None:
    page = app.open()
    picture(page, PICTURES / "review.png")
    press(page, "a")
    page.get_by_text("Approved:").wait_for()
    (decision,) = app.decisions()
    assert decision["verdict"] == "approve"
    assert len(decision["polygon"]) >= 12
    client = app.server.client("functions")
    before = {each.id for each in app.client.annotations.list(_on(app, decision), limit=None)}
    match_handler.handle(client=client, data={"extraction_pipeline": PIPELINE})
    app.pass_time()
    new = [
        each for each in app.client.annotations.list(_on(app, decision), limit=None) if each.id not in before
    ]
    assert {each.data["instanceRef"]["externalId"] for each in new} == {decision["asset"]["externalId"]}
    assert {each.status for each in new} == {"approved"}


def _on(app: Lab, decision: dict[str, dict[str, str]]) -> object:
    from cognite.client.data_classes import AnnotationFilter

    files = app.client.files.list(metadata={"station_id": decision["image"]["externalId"]}, limit=None)
    return AnnotationFilter("file", [{"id": each.id} for each in files])


def test_a_key_that_is_struck_twice_decides_only_what_was_shown(
    app: Lab, assets: list[tuple[str, str]]
) -> None:
    chosen = assets[2:5]
    app.ask(*(asked(asset, f"{name}X", 0.001 + n / 1000) for n, (asset, name) in enumerate(chosen)))
    page = app.open()
    page.get_by_text(f"near to {chosen[0][0]}").wait_for()
    press(page, "a")
    page.keyboard.press("a")
    page.get_by_text(f"near to {chosen[1][0]}").wait_for()
    page.locator("[data-test-script-state=notRunning]").wait_for()
    assert [each["asset"]["externalId"] for each in app.decisions()] == [chosen[0][0]]


def test_reject_undo_and_skip(app: Lab, assets: list[tuple[str, str]]) -> None:
    (first, name), (second, other) = assets[:2]
    app.ask(asked(first, name + "X", 0.001), asked(second, other + "Y", 0.002))
    page = app.open()
    page.get_by_text("Reject", exact=True).wait_for()
    press(page, "x")
    page.get_by_text("Rejected:").wait_for()
    assert app.verdicts() == [(first, "st01", "reject")]
    press(page, "z")
    page.get_by_text("Taken back: 1.").wait_for()
    assert app.verdicts() == []
    page.get_by_text(first).first.wait_for()  # it is shown again
    press(page, "s")
    page.get_by_text("Skipped.").wait_for()
    page.get_by_text(second).first.wait_for()
    press(page, "a")
    page.get_by_text("Approved:").wait_for()
    assert app.verdicts() == [(second, "st01", "approve")]


def test_another_asset_is_searched_and_taken_by_its_key(
    app: Lab, assets: list[tuple[str, str]], plates: Sequence[Plate]
) -> None:
    plate = next(each for each in plates if each.legible)
    first, second, other = assets[0][0], str(plate.asset), str(plate.tag)
    app.ask(asked(first, other + "X", 0.001, plate.image, polygon=plate.text_polygon))
    page = app.open()
    field = page.get_by_label("Search for another asset")
    field.fill(other)
    field.press("Enter")
    page.get_by_role("button", name="It is this one").first.wait_for()
    picture(page, PICTURES / "review-search.png")
    field.blur()
    press(page, "2")
    page.get_by_text("Changed:").wait_for()
    (decision,) = app.decisions()
    assert (decision["verdict"], decision["instead"]["externalId"]) == ("change", second)


def test_letters_that_are_typed_into_a_field_decide_nothing(app: Lab, assets: list[tuple[str, str]]) -> None:
    app.ask(asked(assets[0][0], assets[0][1] + "X", 0.001))
    page = app.open()
    field = page.get_by_label("Search for another asset")
    field.press_sequentially("axsz2")
    field.press("Enter")
    page.get_by_text("No asset of the config has these words.").wait_for()
    assert app.decisions() == []


def test_a_runner_up_is_taken_by_its_key(app: Lab, assets: list[tuple[str, str]]) -> None:
    (first, name), (second, _) = assets[:2]
    app.ask(asked(first, name + "X", 0.001, runner_up=second))
    page = app.open()
    page.get_by_text("runner-up of the machine").wait_for()
    press(page, "2")
    page.get_by_text("Changed:").wait_for()
    assert app.decisions()[0]["instead"]["externalId"] == second


def test_one_key_decides_a_group(app: Lab, plates: Sequence[Plate]) -> None:
    pairs = {(str(each.asset), each.image): each for each in plates}
    ((first, count),) = Counter(asset for asset, _ in pairs).most_common(1)
    group = [each for (asset, _), each in sorted(pairs.items()) if asset == first]
    text = f"{group[0].tag}".replace("1", "I")
    app.ask(*(asked(first, text, 0.001, each.image, polygon=each.text_polygon) for each in group))
    page = app.open()
    page.get_by_text(f"This reading waits on {count} images.").wait_for()
    picture(page, PICTURES / "review-group.png")
    press(page, "Shift+A")
    page.get_by_text(f"Approved: '{text}' on {count} images.").wait_for()
    assert app.verdicts() == [(first, each.image, "approve") for each in group]
    press(page, "z")
    page.get_by_text(f"Taken back: {count}.").wait_for()
    assert app.verdicts() == []


def test_of_two_browsers_on_one_item_the_second_is_told_who_was_first(
    app: Lab, assets: list[tuple[str, str]]
) -> None:
    (first, name), (second, other) = assets[:2]
    app.ask(asked(first, name + "X", 0.001), asked(second, other + "Y", 0.002))
    anna, ben = app.open("anna"), app.open("ben")
    for page in (anna, ben):
        page.get_by_text(first).first.wait_for()
    press(anna, "x")
    anna.get_by_text("Rejected:").wait_for()
    (decision,) = app.decisions()
    press(ben, "a")
    ben.get_by_text(f"{decision['decidedBy']} has decided: reject").wait_for()
    assert app.decisions() == [decision]
    ben.get_by_text(second).first.wait_for()  # and goes on


def test_markup_in_a_text_is_shown_as_text(app: Lab, assets: list[tuple[str, str]]) -> None:
    evil = '<img src=x onerror="document.title=1"><script>document.title=2</script>**b** :red[x] $x$ [l](http://x)'
    first = assets[0][0]
    app.ask(asked(first, evil, 0.001, reason=evil), asked(first, evil, 0.001, "st02", reason=evil))
    page = app.open()
    page.get_by_text("This reading waits on 2 images.").wait_for()
    shown = page.inner_text("section.stMain, [data-testid=stMain]").replace("\u00a0", " ")
    assert shown.count("<script>document.title=2</script>**b** :red[x] $x$ [l](http://x)") >= 1
    assert page.locator("img[src=x]").count() == 0
    press(page, "x")
    page.get_by_text("Rejected:").wait_for()
    assert page.locator("img[src=x]").count() == 0
    assert page.title() == "image360 review"


def test_the_image_around_is_turned_by_keys(app: Lab) -> None:
    page = app.open()
    page.get_by_text("Look about in the 360° image").wait_for()
    press(page, "l")
    view = page.frame_locator("iframe").locator("#view")
    view.wait_for()
    before = view.get_attribute("data-at")
    view.press("ArrowRight")
    view.press("ArrowRight")
    assert view.get_attribute("data-at") != before
    page.mouse.wheel(0, 600)
    picture(page, PICTURES / "review-around.png")
    assert page.frame_locator("iframe").locator("polygon").count() >= 1


def test_what_is_gone_or_cannot_be_shown_is_said(app: Lab, assets: list[tuple[str, str]]) -> None:
    first, name = assets[0]
    app.ask(
        asked(first, name + "X", 0.001, "no-such-image"),
        asked("no-such-asset", "NO-1", 0.002),
    )
    gone = [(IMAGE_SPACE, "no-such-image"), (ASSET_SPACE, "no-such-asset")]
    app.client.data_modeling.instances.delete(gone)
    app.pass_time()
    page = app.open()
    page.get_by_text("the image no-such-image is no longer in CDF").wait_for()
    press(page, "s")
    page.get_by_text("The asset that was proposed is no longer in CDF.").wait_for()
    press(page, "a")
    page.get_by_text("the asset is no longer in CDF: the next run will propose anew").wait_for()
    assert app.decisions() == []


def test_a_face_that_is_no_picture_stops_no_decision(app: Lab, assets: list[tuple[str, str]]) -> None:
    first, name = assets[0]
    content = app.client.files.download_bytes(external_id="st08_front")
    try:
        app.client.files.upload_content_bytes(b"no picture", external_id="st08_front")
        app.ask(asked(first, name + "X", 0.001, "st08"))
        page = app.open()
        page.get_by_text("No picture: the front face of the image is no readable picture.").wait_for()
        press(page, "a")
        page.get_by_text("Approved:").wait_for()
        assert app.verdicts() == [(first, "st08", "approve")]
    finally:
        app.client.files.upload_content_bytes(content, external_id="st08_front")


def test_a_spreadsheet_goes_out_and_comes_back(
    app: Lab, assets: list[tuple[str, str]], tmp_path: Path
) -> None:
    first, name = assets[0]
    app.ask(asked(first, "=1+" + name, 0.001))
    page = app.open(path="spreadsheet")
    page.get_by_role("button", name="Make the file").click()
    with page.expect_download() as coming:
        page.get_by_role("button", name="Download").click()
    with coming.value.path().open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows[0]["text"] == f"'=1+{name}"
    rows[0]["verdict"], rows[1]["verdict"] = "approve", "maybe"
    filled = tmp_path / "filled.csv"
    with filled.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows[:2])
    page.locator("input[type=file]").set_input_files(filled)
    page.get_by_text("1 decisions fit, 1 rows do not, 0 say nothing.").wait_for()
    assert app.decisions() == []
    page.wait_for_timeout(500)
    page.screenshot(path=PICTURES / "review-spreadsheet.png")
    page.get_by_role("button", name="Write 1 decisions").click()
    page.get_by_text("1 written.").wait_for()
    assert app.verdicts() == [(first, "st01", "approve")]


def test_the_quality_page_says_what_levels_are_worth_and_what_to_write_into_the_config(app: Lab) -> None:
    decided = [("normalised", 0.99, 58, 0), ("misread", 0.95, 21, 1), ("partial", 0.96, 33, 4)]
    decided += [("partial", 0.48, 9, 7), ("fuzzy", 0.48, 12, 9)]
    nodes = []
    for level, score, right, wrong in decided:
        for number in range(right + wrong):
            verdict = "approve" if number < right else "reject"
            pair = Pair((IMAGE_SPACE, f"{level}-{score}-{number}"), (ASSET_SPACE, "any"))
            said = {**pair.properties, "verdict": verdict, "level": level, "score": score}
            sources = [NodeOrEdgeData(DECISION_VIEW, said)]
            nodes.append(NodeApply(DECISIONS_SPACE, pair.decision_id, sources=sources))
    app.client.data_modeling.instances.apply(nodes)
    app.pass_time()
    page = app.open(path="quality", wait=False)
    page.get_by_text("Of 154 decisions it is known what the machine had said; 133 of them agree").wait_for()
    page.get_by_text("and that is no sample").wait_for()
    page.get_by_text("Right, of what would be approved: 112 of 117").wait_for()
    page.get_by_text("from_score: 0.9").wait_for()
    assert page.locator(".quality .bar").count() == 2 + 2 * 6
    page.set_viewport_size({"width": 1400, "height": 1250})
    page.wait_for_timeout(500)
    page.screenshot(path=PICTURES / "review-quality.png")
    page.get_by_role("button", name="Remove partial").or_(
        page.locator("[data-baseweb=tag]", has_text="partial").locator("svg, [role=presentation]").first
    ).first.click()
    page.get_by_text("Right, of what would be approved: 79 of 80").wait_for()
    assert "partial" not in page.locator("[data-testid=stCode]").inner_text()


def test_always_is_said_by_key_of_what_is_approved_next(app: Lab, assets: list[tuple[str, str]]) -> None:
    app.ask(asked(assets[0][0], assets[0][1] + "X", 0.001))
    page = app.open()
    page.get_by_text("Always", exact=True).wait_for()
    press(page, "t")
    page.get_by_text("What you approve next holds for this text").wait_for()
    press(page, "a")
    page.get_by_text("Approved for always:").wait_for()
    (decision,) = app.decisions()
    assert (decision["always"], decision["level"], decision["score"]) == (True, "fuzzy", 0.001)


def test_the_first_of_5000_is_on_screen_as_fast_as_of_50(app: Lab, assets: list[tuple[str, str]]) -> None:
    def seconds() -> float:
        """How long a new tab takes to show the picture of what is first, at best."""
        measured = []
        for _ in range(3):
            begun = time.perf_counter()
            page = app.open(wait=False)
            page.locator("img").first.wait_for()
            measured.append(time.perf_counter() - begun)
            page.context.close()
        return min(measured)

    def rows(count: int, start: int) -> list[dict[str, object]]:
        chosen = enumerate(assets[start : start + count], start)
        return [asked(asset, f"{name}X", n / 10**8, f"st0{1 + n % 8}") for n, (asset, name) in chosen]

    app.ask(*rows(50, 0))
    short = seconds()
    app.ask(*rows(4950, 50))
    long = seconds()
    print(f"on screen: of 50 {short:.2f} s, of 5000 {long:.2f} s")
    assert long < 3 * short
    page = app.open()
    answers = []
    for following, name in assets[1:9]:
        page.locator("[data-test-script-state=notRunning]").wait_for()
        begun = time.perf_counter()
        press(page, "x")
        # All of the sentence: the end of one before it and the button behind it would read like a part.
        page.get_by_text(f"reads {name}X, near to {following}", exact=True).wait_for()
        answers.append(time.perf_counter() - begun)
    print(f"answers: {statistics.median(answers):.2f} s, at most {max(answers):.2f} s")
    decided = [each["asset"]["externalId"] for each in app.decisions()]
    assert decided == sorted(asset for asset, _ in assets[: len(answers)]), page.inner_text("body")
