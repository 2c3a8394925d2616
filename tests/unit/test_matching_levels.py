"""The rules of matching one text, each as a sentence."""

import pytest

from image360.matching import Asset, AssetIndex, Match

SITE = [
    "21-PT-1018",
    "21-PT-1019",
    "21-PT-1019A",
    "21-PI-1019",
    "21-TT-1020",
    "21-FO-1021",
    "45-PA-2001B",
    "45-PA-2003",
]


def index_of(*names: str, **more: tuple[str, ...]) -> AssetIndex:
    aliases = {name.replace("_", "-"): value for name, value in more.items()}
    return AssetIndex.build(Asset(name, name, aliases=aliases.get(name, ())) for name in names)


def match(index: AssetIndex, text: str, confidence: float = 1.0) -> Match:
    return index.match([text], [confidence])[0]


def said(found: Match) -> tuple[str, str | None, object]:
    return found.decision, found.level, found.asset.key if found.asset else None


def test_a_text_that_is_exactly_a_name_is_approved() -> None:
    found = match(index_of(*SITE), "21-PT-1019")
    assert said(found) == ("approve", "exact", "21-PT-1019")
    assert found.runner_up is None
    assert "exactly the name" in found.reason


@pytest.mark.parametrize(
    "text",
    [
        "21-pt-1019",
        " 21 PT 1019 ",
        "21PT1019",
        "21–PT—1019",
        "２１－ＰＴ－１０１９",
        ".21-PT-1019",
        "21-РТ-1019",
        "21_PT_1019",
    ],
)
def test_case_separators_blanks_and_unicode_forms_do_not_matter(text: str) -> None:
    assert said(match(index_of(*SITE), text)) == ("approve", "normalised", "21-PT-1019")


def test_an_alias_leads_to_its_asset() -> None:
    index = AssetIndex.build([Asset(1, "21-PT-1019", aliases=("OLD-72603-K",)), Asset(2, "21-PT-1020")])
    assert said(match(index, "OLD-72603-K")) == ("approve", "alias", 1)
    assert said(match(index, "old 72603 k")) == ("approve", "alias", 1)


def test_an_external_id_counts_only_as_it_stands() -> None:
    index = AssetIndex.build([Asset(1, "21-PT-1019", external_id="WMT:21-PT-1019-X7")])
    assert said(match(index, "WMT:21-PT-1019-X7")) == ("approve", "exact", 1)
    assert match(index, "WMT 21 PT 1019 X7").decision != "approve"


def test_an_asset_without_a_name_goes_by_its_external_id() -> None:
    index = AssetIndex.build([Asset(1, None, external_id="21-PT-1019"), Asset(2, "", external_id=None)])
    assert said(match(index, "21 PT 1019")) == ("approve", "normalised", 1)


@pytest.mark.parametrize(
    ("text", "asset", "reason"),
    [
        ("21-PT-1O19", "21-PT-1019", "O for 0 where 21-PT-1019 has a digit"),
        ("21-PT-l0l9", "21-PT-1019", "L for 1 where 21-PT-1019 has a digit"),
        ("Z1-PT-1020", None, ""),
        ("21-TT-1OZO", "21-TT-1020", "O for 0, Z for 2 where"),
        ("21-F0-1021", "21-FO-1021", "0 for O where 21-FO-1021 has a letter"),
        ("21-PT-TOT9", "21-PT-1019", "T for 1, O for 0 where 21-PT-1019 has a digit"),
        ("45-PA-20018", "45-PA-2001B", "8 for B where 45-PA-2001B has a letter"),
    ],
)
def test_letters_that_look_like_digits_are_undone_where_the_sites_tags_have_the_other_kind(
    text: str, asset: str | None, reason: str
) -> None:
    found = match(index_of(*SITE), text)
    if asset is None:
        assert found.decision != "approve"
    else:
        assert said(found) == ("approve", "misread", asset)
        assert reason in found.reason


