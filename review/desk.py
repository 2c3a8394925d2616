"""One person at work: what is shown, what was decided, and the way back; not how it is shown."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import Lock

from cognite.client import CogniteClient

from image360.config import AnyConfig
from image360.state.decisions import Verdict
from image360.state.pairs import AssetKey, Pair
from review.assets import Assets, Told
from review.person import person
from review.verdicts import Outcome, Ruling, Verdicts, Written
from review.waiting import MOST_PER_PAGE, PER_PAGE, Entry, Proposal, Waiting, Wanted

MOST_NAMED = 3  # refusals that a message spells out


@dataclass(frozen=True)
class Step:
    """What was decided at once, to be taken back."""

    shown: Proposal
    written: tuple[Written, ...]


@dataclass
class Desk:
    """The queue as one person goes through it."""

    client: CogniteClient
    config: AnyConfig
    verdicts: Verdicts
    assets: Assets
    waiting: Waiting
    entry: Entry | None = None
    done: list[Step] = field(default_factory=list[Step])
    skipped: set[str] = field(default_factory=set[str])
    message: str = ""
    always: bool = False
    """Whether what is approved next is said of the text, wherever it is read in the collection."""
    total: int | None = None
    """How many waited when they were counted; None where CDF cannot count them."""
    decided: Mapping[str, int] = field(default_factory=dict[str, int])
    """How many decisions there were then, by verdict."""
    lock: Lock = field(default_factory=Lock)
    """Held by who shows or acts: Streamlit starts anew on each key, while what it did before still runs."""
    _ahead: list[Proposal] = field(default_factory=list[Proposal])
    _cursor: str | None = None
    _listed: int = 0
    _is_at_end: bool = False

    @classmethod
    def open(cls, client: CogniteClient, config: AnyConfig) -> "Desk":
        """Sit down at the queue of a deployment, the first of it before one."""
        verdicts = Verdicts(client, person(client))
        desk = cls(client, config, verdicts, Assets.of(client, config), Waiting(client, config.state.space))
        desk.start_over()
        return desk

    def look_for(self, wanted: Wanted) -> None:
        """Go through what is asked for from its start."""
        self.waiting = replace(self.waiting, wanted=wanted)
        self.start_over()

    def start_over(self) -> None:
        """Begin anew at the most doubtful; what was skipped comes again."""
        self.skipped.clear()
        self.total, self.decided = None, {}
        self._ahead, self._cursor, self._listed, self._is_at_end = [], None, 0, False
        self.advance()

    def count(self) -> None:
        """Count what waits and what is decided, once: it takes CDF longer than to show the first."""
        if not self.decided:
            self.total, self.decided = self.waiting.count(), self.waiting.decided()

    @property
    def unlisted(self) -> int:
        """How many CDF counts and does not list: it gives one page alone until it has built the index."""
        return max(0, (self.total or 0) - self._listed) if self._is_at_end else 0

    def advance(self) -> None:
        """Show the next on which nobody has decided; none: the end.

        What is shown stays until that is known: where CDF fails at it, the queue does not look empty.
        """
        following = None
        while following is None and (proposal := self._following()) is not None:
            following = self.waiting.entry(proposal)
        self.entry, self.always = following, False

    def skip(self) -> None:
        """Leave what is shown to later."""
        if self.entry is not None:
            self.skipped |= {each.external_id for each in _proposals(self.entry, self.entry.pairs)}
            self.message = "Skipped."
            self.advance()

    def switch_always(self) -> None:
        """Say of the text itself what is approved next, or of its place alone."""
        self.always = not self.always

    def decide(self, verdict: Verdict, instead: AssetKey | None = None, *, group: bool = False) -> None:
        """Write a decision on what is shown, or on all images of its group, and go on."""
        entry = self.entry
        if entry is None:
            return
        pairs = entry.pairs if group else [entry.shown.pair]
        always = self.always and verdict != "reject"
        outcome = self.verdicts.write(
            [Ruling(pair, entry.places(pair), verdict, instead, always=always) for pair in pairs]
        )
        if outcome.written:
            self.done.append(Step(entry.shown, outcome.written))
        self.message = _told(verdict, entry, outcome, always=always)
        self._settle(entry, pairs)

    def undo(self) -> None:
        """Take the last step back, and show it again."""
        if not self.done:
            self.message = "There is nothing to take back."
            return
        step = self.done.pop()
        kept = self.verdicts.take_back(step.written)
        back = len(step.written) - len(kept)
        self.message = " ".join([f"Taken back: {back}.", *_named(kept)])
        if self.entry is not None:
            self._ahead.insert(0, self.entry.shown)
        self._ahead.insert(0, step.shown)
        self.advance()

    def write(self, rulings: Sequence[Ruling]) -> Outcome:
        """Write decisions that a sheet names; all of them are one step."""
        outcome = self.verdicts.write(rulings)
        if outcome.written:
            self.done.append(Step(rulings[0].places[0], outcome.written))
        self.start_over()
        return outcome

    def candidates(self) -> Mapping[AssetKey, Told]:
        """Return the asset that is proposed and its runner-up, those that are still there."""
        assert self.entry is not None
        keys = [self.entry.shown.pair.asset, self.entry.shown.runner_up]
        return self.assets.told(key for key in keys if key is not None)

    def counts(self) -> Mapping[str, int]:
        """Return what this person has decided since they sat down, by verdict."""
        return Counter(each.verdict for step in self.done for each in step.written)

    def _settle(self, entry: Entry, pairs: Iterable[Pair]) -> None:
        settled = {each.external_id for each in _proposals(entry, pairs)}
        self._ahead = [each for each in self._ahead if each.external_id not in settled]
        self.advance()

    def _following(self) -> Proposal | None:
        size = PER_PAGE
        while True:
            while self._ahead:
                proposal = self._ahead.pop(0)
                if proposal.external_id not in self.skipped:
                    return proposal
            if self._is_at_end:
                return None
            page = self.waiting.page(self._cursor, size)
            self._ahead, self._cursor = list(page.proposals), page.cursor
            self._listed += page.listed
            if not self._ahead:  # all decided since the last run: there may be many more such
                size = min(4 * size, MOST_PER_PAGE)
            self._is_at_end = page.cursor is None


def _proposals(entry: Entry, pairs: Iterable[Pair]) -> list[Proposal]:
    return [proposal for pair in pairs for proposal in entry.places(pair)]


def _told(verdict: Verdict, entry: Entry, outcome: Outcome, *, always: bool) -> str:
    done: Mapping[str, str] = {"approve": "Approved", "reject": "Rejected", "change": "Changed"}
    count = len(outcome.written)
    what = f"{entry.shown.text!r}" + (f" on {count} images" if count > 1 else "")
    said = [f"{done[verdict]}{' for always' if always else ''}: {what}."] if count else []
    return " ".join([*said, *_named(outcome.refused)])


def _named(refused: Mapping[Pair, str]) -> list[str]:
    said = [f"Not {pair.name}: {why}." for pair, why in list(refused.items())[:MOST_NAMED]]
    further = len(refused) - MOST_NAMED
    return [*said, f"Nor {further} others."] if further > 0 else said
