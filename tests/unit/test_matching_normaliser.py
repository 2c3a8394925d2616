"""The normal form that a site may extend, and what a table of confusions does."""

import pytest
from pydantic import ValidationError

from image360.config import Matching
from image360.matching import Asset, AssetIndex, Rules
from image360.matching.confusions import COMMON_CONFUSIONS, Confusions
from image360.matching.normaliser import Normaliser, normalise


def test_a_letter_that_the_site_writes_for_a_digit_is_that_digit() -> None:
    index = AssetIndex.build([Asset(1, "21-PT-1Ø19")], Rules(Normaliser((("Ø", "0"),))))
    assert index.match(["21-PT-1019"])[0].level == "normalised"
    assert AssetIndex.build([Asset(1, "21-PT-1Ø19")]).match(["21-PT-1019"])[0].level == "fuzzy"


def test_the_normal_form_of_a_site_is_idempotent() -> None:
    normaliser = Normaliser((("Ø", "0"),))
    for text in ("21-pt-1ø19", "Ø", "øØ0", ""):
        key = normaliser.key(text)
        assert normaliser.key(key) == key
        assert normaliser.keys([text, key]) == [key, key]


@pytest.mark.parametrize(
    "look_alikes",
    [{"ØØ": "0"}, {"Ø": ""}, {"Ø": "00"}, {"Ø": "é"}, {"-": "0"}, {"Ø": "O", "O": "0"}, {"0": "0"}],
)
def test_look_alikes_that_make_no_normal_form_are_refused(look_alikes: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match="must"):
        Matching(look_alikes=look_alikes)


def test_many_keys_are_what_each_of_them_is() -> None:
    texts = ["21-PT-1019", "two\nlines", "", "２１－PT", "é", "-"] * 300
    assert Normaliser().keys(texts) == [normalise(text) for text in texts]


def with_habit(printed: str, read: str, times: int) -> Confusions:
    """The common table, and one more habit of an engine."""
    return Confusions((*COMMON_CONFUSIONS.counts, (printed, read, times)))


def test_a_letter_that_is_often_read_for_a_digit_is_undone() -> None:
    assets = [Asset(1, "21-PT-1019"), Asset(2, "21-TT-1020")]
    before = AssetIndex.build(assets).match(["21-PT-1H19"])[0]
    assert before.level == "fuzzy"
    found = AssetIndex.build(assets, Rules(confusions=with_habit("0", "H", 9))).match(["21-PT-1H19"])[0]
    assert (found.decision, found.level) == ("approve", "misread")


def test_no_habit_lets_a_digit_be_read_for_another() -> None:
    rules = Rules(confusions=with_habit("9", "8", 1000))
    index = AssetIndex.build([Asset(1, "21-PT-1019"), Asset(2, "21-PT-1555")], rules)
    assert index.match(["21-PT-1018"])[0].decision != "approve"
