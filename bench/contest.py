"""One way on one plant, in a process of its own: what it answers, and what that costs."""

import ctypes
import gc
import multiprocessing
import pickle
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bench.plant.figures import Answer, Quality, ratio
from bench.plant.figures import judge as judge_texts
from bench.plant.images import Scene, is_settled
from bench.plant.lists import Plant, labels_of
from bench.plant.noise import bare
from bench.plant.texts import Query
from bench.rivals import WAYS, Ask, Matcher

_FIRST = 4  # texts in the first batch; the next are larger as long as there is time


@dataclass(frozen=True)
class Questions:
    """A plant, the texts read on it, and its images."""

    plant: Plant
    queries: list[Query]
    scenes: list[Scene]


@dataclass(frozen=True)
class Images:
    """Counts over images: links of assets approved, those of them that are right, assets that are on them."""

    approvals: int
    right: int
    assets: int

    @property
    def precision(self) -> float:
        """Right approvals per approval."""
        return ratio(self.right, self.approvals)

    @property
    def recall(self) -> float:
        """Approved assets per asset on the images."""
        return ratio(self.right, self.assets)


@dataclass(frozen=True)
class Outcome:
    """What a way is worth and costs on one plant.

    Args:
        quality: Of the answers to the texts it was asked.
        texts: How many it was asked: as many as its time allowed.
        images: Of the answers to images; None where time was up before.
        build: CPU seconds.
        memory: MB that the index takes, and that the process took at most.
        ms: CPU milliseconds per text.
        image_ms: CPU milliseconds per image.
    """

    quality: Quality
    texts: int
    images: Images | None
    build: float
    memory: tuple[float, float]
    ms: float
    image_ms: float


def write(questions: Questions, file: Path) -> None:
    """Questions for ``run``."""
    file.write_bytes(pickle.dumps(questions))


def run(way: str, file: Path, seconds: float) -> Outcome:
    """Ask a way, in a new process, for so many seconds of CPU at most (or one batch)."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn, max_tasks_per_child=1) as alone:
        return alone.submit(_contest, way, file, seconds).result()


def _contest(way: str, file: Path, seconds: float) -> Outcome:
    questions: Questions = pickle.loads(file.read_bytes())  # noqa: S301 the parent wrote it
    assets = questions.plant.assets
    # Libraries are loaded before, so that they do not count as index.
    WAYS[way](assets[:100]).ask(["1-PT-1"], [1.0])
    before = _resident()
    started = time.process_time()
    matcher = WAYS[way](assets)
    build = time.process_time() - started
    memory = _resident() - before
    matcher.ask(["1-PT-1"], [1.0])
    answers, spent = _asked(matcher.ask, questions.queries, seconds)
    most = _status("VmHWM")
    images, image_ms = (None, 0.0)
    if len(answers) == len(questions.queries):
        images, image_ms = _on_images(matcher, questions)
    quality = judge_texts(questions.queries[: len(answers)], answers, assets)
    return Outcome(quality, len(answers), images, build, (memory, most), spent, image_ms)


def _asked(ask: Ask, queries: Sequence[Query], seconds: float) -> tuple[list[Answer], float]:
    """Answers, and CPU milliseconds per text."""
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


def _on_images(matcher: Matcher, questions: Questions) -> tuple[Images, float]:
    places: dict[str, set[int]] = {}
    for text, place in labels_of(questions.plant.assets):
        places.setdefault(bare(text), set()).add(place)
    scenes = [scene for scene in questions.scenes if is_settled(scene, places)]
    started = time.process_time()
    answers = [matcher.on_image(scene) for scene in scenes]
    ms = 1000 * (time.process_time() - started) / len(scenes)
    approved = [{link.place for link in answer if link.approved} for answer in answers]
    right = sum(len(links & set(s.assets)) for links, s in zip(approved, scenes, strict=True))
    return Images(sum(map(len, approved)), right, sum(len(set(s.assets)) for s in scenes)), ms


def _resident() -> float:
    """MB that this process holds now, what is free given back before."""
    gc.collect()
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
    return _status("VmRSS")


def _status(name: str) -> float:
    """MB of one line of /proc/self/status (Linux)."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1]) / 1024
