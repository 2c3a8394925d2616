"""What a person has rejected stays rejected: with other levels, other rules, and other readings."""

from collections.abc import Iterator
from random import Random

from sweep.content import Content, content_of
from sweep.figures import Verdict
from sweep.lab import HARSHEST, Lab, until_idle
from sweep.parts.part import Fields, Part
from sweep.parts.texts import readings
from sweep.people import People
from sweep.plan import targets_of
from sweep.scenes import PROJECT_TYPES, Scene
from sweep.server import Server

SCENE = "linked"
HISTORIES, RUNS = 100, 4
LEVELS = ("exact", "normalised", "alias", "misread")


def _cases(_lab: Lab) -> list[Fields]:
    return [
        (PROJECT_TYPES[number % len(PROJECT_TYPES)], "run after rejections", str(number))
        for number in range(HISTORIES)
    ]


def _run(lab: Lab, fields: Fields) -> Verdict:
    project_type, case = fields[0], "/".join(fields)
    scene, dice = lab.scene(project_type, SCENE), lab.dice(case)
    with lab.opened(scene) as server:
        people = People(server, project_type, scene.names)
        server.advance(60)
        people.read(0, readings(dice))
        left = until_idle(server, scene, dice)
        before = _content(server, scene)
        for pair in _some(dice, sorted(before.linked | before.proposed)):
            people.decide(*pair.split(), dice.choice(("reject", "reject", "change")), instead="valve-a")
        findings = [("lost", each) for each in left]
        for number in range(1, RUNS):
            _change(dice, people, number)
            findings += [("lost", each) for each in until_idle(server, scene, dice)]
            findings += _wrong(before, _content(server, scene))
        findings += _proposed_again(server, scene, _content(server, scene).rejected)
    return Verdict.of(findings)


def _change(dice: Random, people: People, number: int) -> None:
    """Let images be due once more, for some reason."""
    if dice.random() < 0.7:
        people.read(number, readings(dice))
    levels = [level for level in LEVELS if dice.random() < 0.6] or ["exact"]
    people.configure(approval={"levels": levels}, matching={"no_tags": [f"NONE-{number}"]})


def _content(server: Server, scene: Scene) -> Content:
    server.advance(60)
    return content_of(server, scene.project_type, scene.names, scene.theirs)


def _some(dice: Random, pairs: list[str]) -> list[str]:
    return dice.sample(pairs, min(len(pairs), dice.randint(1, 4)))


def _wrong(before: Content, found: Content) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a store after a run: what nobody has rejected stays, nothing is twice."""
    for pair in sorted(found.rejected & (found.linked | found.proposed)):
        yield "overwritten_decisions", f"rejected, and linked or proposed: {pair}"
    for name, was in before.others.items():
        if found.others.get(name) != was:
            yield "overwritten_decisions", f"{name}: {was} is {found.others.get(name)}"
    for pair in sorted(before.linked - found.linked - found.rejected):
        yield "lost", f"nobody has rejected the link {pair}"
    for (place, _), times in found.links.items():
        yield from [("duplicates", f"link {place}")] * (times - 1)


def _proposed_again(server: Server, scene: Scene, rejected: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Yield what was written of a rejected pair after its rejection, though it may be gone again by now."""
    decided = False
    for entry in server.traffic(everybody=True):
        decided |= entry["caller"] != "functions" and "sp_image360_decisions" in str(entry["sent"])
        if decided and entry["caller"] == "functions":
            for target in targets_of(entry, scene.names):
                yield from (
                    ("overwritten_decisions", f"written after its rejection: {target}")
                    for pair in rejected
                    if target.startswith(f"link {pair} ")
                )


PART = Part("rejections", _cases, _run, [(project_type, SCENE, HARSHEST) for project_type in PROJECT_TYPES])
