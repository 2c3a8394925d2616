"""Rulings: what binds a run on an image, from the decisions of people and from what is on hold."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from image360.state.decisions import Decision
from image360.state.holds import Hold
from image360.state.pairs import AssetKey, Key, Pair

HELD = "~"  # in the key of a match: what follows names what is on hold


@dataclass(frozen=True)
class Ruling:
    """What binds a run on one image.

    Args:
        approved: Assets that a person says are there, each with the decision.
        rejected: Assets that a person says are not there, each with the decision: they are never proposed
            and never approved.
        held: Assets that no run approves for now, each with the run that was undone.
        key: Names what people have decided on the image.
    """

    approved: Mapping[AssetKey, Decision] = field(default_factory=dict[AssetKey, Decision])
    rejected: Mapping[AssetKey, Decision] = field(default_factory=dict[AssetKey, Decision])
    held: Mapping[AssetKey, str] = field(default_factory=dict[AssetKey, str])
    key: str = ""


@dataclass(frozen=True)
class Rulings:
    """The rulings on all images."""

    decisions: Mapping[Pair, Decision]
    holds: Sequence[Hold]
    decided: Mapping[Key, Sequence[Decision]]  # by image, and so below
    held: Mapping[Key, Sequence[Hold]]

    @classmethod
    def of(cls, decisions: Iterable[Decision], holds: Sequence[Hold]) -> Self:
        """Combine what people have decided with what is on hold."""
        by_pair = {each.pair: each for each in decisions}
        decided: dict[Key, list[Decision]] = {}
        held: dict[Key, list[Hold]] = {}
        for each in by_pair.values():
            decided.setdefault(each.pair.image, []).append(each)
        for hold in holds:
            held.setdefault(hold.pair.image, []).append(hold)
        return cls(by_pair, holds, decided, held)

    def on(self, image: Key) -> Ruling:
        """Return what binds a run on an image."""
        ruling = _ruling(self.decided.get(image, ()), self.held.get(image, ()))
        return replace(ruling, key=self.key_of(image))

    def key_of(self, image: Key) -> str:
        """Name what people have decided on an image: it is matched again when that changes."""
        return _named(f"{each.external_id} {each.changed}" for each in self.decided.get(image, ()))

    def with_held(self, match_key: str, image: Key) -> str:
        """Return the key of a match, naming what is on hold on the image now.

        An image that was matched while a list lagged behind a release, or an undo, is so found out.
        """
        held = _named(each.external_id for each in self.held.get(image, ()))
        matched = match_key.partition(HELD)[0]
        return f"{matched}{HELD}{held}" if held else matched

    def with_decisions(self, later: Iterable[Decision]) -> Self:
        """Return the rulings with decisions that were read later."""
        merged = {**self.decisions, **{each.pair: each for each in later}}
        return self if merged == self.decisions else self.of(merged.values(), self.holds)

    def with_holds(self, further: Iterable[Hold]) -> Self:
        """Return the rulings with further holds."""
        return self.of(self.decisions.values(), [*self.holds, *further])

    def approval_of(self, pair: Pair) -> Decision | None:
        """Return the decision by which a pair is approved, whether it is on hold or not."""
        return _approved(self.decided.get(pair.image, ())).get(pair.asset)


def _named(parts: Iterable[str]) -> str:
    each = sorted(set(parts))
    return hashlib.sha256("\n".join(each).encode()).hexdigest()[:16] if each else ""


def _ruling(decisions: Iterable[Decision], holds: Iterable[Hold]) -> Ruling:
    each = list(decisions)
    approved = _approved(each)
    held: dict[AssetKey, str] = {}
    for hold in sorted(holds, key=lambda hold: hold.run):
        decision = approved.get(hold.pair.asset)
        if decision is None or decision.changed == hold.decided_before:
            held.setdefault(hold.pair.asset, hold.run)
    return Ruling(
        {asset: decision for asset, decision in approved.items() if asset not in held},
        {decision.pair.asset: decision for decision in each if decision.rejects},
        held,
    )


def _approved(decisions: Iterable[Decision]) -> dict[AssetKey, Decision]:
    """Return what is approved on an image; what is said of a pair itself beats what follows from a change."""
    each = list(decisions)
    said = {decision.pair.asset: decision for decision in each}
    changed = {
        decision.instead: decision
        for decision in sorted(each, key=lambda decision: decision.changed)
        if decision.verdict == "change" and decision.instead is not None and decision.instead not in said
    }
    return {**changed, **{asset: each for asset, each in said.items() if not each.rejects}}
