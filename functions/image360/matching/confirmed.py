"""What people have confirmed and rejected of a text, set against what the list finds for it.

People speak of a place, the alias is of a text: wherever the same letters may stand for another asset, what
they have said of one place proves nothing for the next. Then it needs somebody who says so of the text.
"""

from dataclasses import replace

from image360.matching.finding import LISTED, MAY_BE_MISSING, PLAIN, Asked, Finding, Hold
from image360.matching.learned import LearnedAlias, LearnedRejection
from image360.matching.match import shown, title
from image360.matching.register import Label, one_per_asset
from image360.matching.words import strength


def with_lessons(found: Finding | None, asked: Asked) -> Finding | None:
    """The finding of a text once people's word counts: it makes approvals, and ends suggestions."""
    register = asked.register
    taught = register.learned.get(asked.key)
    if taught is None:
        return None if found is not None and is_rejected(found, asked) else found
    alias, asset = taught
    label = Label(asset.name or asset.external_id or "", asked.key, asset, "alias")
    others = _others(found, alias, asked)
    if _is_no_alias(found, others, asked):
        return found
    if found is not None and found.approves and not others:
        return replace(found, learned=alias)
    is_there = found is not None and found.labels[0].asset.key == asset.key
    return Finding(
        "learned",
        (label, *([] if alias.always else others)),
        f"reads {shown(asked.reading.text)}, which is {title(asset)}: {alias.told}",
        tuple(_holds(found, alias, asked)),
        span=found.span if found is not None and is_there else (0.0, 1.0),
        learned=alias,
    )


def is_rejected(found: Finding, asked: Asked) -> bool:
    """Whether people have rejected all that a text is near to. What the list itself has is not asked here."""
    if found.approves or found.also or found.level in LISTED:
        return False
    rejected = {each.asset for each in asked.register.rejected.get(asked.key, ())}
    return rejected.issuperset(label.asset.key for label in found.labels)


def rejection_of(asked: Asked) -> LearnedRejection | None:
    """What people have rejected of a text that names no asset."""
    return next(iter(asked.register.rejected.get(asked.key, ())), None)


def _is_no_alias(found: Finding | None, others: list[Label], asked: Asked) -> bool:
    """Whether a text can be nobody's alias: a common word, several tags, or what the list calls others."""
    register = asked.register
    if strength(asked.reading.text, asked.key, register.vocabulary.common) == "word":
        return True
    if register.is_crowded(asked.key):
        return True
    return found is not None and (bool(found.also) or (found.level in LISTED and bool(others)))


def _others(found: Finding | None, alias: LearnedAlias, asked: Asked) -> list[Label]:
    """The other assets that the text may stand for, one label each, best first."""
    if found is not None:
        labels = list(found.labels)
    else:
        labels = sorted(asked.register.near(asked.key), key=lambda label: label.order)
    return [label for label in one_per_asset(labels) if label.asset.key != alias.asset]


def _holds(found: Finding | None, alias: LearnedAlias, asked: Asked) -> list[Hold]:
    """What still forbids an approval. A plain text is one, whoever says what of it."""
    holds = [MAY_BE_MISSING] * asked.is_tag if found is None else list(found.holds)
    plain = strength(asked.reading.text, asked.key, asked.register.vocabulary.common) == "weak"
    kept = [hold for hold in holds if hold != PLAIN and not (alias.always or hold.is_lifted)]
    return [*kept, PLAIN] if plain or PLAIN in holds else kept
