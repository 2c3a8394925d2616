"""Cases, run by warm processes side by side."""

import multiprocessing
import resource
import time
import traceback
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from sweep.figures import Figures
from sweep.lab import HARSHEST, Lab
from sweep.parts import PARTS


@dataclass(frozen=True)
class Result:
    """What came of a case: its figures with a few words on each, or why it could not be run."""

    case: str
    figures: Figures
    said: Sequence[str]
    error: str | None
    seconds: float
    cpu_seconds: float

    @property
    def is_good(self) -> bool:
        """Whether the case was run and all its figures are 0."""
        return self.error is None and not self.figures

    @property
    def fields(self) -> Sequence[str]:
        """Part, project type, kind, and what else tells it from others."""
        return self.case.split("/")


@dataclass(frozen=True)
class Runner:
    """Runs cases in a lab."""

    lab: Lab

    def run(self, case: str) -> Result:
        """Run one case."""
        began, used = time.monotonic(), _cpu_seconds()
        part, *fields = case.split("/")
        figures, said, error = Figures(), list[str](), None
        try:
            verdict = PARTS[part].run(self.lab, fields)
            figures, said = verdict.figures, list(verdict.said)
        except Exception:  # noqa: BLE001 one case must not stop the others
            error = traceback.format_exc()
        return Result(case, figures, said, error, time.monotonic() - began, _cpu_seconds() - used)


def _cpu_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


Wanted = tuple[str, str, int]


def references_of(lab: Lab, parts: Iterable[str]) -> list[Wanted]:
    """Return what the cases of parts are held against: project type, scene and mix of readings of each."""
    found = dict.fromkeys(each for part in parts for each in PARTS[part].references)
    return [each for each in found if each[0] in lab.project_types and each[2] in (HARSHEST, *lab.mixes)]


def prepared(lab: Lab, wanted: Sequence[Wanted], jobs: int) -> Iterator[None]:
    """Make scenes and references; yield for each reference."""
    # A scene is set once: those of a project type are set by one process, before there are other readings.
    harshest = [[each for each in wanted if each[0] == kind and not each[2]] for kind in lab.project_types]
    others = [[each] for each in wanted if each[2]]
    with multiprocessing.get_context("fork").Pool(jobs) as pool:
        for group in (harshest, others):
            for done in pool.imap_unordered(_Prepare(lab), group):
                yield from [None] * done


@dataclass(frozen=True)
class _Prepare:
    lab: Lab

    def __call__(self, wanted: Sequence[Wanted]) -> int:
        for each in wanted:
            self.lab.reference(*each)
        return len(wanted)


def results(lab: Lab, cases: Sequence[str], jobs: int) -> Iterator[Result]:
    """Run cases, some at a time; yield what comes of each as it ends."""
    with multiprocessing.get_context("fork").Pool(jobs) as pool:
        yield from pool.imap_unordered(Runner(lab).run, cases)


def cases_of(lab: Lab, parts: Sequence[str], sample: int | None) -> list[str]:
    """Return the ids of cases in an order that chance decides: all of parts, or some of each in turn."""
    found: list[list[str]] = []
    for part in parts:
        fields = [each for each in PARTS[part].cases(lab) if each[0] in lab.project_types]
        cases = ["/".join((part, *each)) for each in fields]
        lab.dice(f"order of {part}").shuffle(cases)
        found.append(cases)
    if sample is None:
        mixed = [case for cases in found for case in cases]
        lab.dice("order").shuffle(mixed)
        return mixed
    in_turn = [case for turn in zip_longest(*found) for case in turn if case is not None]
    return in_turn[:sample]
