"""The levels: each tries to find a text in the register in its own way, and says what it found or why not.

They are tried in the order of ``LEVELS``; the first that finds an asset decides. A finding names every
asset that is equally near, and everything that forbids an approval.
"""

from collections.abc import Callable
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import Editop, Levenshtein

from image360.matching.confusions import confused_places, fold, other_readings
from image360.matching.match import Level, shown, title
from image360.matching.normaliser import Reading
from image360.matching.partial import holdings
from image360.matching.register import Label, Labels, Register, one_per_asset


@dataclass(frozen=True)
class Finding:
    """What a level found.

    Args:
        level: The level.
        labels: Of every asset that is equally near, one each, best first.
        reason: How the text came to the first.
        holds: What forbids an approval.
        penalty: Taken from the score of the level, 0..1.
        also: Further tags in the text.
    """

    level: Level
    labels: Labels
    reason: str
    holds: tuple[str, ...] = ()
    penalty: float = 0.0
    also: tuple["Finding", ...] = ()


_MAY_BE_MISSING = "as it stands it is a tag of the site's form that may be missing in the list"

_MAY_GO_ON = "the text may go on beyond its end"
# With a confusable twin in the list only a text read well is trusted: an exact name from confidence 0.84 on.
_TWIN_PENALTY = 0.05

LevelSearch = Callable[[Reading, Register], Finding | str]


def find_name(reading: Reading, register: Register) -> Finding | str:
    """Exact and normalised: the text is a name or an external id, as it stands or but for its writing."""
    written = register.by_key.get(reading.key, ())
    named = [label for label in written if label.kind != "alias"]
    named += [x for x in register.by_external_id.get(reading.text, ()) if x.strength == "tag"]
    if not named:
        return "no name or external id is written like it"
    named.sort(key=lambda x: _as_it_stands(x, reading))
    label = named[0]
    if label.reading.text == reading.text:
        return _whole(
            "exact", f"reads {shown(reading.text)}, exactly the {label.kind}", reading, named, register
        )
    # Only a name as it stands is better than another asset's alias.
    named += [label for label in written if label.kind == "alias"]
    reason = f"reads {shown(reading.text)}, the {label.kind} but for case, separators or blanks"
    return _whole("normalised", reason, reading, named, register)


def find_alias(reading: Reading, register: Register) -> Finding | str:
    """Alias: the text is an alias, as it stands or but for its writing."""
    aliases = [label for label in register.by_key.get(reading.key, ()) if label.kind == "alias"]
    if not aliases:
        return "no alias is written like it"
    aliases.sort(key=lambda x: _as_it_stands(x, reading))
    alias = shown(aliases[0].reading.text)
    reason = f"reads {shown(reading.text)}, the alias {alias} of {title(aliases[0].asset)}"
    return _whole("alias", reason, reading, aliases, register)


def _as_it_stands(label: Label, reading: Reading) -> tuple[bool, int]:
    return label.reading.text != reading.text, label.rank


def _whole(
    level: Level, reason: str, reading: Reading, labels: list[Label], register: Register
) -> Finding | str:
    labels = [label for label in labels if label.strength != "word"]
    if not labels:
        return "the asset of that name is called by a common word, or too short a one"
    label = labels[0]
    holds: list[str] = []
    if label.strength == "weak":
        holds.append("such a short or plain text need not be a tag")
    if label.reading.text != reading.text and register.model.may_be_cut(reading, label.reading):
        holds.append(_MAY_GO_ON)
    twin = _twin(label, register)
    reason = f"{reason}; {shown(twin.reading.text)} looks alike" if twin else reason
    return Finding(level, one_per_asset(labels), reason, tuple(holds), penalty=_TWIN_PENALTY if twin else 0.0)


def _twin(label: Label, register: Register) -> Label | None:
    """A tag of another asset that an engine may read for this one."""
    key = label.reading.key
    return next(
        (
            other
            for tag in register.by_fold.get(fold(key), ())
            if confused_places(key, tag)
            for other in register.tag_labels(tag)
            if other.asset.key != label.asset.key
        ),
        None,
    )


def find_misread(reading: Reading, register: Register) -> Finding | str:
    """Misread: letters for digits, or digits for letters, where the site's tags have the other kind."""
    key = reading.key
    if not _has_digit(key):
        return "without a digit it is no misread tag"
    found = [
        (places, label)
        for tag in register.by_fold.get(fold(key), ())
        if tag != key and (places := confused_places(key, tag))
        for label in register.tag_labels(tag)
    ]
    if not found:
        return "no tag differs from it only by letters that look like digits"
    found.sort(key=lambda x: (len(x[0]), x[1].rank))
    places, label = found[0]
    true = label.reading.key
    kinds = {"a digit" if _has_digit(true[i]) else "a letter" for i in places}
    confused = ", ".join(dict.fromkeys(f"{key[i]} for {true[i]}" for i in places))
    where = f"where {shown(label.reading.text)} has {' or '.join(sorted(kinds))}"
    return Finding(
        "misread",
        one_per_asset(x for _, x in found),
        f"reads {shown(reading.text)}; {confused} {where}",
        _misread_holds(reading, places, label, register),
        penalty=0.01 * (len(places) - 1),
    )


