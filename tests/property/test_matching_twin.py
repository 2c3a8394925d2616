"""A slow, plain twin of the matcher, written from its rules alone; the index must agree with it everywhere.

The twin knows no index: it compares a text with every name, external id and alias, letter by letter. The
rules: docs/decisions/0003-levels-instead-of-one-score.md.
"""

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from image360.matching import Asset, AssetIndex, Match
from image360.matching.words import COMMON_WORDS

LOOKS_LIKE = {"0": "ODQ", "1": "IL", "2": "Z", "5": "S", "6": "G", "8": "B"}
TRUST = {"exact": 0.995, "normalised": 0.99, "alias": 0.98, "misread": 0.97, "partial": 0.85, "fuzzy": 0.65}


@dataclass(frozen=True)
class Label:
    text: str
    kind: str
    rank: int
    asset: Asset

    @property
    def key(self) -> str:
        return key_of(self.text)


@dataclass
class Found:
    level: str
    labels: list[Label]
    held: bool
    penalty: float = 0.0
    also: tuple["Found", ...] = ()


# Plain words for plain (ASCII) texts; what Unicode adds is tested by itself.
def key_of(text: str) -> str:
    return "".join(c for c in text.upper() if c in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def digits(text: str) -> list[str]:
    return re.findall("[0-9]+", text)


def letters(text: str) -> list[str]:
    return re.findall("[A-Z]+", text.upper())


def confused(read: str, true: str) -> list[int] | None:
    if len(read) != len(true):
        return None
    places = []
    for i in range(len(read)):
        if read[i] != true[i]:
            if true[i] not in LOOKS_LIKE.get(read[i], "") and read[i] not in LOOKS_LIKE.get(true[i], ""):
                return None
            places.append(i)
    return places or None


def folded(key: str) -> str:
    return "".join(next((d for d, like in LOOKS_LIKE.items() if c in like), c) for c in key)


def edits(a: str, b: str) -> int:
    row = list(range(len(b) + 1))
    for i in range(1, len(a) + 1):
        above = row
        row = [i]
        for j in range(1, len(b) + 1):
            row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (a[i - 1] != b[j - 1])))
    return row[-1]


