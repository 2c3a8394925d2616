"""Tags that stand inside a longer text: among label words, glued to them, or several in one."""

from collections.abc import Container
from dataclasses import dataclass, replace

from image360.matching.normaliser import Reading
from image360.matching.register import Labels, Register, one_per_asset

# Longer texts are searched so far only; it bounds the time a hostile text can take.
_SEARCHED = 200
# A word glued to a tag has as many letters at least; fewer may belong to the tag.
_WORD_LENGTH = 3
_MAX_TAGS = 4


@dataclass(frozen=True)
class Holding:
    """A tag from ``start`` up to ``end`` of a key. ``goes_on``: what stands beside it may belong to it."""

    start: int
    end: int
    labels: Labels
    goes_on: bool = False


def holdings(reading: Reading, register: Register) -> list[Holding]:
    """The listed tags inside a text, in order. None in a text that is itself a tag of the site's form."""
    key = reading.key[:_SEARCHED]
    if register.model.is_tag(reading.key):
        return []
    chosen: list[Holding] = []
    for held in _longest_first(key, register):
        free = all(held.end <= other.start or other.end <= held.start for other in chosen)
        if free and _stands_alone(reading, held, register):
            chosen.append(held)
    if not chosen:
        return _split(key, 0, register, _MAX_TAGS)
    covered = {place for held in chosen for place in range(held.start, held.end)}
    chosen.sort(key=lambda held: held.start)
    return [replace(held, goes_on=_goes_on(reading, held, covered)) for held in chosen]


def _longest_first(key: str, register: Register) -> list[Holding]:
    return [
        Holding(start, start + length, one_per_asset(labels))
        for length in register.lengths
        for start in range(len(key) - length + 1)
        if (labels := register.tag_labels(key[start : start + length]))
    ]


def _stands_alone(reading: Reading, held: Holding, register: Register) -> bool:
    """Whether both sides are an end of the text, a clear gap, or a word."""
    if held.end - held.start == len(reading.key):
        return False
    separators = register.model.separators
    before, after = reading.gaps[held.start], reading.gaps[held.end]
    left = held.start == 0 or _is_clear(before, separators) or _is_word(reading, held.start - 1, -1)
    right = held.end == len(reading.key) or _is_clear(after, separators) or _is_word(reading, held.end, 1)
    return left and right


def _is_clear(gap: str, separators: frozenset[str]) -> bool:
    return any(mark not in separators for mark in gap)


def _is_word(reading: Reading, place: int, step: int) -> bool:
    token = _token(reading, place, step, ())
    return len(token) >= _WORD_LENGTH and token.isalpha()


def _goes_on(reading: Reading, held: Holding, covered: set[int]) -> bool:
    """Whether a number or a single letter stands beside it: "21-PT-1019 B" may be another tag."""
    tokens = (_token(reading, held.start - 1, -1, covered), _token(reading, held.end, 1, covered))
    return any(token and (len(token) == 1 or not token.isalpha()) for token in tokens)


def _token(reading: Reading, place: int, step: int, covered: Container[int]) -> str:
    """The characters from ``place`` on, outwards, up to the next gap or covered place."""
    token: list[str] = []
    while 0 <= place < len(reading.key) and place not in covered:
        token.append(reading.key[place])
        if reading.gaps[place if step < 0 else place + 1]:
            break
        place += step
    return "".join(token)


def _split(key: str, start: int, register: Register, most: int) -> list[Holding]:
    """The rest of a key as listed tags without anything between them, at least two in all; else nothing."""
    if most == 0:
        return []
    for length in register.lengths:
        end = start + length
        labels = register.tag_labels(key[start:end])
        if end > len(key) or not labels or (start == 0 and end == len(key)):
            continue
        held = Holding(start, end, one_per_asset(labels))
        if end == len(key):
            return [held]
        rest = _split(key, end, register, most - 1)
        if rest:
            return [held, *rest]
    return []
