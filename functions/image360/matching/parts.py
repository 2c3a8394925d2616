"""Tags that stand inside a longer text: among label words, glued to them, or several in one."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from image360.matching.finding import MAY_GO_ON, PARTED_OTHERWISE, Asked, Finding, Hold, has_digit
from image360.matching.match import shown
from image360.matching.misread import misread_holds, misread_penalty, misreading, misreadings
from image360.matching.register import Label, Labels, one_per_asset
from image360.matching.whole import twins_of
from image360.matching.words import REFERENCES, is_measure

# A longer text stands on no plate; it bounds the time a hostile text can take.
_LONGEST = 200
# A word has as many letters at least; fewer may belong to the tag.
_WORD_LENGTH = 3
_SURELY_WORD = 4
_MOST_TAGS = 4
# No shorter name is trusted as a tag.
_SHORTEST = 4
_SURELY_WHOLE = 6

_CHANGE = re.compile("(?<=[0-9])(?=[^0-9])|(?<=[^0-9])(?=[0-9])")

_MAY_BELONG = "what stands beside it may belong to the tag"
_ELSEWHERE = Hold("it may name a tag that is elsewhere", 0.6)
_OTHERWISE = Hold("the text may be parted into other tags", 0.6)


@dataclass(frozen=True)
class Part:
    """A tag from ``start`` up to ``end`` of a key; ``places`` of it, counted from its start, are confused."""

    start: int
    end: int
    labels: Labels
    places: tuple[int, ...] = ()


def find_parts(asked: Asked) -> Finding | str:
    """Partial: a tag among other words, or several tags in one text."""
    if not has_digit(asked.key):
        return "without a digit it holds no tag"
    if asked.is_tag:
        return "as a whole it is a tag of the site's form"
    if len(asked.key) > _LONGEST:
        return "too long for a plate"
    parts = _standing(asked)
    if parts:
        findings = [_finding(part, _holds(part, parts, asked), asked) for part in parts]
    else:
        parts, holds = _cover(asked)
        findings = [_finding(part, holds, asked) for part in parts]
    if not findings:
        return "no tag of the list stands in it"
    first = findings[0]
    return replace(first, also=tuple(findings[1:])) if findings[1:] else first


def _finding(part: Part, holds: list[Hold], asked: Asked) -> Finding:
    label = part.labels[0]
    reason = f"holds {shown(label.text)}"
    if not part.places:
        return Finding("partial", part.labels, reason, tuple(holds), span=_span(part, asked))
    read = asked.key[part.start : part.end]
    reason = f"{reason}, read {read}: {misreading(read, part.places, label)}"
    holds = [*holds, *misread_holds(read, part.places, label, asked)]
    penalty = misread_penalty(part.places)
    return Finding("partial", part.labels, reason, tuple(holds), penalty, span=_span(part, asked))


def _span(part: Part, asked: Asked) -> tuple[float, float]:
    """Where along the text a part stands, as if all characters were of one width."""
    gaps = asked.reading.gaps
    start = part.start + sum(map(len, gaps[: part.start + 1]))
    end = part.end + sum(map(len, gaps[: part.end]))
    whole = len(asked.key) + sum(map(len, gaps))
    return start / whole, end / whole


def _standing(asked: Asked) -> list[Part]:
    """The tags that stand alone in a text, in order; the longest first where they overlap."""
    found = _candidates(asked)
    found.sort(key=lambda part: (part.start - part.end, len(part.places), part.start))
    starts, ends = {part.start for part in found}, {part.end for part in found}
    chosen: list[Part] = []
    for part in found:
        free = all(part.end <= other.start or other.end <= part.start for other in chosen)
        if free and _stands_alone(part, starts, ends, asked):
            chosen.append(part)
    return sorted(chosen, key=lambda part: part.start)


def _candidates(asked: Asked) -> list[Part]:
    """The tags from one border to another, where they can begin."""
    key, register = asked.key, asked.register
    borders = _borders(asked)
    ends: set[int] = set()
    found: list[Part] = []
    for start in sorted(borders):
        if start in ends or _is_open_before(start, asked):
            for end, value in register.begun_from(key, start):
                if end in borders and _SHORTEST <= end - start < len(key):
                    found.extend(_part(start, end, register.alike_by_hash(key[start:end], value), asked))
            ends = {part.end for part in found}
    return found


def _part(start: int, end: int, alike: list[Label], asked: Asked) -> Iterator[Part]:
    """The part that is written like these labels, if they are tags: exactly, or else misread."""
    if not alike:
        return
    span = asked.key[start:end]
    tags = asked.register.tags(alike)
    exact = sorted((label for label in tags if label.key == span), key=lambda label: label.order)
    if exact:
        yield Part(start, end, one_per_asset([*exact, *twins_of(exact[0], tags, asked.register)]))
    elif has_digit(span):
        found = misreadings(span, tags, asked)
        if found:
            yield Part(start, end, one_per_asset(label for _, label in found), found[0][0])


def _borders(asked: Asked) -> set[int]:
    """Where a tag may begin or end: at gaps, where letters meet digits, at known words."""
    key, gaps = asked.key, asked.reading.gaps
    cuts = [0, *(i for i in range(1, len(key)) if gaps[i]), len(key)]
    borders = {change.start() for change in _CHANGE.finditer(key)}.union(cuts)
    for start, end in pairwise(cuts):
        borders.update(start + place for place in asked.register.vocabulary.borders(key[start:end]))
    return borders


def _stands_alone(part: Part, starts: set[int], ends: set[int], asked: Asked) -> bool:
    """Whether both sides are an end of the text, a clear gap, a word or another tag.

    A misread tag is never glued to anything.
    """
    key, gaps = asked.key, asked.reading.gaps
    free_before, free_behind = part.start == 0 or gaps[part.start], part.end == len(key) or gaps[part.end]
    if part.places and not (free_before and free_behind):
        return False
    # A short tag behind a separator may as well be the end of a longer one.
    whole = part.end - part.start >= _SURELY_WHOLE
    left = (whole and part.start in ends) or _is_open_before(part.start, asked)
    return left and ((whole and part.end in starts) or _is_open_behind(part.end, asked))


def _is_open_before(start: int, asked: Asked) -> bool:
    """Whether the text begins at a place, or a clear gap or a word stands before it."""
    return start == 0 or _is_clear(asked.reading.gaps[start], asked) or _is_word(_before(start, asked), asked)


def _is_open_behind(end: int, asked: Asked) -> bool:
    """Whether the text ends at a place, or a clear gap or a word stands behind it."""
    at_end = end == len(asked.key) or _is_clear(asked.reading.gaps[end], asked)
    return at_end or _is_word(_after(end, asked), asked)


def _is_word(token: str, asked: Asked) -> bool:
    return (len(token) >= _WORD_LENGTH and token.isalpha()) or asked.register.vocabulary.knows(token)


def _is_clear(gap: str, asked: Asked) -> bool:
    """Whether a gap holds more than separators of the site."""
    return not asked.register.model.separators.issuperset(gap)


def _is_caption(gap: str, asked: Asked) -> bool:
    """Whether what stands before a gap says what follows, as in "EQ: 21-PT-1019"."""
    return ":" in gap and ":" not in asked.register.model.separators


def _before(end: int, asked: Asked) -> str:
    """The characters from the gap before ``end`` up to it."""
    start = end - 1
    while start > 0 and not asked.reading.gaps[start]:
        start -= 1
    return asked.key[start:end]


def _after(start: int, asked: Asked) -> str:
    """The characters from ``start`` up to the next gap."""
    end = start + 1
    while end < len(asked.key) and not asked.reading.gaps[end]:
        end += 1
    return asked.key[start:end]


def _holds(part: Part, parts: list[Part], asked: Asked) -> list[Hold]:
    """What around a tag forbids its approval."""
    gaps = asked.reading.gaps
    label = asked.register.read(part.labels[0].text)
    goes_on = asked.register.model.goes_on
    inside = asked.reading.gaps[part.start + 1 : part.end]
    holds = [PARTED_OTHERWISE] * asked.register.model.is_parted_otherwise(inside, label, part.places)
    if part.start == 0:
        holds += [MAY_GO_ON] * goes_on(gaps[0], label, 0)
    elif all(other.end != part.start for other in parts):
        beside = _before_it(part, parts, asked)
        holds += [_ELSEWHERE] * (beside in REFERENCES)
        if not _is_caption(gaps[part.start], asked):
            holds.extend(_beside(beside, gaps[part.start], asked))
    if part.end == len(asked.key):
        holds += [MAY_GO_ON] * goes_on(gaps[-1], label, -1)
    elif all(other.start != part.end for other in parts):
        holds.extend(_beside(_behind_it(part, parts, asked), gaps[part.end], asked))
    return holds


def _before_it(part: Part, parts: list[Part], asked: Asked) -> str:
    """What stands before a tag, as written, from the last clear gap or tag on."""
    first = max((other.end for other in parts if other.end < part.start), default=0)
    start = part.start - 1
    while start > first and not _is_clear(asked.reading.gaps[start], asked):
        start -= 1
    return _written(start, part.start, asked)


def _behind_it(part: Part, parts: list[Part], asked: Asked) -> str:
    """What stands behind a tag, as written, up to the next clear gap or tag."""
    last = min((other.start for other in parts if other.start > part.end), default=len(asked.key))
    end = part.end + 1
    while end < last and not _is_clear(asked.reading.gaps[end], asked):
        end += 1
    return _written(part.end, end, asked)


def _written(start: int, end: int, asked: Asked) -> str:
    key, gaps = asked.key, asked.reading.gaps
    return key[start] + "".join(gaps[i] + key[i] for i in range(start + 1, end))


def _beside(token: str, gap: str, asked: Asked) -> Iterator[Hold]:
    """Why what stands beside a tag may belong to it."""
    clear = _is_clear(gap, asked)
    # Short ones are endings of tags too: 45-PA-2003-LO.
    if (clear or len(token) >= _SURELY_WORD) and asked.register.vocabulary.knows(token):
        return
    if clear and (is_measure(token) or asked.register.model.is_common_tag(asked.register.read(token).key)):
        return
    plain = clear and token.isalpha() and len(token) >= _WORD_LENGTH
    if plain and not any(token in known for known in asked.register.model.groups):
        return
    yield Hold(_MAY_BELONG, 0.5, is_lifted=True)


def _cover(asked: Asked) -> tuple[list[Part], list[Hold]]:
    """The whole key as listed tags without anything between them, at least two; else nothing."""
    parts = _first_cover(asked, 0, _MOST_TAGS)
    if len(parts) < 2:
        return [], []
    otherwise = any(_may_part_elsewhere(one, two, asked) for one, two in pairwise(parts))
    return parts, [_OTHERWISE] * otherwise


def _first_cover(asked: Asked, start: int, most: int) -> list[Part]:
    if most == 0:
        return []
    key = asked.key
    for end, value in reversed(asked.register.begun_from(key, start)):
        parts = list(_part(start, end, asked.register.alike_by_hash(key[start:end], value), asked))
        if not parts or parts[0].places or end - start == len(key):
            continue
        if end == len(key):
            return parts
        rest = _first_cover(asked, end, most - 1)
        if rest:
            return [*parts, *rest]
    return []


def _may_part_elsewhere(one: Part, two: Part, asked: Asked) -> bool:
    """Whether two tags side by side could be two others of the site's form."""
    key, is_tag = asked.key, asked.register.model.is_tag
    return any(
        cut != one.end and is_tag(key[one.start : cut]) and is_tag(key[cut : two.end])
        for cut in range(one.start + 1, two.end)
    )