class Twin:
    def __init__(self, assets: list[Asset]) -> None:
        counts = Counter(w for a in assets for w in set(letters(a.description or "")))
        self.common = COMMON_WORDS | {w for w, n in counts.items() if n >= 3}
        order = sorted(
            assets,
            key=lambda a: (a.name or "", a.external_id or "", a.aliases, a.description or "", str(a.key)),
        )
        self.labels: list[Label] = []
        self.external_ids: list[Label] = []
        for rank, asset in enumerate(order):
            if asset.name:
                self.labels.append(Label(asset.name, "name", rank, asset))
                if asset.external_id:
                    self.external_ids.append(Label(asset.external_id, "external id", rank, asset))
            elif asset.external_id:
                self.labels.append(Label(asset.external_id, "external id", rank, asset))
            self.labels += [Label(alias, "alias", rank, asset) for alias in asset.aliases]
        self.labels = [x for x in self.labels if x.key]
        self.tags = [x for x in self.labels if self.strength(x) == "tag"]

    def strength(self, label: Label) -> str:
        key, words, numbers = label.key, letters(label.text), digits(label.key)
        if not numbers:
            return "word" if len(key) < 4 or any(w in self.common for w in words) else "weak"
        if len(key) < 3 or (not words and len(key) < 4):
            return "word"
        plain = all(w in COMMON_WORDS and len(w) > 3 for w in words) and all(len(n) < 3 for n in numbers)
        return "weak" if not words or len(key) == 3 or plain else "tag"

    def form(self, key: str) -> str:
        return re.sub("[0-9]", "9", re.sub("[A-Z]", "A", key))

    def leading(self, key: str) -> str:
        return re.match("[0-9]*", key)[0]  # pyright: ignore[reportOptionalSubscript]

    def is_tag(self, key: str) -> bool:
        if not any(
            self.form(x.key) == self.form(key) and self.leading(x.key) == self.leading(key) for x in self.tags
        ):
            return False
        first = {letters(x.key)[0] for x in self.tags}
        later = {group for x in self.tags for group in letters(x.key)[1:]}
        groups = letters(key)
        return groups[0] in first and all(group in later for group in groups[1:])

    def separators(self) -> set[str]:
        inner = [set(re.sub("^[^0-9A-Za-z]+|[^0-9A-Za-z]+$", "", x.text)) for x in self.tags]
        marks = {c for s in inner for c in s if not c.isalnum() and c != " "}
        return {m for m in marks if sum(m in s for s in inner) >= 0.1 * len(inner)}

    def cut(self, text: str, label: Label) -> bool:
        def ends(t: str) -> tuple[str, str]:
            first, *_, last = [m.start() for m in re.finditer("[0-9A-Za-z]", t)] * 2
            return t[:first], t[last + 1 :]

        return any(
            m in self.separators() and m not in listed
            for gap, listed in zip(ends(text), ends(label.text), strict=True)
            for m in gap
        )

    def whole(self, level: str, text: str, labels: list[Label]) -> Found | None:
        labels = [x for x in labels if self.strength(x) != "word"]
        if not labels:
            return None
        best = labels[0]
        held = self.strength(best) == "weak" or (best.text != text and self.cut(text, best))
        twin = any(confused(best.key, x.key) and x.asset.key != best.asset.key for x in self.tags)
        return Found(level, labels, held, 0.05 if twin else 0.0)

    def find(self, text: str) -> Found | None:
        key = key_of(text)
        if not key:
            return None
        same = [x for x in self.labels if x.key == key]
        named = [x for x in same if x.kind != "alias"]
        named += [x for x in self.external_ids if x.text == text and self.strength(x) == "tag"]
        aliases = [x for x in same if x.kind == "alias"]
        for group in (named, aliases):
            group.sort(key=lambda x: (x.text != text, x.rank))
        found = None
        if named and named[0].text == text:
            found = self.whole("exact", text, named)
        elif named:
            found = self.whole("normalised", text, named + aliases)
        found = found or (self.whole("alias", text, aliases) if aliases else None)
        return found or self.misread(text, key) or self.partial(text, key) or self.fuzzy(key)

    def misread(self, text: str, key: str) -> Found | None:
        near = [(places, x) for x in self.tags if (places := confused(key, x.key))]
        if not near or not digits(key):
            return None
        near.sort(key=lambda p: (len(p[0]), p[1].rank))
        places, best = near[0]
        readings = [""]
        for i, c in enumerate(key):
            also = LOOKS_LIKE.get(c) or "".join(d for d, like in LOOKS_LIKE.items() if c in like)
            readings = [r + x for r in readings for x in ((c + also) if i in places else c)]
        held = len(places) > len(key) // 2 or len(places) > 6 or self.cut(text, best)
        held = held or any(r != best.key and self.is_tag(r) for r in readings)
        return Found("misread", [x for _, x in near], held, 0.01 * (len(places) - 1))

    def partial(self, text: str, key: str) -> Found | None:
        if self.is_tag(key):
            return None
        at = [m.start() for m in re.finditer("[0-9A-Za-z]", text)]
        spans = sorted(
            {(s, s + len(x.key)) for x in self.tags for s in range(len(key)) if key.startswith(x.key, s)},
            key=lambda p: (p[0] - p[1], p[0]),
        )
        chosen: list[tuple[int, int]] = []
        for s, e in spans:
            left, right = text[: at[s]], text[at[e - 1] + 1 :]
            free = all(e <= s2 or e2 <= s for s2, e2 in chosen)
            if free and e - s < len(key) and self.ends(left[::-1]) and self.ends(right):
                chosen.append((s, e))
        goes_on: list[bool] = []
        for s, e in sorted(chosen):
            inside = {i for s2, e2 in chosen for i in range(s2, e2)}
            sides = []
            for step, start in ((-1, s - 1), (1, e)):
                token, i = "", start
                while 0 <= i < len(key) and i not in inside:
                    token += key[i]
                    if 0 <= i + step < len(key) and abs(at[i + step] - at[i]) > 1:
                        break
                    i += step
                sides.append(token)
            goes_on.append(any(t and (len(t) == 1 or not t.isalpha()) for t in sides))
        spans = sorted(chosen) or self.cover(key)
        goes_on = goes_on or [False] * len(spans)
        parts = [
            Found(
                "partial",
                sorted((x for x in self.tags if x.key == key[s:e]), key=lambda x: x.rank),
                True,
                0.3 if on else 0,
            )
            for (s, e), on in zip(spans, goes_on, strict=True)
        ]
        if not parts:
            return None
        parts[0].also = tuple(parts[1:])
        return parts[0]

    def ends(self, outside: str) -> bool:
        """Whether a tag may end here: nothing more, a clear gap, or a whole word of three letters or more."""
        gap = re.match("[^0-9A-Za-z]*", outside)[0]  # pyright: ignore[reportOptionalSubscript]
        if not key_of(outside) or any(m not in self.separators() for m in gap):
            return True
        token = re.match("[0-9A-Za-z]*", outside[len(gap) :])[0]  # pyright: ignore[reportOptionalSubscript]
        return len(token) >= 3 and token.isalpha()

    def cover(self, key: str, start: int = 0, left: int = 4) -> list[tuple[int, int]]:
        if left == 0:
            return []
        for length in sorted({len(x.key) for x in self.tags}, reverse=True):
            end = start + length
            if end > len(key) or length == len(key) or not any(x.key == key[start:end] for x in self.tags):
                continue
            if end == len(key):
                return [(start, end)]
            rest = self.cover(key, end, left - 1)
            if rest:
                return [(start, end), *rest]
        return []

    def fuzzy(self, key: str) -> Found | None:
        if len(key) < 5 or not digits(key):
            return None
        near = [((edits(folded(key), folded(x.key)), edits(key, x.key)), x) for x in self.tags]
        near = [p for p in near if p[0][0] <= (2 if len(key) >= 8 else 1)]
        if not near:
            return None
        least = min(p[0] for p in near)
        labels = sorted((x for d, x in near if d == least), key=lambda x: (x.rank, x.key))
        is_tag = self.is_tag(key)
        if len({x.asset.key for x in labels}) > (1 if is_tag else 3):
            return None
        return Found("fuzzy", labels, True, 0.55 if is_tag else 0.0)

    def match(self, text: str, confidence: float) -> Any:
        return self.decide(self.find(text), confidence)

    def decide(self, found: Found | None, confidence: float) -> Any:
        if found is None:
            return ("none", None, None, None, 0.0, [])
        assets: list[Any] = []
        for x in found.labels:
            if x.asset.key not in assets:
                assets.append(x.asset.key)
        score = (TRUST[found.level] - found.penalty) * (1 - 0.3 * (1 - confidence)) / len(assets)
        approved = not found.held and len(assets) == 1 and score >= 0.9
        if (found.held or len(assets) > 1) and found.level not in ("partial", "fuzzy"):
            score *= 0.6
        also = [self.decide(other, confidence) for other in found.also]
        second = assets[1] if len(assets) > 1 else None
        return ("approve" if approved else "suggest", found.level, assets[0], second, round(score, 9), also)


