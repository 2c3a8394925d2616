"""Lessons of any decisions: no order counts, who contradicts adds none, no collection teaches another."""

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from image360.lessons import Lessons, learned
from image360.matching import LearnedAlias, Lesson
from image360.matching.normaliser import COMMON_NORMALISER
from image360.state.decisions import Decision
from image360.state.pairs import Pair

ASSETS = [("sp", "pump"), ("sp", "valve"), ("sp", "motor")]
IMAGES = [("sp", name) for name in "abcdef"]
TEXTS = ["P-1 OLD", "p1 old", "V-2 OLD", None]


@st.composite
def statements(draw: st.DrawFn) -> Decision:
    """What somebody says of a pair."""
    asset = draw(st.sampled_from(ASSETS))
    pair = Pair(draw(st.sampled_from(IMAGES)), asset)
    verdict = draw(st.sampled_from(["approve", "approve", "reject", "change"]))
    others = [each for each in ASSETS if each != asset]
    instead = draw(st.sampled_from(others)) if verdict == "change" else None
    always = verdict != "reject" and draw(st.booleans())
    text, at = draw(st.sampled_from(TEXTS)), draw(st.integers(0, 10**12))
    return Decision(pair, pair.decision_id, verdict, instead, None, text, "anna", at, always)


decisions = st.lists(statements(), max_size=12, unique_by=lambda each: each.pair)
collections = st.fixed_dictionaries({image: st.sampled_from(["north", "south"]) for image in IMAGES})


def aliases(given_: list[Decision]) -> set[tuple[str, object]]:
    return named(learned(given_, COMMON_NORMALISER.key))


def named(lessons: Iterable[Lesson]) -> set[tuple[str, object]]:
    return {(each.key, each.asset) for each in lessons if isinstance(each, LearnedAlias)}


@given(decisions, st.randoms(use_true_random=False))
def test_the_order_of_the_decisions_does_not_count(given_: list[Decision], random: object) -> None:
    shuffled = list(given_)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert learned(shuffled, COMMON_NORMALISER.key) == learned(given_, COMMON_NORMALISER.key)


@given(decisions)
def test_each_alias_has_the_word_of_people_and_nobody_against_it(given_: list[Decision]) -> None:
    for key, asset in aliases(given_):
        of_text = [each for each in given_ if COMMON_NORMALISER.key(each.text or "") == key]
        confirming = [each for each in of_text if each.approves == asset]
        assert len({each.pair.image for each in confirming}) >= 2 or any(each.always for each in confirming)
        assert all(each.approves in (None, asset) for each in of_text)
        assert not any(each.rejects and each.pair.asset == asset for each in of_text)


@given(decisions, st.sampled_from(TEXTS), st.sampled_from(ASSETS))
def test_a_rejection_adds_no_alias_and_withdraws_its_own(
    given_: list[Decision], text: str | None, asset: tuple[str, str]
) -> None:
    pair = Pair(("sp", "another"), asset)
    rejection = Decision(pair, pair.decision_id, "reject", None, None, text, "ben", 0)
    after = aliases([*given_, rejection])
    assert after == aliases(given_) - {(COMMON_NORMALISER.key(text or ""), asset)}


@given(decisions, collections)
def test_a_collection_learns_what_its_own_images_teach(
    given_: list[Decision], of_image: dict[tuple[str, str], str]
) -> None:
    found = Lessons.of(given_, of_image, ASSETS, COMMON_NORMALISER)
    for name in ("north", "south"):
        own = [each for each in given_ if of_image[each.pair.image] == name]
        assert named(found.of_collection(name)) == aliases(own)
