"""References: ``${task.output.response.key}``, ``${task.input.key}`` and ``${workflow.input.key}``."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

WHOLE = re.compile(r"\$\{(?P<task>[^{}]+?)\.(?P<side>input|output)(?P<path>(?:[.\[][^{}]*)?)\}")
STEP = re.compile(r"\.(?P<name>[^.\[\]]+)|\[(?P<index>\d+)\]|\['(?P<quoted>[^']*)'\]")
WORKFLOW = "workflow"

Known = Mapping[tuple[str, str], Any]  # by task (or "workflow") and side: its input or output


class UnknownReferenceError(Exception):
    """A reference that leads to nothing; the message names it."""


@dataclass(frozen=True)
class Reference:
    """One reference."""

    text: str
    task: str  # "workflow" for the workflow's own input
    side: str
    path: str

    def value(self, known: Known) -> Any:
        """Return what it leads to; ``UnknownReferenceError`` when that is nothing."""
        if (self.task, self.side) not in known:
            raise UnknownReferenceError(f"{self.text} leads to nothing: {self.task} has no {self.side} yet")
        value, end = known[self.task, self.side], 0
        for step in STEP.finditer(self.path):
            if step.start() != end:
                break
            value, end = _inside(self, value, step), step.end()
        if end != len(self.path):
            raise UnknownReferenceError(f"{self.text} is no path")
        return value


def is_reference(text: str) -> bool:
    """Say whether a text is a reference and nothing else."""
    return WHOLE.fullmatch(text) is not None


def resolve(value: Any, known: Known, *, inside_text: bool, null_for_nothing: bool) -> Any:
    """Return a JSON value with its references replaced: those that are a whole value, or ``inside_text`` too.

    Raises ``UnknownReferenceError`` for one that leads to nothing, unless ``null_for_nothing``.
    """

    def found(reference: Reference) -> Any:
        try:
            return reference.value(known)
        except UnknownReferenceError:
            if null_for_nothing:
                return None
            raise

    def replaced(each: Any) -> Any:
        if isinstance(each, dict):
            return {name: replaced(inner) for name, inner in each.items()}
        if isinstance(each, list):
            return [replaced(inner) for inner in each]
        if not isinstance(each, str):
            return each
        if whole := WHOLE.fullmatch(each):
            return found(_reference(whole))
        return WHOLE.sub(lambda match: str(found(_reference(match))), each) if inside_text else each

    return replaced(value)


def references_in(value: Any) -> Iterator[Reference]:
    """Yield the references that are whole values somewhere in a JSON value."""
    for text in _texts_in(value):
        if match := WHOLE.fullmatch(text):
            yield _reference(match)


def names_in(value: Any) -> set[str]:
    """Return which tasks are referred to in a JSON value, inside longer texts too."""
    return {match["task"] for text in _texts_in(value) for match in WHOLE.finditer(text)}


def _texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts_in(inner)


def _reference(match: re.Match[str]) -> Reference:
    return Reference(match.group(), match["task"], match["side"], match["path"])


def _inside(reference: Reference, value: Any, step: re.Match[str]) -> Any:
    key: Any = int(step["index"]) if step["index"] is not None else step["name"] or step["quoted"]
    try:
        return value[key]
    except (LookupError, TypeError) as error:
        raise UnknownReferenceError(f"{reference.text} leads to nothing: there is no {key!r}") from error
