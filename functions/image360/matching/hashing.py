"""One hash of a key in two forms: for one text in Python, for a whole list in numpy.

The hash is a polynomial over the characters' weights, modulo 2 ** 64. So the hash of every beginning of a
key comes with the hash of the key, and the hash without one character follows from both. It is the same on
every machine. Equal hashes are a hint, never a proof: whoever looks up compares the keys.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.uint32]
Hashes = NDArray[np.uint64]
Places = NDArray[np.int64]

BITS = 64
_MASK = (1 << BITS) - 1
_BASE = 0x9E37_79B9_7F4A_7C15
_STIRS = (0xBF58_476D_1CE4_E5B9, 0x94D0_49BB_1331_11EB)


class Weights(dict[str, int]):
    """The weight of each character; characters of one class, by ``folds``, weigh the same."""

    def __init__(self, folds: Mapping[str, str]) -> None:
        super().__init__()
        self._folds = folds

    def __missing__(self, character: str) -> int:
        code = ord(self._folds.get(character, character))
        weight = int(_stirred(np.array([code], np.uint64))[0])
        self[character] = weight
        return weight

    def of(self, codes: Codes) -> Hashes:
        """The weights of character codes."""
        classes = np.arange(int(codes.max(initial=0)) + 1, dtype=np.uint64)
        for character, folded in self._folds.items():
            if ord(character) < len(classes):
                classes[ord(character)] = ord(folded)
        return _stirred(classes)[codes]


def _stirred(codes: Hashes) -> Hashes:
    mixed = (codes + np.uint64(1)) * np.uint64(_BASE)
    for stir, shift in zip(_STIRS, (30, 27), strict=True):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(stir)
    return mixed ^ (mixed >> np.uint64(31))


def ends(key: str, start: int, weights: Weights) -> Iterator[tuple[int, int]]:
    """Each place after ``start``, with the hash of the characters from ``start`` up to it."""
    value = 0
    for end in range(start, len(key)):
        value = (value * _BASE + weights[key[end]]) & _MASK
        yield end + 1, value


def hash_of(key: str, weights: Weights) -> int:
    """The hash of a key."""
    value = 0
    for character in key:
        value = (value * _BASE + weights[character]) & _MASK
    return value


def without_one(key: str, weights: Weights) -> list[int]:
    """The hashes of the key and of the key without each of its characters, doubles left out."""
    parts = [0, *(value for _, value in ends(key, 0, weights))]
    whole = parts[-1]
    found = {whole: None}
    power = 1
    for place in range(len(key) - 1, -1, -1):
        found[(whole + (parts[place] - parts[place + 1]) * power) & _MASK] = None
        power = (power * _BASE) & _MASK
    return list(found)


@dataclass(frozen=True, eq=False)
class Block:
    """Keys of one length: their places in the list (n,), and the hashes of their beginnings (length + 1, n)."""

    places: Places
    beginnings: Hashes

    @property
    def whole(self) -> Hashes:
        return self.beginnings[-1]

    def without_one(self) -> Hashes:
        """(length, n): the hashes without each character; equal neighbours give equal hashes."""
        length = len(self.beginnings) - 1
        hashes = np.empty((length, len(self.places)), np.uint64)
        power = 1
        for place in range(length - 1, -1, -1):
            dropped = (self.beginnings[place] - self.beginnings[place + 1]) * np.uint64(power)
            hashes[place] = self.whole + dropped
            power = (power * _BASE) & _MASK
        return hashes


@dataclass(frozen=True, eq=False)
class Written:
    """A list of keys as character codes, ready to be hashed in several ways."""

    codes: Codes
    starts: Places
    lengths: Places

    @staticmethod
    def of(keys: Sequence[str]) -> "Written":
        codes = np.frombuffer("".join(keys).encode("utf-32-le", "surrogatepass"), np.uint32)
        lengths = np.fromiter(map(len, keys), np.int64, len(keys))
        return Written(codes, np.cumsum(lengths) - lengths, lengths)

    def blocks(self, weights: Weights, longest: int | None = None) -> Iterator[Block]:
        """The keys by length, empty ones and those longer than ``longest`` left out."""
        if not len(self.lengths):
            return
        order = np.argsort(self.lengths, kind="stable")
        lengths, firsts = np.unique(self.lengths[order], return_index=True)
        for length, places in zip(lengths.tolist(), np.split(order, firsts[1:]), strict=True):
            if length and (longest is None or length <= longest):
                yield Block(places, self._beginnings(places, length, weights))

    def _beginnings(self, places: Places, length: int, weights: Weights) -> Hashes:
        hashes = np.zeros((length + 1, len(places)), np.uint64)
        starts = self.starts[places]
        for place in range(length):
            hashes[place + 1] = hashes[place] * np.uint64(_BASE) + weights.of(self.codes[starts + place])
        return hashes
