"""The text is near to a tag by edits. That is a suggestion at most: one character makes another tag."""

from rapidfuzz.distance import Editop, Levenshtein

from image360.matching.confusions import DIGITS
from image360.matching.finding import MAY_BE_MISSING, Asked, Finding, Hold, has_digit
from image360.matching.match import shown
from image360.matching.register import NEAR_LENGTHS, Labels, one_per_asset

# More candidates than these leave a person no better off than none; one, where the tag may well be missing.
_MOST_NEAREST = 3
_ANOTHER_TAG = "another character may make another tag"
# How often the nearest tag is the one, beside a difference of any other kind.
_MISSING = Hold(MAY_BE_MISSING.reason, 0.1)
_MISSING_OR_LOST = Hold(MAY_BE_MISSING.reason, 0.6)
_AT_AN_END = Hold(_ANOTHER_TAG, 0.2)
_DIGITS = Hold(_ANOTHER_TAG, 0.6)
_OTHER = Hold(_ANOTHER_TAG, 1.0)
_NO_NUMBER = Hold(_ANOTHER_TAG, 1.0, is_lifted=True)
# What a difference weighs, in hundredths of an edit: look-alikes least, a digit for a digit most.
_LOOK_ALIKE = 30
_LETTER = 100
_DIGIT = 130


def find_near(asked: Asked) -> Finding | str:
    """Fuzzy: the nearest tags, within one edit once look-alikes count as equal."""
    key = asked.key
    if len(key) not in NEAR_LENGTHS or not has_digit(key):
        return "too short, too long, or without a digit: not compared by likeness"
    nearest = _nearest(key, asked)
    if not nearest:
        return "no tag is within one character of it, look-alikes apart"
    if len(nearest) > (1 if asked.is_tag else _MOST_NEAREST):
        return f"{len(nearest)} tags are equally near"
    label = nearest[0]
    reason = f"reads {shown(asked.reading.text)}, near to {shown(label.text)}: {_differences(key, label.key)}"
    return Finding("fuzzy", nearest, reason, (_hold(key, label.key, asked),))


def _hold(key: str, true: str, asked: Asked) -> Hold:
    edits = Levenshtein.editops(key, true)
    moved = [edit for edit in edits if edit.tag != "replace"]
    at_an_end = any(_is_at_an_end(edit, key, true) for edit in moved)
    if asked.is_tag:
        return _MISSING_OR_LOST if moved and not at_an_end else _MISSING
    if at_an_end:
        return _AT_AN_END
    if any(_is_digit_for_digit(edit, key, true) for edit in edits):
        return _DIGITS
    return _OTHER if any(_is_of_a_number(edit, key, true, asked) for edit in edits) else _NO_NUMBER


def _is_at_an_end(edit: Editop, key: str, true: str) -> bool:
    at_start = edit.src_pos == edit.dest_pos == 0
    return at_start or (edit.src_pos >= len(key) - 1 and edit.dest_pos >= len(true) - 1)


def _is_digit_for_digit(edit: Editop, key: str, true: str) -> bool:
    return edit.tag == "replace" and key[edit.src_pos] in DIGITS and true[edit.dest_pos] in DIGITS


def _is_of_a_number(edit: Editop, key: str, true: str, asked: Asked) -> bool:
    """Whether a digit is lost, added, or read as what it does not look like: other numbers read the same."""
    read = "" if edit.tag == "insert" else key[edit.src_pos]
    printed = "" if edit.tag == "delete" else true[edit.dest_pos]
    wide = asked.register.rules.confusions.wide_fold
    return wide(read) != wide(printed) and not DIGITS.isdisjoint(read + printed)


def _nearest(key: str, asked: Asked) -> Labels:
    labels = asked.register.near(key)
    if not labels:
        return ()
    weights = {label.key: _weight(key, label.key, asked) for label in labels}
    least = min(weights.values())
    best = [label for label in labels if weights[label.key] == least]
    return one_per_asset(sorted(best, key=lambda x: x.order))


def _weight(key: str, true: str, asked: Asked) -> int:
    """How much two keys differ."""
    wide = asked.register.rules.confusions.wide_fold
    forms = wide(key), wide(true)
    return sum(_edit_weight(edit, key, true, *forms) for edit in Levenshtein.editops(key, true))


def _edit_weight(edit: Editop, key: str, true: str, wide_key: str, wide_true: str) -> int:
    if edit.tag == "insert":
        return _DIGIT if true[edit.dest_pos] in DIGITS else _LETTER
    if edit.tag == "delete":
        return _DIGIT if key[edit.src_pos] in DIGITS else _LETTER
    if wide_key[edit.src_pos] == wide_true[edit.dest_pos]:
        return _LOOK_ALIKE
    return _DIGIT if _is_digit_for_digit(edit, key, true) else _LETTER


def _differences(key: str, true: str) -> str:
    return ", ".join(_difference(edit, key, true) for edit in Levenshtein.editops(key, true))


def _difference(edit: Editop, key: str, true: str) -> str:
    if edit.tag == "insert":
        return f"{true[edit.dest_pos]} missing"
    if edit.tag == "delete":
        return f"{key[edit.src_pos]} too many"
    return f"{key[edit.src_pos]} for {true[edit.dest_pos]}"