@pytest.mark.parametrize(
    "text", ["21-PT-1017", "21-PT-1010", "21-PT-1069", "45-PA-2007B", "21-PT-109", "21-PT-10199"]
)
def test_a_digit_read_as_another_digit_is_never_approved(text: str) -> None:
    assert match(index_of(*SITE), text).decision != "approve"


def test_a_neighbour_one_digit_away_is_suggested_only_where_it_is_the_only_one() -> None:
    alone = match(index_of("21-PT-1019", "21-PT-1555"), "21-PT-1016")
    assert said(alone) == ("suggest", "fuzzy", "21-PT-1019")
    assert alone.score < 0.2
    assert "may be missing in the list" in alone.reason
    assert match(index_of("21-PT-1019", "21-PT-1018"), "21-PT-1016").decision == "none"


def test_a_tag_of_the_sites_form_that_is_not_listed_is_never_approved_for_a_look_alike() -> None:
    # Where the site has tags with a suffix S, 9-PT-13S may be one; elsewhere it can only be 9-PT-135.
    doubtful = match(index_of("9-PT-135", "9-TT-14S"), "9-PT-13S")
    assert said(doubtful) == ("suggest", "misread", "9-PT-135")
    assert "may be missing in the list" in doubtful.reason
    assert said(match(index_of("9-PT-135", "9-TT-144"), "9-PT-13S")) == ("approve", "misread", "9-PT-135")


def test_a_misreading_that_fits_an_unlisted_tag_as_well_is_only_suggested() -> None:
    # The text can be 71-FO-56061, which is listed, or 71-FQ-56061: FQ is a letter group of the site too.
    index = index_of("71-FO-56061", "71-FQ-56062")
    found = match(index, "71-F0-56061")
    assert said(found) == ("suggest", "misread", "71-FO-56061")
    assert "71FQ56061" in found.reason


def test_an_unlisted_tag_that_is_seldom_misread_so_is_no_rival() -> None:
    # FD is a letter group of the site, but 0 is hardly ever read for D, beside O.
    found = match(index_of("71-FO-56061", "71-FD-56062"), "71-F0-56061")
    assert said(found) == ("approve", "misread", "71-FO-56061")


def test_an_unlisted_tag_of_a_form_that_few_tags_have_is_no_rival() -> None:
    # 71-F0-5606 may be 71-FQ-5606 too: likely where twenty tags are of that form, hardly where one is.
    pumps = [f"45-PA-{number}" for number in range(2000, 2300)]
    few = index_of(*pumps, "71-FO-5606", "2-FQ-5")
    others = [f"71-FQ-56{number}" for number in range(15, 34)]
    many = index_of(*pumps, "71-FO-5612", *others)
    assert said(match(few, "71-F0-5606")) == ("approve", "misread", "71-FO-5606")
    found = match(many, "71-F0-5612")
    assert said(found) == ("suggest", "misread", "71-FO-5612")
    assert "71FQ5612" in found.reason


def test_two_tags_that_look_alike_are_suggested_never_picked() -> None:
    index = index_of("9-PSV-135", "9-PSV-13S", "9-PSV-140")
    found = match(index, "9-P5V-135")
    assert said(found) == ("suggest", "misread", "9-PSV-135")
    assert found.runner_up == Asset("9-PSV-13S", "9-PSV-13S")


@pytest.mark.parametrize("text", ["9-PSV-135", "9-psv-135", "TAG 9-PSV-135", "9-PSV-135 / 9-PSV-140"])
def test_a_tag_with_a_look_alike_in_the_list_is_never_picked(text: str) -> None:
    # An engine that expects a digit reads the suffix S as 5, and is sure of it.
    found = match(index_of("9-PSV-135", "9-PSV-13S", "9-PSV-140"), text)
    assert found.decision == "suggest"
    assert [found.asset and found.asset.key, found.runner_up and found.runner_up.key] == [
        "9-PSV-135",
        "9-PSV-13S",
    ]


