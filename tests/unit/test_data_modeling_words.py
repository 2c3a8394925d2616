"""Full-text search: the examples of the documentation, word by word."""

import pytest

from localcdf.data_modeling.queries.words import WordQuery, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Pump_123-ABC", ["pump_123", "abc"]),
        ("Temperature Sensor", ["temperature", "sensor"]),
        ("Temperature_Sensor_1", ["temperature_sensor_1"]),
        ("John's pump", ["john's", "pump"]),
        ("example.com", ["example.com"]),
        ("system32.exe", ["system32", "exe"]),
        ("first.last 5.10", ["first.last", "5.10"]),
        ("first,last 5,10", ["first", "last", "5,10"]),
        ("first:last 5:10", ["first:last", "5", "10"]),
        ("1st account has 1,000.5 dollars.", ["1st", "account", "has", "1,000.5", "dollars"]),
        ("21-PT-1019", ["21", "pt", "1019"]),
        ("", []),
    ],
)
def test_text_is_cut_into_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def found(query: str, text: str, operator: str) -> bool:
    """Whether a document of one text matches."""
    return WordQuery.parse(query, operator).relevance([text]) is not None


@pytest.mark.parametrize(
    ("query", "text", "with_or", "with_and"),
    [
        ("valve", "Ball-valve", True, True),
        ("valve", "Valvoline", False, False),
        ("pressure sensor", "High pressure sensor calibration", True, True),
        ("pressure sensor", "Pressure transmitter", True, False),
        ("pressure sensor", "Pressured equipment", False, False),
        ("compressor fail", "Compressor failure log", True, False),
        ("oil temp", "Oil temperature readings", True, False),
        ("flow meter calibra", "Calibration of temperature", True, False),
    ],
)
def test_a_document_matches_as_documented(query: str, text: str, with_or: bool, with_and: bool) -> None:
    assert found(query, text, "OR") == with_or
    assert found(query, text, "AND") == with_and


def test_more_words_and_whole_phrases_are_more_relevant() -> None:
    query = WordQuery.parse("heat exchanger 243", "OR")
    scores = [
        query.relevance([text])
        for text in ("Heat exchanger 243", "243 exchanger heat", "Heat exchanger", "Heat")
    ]
    assert scores == sorted(scores, key=lambda score: score or (0, 0), reverse=True)
    assert len(set(scores)) == 4
