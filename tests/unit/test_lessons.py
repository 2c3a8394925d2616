"""What people have decided on places, as aliases of texts: the rules by which a text is learned."""

from dataclasses import replace

import pytest

from image360.lessons import Lessons, learned, name_of
from image360.matching import LearnedAlias, LearnedRejection
from image360.matching.normaliser import COMMON_NORMALISER, VERSION, Normaliser
from image360.state.decisions import Decision, Verdict
from image360.state.pairs import AssetKey, Pair

PUMP, VALVE = ("sp", "pump"), ("sp", "valve")
TEXT = "P-101 OLD"


def said(
    image: str,
    verdict: Verdict = "approve",
    asset: AssetKey = PUMP,
    instead: AssetKey | None = None,
    text: str | None = TEXT,
    who: str = "anna",
    *,
    always: bool = False,
    at: int = 1_790_000_000_000,
) -> Decision:
    """What a person says of an asset on an image."""
    pair = Pair(("sp", image), asset)
    return Decision(pair, pair.decision_id, verdict, instead, None, text, who, at, always)


def taught(*decisions: Decision) -> list[tuple[str, object]]:
    """Text and asset of each alias."""
    lessons = learned(decisions, COMMON_NORMALISER.key)
    return [(each.key, each.asset) for each in lessons if isinstance(each, LearnedAlias)]


def rejected(*decisions: Decision) -> list[tuple[str, object]]:
    """Text and asset of each rejection that is learned."""
    lessons = learned(decisions, COMMON_NORMALISER.key)
    return [(each.key, each.asset) for each in lessons if isinstance(each, LearnedRejection)]


LEARNED = [("P101OLD", PUMP)]


def test_a_text_is_learned_once_it_is_approved_for_an_asset_on_two_images() -> None:
    assert taught(said("a")) == []
    assert taught(said("a"), said("b")) == LEARNED
    assert taught(said("a"), said("b", text=" p_101-old.")) == LEARNED  # whatever its writing


def test_one_person_may_say_it_of_both_images_and_two_of_one_image_are_one() -> None:
    assert taught(said("a", who="anna"), said("b", who="anna")) == LEARNED
    twice = replace(said("a", who="ben"), external_id="another node")
    assert taught(said("a", who="anna"), twice) == []


def test_one_decision_with_always_is_enough() -> None:
    assert taught(said("a", always=True)) == LEARNED


def test_a_change_confirms_the_asset_that_it_is_to_be() -> None:
    assert taught(said("a", "change", VALVE, PUMP), said("b")) == LEARNED


@pytest.mark.parametrize("always", [False, True])
@pytest.mark.parametrize(
    "against",
    [
        said("c", "reject"),
        said("c", "change", PUMP, VALVE),
        said("c", "approve", VALVE),
        said("c", "change", ("sp", "motor"), VALVE),
        said("c", "approve", VALVE, always=True),
    ],
)
def test_who_rejects_it_or_confirms_another_asset_withdraws_it(against: Decision, always: bool) -> None:
    assert taught(said("a", always=always), said("b"), said("d"), against) == []


def test_a_rejection_of_another_asset_for_the_text_withdraws_nothing() -> None:
    assert taught(said("a"), said("b"), said("c", "reject", VALVE)) == LEARNED


@pytest.mark.parametrize("no", [said("a", "reject"), said("a", "change", PUMP, VALVE)])
def test_what_is_rejected_is_not_asked_again_unless_somebody_approves_it(no: Decision) -> None:
    assert rejected(no) == LEARNED
    assert rejected(no, said("b", "reject", VALVE, text="another")) == [("ANOTHER", VALVE), *LEARNED]
    assert rejected(no, said("c", "approve", VALVE)) == LEARNED
    assert rejected(no, said("c")) == []


def test_what_is_said_without_a_text_teaches_nothing() -> None:
    assert taught(said("a", text=None), said("b", text=None), said("c", text="--", always=True)) == []


def test_an_alias_tells_who_has_said_it_of_which_images_and_when() -> None:
    decisions = [said(name, who=f"{name}@plant", at=1_790_000_000_000 + n) for n, name in enumerate("abcde")]
    (alias,) = learned(reversed(decisions), COMMON_NORMALISER.key)
    day = "(2026-09-21)"
    assert alias.told == (
        f"confirmed by a@plant on a {day}, b@plant on b {day}, c@plant on c {day} and 2 others; "
        f"normaliser {VERSION}"
    )
    (alias,) = learned([said("a"), said("b", who="ben", always=True)], COMMON_NORMALISER.key)
    assert alias.told == f"always, says ben on b {day}; normaliser {VERSION}"


def lessons(
    *decisions: Decision, collections: dict[str, str], normaliser: Normaliser = COMMON_NORMALISER
) -> Lessons:
    scopes = {("sp", image): name for image, name in collections.items()}
    return Lessons.of(decisions, scopes, [PUMP, VALVE], normaliser)


def test_a_collection_learns_from_its_own_images_alone() -> None:
    found = lessons(said("a"), said("b"), collections={"a": "north", "b": "south"})
    assert not found
    found = lessons(
        said("a"), said("b"), said("c", "reject"), collections={"a": "north", "b": "north", "c": "south"}
    )
    (alias,), (rejection,) = found.of_collection("north"), found.of_collection("south")
    assert isinstance(alias, LearnedAlias)
    assert isinstance(rejection, LearnedRejection)
    assert not lessons(said("a"), said("b"), collections={})  # images that are gone, or of another deployment


def test_an_alias_of_an_asset_that_is_not_listed_is_none() -> None:
    gone = ("sp", "gone")
    assert not lessons(said("a", asset=gone), said("b", asset=gone), collections={"a": "n", "b": "n"})


def test_texts_meet_an_alias_whatever_their_writing_and_only_in_its_collection() -> None:
    found = lessons(said("a"), said("b"), collections={"a": "north", "b": "north"})
    assert found.names_for("north", ["p 101 OLD", "x"]) == found.names("north") != set()
    assert found.names_for("south", ["p 101 OLD"]) == set()


def test_an_alias_has_another_name_where_its_text_asset_or_weight_is_another() -> None:
    (alias,) = learned([said("a"), said("b")], COMMON_NORMALISER.key)
    others = [replace(alias, key="X"), replace(alias, asset=VALVE), replace(alias, always=True)]
    assert len({name_of(each) for each in (alias, *others)}) == 4
    assert name_of(replace(alias, told="by others")) == name_of(alias)  # a further decision makes nothing due


def test_texts_are_read_as_the_config_says() -> None:
    look_alike = Normaliser((("Ø", "0"),))
    found = lessons(
        said("a", text="P-1Ø1"),
        said("b", text="P-101"),
        collections={"a": "n", "b": "n"},
        normaliser=look_alike,
    )
    assert found.names_for("n", ["P-1Ø1"])