def _misread_holds(
    reading: Reading, places: tuple[int, ...], label: Label, register: Register
) -> tuple[str, ...]:
    key, true = reading.key, label.reading.key
    holds: list[str] = []
    if len(places) > len(key) // 2:
        holds.append("more than half of it would be misread")
    readings = other_readings(key, places)
    rivals = [x for x in readings or () if x != true and register.model.is_tag(x)]
    if readings is None:
        holds.append("too many characters could be misread")
    elif key in rivals:
        holds.append(_MAY_BE_MISSING)
    elif rivals:
        holds.append(f"it could be {rivals[0]} as well, a tag of the site's form")
    if register.model.may_be_cut(reading, label.reading):
        holds.append(_MAY_GO_ON)
    return tuple(holds)


def find_partial(reading: Reading, register: Register) -> Finding | str:
    """Partial: a tag among other words, or several tags in one text."""
    held = holdings(reading, register)
    if not held:
        return "no tag of the list stands in it"
    findings: list[Finding] = []
    for part in held:
        label = part.labels[0]
        holds = ["other text around a tag needs a look"]
        if part.goes_on:
            holds.append("what stands beside it may belong to the tag")
        reason = f"holds {shown(label.reading.text)} beside other text"
        findings.append(Finding("partial", part.labels, reason, tuple(holds), 0.3 if part.goes_on else 0.0))
    first = findings[0]
    return Finding("partial", first.labels, first.reason, first.holds, first.penalty, tuple(findings[1:]))


# More candidates than these leave a person no better off than none; one, where the tag may well be missing.
_MOST_NEAREST = 3
# On the public sample a unique neighbour of a well-formed text was right 5 times in 45, else 56 times in 78.
_MISSING_PENALTY = 0.55
# A shorter text is near to too many tags; one or two characters may be wrong in a longer one.
_FUZZY_LENGTH = 5
_TWO_EDITS_LENGTH = 8


def find_fuzzy(reading: Reading, register: Register) -> Finding | str:
    """Fuzzy: the nearest tags by edits, look-alikes counted as equal. Never more than a suggestion."""
    key = reading.key
    if len(key) < _FUZZY_LENGTH or not _has_digit(key):
        return "too short, or without a digit: not compared by likeness"
    edits = 2 if len(key) >= _TWO_EDITS_LENGTH else 1
    nearest = _nearest(key, register, edits)
    if not nearest:
        return f"no tag is within {edits} character{'s' if edits > 1 else ''} of it"
    is_tag = register.model.is_tag(key)
    if len(nearest) > (1 if is_tag else _MOST_NEAREST):
        return f"{len(nearest)} tags are equally near"
    label = nearest[0]
    differences = _differences(key, label.reading.key)
    reason = f"reads {shown(reading.text)}, near to {shown(label.reading.text)}: {differences}"
    hold = _MAY_BE_MISSING if is_tag else "another character may make another tag"
    return Finding("fuzzy", nearest, reason, (hold,), penalty=_MISSING_PENALTY if is_tag else 0.0)


def _nearest(key: str, register: Register, edits: int) -> Labels:
    close = process.extract(
        fold(key), register.forms, scorer=Levenshtein.distance, score_cutoff=edits, limit=None
    )
    ranked = [
        ((edited, Levenshtein.distance(key, tag)), tag)
        for form, edited, _ in close
        for tag in register.by_fold[form]
    ]
    if not ranked:
        return ()
    least = min(distance for distance, _ in ranked)
    labels = [x for distance, tag in ranked if distance == least for x in register.tag_labels(tag)]
    return one_per_asset(sorted(labels, key=lambda x: (x.rank, x.reading.key)))


def _differences(key: str, true: str) -> str:
    return ", ".join(_difference(op, key, true) for op in Levenshtein.editops(key, true))


def _difference(op: Editop, key: str, true: str) -> str:
    if op.tag == "insert":
        return f"{true[op.dest_pos]} missing"
    if op.tag == "delete":
        return f"{key[op.src_pos]} too many"
    return f"{key[op.src_pos]} for {true[op.dest_pos]}"


LEVELS: tuple[tuple[str, LevelSearch], ...] = (
    ("exact, normalised", find_name),
    ("alias", find_alias),
    ("misread", find_misread),
    ("partial", find_partial),
    ("fuzzy", find_fuzzy),
)


def find(reading: Reading, register: Register) -> tuple[Finding | None, list[str]]:
    """The finding of the first level that has one, and what each level tried said."""
    steps: list[str] = []
    for name, search in LEVELS:
        result = search(reading, register)
        if isinstance(result, Finding):
            return result, steps
        steps.append(f"{name}: {result}")
    return None, steps


def _has_digit(key: str) -> bool:
    return any(character in "0123456789" for character in key)
