"""Which images a call is restricted to: named ones, a shard of all, or none of both."""

import hashlib
import re
from dataclasses import dataclass
from typing import Self

KEY_DIGITS = 12  # hexadecimal; two images with one key share their shard
SHARD = re.compile(rf"([0-9a-f]{{{KEY_DIGITS}}})?-([0-9a-f]{{{KEY_DIGITS}}})?")


def key_of(external_id: str) -> str:
    """Return the place of an image in the order by which shards are cut: by chance, always the same."""
    return hashlib.sha256(external_id.encode()).hexdigest()[:KEY_DIGITS]


@dataclass(frozen=True)
class Shard:
    """The images whose key is at least `first` and less than `end`; empty: from the first, to the last."""

    first: str = ""
    end: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a shard as `str` writes it; a ValueError says that it is none."""
        found = SHARD.fullmatch(text)
        if found is None:
            raise ValueError(f"a shard is FIRST-END: keys of {KEY_DIGITS} hexadecimal digits, or nothing")
        return cls(found[1] or "", found[2] or "")

    def __str__(self) -> str:
        return f"{self.first}-{self.end}"

    def __contains__(self, external_id: str) -> bool:
        key = key_of(external_id)
        return self.first <= key and (not self.end or key < self.end)


@dataclass(frozen=True)
class Selection:
    """The images that a call may work on."""

    names: frozenset[str] | None = None
    """External ids; None: any."""
    shard: Shard = Shard()

    def __contains__(self, external_id: str) -> bool:
        return (self.names is None or external_id in self.names) and external_id in self.shard


EVERYTHING = Selection()
