"""How engines and photographs spoil a text, where no real engine reads it."""

import unicodedata

import numpy as np

Random = np.random.Generator

_FOR_DIGIT = {"0": "OODQ", "1": "IIl", "2": "Z", "5": "S", "6": "G", "8": "B"}
_FOR_LETTER = {"O": "0", "D": "0", "Q": "0", "I": "1", "L": "1", "Z": "2", "S": "5", "G": "6", "B": "8"}
LOOKS = _FOR_DIGIT | _FOR_LETTER
_FOLD = str.maketrans(_FOR_LETTER)
_DIGITS = dict(zip("0123456789", ("86", "74", "71", "859", "19", "63", "85", "12", "306", "38"), strict=True))
_LETTERS = {"H": "NM", "M": "NH", "N": "HM", "V": "Y", "Y": "V", "C": "G", "E": "F", "F": "EP", "P": "RF",
            "T": "I", "I": "T", "K": "X", "U": "V", "A": "4", "R": "P"}  # fmt: skip


def bare(text: str) -> str:
    """The letters and digits of a text, in capitals: two texts with the same ones show the same tag."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).upper() if c.isalnum())


def folded(text: str) -> str:
    """The bare text with one sign for each group of look-alikes."""
    return bare(text).translate(_FOLD)


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
    places = [i for i, c in enumerate(tag) if c in LOOKS]
    written = list(tag)
    for i in random.permutation(places)[: int(random.integers(1, most + 1))].tolist():
        written[i] = LOOKS[tag[i]][int(random.integers(len(LOOKS[tag[i]])))]
    return "".join(written)


def other_engine(random: Random, tag: str) -> tuple[str, float]:
    """As an engine for pages of text reads plates: zeros as O, five as S, and crumbs at the edges."""
    text = tag.replace("0", "O") if random.random() < 0.35 else tag
    if random.random() < 0.3:
        text = text.replace("5", "S", 1)
    if random.random() < 0.2:
        text = struck(random, text)
    before = random.choice(["", "", "", "", ". ", "_ ", "| "])
    after = random.choice(["", "", "", "", " |", "_"])
    low, high = (0.1, 0.8) if random.random() < 0.2 else (0.8, 0.95)
    return f"{before}{text}{after}", float(random.uniform(low, high))


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


def other_digit(random: Random, tag: str) -> str:
    """One digit read as another one."""
    i = int(random.choice([i for i, c in enumerate(tag) if c in _DIGITS]))
    return tag[:i] + str(random.choice(list(_DIGITS[tag[i]]))) + tag[i + 1 :]


def noisy(random: Random, tag: str) -> tuple[str, float]:
    """A spoiled tag and a confidence: the more is spoiled, the less sure the engine tends to be."""
    draw = random.random()
    text = confused(random, tag) if draw < 0.78 else struck(random, tag)
    if 0.75 < draw < 0.78:
        text = struck(random, text)
    if random.random() < 0.15:
        text = rewritten(random, text)
    low = random.random() < 0.2
    return text, float(random.uniform(0.1, 0.8) if low else random.uniform(0.8, 0.98))


def sure(random: Random) -> float:
    """A confidence as engines have it for print they read well."""
    if random.random() < 0.05:
        return float(random.uniform(0.3, 0.88))
    return float(min(0.999, random.normal(0.955, 0.03)))
