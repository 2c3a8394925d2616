"""What holds for every text, every confidence and every polygon."""

import math
import time

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from image360.matching import Asset, AssetIndex, Match, TextRegion
from image360.matching.normaliser import COMMON_NORMALISER, normalise

NAMES = [
    "21-PT-1019",
    "21-PT-1018",
    "30-LAHH-61578",
    "=A1.B1-PF2+S2",
    "50GCA10AT002",
    "PUMP",
    "5",
    "Ω-12É",
    "٣-PT-٤٥٦",
]
INDEX = AssetIndex.build(Asset(n, name, aliases=(f"SITE_{name}",)) for n, name in enumerate(NAMES))

any_text = st.one_of(
    st.text(),
    st.text(st.characters(categories=["Cs", "Cc", "Cf", "Mn", "Lm", "Lo", "Nl", "No", "Sm"])),
    st.text("0O1Il5SB8Z2G6QD-_ /.AP", max_size=40),
    st.builds("{}{}{}".format, st.text(max_size=3), st.sampled_from(NAMES), st.text(max_size=3)),
)


def is_sound(match: Match) -> None:
    assert (match.asset is None) == (match.decision == "none") == (match.level is None)
    assert 0.0 <= match.score <= 1.0
    assert (match.score >= 0.9) == (match.decision == "approve")
    assert match.reason
    assert match.reason.isprintable()
    assert len(match.reason) < 1000
    assert match.runner_up is None or match.decision == "suggest"
    for other in match.also:
        is_sound(other)


@given(any_text, st.one_of(st.floats(), st.integers(-2, 2)))
@example("\ud800", math.nan)
@example("ŉﬁßİǰΐ", math.inf)
@example("\u202e9101-TP-12", 1.0)
@example("👍🏽21-PT-1019", 1.0)
def test_no_text_and_no_confidence_raises(text: str, confidence: float) -> None:
    (found,) = INDEX.match([text], [confidence])
    is_sound(found)
    assert str(INDEX.explain(text, confidence))


@given(any_text)
def test_the_normal_form_is_idempotent(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@given(any_text)
def test_a_reading_keeps_a_gap_around_each_character(text: str) -> None:
    reading = COMMON_NORMALISER.read(text)
    assert len(reading.gaps) == len(reading.key) + 1
    assert all(
        not character.isspace() and not character.islower()
        for character in reading.key
        if character.isascii()
    )


@given(st.text("09AZaz-", max_size=12), st.sampled_from(["", " ", "-", "_", "\u200b", "\ufeff"]))
def test_separators_blanks_and_marks_leave_the_normal_form_alone(text: str, mark: str) -> None:
    assert normalise(mark.join(text)) == normalise(text) == "".join(c for c in text.upper() if c != "-")


@given(st.lists(any_text, max_size=8), st.floats(0, 1))
def test_a_text_is_matched_by_itself(texts: list[str], confidence: float) -> None:
    alone = [INDEX.match([text], [confidence])[0] for text in texts]
    assert INDEX.match(texts, [confidence] * len(texts)) == alone


@given(any_text, st.floats(0, 1), st.floats(0, 1))
def test_confidence_never_raises_a_decision(text: str, one: float, other: float) -> None:
    low, high = INDEX.match([text, text], sorted([one, other]))
    assert low.score <= high.score
    assert not (low.decision == "approve" and high.decision != "approve")
    assert (low.level, low.asset, low.runner_up) == (high.level, high.asset, high.runner_up)


@pytest.mark.parametrize(
    "text",
    [
        "A",
        "1",
        "5O",
        "21-PT-1019 ",
        "30LAHH61578",
        " ",
        "\0",
        "مرحبا",
        "👍",
        "e\u0301",
        "B 1 ",
        "I",
        "\ud800",
    ],
)
def test_10_000_characters_take_a_bounded_time(text: str) -> None:
    long = (text * 10_000)[:10_000]
    started = time.process_time()
    (found,) = INDEX.match([long])
    assert time.process_time() - started < 1.0
    is_sound(found)
    assert found.decision != "approve"


any_region = st.builds(
    TextRegion,
    st.one_of(any_text, st.sampled_from(["30", "LAHH-61578", "21-PT", "1019", "50GCA1", "0AT002"])),
    st.one_of(
        arrays.arrays(np.float64, st.tuples(st.integers(0, 6), st.integers(1, 4)), elements=st.floats()),
        arrays.arrays(np.float64, (4, 2), elements=st.integers(0, 60)),
        arrays.arrays(np.float64, (4, 3), elements=st.floats(-1, 1)),
    ),
    st.floats(),
    st.lists(any_text, max_size=2).map(tuple),
)


SIDES_CROSS = TextRegion("21-PT-1019", np.array([[59.0, 0], [1, 60], [0, 0], [60, 60]]), 0.9, ())


@settings(deadline=None)
@example([SIDES_CROSS, SIDES_CROSS])
@given(st.lists(any_region, max_size=6))
def test_no_region_raises_and_none_is_left_out(regions: list[TextRegion]) -> None:
    found = INDEX.match_regions(regions)
    for match in found:
        is_sound(match)
        assert match.polygon is not None
        assert list(match.regions) == sorted(set(match.regions))
    assert sorted(i for match in found for i in match.regions) == list(range(len(regions)))
    assert [match.regions[0] for match in found] == sorted(match.regions[0] for match in found)


@settings(deadline=None)
@given(st.lists(any_region, max_size=5), st.randoms(use_true_random=False))
def test_the_order_of_the_regions_does_not_matter(regions: list[TextRegion], random: object) -> None:
    order = list(range(len(regions)))
    random.shuffle(order)  # pyright: ignore[reportAttributeAccessIssue]
    shuffled = INDEX.match_regions([regions[i] for i in order])

    def said(match: Match, places: list[int]) -> tuple[object, ...]:
        texts = sorted(regions[places[i]].text for i in match.regions)
        return texts, match.decision, match.level, match.asset and match.asset.key, match.score, match.reason

    expected = sorted((said(m, list(range(len(regions)))) for m in INDEX.match_regions(regions)), key=repr)
    assert sorted((said(m, order) for m in shuffled), key=repr) == expected
