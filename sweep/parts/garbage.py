"""What nobody should write or answer: a config that was spoilt, an answer of CDF that is not as documented.

A call either gets along with it, or refuses it with the key or the endpoint at fault. What others have said
and linked stays as it is even then.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from random import Random
from typing import Any

import httpx2
import yaml

from demo.deploy import STATE_SPACE
from demo.projects import PROJECTS
from sweep.calls import Said, made
from sweep.content import content_of
from sweep.figures import Verdict
from sweep.lab import HARSHEST, MINUTE, Lab
from sweep.parts.part import Fields, Part
from sweep.people import People
from sweep.scenes import PROJECT_TYPES, WORK, Scene
from sweep.server import API, Server
from sweep.wire import Trouble

SCENE = "first"
CONFIGS, ANSWERS = 300, 1002
REFERENCES = [(project_type, SCENE, HARSHEST) for project_type in PROJECT_TYPES]
# What a call may end with: errors of image360, and what the SDK raises for a refusal of CDF.
ON_PURPOSE = (
    *("ConfigError", "SetupError", "RequestError", "BadImageError", "RegionFileError", "ResultFileError"),
    *("AnswerError", "NothingDoneError", "EngineRefusedError"),
    *("CogniteAPIError", "CogniteNotFoundError", "CogniteProjectAccessError", "CogniteReadTimeout"),
)
NAMING = ("ConfigError",)
ALSO = {"/extpipes/config": ("config of extraction pipeline",)}  # how an error names what an endpoint gives
ENDPOINT = re.compile(r"(GET|POST|PUT) /\w+|signed link")
ODD: Sequence[Any] = (
    None,
    "",
    0,
    -1,
    1.5,
    10**20,
    True,
    [],
    {},
    [None],
    {"a": 1},
    "\u0000",
    "x" * 5000,
    "ä° –",
)
NOT_YAML = ("a: [", "\t- x: {", "x: y: z", "&a *b", "!!python/object:os.system {}", "%", "- a\nb: c")
Json = Any


# Configs


def _configs(_lab: Lab) -> list[Fields]:
    return [
        (PROJECT_TYPES[number % len(PROJECT_TYPES)], "spoilt config", str(number))
        for number in range(CONFIGS)
    ]


def _run_config(lab: Lab, fields: Fields) -> Verdict:
    project_type, _, _ = fields
    dice = lab.dice("/".join(fields))
    keys, text = _spoilt_config(dice, project_type)
    with _judged(lab, project_type) as (server, scene, findings):
        People(server, project_type, scene.names).write_config(text)
        for call in WORK:
            said = made(server, call)
            findings.extend(_unexplained(said, keys, f"config {text[:300]!r}"))
            server.advance(MINUTE)
    return Verdict.of(findings)


def _spoilt_config(dice: Random, project_type: str) -> tuple[Sequence[str], str]:
    """Return a config, and the keys of which one must be named where it is refused."""
    if dice.random() < 0.08:
        return ("YAML", "mapping"), dice.choice(NOT_YAML)
    config = {**deepcopy(PROJECTS[project_type].config("ocr")), "state": {"space": STATE_SPACE}}
    config |= {"approval": {"levels": ["exact"]}, "matching": {"no_tags": ["X-*"], "look_alikes": {"Ø": "0"}}}
    config |= {"limits": {"max_images_per_run": 10}, "paused": False}
    spoilt = [_spoil(dice, config) for _ in range(dice.choice((1, 1, 2)))]
    return [key for keys in spoilt for key in keys], yaml.safe_dump(config, allow_unicode=True)


def _spoil(dice: Random, config: dict[str, Any]) -> Sequence[str]:
    """Change something about a config; return the keys on the way to it."""
    section, keys = config, list[str]()
    while True:
        if not section:
            return keys
        key = dice.choice(sorted(section))
        keys.append(key)
        if not isinstance(section[key], dict) or dice.random() < 0.5:
            break
        section = section[key]
    match dice.randrange(4):
        case 0:
            del section[key]
        case 1:
            section[f"{key}x"] = section.pop(key)
        case 2:
            section["unknown"] = dice.choice(ODD)
            keys.append("unknown")
        case _:
            section[key] = dice.choice((*ODD, [section[key]], {"in": section[key]}, str(section[key])))
    return keys


# Answers


def _answers(_lab: Lab) -> list[Fields]:
    return [
        (PROJECT_TYPES[number % len(PROJECT_TYPES)], "spoilt answer", str(number))
        for number in range(ANSWERS)
    ]


def _run_answer(lab: Lab, fields: Fields) -> Verdict:
    project_type, _, _ = fields
    dice = lab.dice("/".join(fields))
    requests = lab.reference(project_type, SCENE, HARSHEST).requests
    # What is behind signed links is no answer of the API.
    asked = [
        (call, number, each["path"].removeprefix(API))
        for call, of_call in enumerate(requests)
        for number, each in enumerate(of_call, 1)
        if each["path"].startswith(API)
    ]
    struck, at, path = dice.choice(asked)
    spoiler = _Spoiler(at, Random(dice.random()))  # noqa: S311 no secret
    with _judged(lab, project_type) as (server, _, findings):
        for number, call in enumerate(WORK):
            server.advance(MINUTE)
            said = made(server, call.bearing(Trouble(change=spoiler) if number == struck else Trouble()))
            findings.extend(_unexplained(said, [path.rstrip("/"), *ALSO.get(path, ())], f"answer to {path}"))
    return Verdict.of(findings)


@dataclass(frozen=True)
class _Spoiler:
    """Spoils the answer to one request, and to all that repeat it."""

    at: int
    dice: Random

    def __call__(self, number: int, _request: httpx2.Request, content: bytes) -> bytes:
        """Return the answer, spoilt if it is the one."""
        if number != self.at:
            return content
        if self.dice.random() < 0.1:
            return content[: self.dice.randrange(len(content) + 1)]
        answer = {"whole": json.loads(content)}
        for _ in range(self.dice.choice((1, 1, 3))):
            _spoil_answer(self.dice, answer)
        return json.dumps(answer["whole"]).encode()


def _spoil_answer(dice: Random, answer: dict[str, Any]) -> None:
    """Change something about a value in JSON, wherever it is."""
    places = list(_places(answer))
    holder, key = dice.choice(places)
    match dice.randrange(3):
        case 0 if holder is not answer:
            del holder[key]
        case 1 if isinstance(holder, dict) and holder is not answer:
            holder[f"{key}x"] = holder.pop(key)
        case _:
            holder[key] = dice.choice((*ODD, [holder[key]], {"in": holder[key]}, str(holder[key])))


def _places(value: Json) -> Iterator[tuple[Any, Any]]:
    """Yield where each value within a value is: what holds it, and its key there."""
    items: Mapping[Any, Any] = (
        value if isinstance(value, dict) else dict(enumerate(value)) if isinstance(value, list) else {}
    )
    for key, each in items.items():
        yield value, key
        yield from _places(each)


# Both


@contextmanager
def _judged(lab: Lab, project_type: str) -> Iterator[tuple[Server, Scene, list[tuple[str, str]]]]:
    """Open the scene, and add to what is found there whether anything of others was changed."""
    scene, findings = lab.scene(project_type, SCENE), list[tuple[str, str]]()
    theirs = lab.reference(project_type, SCENE, HARSHEST).theirs
    with lab.opened(scene) as server:
        server.advance(MINUTE)
        yield server, scene, findings
        server.advance(MINUTE)
        others = content_of(server, project_type, scene.names, scene.theirs).others
        findings += [
            ("overwritten_decisions", name) for name, was in theirs.items() if others.get(name) != was
        ]


def _unexplained(said: Said, named: Sequence[str], what: str) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the way in which a call has ended: as a bug, or without naming its cause."""
    if said.error is None:
        return
    kind = said.error.partition(":")[0]
    if kind not in ON_PURPOSE:
        yield "diverged", f"{what}: not on purpose: {said.error}: {(said.trace or '')[-600:]}"
    elif kind in NAMING and not any(each in said.error for each in named):
        yield "diverged", f"{what}: none of {', '.join(named)} is named: {said.error}"
    elif kind == "AnswerError" and not ENDPOINT.search(said.error):
        yield "diverged", f"{what}: no endpoint is named: {said.error}"


PARTS = (
    Part("configs", _configs, _run_config, REFERENCES),
    Part("answers", _answers, _run_answer, REFERENCES),
)
