"""A slow, plain twin of the matcher, written from its rules alone; the index must agree with it everywhere.

The twin knows no index: it compares a text with every name, external id and alias, letter by letter. The
rules: docs/decisions/0003-levels-instead-of-one-score.md.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise, product
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from image360.matching import Asset, AssetIndex, LearnedAlias, LearnedRejection, Lesson, Match
from image360.matching.words import ABBREVIATIONS, COMMON_WORDS, REFERENCES

# Which letters look like which digit, how often one is read for the other, and what else looks alike.
TIMES = {
    "5S": 440,
    "8B": 333,
    "0O": 289,
    "0Q": 207,
    "1I": 112,
    "1T": 44,
    "0D": 40,
    "2Z": 32,
    "4A": 29,
    "6G": 26,
}
TIMES |= {"1L": 9}
LOOKS_LIKE = {"0": "ODQ", "1": "ILT", "2": "Z", "4": "A", "5": "S", "6": "G", "8": "B"}
ALIKE = ["0ODQ", "1ILTU", "2Z", "4A", "5S", "6CG", "8B", "EF", "HMN", "KX", "PR", "VY"]
READ_RIGHT = 10_000
TRUST = {"exact": 0.995, "normalised": 0.99, "alias": 0.98, "misread": 0.97, "partial": 0.96, "fuzzy": 0.8}
TRUST |= {"learned": 0.98}
WELL_READ = 0.7
UNITS = [
    "V",
    "VAC",
    "VDC",
    "MA",
    "HZ",
    "KHZ",
    "KW",
    "MW",
    "KVA",
    "BAR",
    "BARG",
    "BARA",
    "MBAR",
    "PSI",
    "KPA",
    "MPA",
    "KG",
    "TON",
    "MM",
    "CM",
    "RPM",
    "ST",
    "ND",
    "RD",
    "TH",
]


@dataclass(frozen=True)
class Label:
    text: str
    kind: str
    asset: Asset

    @property
    def key(self) -> str:
        return key_of(self.text)

    @property
    def order(self) -> Any:
        a = self.asset
        return (a.name or "", a.external_id or "", a.aliases, a.description or "", str(a.key), self.text)


@dataclass
class Found:
    """``keeps``: what each reason against an approval leaves of the score; ``lifted``: such reasons as go
    once people have confirmed the text; ``plain``: one that nobody can take away.
    """

    level: str
    labels: list[Label]
    keeps: list[float] = field(default_factory=list)
    lifted: list[float] = field(default_factory=list)
    plain: bool = False
    penalty: float = 0.0
    also: tuple["Found", ...] = ()


# Plain words for plain (ASCII) texts; what Unicode adds is tested by itself.
def key_of(text: str) -> str:
    return "".join(c for c in text.upper() if c in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def gaps_of(text: str) -> list[str]:
    """What stands before each character of the key, and after the last."""
    return re.split("[0-9A-Za-z]", text)


def digits(text: str) -> list[str]:
    return re.findall("[0-9]+", text)


def letters(text: str) -> list[str]:
    return re.findall("[A-Z]+", text.upper())


def look_alike(one: str, other: str) -> bool:
    return other in LOOKS_LIKE.get(one, "") or one in LOOKS_LIKE.get(other, "")


def confused(read: str, true: str) -> list[int] | None:
    if len(read) != len(true):
        return None
    places = [i for i in range(len(read)) if read[i] != true[i]]
    return places if places and all(look_alike(read[i], true[i]) for i in places) else None


def likelihood(read: str, true: str, places: list[int]) -> int:
    total = 1
    for i in places:
        total *= READ_RIGHT if read[i] == true[i] else TIMES[min(read[i], true[i]) + max(read[i], true[i])]
    return total


def folded(key: str) -> str:
    return "".join(next((d for d, like in LOOKS_LIKE.items() if c in like), c) for c in key)


def form_of(key: str) -> str:
    """The key with all look-alikes written as one, letters among themselves too."""
    return "".join(next((group[0] for group in ALIKE if c in group), c) for c in key)


def edits(a: str, b: str) -> int:
    row = list(range(len(b) + 1))
    for i in range(1, len(a) + 1):
        above = row
        row = [i]
        for j in range(1, len(b) + 1):
            row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (a[i - 1] != b[j - 1])))
    return row[-1]


class Twin:
    def __init__(self, assets: list[Asset], lessons: list[Lesson]) -> None:
        self.assets = {asset.key: asset for asset in assets}
        self.learned = {each.key: each for each in lessons if isinstance(each, LearnedAlias)}
        self.rejected = [(each.key, each.asset) for each in lessons if isinstance(each, LearnedRejection)]
        counts = Counter(w for a in assets for w in set(letters(a.description or "")))
        self.common = COMMON_WORDS | {w for w, n in counts.items() if n >= 3}
        longer = {w for w in self.common if len(w) >= 4}
        self.known = COMMON_WORDS | ABBREVIATIONS | REFERENCES | longer
        self.folded = {folded(w) for w in self.known if len(w) >= 4}
        self.labels: list[Label] = []
        self.external_ids: list[Label] = []
        for asset in assets:
            if asset.name:
                self.labels.append(Label(asset.name, "name", asset))
                if asset.external_id and asset.external_id != asset.name:
                    self.external_ids.append(Label(asset.external_id, "external id", asset))
            elif asset.external_id:
                self.labels.append(Label(asset.external_id, "external id", asset))
            self.labels += [Label(alias, "alias", asset) for alias in asset.aliases]
        self.labels = sorted((x for x in self.labels if x.key), key=lambda x: x.order)
        self.tags = [x for x in self.labels if self.strength(x) == "tag"]
        self.separators = self.common_separators()

    def strength(self, label: Label) -> str:
        key, words, numbers = label.key, letters(label.text), digits(label.key)
        if not numbers:
            return "word" if len(key) < 4 or any(w in self.common for w in words) else "weak"
        if len(key) < 3 or (not words and len(key) < 4):
            return "word"
        plain = all(w in COMMON_WORDS and len(w) > 3 for w in words) and all(len(n) < 3 for n in numbers)
        return "weak" if not words or len(key) == 3 or plain else "tag"

    def shape(self, key: str) -> str:
        return re.sub("[0-9]", "9", re.sub("[A-Z]", "A", key))

    def leading(self, key: str) -> str:
        return re.match("[0-9]*", key)[0]  # pyright: ignore[reportOptionalSubscript]

    def is_tag(self, key: str) -> bool:
        """Whether its shape, the leading number in that shape and the letter groups are known at the site."""
        like = [x.key for x in self.tags if self.shape(x.key) == self.shape(key)]
        if not any(self.leading(other) == self.leading(key) for other in like):
            return False
        first = {letters(x.key)[0] for x in self.tags}
        later = {group for x in self.tags for group in letters(x.key)[1:]}
        groups = letters(key)
        return groups[0] in first and all(group in later for group in groups[1:])

    def common_separators(self) -> set[str]:
        """What one name in ten has between its letters and digits."""
        inner = ["".join(gaps_of(x.text)[1:-1]) for x in self.tags if x.kind != "alias"]
        marks = {mark for gaps in inner for mark in gaps if mark != " "}
        counts = Counter(
            mark for x in self.tags if x.kind != "alias" for gap in gaps_of(x.text)[1:-1] for mark in gap
        )
        return {mark for mark in marks if counts[mark] >= 0.1 * len(inner)}

    def goes_on(self, gap: str, label: Label, end: int) -> bool:
        """Whether a text goes on at an end with a separator that such a tag has inside, and not there."""
        gaps = gaps_of(label.text)
        own = self.separators & set("".join(gaps[1:-1])) or self.separators - {"."}
        return any(mark in own and mark not in gaps[end] for mark in gap)

    def cut(self, text: str, label: Label) -> bool:
        gaps = gaps_of(text)
        return self.goes_on(gaps[0], label, 0) or self.goes_on(gaps[-1], label, -1)

    def marks(self, text: str, label: Label, places: Any = ()) -> list[float]:
        """What separators within a text speak against."""
        return [0.3] * self.parted_otherwise(gaps_of(text)[1:-1], label, places)

    def parted_otherwise(self, gaps: list[str], label: Label, places: Any) -> bool:
        """Whether separators stand where the label has none, while one is missing where it has some.

        Or one is missing beside a confused character, though others are there.
        """
        listed = gaps_of(label.text)[1:-1]
        missing = [i for i in range(len(listed)) if listed[i] and not gaps[i]]
        more = any(not listed[i] and set(gaps[i]) & self.separators for i in range(len(listed)))
        beside = any(i in places or i + 1 in places for i in missing)
        return any(gaps) and bool(missing) and (more or beside)

    def twins(self, label: Label) -> list[Label]:
        others = (x for x in self.tags if x.asset.key != label.asset.key)
        return [x for x in others if confused(label.key, x.key)]

    def whole(self, level: str, text: str, labels: list[Label]) -> Found | None:
        labels = [x for x in labels if self.strength(x) != "word"]
        if not labels:
            return None
        best = labels[0]
        found = Found(level, labels + self.twins(best), plain=self.strength(best) == "weak")
        if best.text != text:
            found.keeps = [0.5] * self.cut(text, best)
            found.lifted = self.marks(text, best)
        return found

    def find(self, text: str) -> Found | None:
        """What the list finds, and what people have confirmed of the text."""
        key = key_of(text)
        found = self.found_in_list(text, key)
        alias = self.learned.get(key)
        if alias is None or alias.asset not in self.assets:
            return None if found and self.is_rejected(key, found) else found
        asset = self.assets[alias.asset]
        strength = self.strength(Label(text, "alias", asset))
        labels = found.labels if found else [x for x in self.near(key) if x.asset.key != asset.key]
        others = [x for x in labels if x.asset.key != asset.key]
        if strength == "word" or (found and found.also):
            return found
        if found and found.level in ("exact", "normalised", "alias") and others:
            return found
        against = found.keeps + found.lifted + [0.6] * found.plain if found else []
        if found and not others and not against and TRUST[found.level] - found.penalty >= 0.9:
            return found
        plain = strength == "weak" or (found is not None and found.plain)
        if alias.always:
            return Found("learned", [Label(text, "alias", asset)], plain=plain)
        keeps = found.keeps if found else [0.4] * self.is_tag(key)
        return Found("learned", [Label(text, "alias", asset), *others], keeps, plain=plain)

    def is_rejected(self, key: str, found: Found) -> bool:
        """Whether people have rejected every asset that is only suggested for a text."""
        if found.also or found.level in ("exact", "normalised", "alias"):
            return False
        is_safe = not (found.keeps or found.lifted) and len({x.asset.key for x in found.labels}) == 1
        if is_safe and TRUST[found.level] - found.penalty >= 0.9:
            return False
        return all((key, x.asset.key) in self.rejected for x in found.labels)

    def found_in_list(self, text: str, key: str) -> Found | None:
        if not key:
            return None
        same = [x for x in self.labels if x.key == key]
        named = [x for x in same if x.kind != "alias"]
        if not any(x.text == text for x in named):
            named += [x for x in self.external_ids if x.text == text and self.strength(x) == "tag"]
        aliases = [x for x in same if x.kind == "alias"]
        for group in (named, aliases):
            group.sort(key=lambda x: (x.text != text, x.order))
        found = None
        if named and named[0].text == text:
            found = self.whole("exact", text, named)
        elif named:
            found = self.whole("normalised", text, named + aliases)
        found = found or (self.whole("alias", text, aliases) if aliases else None)
        return found or self.misread(text, key) or self.partial(text, key) or self.fuzzy(key)

    def misreadings(self, key: str) -> list[tuple[list[int], Label]]:
        found = [(places, x) for x in self.tags if (places := confused(key, x.key))] if digits(key) else []
        return sorted(found, key=lambda p: (len(p[0]), p[1].order))

    def misread(self, text: str, key: str) -> Found | None:
        near = self.misreadings(key)
        if not near:
            return None
        places, best = near[0]
        keeps = self.riddles(key, places, best) + [0.5] * self.cut(text, best)
        lifted = self.much(key, places) + self.marks(text, best, places)
        return Found("misread", [x for _, x in near], keeps, lifted, penalty=0.02 * (len(places) - 1))

    def much(self, key: str, places: list[int]) -> list[float]:
        """Whether a misreading would be too much of the text."""
        return [0.7] * (len(places) > len(key) // 2)

    def riddles(self, key: str, places: list[int], best: Label) -> list[float]:
        """What other tags speak against undoing a misreading."""
        choices = [key[i] + "".join(c for c in "".join(ALIKE) if look_alike(c, key[i])) for i in places]
        total = 1
        for choice in choices:
            total *= len(choice)
        if len(places) > 6 or total > 256:
            return [0.7]
        if self.is_tag(key):
            return [0.4]
        least = likelihood(key, best.key, places) / 4
        for chosen in product(*choices):
            other = list(key)
            for i, c in zip(places, chosen, strict=True):
                other[i] = c
            rival = "".join(other)
            if rival != best.key and likelihood(key, rival, places) >= least and self.is_tag(rival):
                return [0.6]
        return []

    def knows(self, token: str) -> bool:
        if token in self.known:
            return True
        wordy = sum(c.isdigit() for c in token) * 2 < len(token)
        return 4 <= len(token) <= 30 and wordy and self.is_made_of_words(folded(token))

    def is_made_of_words(self, token: str) -> bool:
        if token in self.folded:
            return True
        cuts = range(4, len(token) - 3)
        return any(token[:cut] in self.folded and self.is_made_of_words(token[cut:]) for cut in cuts)

    def clear(self, gap: str) -> bool:
        return any(mark not in self.separators for mark in gap)

    def borders(self, key: str, gaps: list[str]) -> list[int]:
        """Where a tag may begin or end."""
        cuts = [i for i in range(len(key) + 1) if i in (0, len(key)) or gaps[i]]
        found = set(cuts)
        for i in range(1, len(key)):
            if key[i - 1].isdigit() != key[i].isdigit():
                found.add(i)
        for start, end in pairwise(cuts):
            for i in range(start + 1, end):
                for word, border in ((key[start:i], i), (key[i:end], i)):
                    wordy = sum(c.isdigit() for c in word) * 2 < len(word)
                    if 4 <= len(word) < 30 and wordy and folded(word) in self.folded:
                        found.add(border)
        return sorted(found)

    def candidates(self, key: str, gaps: list[str]) -> list[tuple[int, int, list[Label], list[int]]]:
        """Spans between borders that are tags, exactly or misread: start, end, labels, confused places.

        A tag can begin where the text begins, at a clear gap, behind a word or where another one ends.
        """
        borders = self.borders(key, gaps)
        found: list[tuple[int, int, list[Label], list[int]]] = []
        for start, end in product(borders, borders):
            begins = start == 0 or self.clear(gaps[start]) or start in {e for _, e, _, _ in found}
            begins = begins or self.is_word(self.token(key, gaps, start - 1, -1))
            if begins and start < end and end - start < len(key):
                exact = [x for x in self.tags if x.key == key[start:end]]
                misread = self.misreadings(key[start:end])
                if exact:
                    found.append((start, end, exact + self.twins(exact[0]), []))
                elif misread:
                    found.append((start, end, [x for _, x in misread], misread[0][0]))
        return found

    def partial(self, text: str, key: str) -> Found | None:
        if not digits(key) or self.is_tag(key) or len(key) > 200:
            return None
        gaps = gaps_of(text)
        parts = self.standing(key, gaps)
        if parts:
            found = [self.part(key, *p, around=self.around(p, parts, key, gaps)) for p in parts]
        else:
            spans = self.cover(key)
            otherwise = any(self.parted_elsewhere(key, *pair) for pair in pairwise(spans))
            exact = [[x for x in self.tags if x.key == key[s:e]] for s, e in spans]
            found = [Found("partial", labels + self.twins(labels[0]), [0.6] * otherwise) for labels in exact]
        if not found:
            return None
        found[0].also = tuple(found[1:])
        return found[0]

    def part(
        self, key: str, start: int, end: int, labels: list[Label], places: list[int], around: Any
    ) -> Found:
        keeps, lifted = around
        if places:
            keeps = keeps + self.riddles(key[start:end], places, labels[0])
            lifted = lifted + self.much(key[start:end], places)
        return Found("partial", labels, keeps, lifted, penalty=0.02 * (len(places) - 1) if places else 0.0)

    def standing(self, key: str, gaps: list[str]) -> list[tuple[int, int, list[Label], list[int]]]:
        """The tags that stand by themselves; of those that overlap the longest."""
        found = self.candidates(key, gaps)
        found.sort(key=lambda p: (p[0] - p[1], len(p[3]), p[0]))
        starts, ends = {p[0] for p in found}, {p[1] for p in found}
        chosen: list[tuple[int, int, list[Label], list[int]]] = []
        for p in found:
            s, e, _, places = p
            at_start, at_end = s == 0, e == len(key)
            glued = not ((at_start or gaps[s]) and (at_end or gaps[e]))
            left = at_start or self.clear(gaps[s]) or (e - s >= 6 and s in ends)
            right = at_end or self.clear(gaps[e]) or (e - s >= 6 and e in starts)
            left = left or self.is_word(self.token(key, gaps, s - 1, -1))
            right = right or self.is_word(self.token(key, gaps, e, 1))
            free = all(e <= s2 or e2 <= s for s2, e2, _, _ in chosen)
            if free and left and right and not (places and glued):
                chosen.append(p)
        return sorted(chosen, key=lambda p: p[0])

    def is_word(self, token: str) -> bool:
        return (len(token) >= 3 and token.isalpha()) or self.knows(token)

    def token(self, key: str, gaps: list[str], place: int, step: int) -> str:
        """The characters from a place outwards up to a gap."""
        token = key[place]
        while 0 <= place + step < len(key) and not gaps[place + 1 if step > 0 else place]:
            place += step
            token = token + key[place] if step > 0 else key[place] + token
        return token

    def around(self, p: Any, parts: list[Any], key: str, gaps: list[str]) -> Any:
        """What around a tag speaks against it, for good and until people have confirmed the text."""
        start, end, labels, places = p
        keeps: list[float] = []
        lifted = [0.3] * self.parted_otherwise(gaps[start + 1 : end], labels[0], places)
        if start == 0:
            keeps += [0.5] * self.goes_on(gaps[0], labels[0], 0)
        elif start not in {e for _, e, _, _ in parts}:
            first = max([e for _, e, _, _ in parts if e < start], default=0)
            at = start - 1
            while at > first and not self.clear(gaps[at]):
                at -= 1
            token = self.written(key, gaps, at, start)
            keeps += [0.6] * (token in REFERENCES)
            is_caption = ":" in gaps[start] and ":" not in self.separators
            lifted += [0.5] * (not is_caption and self.may_belong(token, gaps[start]))
        if end == len(key):
            keeps += [0.5] * self.goes_on(gaps[-1], labels[0], -1)
        elif end not in {s for s, _, _, _ in parts}:
            last = min([s for s, _, _, _ in parts if s > end], default=len(key))
            at = end + 1
            while at < last and not self.clear(gaps[at]):
                at += 1
            lifted += [0.5] * self.may_belong(self.written(key, gaps, end, at), gaps[end])
        return keeps, lifted

    def written(self, key: str, gaps: list[str], start: int, end: int) -> str:
        return key[start] + "".join(gaps[i] + key[i] for i in range(start + 1, end))

    def may_belong(self, token: str, gap: str) -> bool:
        """Whether what stands beside a tag is neither words nor a measure."""
        clear = self.clear(gap)
        number = re.fullmatch("([0-9.,/+-]*[0-9])([A-Z%]+)", token.upper()) if len(token) < 16 else None
        if number and clear:
            amount, unit = number.groups()
            is_unit = (
                unit in UNITS or unit == "%" or (unit in ("A", "C", "W") and re.search("[0-9]{2}$", amount))
            )
            if is_unit and not re.match("0[0-9]", amount):
                return False
        if self.knows(token) and (clear or len(token) >= 4):
            return False
        if clear and self.is_tag(key_of(token)):
            return False
        groups = {group for x in self.tags for group in letters(x.key)}
        return not (token.isalpha() and len(token) >= 3 and clear and token not in groups)

    def cover(self, key: str, start: int = 0, left: int = 4) -> list[tuple[int, int]]:
        """The key as at most four tags without anything between them, the longest first."""
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

    def parted_elsewhere(self, key: str, one: tuple[int, int], two: tuple[int, int]) -> bool:
        cuts = (cut for cut in range(one[0] + 1, two[1]) if cut != one[1])
        return any(self.is_tag(key[one[0] : cut]) and self.is_tag(key[cut : two[1]]) for cut in cuts)

    def near(self, key: str) -> list[Label]:
        if not 5 <= len(key) <= 40:
            return []
        return [x for x in self.tags if 5 <= len(x.key) <= 40 and edits(form_of(key), form_of(x.key)) <= 1]

    def fuzzy(self, key: str) -> Found | None:
        if not digits(key):
            return None
        near = self.near(key)
        if not near:
            return None
        weights = [self.weight(key, x.key) for x in near]
        labels = [x for x, weight in zip(near, weights, strict=True) if weight == min(weights)]
        is_tag = self.is_tag(key)
        if len({x.asset.key for x in labels}) > (1 if is_tag else 3):
            return None
        keep = [self.nearness(key, labels[0].key, is_tag)]
        if keep == [1.0] and self.same_number(key, labels[0].key):
            return Found("fuzzy", labels, lifted=keep)
        return Found("fuzzy", labels, keep)

    def same_number(self, key: str, true: str) -> bool:
        """Whether all that differs is letters, and digits that look like what was read."""
        for edit in Levenshtein.editops(key, true):
            gone = "" if edit.tag == "insert" else key[edit.src_pos]
            come = "" if edit.tag == "delete" else true[edit.dest_pos]
            if form_of(gone) != form_of(come) and digits(gone + come):
                return False
        return True

    def weight(self, key: str, true: str) -> int:
        total = 0
        for edit in Levenshtein.editops(key, true):
            gone = "" if edit.tag == "insert" else key[edit.src_pos]
            come = "" if edit.tag == "delete" else true[edit.dest_pos]
            if gone and come and form_of(gone) == form_of(come):
                total += 30
            elif (gone + come).isdigit():
                total += 130
            else:
                total += 100
        return total

    def nearness(self, key: str, true: str, is_tag: bool) -> float:
        moved = digit_for_digit = at_an_end = False
        for edit in Levenshtein.editops(key, true):
            if edit.tag == "replace":
                digit_for_digit |= (key[edit.src_pos] + true[edit.dest_pos]).isdigit()
            else:
                moved = True
                at_an_end |= edit.src_pos == edit.dest_pos == 0
                at_an_end |= edit.src_pos >= len(key) - 1 and edit.dest_pos >= len(true) - 1
        if is_tag:
            return 0.6 if moved and not at_an_end else 0.1
        return 0.2 if at_an_end else 0.6 if digit_for_digit else 1.0

    def match(self, text: str, confidence: float) -> Any:
        return self.decide(self.find(text), confidence)

    def decide(self, found: Found | None, confidence: float) -> Any:
        if found is None:
            return ("none", None, None, None, 0.0, [])
        assets: list[Any] = []
        for x in found.labels:
            if x.asset.key not in assets:
                assets.append(x.asset.key)
        score = (TRUST[found.level] - found.penalty) * (1 - 0.1 * (1 - confidence)) / len(assets)
        if confidence < WELL_READ:
            score *= 0.9
        against = found.keeps + found.lifted + [0.6] * found.plain
        for keep in against:
            score *= keep
        approved = not against and len(assets) == 1 and score >= 0.9
        also = [self.decide(other, confidence) for other in found.also]
        second = assets[1] if len(assets) > 1 else None
        score = score if approved else min(score, 0.89)
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
separator = st.sampled_from(["-", "-", "-", "", " ", "_", "."])
tags = st.builds(
    "{}{}{}{}{}{}".format,
    st.sampled_from(["", "", "1", "21", "30"]),
    separator,
    st.sampled_from(["P", "PT", "PI", "TI", "PSV", "S", "LO", "FO", "FQ", "PUMP", "HV"]),
    separator,
    st.sampled_from(["1", "10", "101", "108", "135", "1019", "1018", "1808"]),
    st.sampled_from(["", "", "A", "B", "S", "-01", "-O1", "I"]),
)
WEAK = ["PUMP", "A", "100", "1019", "ZONE 2", "SEPARATOR", "X-", "=P1", "P101", "PT"]
labels = st.one_of(tags, tags, tags, st.sampled_from(WEAK))

BY_LOOKS = LOOKS_LIKE | {c: d for d, like in LOOKS_LIKE.items() for c in like}
CHARACTERS = "0123456789ABDGILOPQSTUVZabl -_/.#"
AROUND = [
    "TAG {}",
    "PUMP{}",
    "B {}",
    "{}-",
    "{}INLET",
    "{} 24V",
    "{}0UTLET",
    "FROM {}",
    "{} 63A",
    "{} 02A",
    "{} 2ND",
    "HV: {}",
    "{}-LIFTPUMP",
]
AROUND += [
    "{} QUUXOR",
    "{}QUUXOR",
    "{}QUUX",
    "PT {}",
    "{} PSV",
    "{}-LO",
    "{} LO",
    "{} M01",
    "VALVE: {} CLOSED",
    ".{}",
    "{}_",
]


def spoiled(text: str, kind: str, place: int, character: str) -> str:
    if kind == "add":
        return text[:place] + character + text[place:]
    if kind == "drop":
        return text[:place] + text[place + 1 :]
    if kind == "swap":
        return text[:place] + character + text[place + 1 :]
    if kind == "rewrite":
        return text[: place + 1] + "-" + text[place + 1 :].replace("-", "")
    places = [i for i, c in enumerate(text) if c in BY_LOOKS]
    if not places:
        return text
    at = places[place % len(places)]
    looks = BY_LOOKS[text[at]]
    return text[:at] + looks[place % len(looks)] + text[at + 1 :]


@st.composite
def near(draw: st.DrawFn, of: list[str], most: int) -> str:
    """One of some texts, spoiled so often at most."""
    text = draw(st.sampled_from(of))
    kinds = st.sampled_from(["confuse", "confuse", "confuse", "swap", "drop", "add", "rewrite"])
    for kind in draw(st.lists(kinds, max_size=most)):
        place = draw(st.integers(0, max(0, len(text) - 1)))
        text = spoiled(text, kind, place, draw(st.sampled_from(CHARACTERS)))
    return text


@st.composite
def lists(draw: st.DrawFn) -> list[Asset]:
    """A few tags, their look-alikes and neighbours."""
    families = draw(st.lists(labels, min_size=1, max_size=4))
    one = st.one_of(near(families, 2), near(families, 1), st.sampled_from(families))
    described = st.sampled_from([None, "separator inlet", "lift pump"])
    rows = st.tuples(
        st.one_of(one, one, one, st.none(), st.just("")),
        st.one_of(st.none(), st.none(), one),
        st.lists(one, max_size=1).map(tuple),
        described,
    )
    return [Asset(key, *row) for key, row in enumerate(draw(st.lists(rows, min_size=1, max_size=10)))]


@st.composite
def texts(draw: st.DrawFn, assets: list[Asset]) -> str:
    """A text of the list, or of its kind, as it stands or spoiled."""
    listed = [t for a in assets for t in (a.name, a.external_id, *a.aliases) if t]
    one = st.one_of(near(listed, 0), near(listed, 1), near(listed, 3), labels) if listed else labels
    text = draw(one)
    rewritten = draw(st.sampled_from([str, str, str.lower, lambda t: t.replace("-", ""), lambda t: f" {t}"]))
    around = draw(st.sampled_from(["{}"] * 8 + AROUND))
    beside = draw(st.sampled_from([None, None, None, None, " / ", " ", "-", ""]))
    other = "" if beside is None else beside + draw(one)
    return around.format(rewritten(text)) + other


@st.composite
def lessons(draw: st.DrawFn, assets: list[Asset], read: list[str]) -> list[Lesson]:
    """What people may have said of some of the texts: of any asset, one that is not listed too."""
    found: list[Lesson] = []
    for key in sorted({key_of(text) for text in read} - {""}):
        asset = draw(st.sampled_from([None, *(a.key for a in assets), "gone"]))
        if asset is not None:
            found.append(LearnedAlias(key, asset, draw(st.booleans())))
        others = [a.key for a in assets if a.key != asset and draw(st.booleans())]
        found += [LearnedRejection(key, other) for other in others]
    return found


@settings(max_examples=600, deadline=None)
@given(st.data(), lists(), st.sampled_from([1.0, 1.0, 0.95, 0.8, 0.69, 0.6, 0.59, 0.0]))
def test_the_index_agrees_with_its_plain_twin(
    data: st.DataObject, assets: list[Asset], confidence: float
) -> None:
    read = data.draw(st.lists(texts(assets), min_size=1, max_size=6))
    learned = data.draw(st.one_of(st.just([]), lessons(assets, read)))
    index, twin = AssetIndex.build(assets, learned=learned), Twin(assets, learned)
    for text in read:
        assert brief(index.match([text], [confidence])[0]) == twin.match(text, confidence), text
