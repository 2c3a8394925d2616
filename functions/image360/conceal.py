"""Keeps secrets out of everything that leaves a function: logs, answers, run messages, errors, state."""

import json
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import NoneType
from typing import Any, Self, cast
from urllib.parse import quote, quote_plus

from cognite.client import CogniteClient
from cognite.client.credentials import Token

from image360.errors import Image360Error

CONCEALED = "[secret]"
SHORTEST = 4  # characters: to blot out less would garble the text, and keeps no secret

FORMS: Sequence[Callable[[str], str]] = (
    str,
    lambda text: json.dumps(text)[1:-1],
    lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    quote,
    quote_plus,
)


@dataclass(frozen=True)
class Concealer:
    """Takes secrets out of texts."""

    forms: tuple[str, ...] = ()
    """What is taken out, the longest first."""

    @classmethod
    def of(cls, secrets: Iterable[str], client: CogniteClient | None = None) -> Self:
        """Conceal these secrets, and the token with which the client acts."""
        token = [_token(client)] if client is not None else []
        values = {each for each in (*secrets, *token) if len(each) >= SHORTEST}
        forms = {form(each) for each in values for form in FORMS}
        return cls(tuple(sorted(forms, key=lambda form: (-len(form), form))))

    def __call__(self, text: str) -> str:
        """Return the text without secrets."""
        for form in self.forms:
            text = text.replace(form, CONCEALED)
        return text

    def within(self, value: Any) -> Any:
        """Return a value of JSON without secrets in its texts; what JSON does not know becomes text."""
        if isinstance(value, Mapping):
            return {
                self(str(key)): self.within(each) for key, each in cast("Mapping[Any, Any]", value).items()
            }
        if isinstance(value, (list, tuple)):
            return [self.within(each) for each in cast("Sequence[Any]", value)]
        return value if isinstance(value, (int, float, NoneType)) else self(str(value))

    def error(self, error: Exception) -> Exception:
        """Return the error; one whose text or trace shows a secret is replaced by one that does not."""
        shown = "".join(traceback.format_exception(error))
        if self(shown) == shown:
            return error
        kind = type(error) if isinstance(error, Image360Error) else Image360Error
        named = "" if kind is type(error) else f"{type(error).__name__}: "
        return kind(named + self(str(error)))


def _token(client: CogniteClient) -> str:
    """Return the token of a client that was given one, as CDF gives its functions; others hold none yet."""
    credentials = client.config.credentials
    if not isinstance(credentials, Token):
        return ""
    return credentials.authorization_header()[1].removeprefix("Bearer ")


NO_SECRETS = Concealer()
