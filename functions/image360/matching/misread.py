"""The text is a tag but for letters read for digits, or digits for letters."""

from image360.matching.confusions import DIGITS
from image360.matching.finding import MAY_BE_MISSING, Asked, Finding, Hold, has_digit
from image360.matching.match import shown
from image360.matching.register import Label, one_per_asset

# Each further confused character makes a reading less sure.
_PENALTY = 0.02
# A tag that is missing in the list is a rival where it is misread so often, as a part of the listed one.
_RIVAL = 4


def find_misread(asked: Asked) -> Finding | str:
    """Misread: all that differs is known confusions of letters and digits."""
    if not has_digit(asked.key):
        return "without a digit it is no misread tag"
    found = misreadings(asked.key, asked.alike, asked)
    if not found:
        return "no tag differs from it only by letters that look like digits"
    places, label = found[0]
    holds = misread_holds(asked.key, places, label, asked)
    holds += asked.holds_of_marks(label, places)
    labels = [x for _, x in found]
    return Finding(
        "misread",
        one_per_asset(labels),
        f"reads {shown(asked.reading.text)}; {misreading(asked.key, places, label)}",
        tuple(holds),
        penalty=misread_penalty(places),
    )


def misreadings(key: str, labels: list[Label], asked: Asked) -> list[tuple[tuple[int, ...], Label]]:
    """The tags that a key may be a misreading of, with the confused places; the least confused first."""
    confusions = asked.register.rules.confusions
    found = [
        (places, label)
        for label in asked.register.tags(labels)
        if label.key != key and (places := confusions.confused_places(key, label.key))
    ]
    return sorted(found, key=lambda x: (len(x[0]), x[1].order))


def misreading(key: str, places: tuple[int, ...], label: Label) -> str:
    """What was confused, for people."""
    kinds = {"a digit" if label.key[i] in DIGITS else "a letter" for i in places}
    confused = ", ".join(dict.fromkeys(f"{key[i]} for {label.key[i]}" for i in places))
    return f"{confused} where {shown(label.text)} has {' or '.join(sorted(kinds))}"


def misread_penalty(places: tuple[int, ...]) -> float:
    """What so many confused characters take from a score."""
    return _PENALTY * (len(places) - 1)


def misread_holds(key: str, places: tuple[int, ...], label: Label, asked: Asked) -> list[Hold]:
    """What forbids to undo a misreading: too much of it, or another tag that it may be."""
    holds: list[Hold] = []
    if len(places) > len(key) // 2:
        holds.append(Hold("more than half of it would be misread", 0.7, is_lifted=True))
    confusions = asked.register.rules.confusions
    readings = confusions.other_readings(key, places)
    if readings is None:
        holds.append(Hold("too many characters could be misread", 0.7))
    elif asked.register.model.is_tag(key):
        holds.append(MAY_BE_MISSING)
    else:
        least = confusions.weight(key, label.key, places) / _RIVAL
        rivals = (x for x in readings if x != label.key and confusions.weight(key, x, places) >= least)
        rival = next(filter(asked.register.model.is_common_tag, rivals), None)
        if rival:
            holds.append(Hold(f"it could be {rival} as well, a tag of the site's form", 0.6))
    return holds
