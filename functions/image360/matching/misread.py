"""The text is a tag but for letters for digits, or digits for letters, where the site's tags have the other kind."""

from image360.matching.confusions import DIGITS
from image360.matching.finding import MAY_BE_MISSING, MAY_GO_ON, Asked, Finding, Hold, crowd, has_digit
from image360.matching.match import shown
from image360.matching.register import Label, one_per_asset

# Each further confused character makes a reading less sure.
_PENALTY = 0.01


def find_misread(asked: Asked) -> Finding | str:
    """Misread: all that differs is known confusions of letters and digits."""
    if not has_digit(asked.key):
        return "without a digit it is no misread tag"
    found = misreadings(asked.key, asked.alike, asked)
    if not found:
        return "no tag differs from it only by letters that look like digits"
    places, label = found[0]
    holds = misread_holds(asked.key, places, label, asked)
    if asked.register.model.may_be_cut(asked.reading, label.reading):
        holds.append(MAY_GO_ON)
    labels = [x for _, x in found]
    return Finding(
        "misread",
        one_per_asset(labels),
        f"reads {shown(asked.reading.text)}; {misreading(asked.key, places, label)}",
        (*crowd(labels), *holds),
        penalty=misread_penalty(places),
    )


def misreadings(key: str, labels: list[Label], asked: Asked) -> list[tuple[tuple[int, ...], Label]]:
    """The tags among the labels that a key may be a misreading of, with the confused places; the least first."""
    confusions = asked.register.confusions
    found = [
        (places, label)
        for label in asked.register.tags(labels)
        if label.key != key and (places := confusions.confused_places(key, label.key))
    ]
    return sorted(found, key=lambda x: (len(x[0]), x[1].rank))


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
        holds.append(Hold("more than half of it would be misread", 0.7))
    readings = asked.register.confusions.other_readings(key, places)
    rivals = [x for x in readings or () if x != label.key and asked.register.model.is_tag(x)]
    if readings is None:
        holds.append(Hold("too many characters could be misread", 0.7))
    elif key in rivals:
        holds.append(MAY_BE_MISSING)
    elif rivals:
        holds.append(Hold(f"it could be {rivals[0]} as well, a tag of the site's form", 0.6))
    return holds
