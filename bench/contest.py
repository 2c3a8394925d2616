"""One way on one asset list, in a process of its own: what it answers, and what that costs."""

import gc
import multiprocessing
import pickle
import time
import tracemalloc
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from bench.plant.figures import Answer
from bench.plant.images import Scene
from bench.plant.texts import Query
from bench.rivals import WAYS, Ask
from image360.matching import Asset

_FIRST = 4  # texts in the first batch; the next are larger as long as there is time
_FEW = 100  # assets of an index that is built before, so that libraries are loaded and do not count

T = TypeVar("T")


@dataclass(frozen=True)
class Questions:
    """An asset list, texts, and images."""

    assets: tuple[Asset, ...]
    queries: tuple[Query, ...]
    scenes: tuple[Scene, ...]


@dataclass(frozen=True)
class Reply:
    """The answers of a way, and their cost.

    Args:
        answers: One for each text, as far as the time allowed.
        on_images: One for each image; none where the texts took all the time.
        build: CPU seconds.
        ms: CPU milliseconds per text.
        image_ms: CPU milliseconds per image.
        process: MB that the process took at most, assets and questions included.
    """

    answers: tuple[Answer, ...]
    on_images: tuple[Answer, ...]
    build: float
    ms: float
    image_ms: float
    process: float


def write(questions: Questions, file: Path) -> None:
    """Questions for ``reply_of`` and ``weight_of``."""
    file.write_bytes(pickle.dumps(questions))


def reply_of(way: str, file: Path, seconds: float) -> Reply:
    """What a way answers, in so many seconds of CPU for the texts at most (or one batch)."""
    return _alone(_reply, way, file, seconds)


def weight_of(way: str, file: Path) -> float:
    """MB that an index takes beside its assets, as the interpreter counts what is allocated."""
    return _alone(_weight, way, file)


def _alone(work: Callable[..., T], *given: object) -> T:
    """The work done in a new process."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn, max_tasks_per_child=1) as one:
        return one.submit(work, *given).result()


def _read(file: Path) -> Questions:
    gc.disable()  # it looks for garbage again and again while assets are made, and there is none
    questions: Questions = pickle.loads(file.read_bytes())  # noqa: S301 this process's parent wrote it
    gc.enable()
    return questions


def _reply(way: str, file: Path, seconds: float) -> Reply:
    questions = _read(file)
    WAYS[way](questions.assets[:_FEW]).ask(["1-PT-1"], [1.0])
    gc.collect()
    started = time.process_time()
    matcher = WAYS[way](questions.assets)
    build = time.process_time() - started
    answers, ms = _asked(matcher.ask, questions.queries, seconds)
    scenes = questions.scenes if len(answers) == len(questions.queries) else ()
    started = time.process_time()
    on_images = tuple(matcher.on_image(scene) for scene in scenes)
    image_ms = 1000 * (time.process_time() - started) / max(1, len(scenes))
    return Reply(tuple(answers), on_images, build, ms, image_ms, _most_memory())


def _weight(way: str, file: Path) -> float:
    questions = _read(file)
    WAYS[way](questions.assets[:_FEW]).ask(["1-PT-1"], [1.0])
    gc.collect()
    tracemalloc.start()
    matcher = WAYS[way](questions.assets)
    gc.collect()
    weight = tracemalloc.get_traced_memory()[0] / 2**20
    assert matcher
    return weight


def _asked(ask: Ask, queries: Sequence[Query], seconds: float) -> tuple[list[Answer], float]:
    """Answers, and CPU milliseconds per text."""
    ask([query.text for query in queries[:2]], [query.confidence for query in queries[:2]])
    answers: list[Answer] = []
    spent, step = 0.0, _FIRST
    while step > 0 and len(answers) < len(queries):
        part = queries[len(answers) : len(answers) + step]
        texts, confidences = [query.text for query in part], [query.confidence for query in part]
        started = time.process_time()
        answers += ask(texts, confidences)
        spent += time.process_time() - started
        step = min(4 * step, int((seconds - spent) * len(answers) / max(spent, 1e-6)))
    return answers, 1000 * spent / len(answers)


def _most_memory() -> float:
    """MB that this process took at most (Linux)."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024
