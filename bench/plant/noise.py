"""How engines and photographs spoil a text, where no real engine reads it."""

import numpy as np

Random = np.random.Generator

_FOR_DIGIT = {"0": "OODQ", "1": "IIl", "2": "Z", "5": "S", "6": "G", "8": "B"}
_FOR_LETTER = {"O": "0", "D": "0", "Q": "0", "I": "1", "L": "1", "Z": "2", "S": "5", "G": "6", "B": "8"}
_LETTERS = {"H": "NM", "M": "NH", "N": "HM", "V": "Y", "Y": "V", "C": "G", "E": "F", "F": "EP", "P": "RF",
            "T": "I", "I": "T", "K": "X", "U": "V", "A": "4", "R": "P"}  # fmt: skip
_CONFIDENT = 0.85


def rewritten(random: Random, tag: str) -> str:
    """The same tag as another hand writes it, or as an engine sets its blanks."""
    forms = (
        tag.lower(),
        tag.replace("-", ""),
        tag.replace("-", " "),
        f".{tag}",
        f" {tag} ",
        tag.replace("-", "–"),
        tag.replace("-", "_"),
        f"{tag}.",
        tag.replace("-", " - "),
        f"*{tag}",
        "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in tag),
    )
    return str(random.choice(forms))


def confused(random: Random, tag: str, most: int = 3) -> str:
    """One to ``most`` letters for digits or digits for letters, as they look."""
    places = [i for i, c in enumerate(tag) if c in _FOR_DIGIT or c in _FOR_LETTER]
    written = list(tag)
    for i in random.permutation(places)[: int(random.integers(1, most + 1))].tolist():
        looks = _FOR_DIGIT.get(tag[i]) or _FOR_LETTER[tag[i]]
        written[i] = looks[int(random.integers(len(looks)))]
    return "".join(written)


def other_engine(random: Random, tag: str) -> str:
    """As an engine for pages of text reads plates: zeros as O, five as S, and crumbs at the edges."""
    text = tag.replace("0", "O") if random.random() < 0.5 else tag
    if random.random() < 0.5:
        text = text.replace("5", "S", 1)
    if random.random() < 0.2:
        text = struck(random, text)
    return str(random.choice(["", "", "", ". ", "_ ", "| "])) + text + str(random.choice(["", "", "", " |", "_"]))


def struck(random: Random, tag: str) -> str:
    """One character lost, doubled, or read as any other."""
    i = int(random.integers(len(tag)))
    draw = random.random()
    if draw < 0.4:
        return tag[:i] + tag[i + 1 :]
    if draw < 0.55:
        return tag[:i] + tag[i] + tag[i:]
    if draw < 0.75 and tag[i] in _LETTERS:
        return tag[:i] + str(random.choice(list(_LETTERS[tag[i]]))) + tag[i + 1 :]
    return tag[:i] + str(random.choice(list("0123456789ACEHILMTVY"))) + tag[i + 1 :]


def noisy(random: Random, tag: str) -> tuple[str, float]:
    """A spoiled tag and a confidence: the more is spoiled, the less sure the engine tends to be."""
    draw = random.random()
    text = confused(random, tag) if draw < 0.7 else struck(random, tag)
    if 0.6 < draw < 0.7:
        text = struck(random, text)
    if random.random() < 0.15:
        text = rewritten(random, text)
    low = random.random() < 0.3
    return text, float(random.uniform(0.1, 0.8) if low else random.uniform(0.8, 0.98))


def sure(random: Random) -> float:
    """A confidence as engines have it for print they read well."""
    return float(random.uniform(0.6, _CONFIDENT) if random.random() < 0.07 else random.uniform(_CONFIDENT, 1.0))
