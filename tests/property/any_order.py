"""A state machine: readings, people, assets, faults, runs, undo and release in any order, against a model.

The model is `sweep.parts.undo.History`: which run has written what, what people have changed, deleted,
approved and rejected, and which pairs were undone. `python -m tests.property.any_order EXAMPLES FOLDER` runs
it in a process that may fork.
"""

import sys
from contextlib import ExitStack
from pathlib import Path

import hypothesis
import hypothesis.strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test as run_machine

from sweep.lab import Lab
from sweep.parts.undo import History
from sweep.people import People
from sweep.scenes import PROJECT_TYPES
from sweep.warm import warm_up

LAB = Lab(Path(sys.argv[-1]), 1)
SCENE = "linked"
CHANCE = st.randoms(use_true_random=False)
FAULTS = st.builds(
    lambda kind, at, times: {"kind": kind, "at": at, "times": times},
    st.sampled_from(["400", "401", "409", "429", "500", "503-html", "reset", "cut-json", "wrong-schema"]),
    st.integers(1, 35),
    st.sampled_from([1, 2, 100]),
)


class AnyOrder(RuleBasedStateMachine):
    """A project in which everything happens in the order that chance has it."""

    def __init__(self) -> None:
        super().__init__()
        self.open = ExitStack()
        self.number = 0
        self.history: History

    @initialize(project_type=st.sampled_from(PROJECT_TYPES), dice=CHANCE)
    def restore(self, project_type: str, dice: object) -> None:
        """Begin with a project in which everything was done once."""
        scene = LAB.scene(project_type, SCENE)
        server = self.open.enter_context(LAB.opened(scene))
        server.advance(60)
        self.history = History(server, scene, People(server, project_type, scene.names), dice)

    def teardown(self) -> None:
        """Give the project back."""
        self.open.close()

    @rule(dice=CHANCE)
    def run_undisturbed(self, dice: object) -> None:
        """Texts are read anew, and matched."""
        self._next(dice).run(self.number)

    @rule(dice=CHANCE, fault=FAULTS)
    def run_with_a_fault(self, dice: object, fault: dict[str, object]) -> None:
        """The first call of a run meets a fault."""
        self._next(dice).run(self.number, fault)

    @rule(dice=CHANCE, what=st.sampled_from(["edit", "link", "approve", "reject", "delete", "rename"]))
    def somebody_acts(self, dice: object, what: str) -> None:
        """Somebody else does something."""
        getattr(self._next(dice), what)()

    @precondition(lambda self: self.history.wrote)
    @rule(dice=CHANCE)
    def undo(self, dice: object) -> None:
        """A run is undone; a sweep after that writes nothing."""
        self._next(dice).undo()

    @precondition(lambda self: self.history.undone)
    @rule(dice=CHANCE)
    def release(self, dice: object) -> None:
        """A run that was undone is let go on."""
        self._next(dice).release()

    @invariant()
    def nothing_is_lost_twice_or_overruled(self) -> None:
        """What the model forbids has not happened."""
        if hasattr(self, "history"):
            assert self.history.findings == []

    def _next(self, dice: object) -> History:
        self.number += 1
        self.history.dice = dice
        return self.history


if __name__ == "__main__":
    warm_up()
    for each in PROJECT_TYPES:
        LAB.scene(each, SCENE)
    run_machine(
        AnyOrder,
        settings=hypothesis.settings(
            max_examples=int(sys.argv[1]),
            stateful_step_count=12,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(hypothesis.HealthCheck),
        ),
    )
