"""A learned alias approves what people have confirmed, and nothing that may as well be another asset."""

import pytest

from image360.geometry import face_uv_to_direction
from image360.matching import Asset, AssetIndex, LearnedAlias, LearnedRejection, Match, Rules, TextRegion
from image360.matching.normaliser import normalise

SITE = [f"21-PT-{n}" for n in range(1010, 1030)] + [f"45-PA-{n}" for n in range(2001, 2021)]
PUMP, OTHER = "45-PA-2003", "45-PA-2004"


def index(text: str, asset: str = PUMP, *, always: bool = False, names: list[str] = SITE) -> AssetIndex:
    alias = LearnedAlias(normalise(text), asset, always, "confirmed by anna and ben")
    return AssetIndex.build((Asset(name, name) for name in names), learned=[alias])


def matched(
    text: str, asset: str = PUMP, confidence: float = 1.0, *, always: bool = False, names: list[str] = SITE
) -> Match:
    return index(text, asset, always=always, names=names).match([text], [confidence])[0]


def is_learned(match: Match, asset: str = PUMP) -> bool:
    return (match.decision, match.level) == ("approve", "learned") and match.asset == Asset(asset, asset)


def test_a_confirmed_text_is_approved_at_its_own_level_and_says_who_confirmed_it() -> None:
    match = matched("OLD PUMP-7C")
    assert is_learned(match)
    assert match.learned is not None
    assert match.reason == "reads OLD PUMP-7C, which is 45-PA-2003: confirmed by anna and ben"
    assert is_learned(index("OLD PUMP-7C").match(["old_pump 7c."])[0])


def test_what_stands_beside_a_tag_is_no_doubt_any_more_and_the_tag_stays_where_it_stands() -> None:
    text = "45-PA-2003-LO"
    before = AssetIndex.build(Asset(name, name) for name in SITE).match([text])[0]
    assert (before.decision, before.level) == ("suggest", "partial")
    match = matched(text)
    assert is_learned(match)
    assert match.span == before.span


def test_a_letter_that_engines_confuse_is_no_doubt_any_more() -> None:
    text = "45-PN-2003"
    assert AssetIndex.build(Asset(n, n) for n in SITE).match([text])[0].level == "fuzzy"
    assert is_learned(matched(text))


@pytest.mark.parametrize(
    "text",
    [
        "45-PA-2033",  # a tag of the site that is not in the list
        "45-PA-200",  # cut: of which number, nobody knows
        "45-PA-20O3-",  # it may go on
        "45-PA-2O93",  # a digit for another
        "FROM 45-PA-2003",  # that is elsewhere
        "45-PA-20X3",  # a digit that nobody can read
        "45-PA-2x03",
    ],
)
def test_what_may_name_another_asset_is_only_suggested_until_somebody_says_always(text: str) -> None:
    match = matched(text)
    assert match.decision == "suggest"
    assert match.asset == Asset(PUMP, PUMP)
    assert is_learned(matched(text, always=True))


def test_where_the_list_finds_another_asset_a_person_chooses_until_somebody_says_always() -> None:
    match = matched("45-PA-2004-LO")
    assert (match.decision, match.asset, match.runner_up) == (
        "suggest",
        Asset(PUMP, PUMP),
        Asset(OTHER, OTHER),
    )
    assert is_learned(matched("45-PA-2004-LO", always=True))


@pytest.mark.parametrize("text", ["45-PA-2004", "45 pa 2004", "45PA2004"])
@pytest.mark.parametrize("always", [False, True])
def test_a_text_that_the_list_has_for_another_asset_is_never_an_alias(text: str, always: bool) -> None:
    match = matched(text, always=always)
    assert match.asset == Asset(OTHER, OTHER)
    assert match.learned is None


def test_a_text_that_the_list_has_for_two_assets_is_never_an_alias() -> None:
    assets = [*(Asset(name, name) for name in SITE), Asset("again", PUMP)]
    taught = AssetIndex.build(assets, learned=[LearnedAlias(normalise(PUMP), PUMP, always=True)])
    assert taught.match([PUMP])[0].decision == "suggest"


