"""What is secret is in no text that leaves a function."""

import json
import traceback
from urllib.parse import quote

import pytest

from image360.conceal import CONCEALED, Concealer
from image360.errors import EngineRefusedError, Image360Error

SECRET = 'q7~x"Y/pä+9k'
CONCEAL = Concealer.of([SECRET])


@pytest.mark.parametrize("form", [str, json.dumps, lambda text: json.dumps(text, ensure_ascii=False), quote])
def test_a_secret_is_taken_out_in_every_form_that_an_answer_may_have(form):
    said = CONCEAL(f"400: no such secret: {form(SECRET)}.")
    assert said in (f"400: no such secret: {CONCEALED}.", f'400: no such secret: "{CONCEALED}".')


def test_a_secret_is_taken_out_of_whatever_json_holds():
    value = {"a": [SECRET, {"b": (f"x{SECRET}", 1, None, True)}], SECRET: 0.5}
    assert CONCEAL.within(value) == {
        "a": [CONCEALED, {"b": [f"x{CONCEALED}", 1, None, True]}],
        CONCEALED: 0.5,
    }


def test_of_two_secrets_the_longer_goes_first():
    assert Concealer.of(["abcd", "abcdefgh"])("abcdefgh abcd") == f"{CONCEALED} {CONCEALED}"


def test_what_is_too_short_to_be_secret_garbles_no_text():
    assert Concealer.of(["", "e", "the"])("the letter e") == "the letter e"


def test_an_error_without_a_secret_is_kept_as_it_is():
    error = ValueError("harmless")
    assert CONCEAL.error(error) is error


def test_an_error_with_a_secret_keeps_its_kind_if_it_is_one_of_ours():
    shown = CONCEAL.error(EngineRefusedError(f"refused: {SECRET}"))
    assert (type(shown), str(shown)) == (EngineRefusedError, f"refused: {CONCEALED}")


def test_an_error_of_others_is_named_and_its_cause_is_not_shown():
    def fail():
        try:
            raise KeyError(SECRET)
        except KeyError as error:
            raise ValueError("further down") from error

    with pytest.raises(ValueError, match="further down") as raised:
        fail()
    shown = CONCEAL.error(raised.value)
    assert (type(shown), str(shown)) == (Image360Error, "ValueError: further down")
    assert SECRET not in "".join(traceback.format_exception(shown))
