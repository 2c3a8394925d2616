"""Which characters an OCR engine reads for which: the table, and what follows from it.

Only confusions of a letter with a digit are here. They break the shape of a tag, so they can be undone. A
digit read as another digit makes another tag; it is never undone.
"""

from itertools import product

_LETTERS_OF_DIGIT = {"0": "ODQ", "1": "IL", "2": "Z", "5": "S", "6": "G", "8": "B"}
_READ_FOR = {
    **{digit: frozenset(letters) for digit, letters in _LETTERS_OF_DIGIT.items()},
    **{letter: frozenset(digit) for digit, letters in _LETTERS_OF_DIGIT.items() for letter in letters},
}
_FOLD = str.maketrans({letter: digit for digit, letters in _LETTERS_OF_DIGIT.items() for letter in letters})

# Beyond these a text is a riddle, not a misreading.
_MAX_PLACES = 6
_MAX_READINGS = 256


def fold(key: str) -> str:
    """The key with each letter that looks like a digit written as that digit: one form for all of a class."""
    return key.translate(_FOLD)


def confused_places(read: str, true: str) -> tuple[int, ...] | None:
    """Where two keys differ, if every difference is a known confusion of a letter and a digit; else None."""
    if len(read) != len(true):
        return None
    places = tuple(i for i, (r, t) in enumerate(zip(read, true, strict=True)) if r != t)
    known = all(true[i] in _READ_FOR.get(read[i], frozenset()) for i in places)
    return places if places and known else None


def other_readings(key: str, places: tuple[int, ...]) -> list[str] | None:
    """Every key that could have been printed if any of ``places`` was confused, ``key`` itself included.

    Sorted. None where there are too many to tell them apart.
    """
    if len(places) > _MAX_PLACES:
        return None
    choices = [sorted({key[i], *_READ_FOR.get(key[i], ())}) for i in places]
    count = 1
    for choice in choices:
        count *= len(choice)
    if count > _MAX_READINGS:
        return None
    readings: list[str] = []
    for letters in product(*choices):
        characters = list(key)
        for place, letter in zip(places, letters, strict=True):
            characters[place] = letter
        readings.append("".join(characters))
    return sorted(readings)
