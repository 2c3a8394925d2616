"""One hash of a key in two forms: for one text in Python, for a whole list in numpy.

The hash is a polynomial over the characters' weights, modulo 2 ** 64. So the hash of every beginning of a
key comes with the hash of the key, and the hashes of all keys one edit away follow from those. It is the
same on every machine. Equal hashes are a hint, never a proof: whoever looks up compares the keys.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.uint8] | NDArray[np.uint32]
Hashes = NDArray[np.uint64]
Places = NDArray[np.int64]

BITS = 64
_MASK = (1 << BITS) - 1
_BASE = 0x9E37_79B9_7F4A_7C15
# Keys that are hashed at once; it bounds the memory of a build.
_AT_ONCE = 1 << 14
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

    def upto(self, code: int) -> Hashes:
        """The weights of the characters with codes from 0 up to this one."""
        classes = np.arange(code + 1, dtype=np.uint64)
        for character, folded in self._folds.items():
            if ord(character) <= code:
                classes[ord(character)] = ord(folded)
        return _stirred(classes)


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


class Edits:
    """The hashes of all keys that are one character away from a key.

    Args:
        alphabet: The characters that may be put in, or in the place of another.
        longest: Of the keys asked for.
    """

    def __init__(self, alphabet: Sequence[str], weights: Weights, longest: int) -> None:
        self._weights = weights
        powers = [pow(_BASE, n, 1 << BITS) for n in range(longest + 1)]
        self._powers = np.array(powers[::-1], np.uint64)
        different = sorted({weights[character] for character in alphabet})
        self._added = np.array(different, np.uint64)[:, None] * self._powers

    def around(self, key: str) -> Hashes:
        """The hashes of the key, and of it with one character taken away, changed or added; with doubles."""
        values = [0, *(value for _, value in ends(key, 0, self._weights))]
        beginnings = np.array(values, np.uint64)
        powers = self._powers[-len(values) :]
        front = beginnings * powers
        rest = beginnings[-1:] - front
        without = beginnings[:-1] * powers[1:] + rest[1:]
        changed = self._added[:, -len(key) :] + (front[:-1] + rest[1:])
        added = self._added[:, -len(values) :] + (front * np.uint64(_BASE) + rest)
        return np.concatenate((beginnings[-1:], without, changed.ravel(), added.ravel()))


@dataclass(frozen=True, eq=False)
class Block:
    """Keys of one length: their places in the list (n,), the hashes of their beginnings (length + 1, n)."""

    places: Places
    beginnings: Hashes

    @property
    def whole(self) -> Hashes:
        return self.beginnings[-1]


@dataclass(frozen=True, eq=False)
class Written:
    """A list of keys as character codes, ready to be hashed in several ways."""

    codes: Codes
    starts: Places
    lengths: Places

    @staticmethod
    def of(keys: Sequence[str]) -> "Written":
        joined = "".join(keys)
        codes = (
            np.frombuffer(joined.encode(), np.uint8)
            if joined.isascii()
            else np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32)
        )
        lengths = np.fromiter(map(len, keys), np.int64, len(keys))
        return Written(codes, np.cumsum(lengths) - lengths, lengths)

    def by_length(self) -> Iterator[tuple[int, Places]]:
        """Each length but 0, with the places of the keys that have it."""
        if not len(self.lengths):
            return
        order = np.argsort(self.lengths, kind="stable")
        lengths, firsts = np.unique(self.lengths[order], return_index=True)
        for length, places in zip(lengths.tolist(), np.split(order, firsts[1:]), strict=True):
            if length:
                yield length, places

    def blocks(self, weights: Weights) -> Iterator[Block]:
        """The keys by length, empty ones left out, in blocks that fit into the processor's cache."""
        table = weights.upto(int(self.codes.max(initial=0)))
        for length, places in self.by_length():
            for start in range(0, len(places), _AT_ONCE):
                yield self._block(places[start : start + _AT_ONCE], length, table)

    def _block(self, places: Places, length: int, table: Hashes) -> Block:
        hashes = np.zeros((length + 1, len(places)), np.uint64)
        starts = self.starts[places]
        for place in range(length):
            hashes[place + 1] = hashes[place] * np.uint64(_BASE) + table[self.codes[starts + place]]
        return Block(places, hashes)
