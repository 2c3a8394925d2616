"""Tags that stand inside a longer text: among label words, glued to them, or several in one."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from image360.matching.confusions import DIGITS
from image360.matching.finding import MAY_GO_ON, Asked, Finding, Hold, has_digit
from image360.matching.match import shown
from image360.matching.misread import misread_holds, misread_penalty, misreading, misreadings
from image360.matching.register import Labels, one_per_asset
from image360.matching.words import ABBREVIATIONS, COMMON_WORDS, REFERENCES, is_measure

# Longer texts are searched so far only; it bounds the time a hostile text can take.
_SEARCHED = 200
# A word has as many letters at least; fewer may belong to the tag.
_WORD_LENGTH = 3
# A word that is glued to the letters of a tag is told from them only if it is known and as long as this.
_GLUED_LENGTH = 4
_MOST_TAGS = 4

_MAY_BELONG = "what stands beside it may belong to the tag"
_ELSEWHERE = Hold("it may name a tag that is elsewhere", 0.6)
_OTHERWISE = Hold("the text may be parted into other tags", 0.6)


@dataclass(frozen=True)
class Part:
    """A tag from ``start`` up to ``end`` of a key; ``places`` are what is confused, counted from the start."""

    start: int
    end: int
    labels: Labels
    places: tuple[int, ...] = ()


@dataclass(frozen=True)
class Rest:
    """What stands between tags, from ``start`` up to ``end`` of a key, with the gaps around it."""

    start: int
    end: int
    token: str
    before: str
    after: str


def find_parts(asked: Asked) -> Finding | str:
    """Partial: a tag among other words, or several tags in one text."""
    if not has_digit(asked.key):
        return "without a digit it holds no tag"
    if asked.is_tag:
        return "as a whole it is a tag of the site's form"
    parts = _standing(asked)
    if parts:
        rests = _rests(parts, asked)
        findings = [_finding(part, _holds(part, parts, rests, asked), asked) for part in parts]
    else:
        parts, holds = _cover(asked)
        findings = [_finding(part, holds, asked) for part in parts]
    if not findings:
        return "no tag of the list stands in it"
    first = findings[0]
    return Finding("partial", first.labels, first.reason, first.holds, first.penalty, tuple(findings[1:]))


def _finding(part: Part, holds: list[Hold], asked: Asked) -> Finding:
    label = part.labels[0]
    read = asked.key[part.start : part.end]
    reason = f"holds {shown(label.text)}"
    if part.places:
        reason = f"{reason}, read {read}: {misreading(read, part.places, label)}"
        holds = [*holds, *misread_holds(read, part.places, label, asked)]
    return Finding(
        "partial", part.labels, reason, tuple(holds), misread_penalty(part.places) if part.places else 0.0
    )


def _standing(asked: Asked) -> list[Part]:
    """The tags that stand alone in a text, in order; the longest first where they overlap."""
    chosen: list[Part] = []
    found = sorted(_candidates(asked), key=lambda p: (p.start - p.end, len(p.places), p.start))
    for part in found:
        free = all(part.end <= other.start or other.end <= part.start for other in chosen)
        if free and _stands_alone(part, asked):
            chosen.append(part)
    return sorted(chosen, key=lambda part: part.start)


def _candidates(asked: Asked) -> Iterator[Part]:
    key = asked.key[:_SEARCHED]
    borders = _borders(asked)
    ends = set(borders)
    for start in borders:
        for end, value in asked.register.begun_from(key, start):
            if end in ends and end - start < len(asked.key):
                yield from _part(start, end, value, asked)


def _part(start: int, end: int, value: int, asked: Asked) -> Iterator[Part]:
    span = asked.key[start:end]
    labels = asked.register.tags(asked.register.alike_by_hash(span, value))
    exact = [label for label in labels if label.key == span]
    if exact:
        yield Part(start, end, one_per_asset(exact))
    elif labels and has_digit(span):
        found = misreadings(span, labels, asked)
        if found:
            places = found[0][0]
            yield Part(start, end, one_per_asset(label for _, label in found), places)


def _borders(asked: Asked) -> list[int]:
    """Where a tag may begin or end: at gaps, where letters meet digits, at known words among letters."""
    key, gaps = asked.key[:_SEARCHED], asked.reading.gaps
    kinds = [character in DIGITS for character in key]
    changes = [0, *(i for i, (one, two) in enumerate(pairwise(kinds), 1) if one != two), len(key)]
    borders = {i for i in range(len(key) + 1) if gaps[i]}.union(changes)
    for start, end in pairwise(changes):
        if end - start > _GLUED_LENGTH and key[start] not in DIGITS:
            borders.update(_word_borders(key[start:end], start, asked.register.common))
    return sorted(borders)


def _word_borders(run: str, start: int, common: frozenset[str]) -> Iterator[int]:
    """Where a known word at one end of a run of letters meets the rest."""
    for length in range(len(run) - 1, _GLUED_LENGTH - 1, -1):
        if run[:length] in common:
            yield start + length
        if run[-length:] in common:
            yield start + len(run) - length


def _stands_alone(part: Part, asked: Asked) -> bool:
    """Whether both sides are an end of the text, a clear gap, or a word; a misread tag is never glued."""
    key, gaps = asked.key, asked.reading.gaps
    sides = (
        part.start == 0 or _is_clear(gaps[part.start], asked) or _is_word(part.start - 1, -1, part, asked),
        part.end == len(key) or _is_clear(gaps[part.end], asked) or _is_word(part.end, 1, part, asked),
    )
    glued = (part.start > 0 and not gaps[part.start]) or (part.end < len(key) and not gaps[part.end])
    return all(sides) and not (part.places and glued)


def _is_clear(gap: str, asked: Asked) -> bool:
    return any(mark not in asked.register.model.separators for mark in gap)


def _is_word(place: int, step: int, part: Part, asked: Asked) -> bool:
    token = _token(place, step, part, asked)
    return len(token) >= _WORD_LENGTH and token.isalpha()


def _token(place: int, step: int, part: Part, asked: Asked) -> str:
    """The characters from ``place`` outwards to the next gap, or to the next digit that is glued to letters."""
    end = place
    key, gaps = asked.key, asked.reading.gaps
    while 0 <= end < len(key):
        end += step
        if gaps[end + 1 if step < 0 else end]:
            break
    return key[end + 1 : place + 1] if step < 0 else key[place:end]


def _rests(parts: list[Part], asked: Asked) -> list[Rest]:
    """What is left of the text beside its tags, cut at clear gaps."""
    key, gaps = asked.key, asked.reading.gaps
    rests: list[Rest] = []
    borders = [(0, 0), *((part.start, part.end) for part in parts), (len(key), len(key))]
    for (_, start), (end, _) in pairwise(borders):
        cuts = [start, *(i for i in range(start + 1, end) if _is_clear(gaps[i], asked)), end]
        rests.extend(Rest(a, b, _written(a, b, asked), gaps[a], gaps[b]) for a, b in pairwise(cuts) if a < b)
    return rests


def _written(start: int, end: int, asked: Asked) -> str:
    key, gaps = asked.key, asked.reading.gaps
    return key[start] + "".join(gaps[i] + key[i] for i in range(start + 1, end))


def _holds(part: Part, parts: list[Part], rests: list[Rest], asked: Asked) -> list[Hold]:
    holds: list[Hold] = []
    gaps = asked.reading.gaps
    label = part.labels[0].reading
    separators = asked.register.model.separators
    open_start = part.start == 0 and any(m in separators and m not in label.gaps[0] for m in gaps[0])
    open_end = part.end == len(asked.key) and any(
        m in separators and m not in label.gaps[-1] for m in gaps[-1]
    )
    if open_start or open_end:
        holds.append(MAY_GO_ON)
    for rest in rests:
        if rest.end == part.start:
            holds.extend(_beside(rest, rest.after, part, asked))
            if rest.token in REFERENCES:
                holds.append(_ELSEWHERE)
        elif rest.start == part.end:
            holds.extend(_beside(rest, rest.before, part, asked))
    return holds


def _beside(rest: Rest, gap: str, part: Part, asked: Asked) -> Iterator[Hold]:
    """Why what stands beside a tag may belong to it."""
    token = rest.token
    clear = _is_clear(gap, asked)
    if _is_known(token, part, asked) or (clear and is_measure(token)):
        return
    plain = token.isalpha() and len(token) >= _WORD_LENGTH
    groups = asked.register.model.groups
    if plain and clear and not any(token in known for known in groups):
        return
    yield Hold(_MAY_BELONG, 0.8 if plain else 0.5)


def _is_known(token: str, part: Part, asked: Asked) -> bool:
    if token in asked.register.common or token in ABBREVIATIONS or token in REFERENCES:
        return True
    return token in COMMON_WORDS


def _cover(asked: Asked) -> tuple[list[Part], list[Hold]]:
    """The whole key as listed tags without anything between them, at least two; else nothing."""
    key = asked.key
    if len(key) > _SEARCHED:
        return [], []
    parts = _first_cover(asked, 0, _MOST_TAGS)
    if len(parts) < 2:
        return [], []
    otherwise = any(_may_part_elsewhere(one, two, asked) for one, two in pairwise(parts))
    return parts, [_OTHERWISE] if otherwise else []


def _first_cover(asked: Asked, start: int, most: int) -> list[Part]:
    if most == 0:
        return []
    key = asked.key
    for end, value in reversed(list(asked.register.begun_from(key, start))):
        span = key[start:end]
        labels = [label for label in asked.register.alike_by_hash(span, value) if label.key == span]
        labels = asked.register.tags(labels)
        if not labels or (start == 0 and end == len(key)):
            continue
        part = Part(start, end, one_per_asset(labels))
        if end == len(key):
            return [part]
        rest = _first_cover(asked, end, most - 1)
        if rest:
            return [part, *rest]
    return []


def _may_part_elsewhere(one: Part, two: Part, asked: Asked) -> bool:
    """Whether two tags side by side could be two others of the site's form."""
    key, is_tag = asked.key, asked.register.model.is_tag
    return any(
        cut != one.end and is_tag(key[one.start : cut]) and is_tag(key[cut : two.end])
        for cut in range(one.start + 1, two.end)
    )
