"""Cases, run by warm processes side by side."""

import multiprocessing
import resource
import time
import traceback
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sweep.figures import Figures
from sweep.lab import Lab
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


def prepared(lab: Lab, parts: Iterable[str], jobs: int) -> Iterator[None]:
    """Make the scenes and references that parts need; yield for each."""
    wanted = list(dict.fromkeys(each for part in parts for each in PARTS[part].references))
    # A scene is set once: all references of one are made by one process, the scenes of a type by one, too.
    by_type: dict[str, list[tuple[str, str, int]]] = {}
    for each in wanted:
        by_type.setdefault(each[0], []).append(each)
    scenes = [[each for each in of_type if each[2] == 0] for of_type in by_type.values()]
    others = [each for each in wanted if each[2] != 0]
    with multiprocessing.get_context("fork").Pool(jobs) as pool:
        for done in pool.imap_unordered(_Prepare(lab), scenes):
            yield from [None] * done
        for done in pool.imap_unordered(_Prepare(lab), [[each] for each in others]):
            yield from [None] * done


def number_prepared(parts: Iterable[str]) -> int:
    """Return how often `prepared` yields."""
    return len({each for part in parts for each in PARTS[part].references})


@dataclass(frozen=True)
class _Prepare:
    lab: Lab

    def __call__(self, wanted: Sequence[tuple[str, str, int]]) -> int:
        for each in wanted:
            self.lab.reference(*each)
        return len(wanted)


def results(lab: Lab, cases: Sequence[str], jobs: int) -> Iterator[Result]:
    """Run cases, some at a time; yield what comes of each as it ends."""
    with multiprocessing.get_context("fork").Pool(jobs) as pool:
        yield from pool.imap_unordered(Runner(lab).run, cases)


def cases_of(lab: Lab, parts: Iterable[str], sample: int | None) -> list[str]:
    """Return the ids of the cases of parts, in an order that chance decides: all, or a sample of them."""
    found = ["/".join((part, *fields)) for part in parts for fields in PARTS[part].cases(lab)]
    lab.dice("order").shuffle(found)
    return found[:sample]
