"""Which request an error names, and what is let out of the log of the HTTP library: nothing."""

import logging

import pytest
from cognite.client.exceptions import CogniteAPIError

from image360.answered import LIBRARY, answered_requests
from image360.errors import AnswerError, SetupError

LOGGED = 'HTTP Request: %s %s "%s"'
URL = "https://field.cognitedata.com/api/v1/projects/plant/annotations/list?limit=5"
LINK = "https://field.cognitedata.com/blob/download/secret"


def test_an_error_names_the_request_that_was_answered_before_it() -> None:
    def fail() -> None:
        with answered_requests():
            logging.getLogger(LIBRARY).info(LOGGED, "POST", URL, "200")
            raise KeyError("items")

    with pytest.raises(AnswerError, match=r"^POST /annotations/list: .*KeyError: 'items'"):
        fail()


def test_what_is_raised_on_purpose_stays_as_it_is() -> None:
    with answered_requests() as answered:
        for error in (SetupError("no space"), CogniteAPIError("no", 403)):
            assert answered.named(error) is error


def test_a_signed_link_is_not_named() -> None:
    with answered_requests() as answered:
        logging.getLogger(LIBRARY).info(LOGGED, "GET", LINK, "200")
        assert "secret" not in str(answered.named(ValueError()))


def test_something_can_be_done_after_each_answer() -> None:
    done: list[str] = []
    with answered_requests() as answered:
        answered.then = lambda: done.append(answered.last)
        logging.getLogger(LIBRARY).info(LOGGED, "POST", URL, "200")
    logging.getLogger(LIBRARY).info(LOGGED, "POST", URL, "200")
    assert done == ["POST /annotations/list"]


def test_nothing_of_the_log_is_passed_on_and_it_is_left_as_it_was(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger(LIBRARY)
    before = logger.level, logger.propagate, list(logger.handlers)
    with caplog.at_level(logging.INFO), answered_requests():
        logger.info(LOGGED, "GET", LINK, "200")
    assert caplog.records == []
    assert (logger.level, logger.propagate, logger.handlers) == before