def test_a_misreading_of_two_listed_tags_is_suggested() -> None:
    # 1 is read for I more often than for T, but both pressure tags are there.
    found = match(index_of(*SITE), "21-P1-1019")
    assert said(found) == ("suggest", "misread", "21-PI-1019")
    assert found.runner_up == Asset("21-PT-1019", "21-PT-1019")


def test_two_assets_of_one_name_are_suggested_with_both_named() -> None:
    index = AssetIndex.build([Asset("b", "21-PT-1019", "site b"), Asset("a", "21-PT-1019", "site a")])
    found = match(index, "21-PT-1019")
    assert said(found) == ("suggest", "exact", "a")
    assert found.runner_up is not None
    assert found.runner_up.key == "b"
    assert found.score <= 0.5
    assert "2 assets" in found.reason


def test_two_names_that_differ_in_separators_only_are_suggested() -> None:
    found = match(index_of("P1-011", "P-1011"), "P-1011")
    assert said(found) == ("suggest", "exact", "P-1011")
    assert found.runner_up is not None


def test_entries_with_one_key_are_one_asset() -> None:
    index = AssetIndex.build([Asset(1, "21-PT-1019"), Asset(1, "21-PT-1019", description="again")])
    assert said(match(index, "21-PT-1019")) == ("approve", "exact", 1)


def test_a_name_as_it_stands_is_better_than_an_alias_of_another_asset() -> None:
    index = AssetIndex.build([Asset(1, "21-PT-1019"), Asset(2, "21-PT-5555", aliases=("21-PT-1019",))])
    assert said(match(index, "21-PT-1019")) == ("approve", "exact", 1)
    rewritten = match(index, "21PT1019")
    assert said(rewritten) == ("suggest", "normalised", 1)
    assert rewritten.runner_up is not None
    assert rewritten.runner_up.key == 2


@pytest.mark.parametrize(
    "text", ["PUMP", "pump", "VALVE", "A", "Stop", "HOT SURFACE", "5", "A1", "P", "No. 1", "TAG"]
)
def test_words_and_single_letters_catch_no_sign(text: str) -> None:
    index = index_of("PUMP", "VALVE", "A", "STOP", "HOT SURFACE", "5", "A1", "P", "NO", "TAG", "21-PT-1019")
    assert said(match(index, text)) == ("none", None, None)


def test_words_of_several_descriptions_are_common_words_of_the_site() -> None:
    described = [Asset(n, f"21-PT-{n}", description="Degasser inlet") for n in (1001, 1002, 1003)]
    assert match(AssetIndex.build([*described, Asset(0, "DEGASSER")]), "DEGASSER").decision == "none"
    assert match(AssetIndex.build([Asset(0, "DEGASSER")]), "DEGASSER").decision == "suggest"


@pytest.mark.parametrize("name", ["1019", "TK1", "ZONE 2", "DECK 12", "DEGASSER"])
def test_a_short_or_plain_name_is_suggested_at_most(name: str) -> None:
    assert said(match(index_of(name, "21-PT-1019"), name)) == ("suggest", "exact", name)


def test_a_word_with_a_long_number_is_a_tag() -> None:
    assert match(index_of("PUMP-1019"), "PUMP-1019").decision == "approve"


def test_a_numeric_external_id_catches_no_number() -> None:
    index = AssetIndex.build(
        [Asset(1, "21-PT-1019", external_id="100"), Asset(2, "21-PT-1020", external_id="2030405")]
    )
    assert match(index, "100").decision == "none"
    assert match(index, "2030405").decision == "none"


@pytest.mark.parametrize(
    "text",
    [
        "EMERGENCY SHOWER",
        "IP65",
        "24 VDC",
        "4-20mA",
        "MADE IN NORWAY",
        "S/N 4829792",
        "05.12.2012",
        "230V 50 Hz",
        "EX d IIC T4",
    ],
)
def test_most_text_is_no_tag(text: str) -> None:
    assert match(index_of(*SITE), text).decision == "none"


