"""Merging is the same in every order, and merging what is merged changes nothing."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from image360.detection.merge import (
    Reading,
    Sighting,
    group,
    held,
    key,
    outline_of,
    settle,
    whole,
    without_margin,
)
from image360.geometry import face_uv_to_direction

texts = st.sampled_from(["21-PT-1019", "21 pt 1019", "21-PT-1018", "1019", "", "EXIT", "２１-PT-1019"])
confidences = st.floats(0, 1)
readings = st.lists(st.builds(Reading, texts, confidences), max_size=6)


@st.composite
def sightings(draw):
    """A sighting near the seam of front and right, at one of a few places that overlap more or less."""
    left, width = draw(st.sampled_from([(0.9, 0.2), (0.92, 0.2), (1.02, 0.08), (1.3, 0.2)]))
    upper = draw(st.sampled_from([0.4, 0.41, 0.5]))
    corners = [(left, upper), (left + width, upper), (left + width, upper + 0.04), (left, upper + 0.04)]
    quad = face_uv_to_direction("front", *np.transpose(corners))
    middle = quad.mean(axis=0)
    ink = draw(st.sampled_from([None, middle + 0.9 * (quad - middle)]))
    return Sighting(draw(texts), draw(confidences), quad, ink, draw(st.booleans()))


def as_sets(groups):
    return {frozenset(id(sighting) for sighting in members) for members in groups}


@given(st.lists(sightings(), max_size=8), st.randoms())
def test_groups_do_not_depend_on_the_order_of_sightings(seen, random):
    shuffled = seen.copy()
    random.shuffle(shuffled)
    groups, others = group(seen), group(shuffled)
    assert as_sets(groups) == as_sets(others)
    for one, other in zip(groups, others, strict=True):
        assert (outline_of(one) == outline_of(other)).all()


@given(st.lists(sightings(), max_size=8))
def test_every_sighting_is_in_one_group_and_a_group_stays_one(seen):
    groups = group(seen)
    assert sorted(id(sighting) for members in groups for sighting in members) == sorted(map(id, seen))
    for members in groups:
        assert as_sets(group(members)) == as_sets([members])


@given(readings, st.randoms())
def test_the_settled_reading_does_not_depend_on_order(read, random):
    shuffled = read.copy()
    random.shuffle(shuffled)
    assert settle(read) == settle(shuffled)


@given(readings)
def test_the_settled_reading_was_read_and_differs_from_the_others(read):
    settled = settle(read)
    if settled is None:
        for text in filter(None, {key(reading.text) for reading in read}):
            assert np.mean([reading.confidence for reading in read if key(reading.text) == text]) < 0.5
        return
    best, others = settled
    assert best.text in {reading.text for reading in read}
    assert 0 <= best.confidence <= 1
    assert len({key(best.text), *map(key, others)}) == 1 + len(others)


@given(st.lists(sightings(), min_size=1, max_size=8))
def test_only_whole_sightings_speak_of_the_whole_text(seen):
    (members, *_) = group(seen)
    assert not any(sighting.cut for sighting in whole(members, outline_of(members)))


@given(sightings())
def test_what_ink_fills_of_a_box_is_of_unit_vectors_and_lies_within_it(sighting):
    inner = without_margin(sighting.quad)
    np.testing.assert_allclose(np.linalg.norm(inner, axis=1), 1, rtol=1e-12)
    assert held(inner, sighting.quad) > 0.999
