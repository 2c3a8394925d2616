"""Defects, planted one at a time, and the figures of a case of the sweep that meets each, by its name.

`python -m tests.contract.planted_defects FOLDER` prints them as JSON; FOLDER keeps the scenes.
"""

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from image360.approval import annotations
from image360.approval.annotations import Annotations
from image360.call import FunctionCall
from image360.deadline import Deadline
from image360.state.decisions import Decisions
from image360.state.holds import Holds
from image360.state.proposals import Proposals
from image360.state.work_items import WorkItems
from sweep.forks import forked
from sweep.lab import HARSHEST, Lab
from sweep.running import Runner
from sweep.warm import warm_up

TYPE = "hybrid"
LINKS = "/api/v1/projects/local/annotations"


def sends_twice() -> None:
    """A lost answer leads to a second write."""
    once = annotations.answer_once

    def twice(*args: Any) -> bytes | None:
        answer = once(*args)
        return once(*args) if answer is None else answer

    annotations.answer_once = twice


def takes_unknown_for_done() -> None:
    """Nobody looks whether a link is there whose answer was lost."""
    Annotations._not_seen = lambda *_: []


def forgets_decisions() -> None:
    """What people have decided is not read."""
    Decisions.listed = Decisions.on = lambda *_: []


def writes_in_plans() -> None:
    """A plan is carried out."""
    FunctionCall.applies = property(lambda _: True)


def changes_links_of_others() -> None:
    """What another app has linked is taken back."""
    stored = Annotations.stored

    def destroy(self: Annotations, *args: Any) -> Any:
        found = stored(self, *args)
        theirs = [each for each in found if not each.own]
        if theirs:
            self._delete(theirs)
        return found

    Annotations.stored = destroy


def forgets_proposals() -> None:
    """Proposals are not written once work was cut off."""
    Proposals.write = lambda *_: {}


def keeps_leases() -> None:
    """A work item is never given back."""
    WorkItems.finish = lambda _self, items: []


def never_stops() -> None:
    """A call does not look at the clock."""
    Deadline.allows = lambda *_: True


def holds_nothing() -> None:
    """What was undone is not held."""
    Holds.write = lambda *_: None


def fails_as_a_bug() -> None:
    """An answer that cannot be read is nobody's."""
    from image360.answered import Answered

    Answered.named = lambda _self, error: error


def cases(lab: Lab) -> Mapping[Callable[[], None], list[str]]:
    """Return the cases that meet each defect."""
    paths = [each["path"] for each in lab.reference(TYPE, "first", HARSHEST).requests[1]]
    write = paths.index(LINKS) + 1
    lost = f"faults/{TYPE}/500:%s/first/1.{write}/once/readings0"
    some = [str(number) for number in range(1, 60, 3)]  # histories of hybrid projects
    return {
        sends_twice: [lost % "after"],
        takes_unknown_for_done: [lost % "before"],
        forgets_decisions: [lost % "before"],
        writes_in_plans: [f"plans/{TYPE}/before/first/readings0"],
        changes_links_of_others: [lost % "before"],
        forgets_proposals: [lost % "before"],
        keeps_leases: [f"deliveries/{TYPE}/delivered 2 times/0"],
        never_stops: [f"deadlines/{TYPE}/9 minutes/{number}" for number in some],
        holds_nothing: [f"undo/{TYPE}/history with undo/{number}" for number in some[:4]],
        fails_as_a_bug: [f"answers/{TYPE}/spoilt answer/{number}" for number in some],
    }


def found(lab: Lab, plant: Callable[[], None], ids: list[str]) -> dict[str, Any]:
    """Plant a defect in a process of its own; return the figures of the first case that meets it."""
    runner = Runner(lab)

    def planted() -> dict[str, Any]:
        plant()
        results = (runner.run(case) for case in ids)
        hit = next((each for each in results if not each.is_good), None)
        return {"figures": vars(hit.figures), "error": hit.error} if hit else {"figures": {}, "error": None}

    return forked(planted).answer(patience=120)


def main() -> None:
    """Print what the sweep finds."""
    warm_up()
    lab = Lab(Path(sys.argv[1]), 1, (TYPE,), ())
    for name in ("first", "linked"):
        lab.scene(TYPE, name)
    told = {plant.__name__: found(lab, plant, ids) for plant, ids in cases(lab).items()}
    print(json.dumps(told))


if __name__ == "__main__":
    main()