@pytest.mark.parametrize("text", ["21-PT-1019-", "-21-PT-1019", "21-PT-1O19-"])
def test_a_text_that_may_go_on_beyond_its_end_is_only_suggested(text: str) -> None:
    found = match(index_of("21-PT-1018", "21-PT-1019"), text)
    assert (found.decision, found.asset and found.asset.key) == ("suggest", "21-PT-1019")
    assert "may go on" in found.reason


def test_a_point_beside_a_tag_without_separators_is_a_crumb() -> None:
    index = index_of("6237HVA", "6238HVA", "21.PT.1019")
    assert [match(index, text).decision for text in ("6237HVA.", ".6237HVA")] == ["approve", "approve"]
    assert [match(index, text).decision for text in ("21.PT.1019.", ".21.PT.1019")] == ["suggest", "suggest"]


@pytest.mark.parametrize("text", ["P1-011", "TAG P1-011", "P1-O11"])
def test_separators_that_stand_elsewhere_make_another_tag(text: str) -> None:
    found = match(index_of("P-1011", "P-1012"), text)
    assert (found.decision, found.asset and found.asset.key) == ("suggest", "P-1011")
    assert "separators stand elsewhere" in found.reason


@pytest.mark.parametrize("text", ["21PT1019", "21PT-1019", "21 PT-1019", "21-PT 1019", "2 1-PT-1019"])
def test_separators_may_be_missing_and_blanks_may_be_anywhere(text: str) -> None:
    assert match(index_of(*SITE), text).decision == "approve"


def test_a_separator_at_the_end_is_fine_where_the_name_has_it() -> None:
    assert match(index_of("=A1.B1-PF2", "=A1.B1-PF3"), "=a1.b1-PF2").decision == "approve"


@pytest.mark.parametrize(
    "text",
    [
        "TAG NO: 45-PA-2003 SEAWATER LIFT PUMP",
        "45-PA-2003 400V",
        "PUMP45-PA-2003",
        "TAG 45-PA-2O03",
        "EQ: 45-PA-2003",
        "45-PA-2003 2ND STAGE",
    ],
)
def test_a_tag_among_words_that_signs_carry_is_approved(text: str) -> None:
    assert said(match(index_of(*SITE), text)) == ("approve", "partial", "45-PA-2003")


@pytest.mark.parametrize("text", ["FROM 45-PA-2003", "SEE 45-PA-2003", "TO 45-PA-2003 PUMP"])
def test_a_sign_that_points_elsewhere_is_only_suggested(text: str) -> None:
    found = match(index_of(*SITE), text)
    assert said(found) == ("suggest", "partial", "45-PA-2003")
    assert "elsewhere" in found.reason


@pytest.mark.parametrize(
    "text",
    [
        "45-PA-2003 QX",
        "QXW45-PA-2003",
        "45-PA-2003 07",
        "45-PA-2003 07A",
        "45-PA-2003QUUX",
        "45-PA-2003-LO",
        "45-PA-2003-QUUXOR",
        "45-PA-2003BNORMALLY OPEN",
    ],
)
def test_beside_what_is_no_known_word_a_tag_is_only_suggested(text: str) -> None:
    assert match(index_of(*SITE), text).decision != "approve"


@pytest.mark.parametrize("text", ["45-PA-2003-M01", "145-PA-2003", "45-PA-20034", "X45-PA-2003"])
def test_a_tag_inside_a_longer_tag_is_not_the_tag(text: str) -> None:
    found = match(index_of(*SITE), text)
    assert found.level != "partial"
    assert found.decision != "approve"


def test_what_stands_beside_a_tag_may_belong_to_it() -> None:
    index = index_of(*SITE)
    assert match(index, "45-PA-2003 M01").score < match(index, "45-PA-2003 PUMP").score
    assert "may belong to the tag" in match(index, "45-PA-2003 M01").reason
    # B is a suffix of the site: this is a tag of its own, and not listed.
    assert match(index, "45-PA-2003 B").score < 0.2


