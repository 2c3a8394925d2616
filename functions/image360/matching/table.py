"""Tables of hashes as arrays of numbers: a fraction of the size of a dict of strings, at nearly its speed."""

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

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
    def of(hashes: Hashes, numbers: NDArray[np.int64], count: int) -> "HashTable":
        """The table of these pairs, no two of one number; every number is below ``count``."""
        id_bits = max(1, count.bit_length())
        entries = hashes >> np.uint64(id_bits) << np.uint64(id_bits) | numbers.astype(np.uint64)
        entries.sort()
        row_bits = max(1, (len(entries) // _PER_ROW).bit_length())
        counts = np.bincount(
            (entries >> np.uint64(BITS - row_bits)).astype(np.int64), minlength=1 << row_bits
        )
        rows = np.zeros((1 << row_bits) + 1, np.uint32)
        np.cumsum(counts, out=rows[1:])
        return HashTable(entries.data, rows.data, id_bits, row_bits)

    def numbers(self, value: int, most: int) -> list[int]:
        """The numbers of a hash, ascending, the first ``most`` of them."""
        row = value >> (BITS - self.row_bits)
        start, end = self.rows[row], self.rows[row + 1]
        if start == end:
            return []
        entries, bits = self.entries, self.id_bits
        sought = value >> bits
        if end - start > most:
            start = bisect_left(entries, sought << bits, start, end)
            end = min(end, start + most)
        mask = (1 << bits) - 1
        return [entry & mask for entry in entries[start:end] if entry >> bits == sought]


# The two bits that a hash marks, by its lowest six bits.
PAIRS = bytes(1 << (low & 7) | 1 << (low >> 3) for low in range(64))
_PAIRS = np.frombuffer(PAIRS, np.uint8)


@dataclass(frozen=True, eq=False)
class HashSet:
    """Hashes as marks in a bit map: says "surely not" or "perhaps".

    Args:
        marks: Each hash marks two bits of the octet that its upper bits name.
        shift: What is left of a hash, shifted so, names the octet.
    """

    marks: NDArray[np.uint8]
    shift: int

    @staticmethod
    def empty(count: int, bits_each: int) -> "HashSet":
        """A set for ``count`` keys, with so many bits for each."""
        bits = max(10, (count * bits_each).bit_length()) - 3
        return HashSet(np.zeros(1 << bits, np.uint8), BITS - bits)

    def add(self, hashes: Hashes) -> None:
        """Marks hashes, in an array of any shape."""
        flat = hashes.ravel()
        np.bitwise_or.at(self.marks, flat >> np.uint64(self.shift), _PAIRS[flat & np.uint64(63)])

    @cached_property
    def octets(self) -> memoryview:
        """The marks, for one look at a time."""
        return self.marks.data

    def __contains__(self, value: int) -> bool:
        pair = PAIRS[value & 63]
        return self.octets[value >> self.shift] & pair == pair

    def first(self, ends: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
        """Those of pairs (place, hash) that come before the first hash that is surely not in the set."""
        found: list[tuple[int, int]] = []
        octets, shift = self.octets, self.shift
        for end in ends:
            value = end[1]
            pair = PAIRS[value & 63]
            if octets[value >> shift] & pair != pair:
                break
            found.append(end)
        return found

    def among(self, hashes: Hashes) -> list[int]:
        """Those of the hashes that are in the set, perhaps, each once."""
        pairs = _PAIRS[hashes & np.uint64(63)]
        marked = self.marks[hashes >> np.uint64(self.shift)] & pairs == pairs
        return list(set(hashes[np.flatnonzero(marked)].tolist()))
