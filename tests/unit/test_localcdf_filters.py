"""The subset match of annotation filters."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcdf.filters import is_subset

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
)


@given(JSON)
def test_everything_contains_itself(value: Any) -> None:
    assert is_subset(value, value)


@given(st.dictionaries(st.text(max_size=2), JSON, max_size=4), st.data())
def test_a_part_is_contained_and_an_addition_is_not(whole: dict[str, Any], data: st.DataObject) -> None:
    names = data.draw(st.sets(st.sampled_from(sorted(whole)))) if whole else set()
    part = {name: whole[name] for name in names}
    assert is_subset(part, whole)
    assert is_subset({"outer": part}, {"outer": whole, "other": 1})
    assert not is_subset({**part, "not there": 1}, whole)


@pytest.mark.parametrize(
    ("part", "whole"),
    [
        ({"a": 1}, {"a": True}),
        ({"a": True}, {"a": 1}),
        ({"a": [1]}, {"a": [1, 2]}),
        ({"a": "x"}, {"a": "X"}),
        ({"a": {}}, {"a": 1}),
        ({"a": None}, {}),
    ],
)
def test_what_only_looks_alike_is_not_contained(part: Any, whole: Any) -> None:
    assert not is_subset(part, whole)