@pytest.mark.parametrize("text", ["45-PA-2003 / 21-TT-1020", "45-PA-2003 21-TT-1020", "45-PA-200321-TT-1020"])
def test_several_tags_in_one_text_are_all_found(text: str) -> None:
    found = match(index_of(*SITE), text)
    assert said(found) == ("approve", "partial", "45-PA-2003")
    assert [said(other) for other in found.also] == [("approve", "partial", "21-TT-1020")]


def test_an_unlisted_tag_of_the_sites_form_belongs_to_no_other_tag() -> None:
    # Where a clear gap parts them; behind a separator it may.
    index = index_of(*SITE)
    assert said(match(index, "45-PA-2003 / 21-TT-1077")) == ("approve", "partial", "45-PA-2003")
    assert match(index, "45-PA-2003-21-TT-1077").decision != "approve"


def test_tags_between_separators_are_found_where_each_is_long_enough_to_be_whole() -> None:
    index = index_of(*SITE, "P-101")
    found = match(index, "45-PA-2003-21-TT-1020")
    assert [said(m) for m in (found, *found.also)] == [
        ("approve", "partial", "45-PA-2003"),
        ("approve", "partial", "21-TT-1020"),
    ]
    # The short one may as well be a part of the long one.
    assert match(index, "45-PA-2003-P-101").decision != "approve"


def test_a_lost_character_is_suggested() -> None:
    found = match(index_of("21-PT-1019", "21-PT-2028"), "21-T-1019")
    assert said(found) == ("suggest", "fuzzy", "21-PT-1019")
    assert "P missing" in found.reason


def test_two_near_tags_are_both_named() -> None:
    found = match(index_of("21-PT-1019", "21-PT-1018"), "21-PT-101")
    assert said(found) == ("suggest", "fuzzy", "21-PT-1018")
    assert found.runner_up == Asset("21-PT-1019", "21-PT-1019")


def test_three_near_tags_help_and_four_do_not() -> None:
    assert match(index_of(*(f"21-PT-101{n}" for n in range(3))), "21-PT-101").decision == "suggest"
    assert match(index_of(*(f"21-PT-101{n}" for n in range(4))), "21-PT-101").decision == "none"


def test_a_letter_too_many_is_nearer_than_a_digit_too_few() -> None:
    found = match(index_of("21-PT-1019", "21-PTT-10190"), "21-PTT-1019")
    assert said(found) == ("suggest", "fuzzy", "21-PT-1019")
    assert found.runner_up is None


def test_many_near_tags_are_no_help() -> None:
    assert match(index_of(*(f"21-PT-101{n}" for n in range(10))), "21-PT-101").decision == "none"


def test_confidence_lowers_a_decision_and_never_raises_one() -> None:
    index = index_of(*SITE)
    for text in ("21-PT-1019", "21 pt 1019", "21-PT-1O19", "21-PT-1016", "TAG 45-PA-2003", "PUMP"):
        scores = [match(index, text, confidence).score for confidence in (0.0, 0.3, 0.6, 0.9, 1.0)]
        assert scores == sorted(scores)
    assert match(index, "21-PT-1019", 0.7).decision == "approve"
    doubtful = match(index, "21-PT-1019", 0.5)
    assert said(doubtful) == ("suggest", "exact", "21-PT-1019")
    assert "confidence 0.50" in doubtful.reason
    assert match(index, "21-PT-1O19", 0.7).decision == "approve"
    assert match(index, "21-PT-1O19", 0.6).decision == "suggest"


def test_scores_follow_the_levels() -> None:
    index = AssetIndex.build([*(Asset(n, n) for n in SITE), Asset("x", "X", aliases=("OLD-72603-K",))])
    texts = ["21-PT-1019", "21 PT 1019", "OLD-72603-K", "21-PT-1O19", "TAG 45-PA-2003", "21-TT-120"]
    scores = [found.score for found in index.match(texts)]
    assert scores == sorted(scores, reverse=True)
    assert [found.level for found in index.match(texts)] == [
        "exact",
        "normalised",
        "alias",
        "misread",
        "partial",
        "fuzzy",
    ]
