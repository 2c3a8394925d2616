"""A table from hashes to numbers that is a sorted array, an eighth of the size of a dict of strings."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from image360.matching.hashing import BITS, Hashes

_PER_ROW = 2  # entries, on average


@dataclass(frozen=True, eq=False)
class HashTable:
    """Numbers by hash. A number that is found may belong to another hash (one in millions), none is missed.

    Args:
        entries: Sorted: the upper bits of a hash, with its number in the lower ``id_bits``.
        rows: Where the entries begin whose hashes share their upper ``row_bits``; one more at the end.
    """

    entries: memoryview
    rows: memoryview
    id_bits: int
    row_bits: int

    @staticmethod
    def of(hashes: Iterable[Hashes], numbers: Iterable[NDArray[np.int64]], count: int) -> "HashTable":
        """The table of these pairs; every number is below ``count``. Equal pairs are kept once."""
        id_bits = max(1, count.bit_length())
        upper = np.uint64(((1 << BITS) - 1) >> id_bits << id_bits)
        parts = [(h & upper) | n.astype(np.uint64) for h, n in zip(hashes, numbers, strict=True)]
        entries = np.concatenate([part.ravel() for part in parts]) if parts else np.zeros(0, np.uint64)
        del parts
        entries.sort()
        return HashTable.from_sorted(_without_doubles(entries), id_bits)

    @staticmethod
    def from_sorted(entries: Hashes, id_bits: int) -> "HashTable":
        """The table of entries that another one held."""
        row_bits = max(1, (len(entries) // _PER_ROW).bit_length())
        counts = np.bincount(
            (entries >> np.uint64(BITS - row_bits)).astype(np.int64), minlength=1 << row_bits
        )
        rows = np.zeros((1 << row_bits) + 1, np.uint32)
        np.cumsum(counts, out=rows[1:])
        return HashTable(memoryview(entries), memoryview(rows), id_bits, row_bits)

    def numbers(self, value: int) -> list[int]:
        """The numbers of a hash, ascending."""
        row = value >> (BITS - self.row_bits)
        start, end = self.rows[row], self.rows[row + 1]
        if start == end:
            return []
        bits = self.id_bits
        sought = value >> bits
        mask = (1 << bits) - 1
        return [entry & mask for entry in self.entries[start:end] if entry >> bits == sought]


def _without_doubles(entries: Hashes) -> Hashes:
    fresh = np.ones(len(entries), np.bool_)
    np.not_equal(entries[1:], entries[:-1], out=fresh[1:])
    return entries if fresh.all() else entries[fresh]


@dataclass(frozen=True, eq=False)
class HashSet:
    """Hashes as marks in a bit map: says "surely not" or "perhaps"."""

    marks: bytes
    shift: int

    @staticmethod
    def of(hashes: Iterable[Hashes], count: int) -> "HashSet":
        """The set of these hashes, for a list of ``count`` keys."""
        bits = max(10, (count * 16).bit_length())
        shift = BITS - bits
        marked = np.zeros(1 << bits, np.bool_)
        for part in hashes:
            marked[part >> np.uint64(shift)] = True
        return HashSet(np.packbits(marked, bitorder="little").tobytes(), shift)

    def __contains__(self, value: int) -> bool:
        place = value >> self.shift
        return bool(self.marks[place >> 3] >> (place & 7) & 1)