def brief(match: Match) -> Any:
    asset = match.asset.key if match.asset else None
    second = match.runner_up.key if match.runner_up else None
    return (
        match.decision,
        match.level,
        asset,
        second,
        round(match.score, 9),
        [brief(other) for other in match.also],
    )


# Few letters, few digits and look-alikes, so that the lists are full of neighbours and twins.
separator = st.sampled_from(["-", "-", "-", "", " ", "_", "/"])
tags = st.builds(
    "{}{}{}{}{}{}".format,
    st.sampled_from(["", "1", "21", "30"]),
    separator,
    st.sampled_from(["P", "PT", "TI", "PSV", "S", "LO", "PUMP"]),
    separator,
    st.sampled_from(["1", "10", "101", "108", "135", "1019", "1018", "1808"]),
    st.sampled_from(["", "", "A", "B", "S", "-01", "-O1", "I"]),
)
labels = st.one_of(
    tags, tags, tags, st.sampled_from(["PUMP", "A", "100", "1019", "ZONE 2", "SEPARATOR", "X-", "=P1"])
)
lists = st.lists(
    st.builds(
        lambda name, external_id, aliases, description: (name, external_id, tuple(aliases), description),
        st.one_of(labels, labels, st.none(), st.just("")),
        st.one_of(st.none(), labels),
        st.lists(labels, max_size=2),
        st.sampled_from([None, "separator inlet", "lift pump"]),
    ),
    min_size=2,
    max_size=12,
).map(lambda rows: [Asset(key, *row) for key, row in enumerate(rows)])

BY_LOOKS = {d: like[0] for d, like in LOOKS_LIKE.items()} | {
    c: d for d, like in LOOKS_LIKE.items() for c in like
}
CHARACTERS = "0123456789ABDGILOPQSTUVZabl -_/.#"


@st.composite
def texts(draw: st.DrawFn, assets: list[Asset]) -> str:
    """A text of the list, or of its kind, as it stands or spoiled."""
    listed = [t for a in assets for t in (a.name, a.external_id, *a.aliases) if t]
    one = st.one_of(st.sampled_from(listed), st.sampled_from(listed), labels) if listed else labels
    text = draw(one)
    for kind in draw(
        st.lists(st.sampled_from(["confuse", "confuse", "confuse", "swap", "drop", "add"]), max_size=2)
    ):
        text = spoiled(
            text, kind, draw(st.integers(0, max(0, len(text) - 1))), draw(st.sampled_from(CHARACTERS))
        )
    rewritten = draw(st.sampled_from([str, str, str.lower, lambda t: t.replace("-", ""), lambda t: f" {t}"]))
    around = draw(
        st.sampled_from(["{}", "{}", "{}", "{}", "TAG {}", "PUMP{}", "B {}", "{}-", "{}INLET", "{} 24V"])
    )
    beside = draw(one) if draw(st.integers(0, 9)) == 9 else ""
    return around.format(rewritten(text)) + beside


def spoiled(text: str, kind: str, place: int, character: str) -> str:
    if kind == "add":
        return text[:place] + character + text[place:]
    if kind == "drop":
        return text[:place] + text[place + 1 :]
    if kind == "swap":
        return text[:place] + character + text[place + 1 :]
    places = [i for i, c in enumerate(text) if c in BY_LOOKS]
    if not places:
        return text
    at = places[place % len(places)]
    return text[:at] + BY_LOOKS[text[at]] + text[at + 1 :]


@settings(max_examples=400, deadline=None)
@given(st.data(), lists, st.sampled_from([1.0, 1.0, 0.95, 0.86, 0.8, 0.7, 0.4, 0.0]))
def test_the_index_agrees_with_its_plain_twin(
    data: st.DataObject, assets: list[Asset], confidence: float
) -> None:
    index, twin = AssetIndex.build(assets), Twin(assets)
    for text in data.draw(st.lists(texts(assets), min_size=1, max_size=6)):
        assert brief(index.match([text], [confidence])[0]) == twin.match(text, confidence), text
