"""The text is a name, an external id or an alias, as it stands or but for its writing."""

from image360.matching.finding import PLAIN, Asked, Finding, Hold
from image360.matching.match import Level, shown, title
from image360.matching.normaliser import Reading
from image360.matching.register import Label, Register, one_per_asset


def find_name(asked: Asked) -> Finding | str:
    """Exact and normalised: the text is a name or an external id."""
    reading, register = asked.reading, asked.register
    written = [label for label in asked.alike if label.key == reading.key]
    named = [label for label in written if label.kind != "alias"]
    if not any(label.text == reading.text for label in named):
        named += register.tags(register.external(reading.text))
    if not named:
        return "no name or external id is written like it"
    named.sort(key=lambda x: _as_it_stands(x, reading))
    label = named[0]
    if label.text == reading.text:
        return _whole("exact", f"reads {shown(reading.text)}, exactly the {label.kind}", asked, named)
    # Only a name as it stands is better than another asset's alias.
    aliases = (label for label in written if label.kind == "alias")
    named += sorted(aliases, key=lambda x: _as_it_stands(x, reading))
    reason = f"reads {shown(reading.text)}, the {label.kind} but for case, separators or blanks"
    return _whole("normalised", reason, asked, named)


def find_alias(asked: Asked) -> Finding | str:
    """Alias: the text is an alias."""
    reading = asked.reading
    aliases = [label for label in asked.alike if label.key == reading.key and label.kind == "alias"]
    if not aliases:
        return "no alias is written like it"
    aliases.sort(key=lambda x: _as_it_stands(x, reading))
    alias = shown(aliases[0].text)
    return _whole(
        "alias",
        f"reads {shown(reading.text)}, the alias {alias} of {title(aliases[0].asset)}",
        asked,
        aliases,
    )


def _as_it_stands(label: Label, reading: Reading) -> tuple[bool, tuple[object, ...]]:
    return label.text != reading.text, label.order


def _whole(level: Level, reason: str, asked: Asked, labels: list[Label]) -> Finding | str:
    register = asked.register
    labels = [label for label in labels if register.strength(label) != "word"]
    if not labels:
        return "the asset of that name is called by a common word, or too short a one"
    label = labels[0]
    holds: list[Hold] = []
    if register.strength(label) == "weak":
        holds.append(PLAIN)
    if label.text != asked.reading.text:
        holds += asked.holds_of_marks(label)
    twins = twins_of(label, asked.alike, register)
    reason = f"{reason}; {shown(twins[0].text)} looks alike" if twins else reason
    return Finding(level, one_per_asset([*labels, *twins]), reason, tuple(holds))


def twins_of(label: Label, alike: list[Label], register: Register) -> list[Label]:
    """The tags of other assets that an engine may read for this one: nobody can tell them apart by a text."""
    confusions = register.rules.confusions
    others = [
        other
        for other in alike
        if other.key != label.key
        and other.asset.key != label.asset.key
        and confusions.confused_places(label.key, other.key)
    ]
    return sorted(register.tags(others), key=lambda other: other.order) if others else []
