"""Patterns from outside, matched in linear time: Rust's regular expressions, which pydantic brings along.

They have no look-around and no back references, and their compiled size is bounded.
"""

from functools import cache

from pydantic_core import SchemaError, SchemaValidator, core_schema


@cache
def compiled(pattern: str) -> SchemaValidator:
    """Return what tells texts with ``pattern`` in them from others; ValueError says what is wrong with it."""
    try:
        return SchemaValidator(core_schema.str_schema(pattern=pattern, regex_engine="rust-regex"))
    except SchemaError as error:
        reason = str(error).strip().rpartition("\n")[2].strip().removeprefix("error: ")
        raise ValueError(f"The pattern {pattern!r} cannot be used: {reason}") from error


def is_in(pattern: str, text: str) -> bool:
    """Say whether the pattern matches somewhere in ``text``."""
    return compiled(pattern).isinstance_python(text)