@pytest.mark.parametrize("always", [False, True])
def test_words_are_no_alias_and_plain_texts_are_suggested_at_most(always: bool) -> None:
    assert matched("SEAWATER PUMP", always=always).decision == "none"
    assert matched("4711", always=always).decision == "suggest"


@pytest.mark.parametrize("always", [False, True])
def test_a_text_that_holds_several_tags_is_no_alias(always: bool) -> None:
    match = matched("45-PA-2003 / 45-PA-2004", always=always)
    assert [match.level, *(each.level for each in match.also)] == ["partial", "partial"]
    assert match.learned is None


def test_what_the_site_calls_no_tag_stays_none() -> None:
    rules = Rules(no_tags=("OLD*",))
    alias = LearnedAlias("OLDPUMP7C", PUMP, always=True)
    taught = AssetIndex.build([Asset(PUMP, PUMP)], rules, [alias])
    assert taught.match(["OLD PUMP-7C"])[0].decision == "none"


def test_an_asset_that_is_not_listed_is_nobodys_alias() -> None:
    assert matched("OLD PUMP-7C", "45-PA-9999").decision == "none"


def test_what_is_read_badly_is_only_suggested() -> None:
    assert matched("OLD PUMP-7C", confidence=0.6).decision == "suggest"


def test_what_is_approved_anyway_keeps_its_level_and_knows_what_people_have_confirmed() -> None:
    match = matched("45-PA-2OO3")
    assert (match.decision, match.level) == ("approve", "misread")
    assert match.learned is not None


def test_other_views_that_read_something_else_still_hold_it_back() -> None:
    polygon = face_uv_to_direction("left", [0.4, 0.5, 0.5, 0.4], [0.5, 0.5, 0.52, 0.52])
    (match,) = index("OLD PUMP-7C").match_regions([TextRegion("OLD PUMP-7C", polygon, 0.99, ("PUMP-70",))])
    assert (match.decision, match.level) == ("suggest", "learned")


def test_to_teach_an_index_anew_forgets_what_it_had_learned() -> None:
    taught = index("OLD PUMP-7C")
    assert taught.taught([]).match(["OLD PUMP-7C"])[0].decision == "none"
    assert is_learned(taught.match(["OLD PUMP-7C"])[0])


def test_an_index_file_holds_nothing_that_was_learned(tmp_path) -> None:
    index("OLD PUMP-7C").save(tmp_path / "index")
    assert AssetIndex.load(tmp_path / "index").match(["OLD PUMP-7C"])[0].decision == "none"


def rejecting(*assets: str, text: str) -> AssetIndex:
    lessons = [LearnedRejection(normalise(text), asset, "rejected by anna and ben") for asset in assets]
    return AssetIndex.build((Asset(name, name) for name in SITE), learned=lessons)


def test_what_people_have_rejected_of_a_text_is_not_suggested_for_it_again() -> None:
    match = rejecting(PUMP, text="45-PA-2003-LO").match(["45-PA-2003-LO"])[0]
    assert match.decision == "none"
    assert match.reason == "people have rejected what it is near to: rejected by anna and ben"
    assert match.learned is not None
    assert rejecting(OTHER, text="45-PA-2003-LO").match(["45-PA-2003-LO"])[0].decision == "suggest"


def test_of_several_that_a_text_is_near_to_one_rejection_leaves_the_choice_to_a_person() -> None:
    found = rejecting(PUMP, text="45-PA-20X3").match(["45-PA-20X3"])[0]
    assert (found.decision, found.runner_up) == ("suggest", Asset("45-PA-2013", "45-PA-2013"))


@pytest.mark.parametrize("text", [PUMP, "45 pa 2003", "45-PA-2OO3"])
def test_what_is_approved_by_its_letters_stays_so_whatever_people_have_rejected_elsewhere(text: str) -> None:
    assert rejecting(PUMP, text=text).match([text])[0].decision == "approve"
