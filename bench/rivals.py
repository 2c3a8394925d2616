"""Ways to find the asset of a text: this project's matcher, and what people use instead."""

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import cast

import numpy as np

from bench.plant.figures import Answer, Link
from bench.plant.images import Scene
from bench.plant.lists import labels_of
from image360.matching import Asset, AssetIndex, Match, TextRegion

Ask = Callable[[Sequence[str], Sequence[float]], list[Answer]]
AskImage = Callable[[Scene], Answer]

_CELLS = 10**8  # of a matrix of likenesses, at one time


@dataclass(frozen=True)
class Matcher:
    """What a way makes of an asset list: it answers texts, and images too if it knows how to."""

    ask: Ask
    ask_image: AskImage | None = None

    def on_image(self, scene: Scene) -> Answer:
        """The links of an image; who knows nothing of images answers box by box."""
        if self.ask_image:
            return self.ask_image(scene)
        texts, confidences = [b.text for b in scene.boxes], [b.confidence for b in scene.boxes]
        return tuple(chain.from_iterable(self.ask(texts, confidences)))


Build = Callable[[Sequence[Asset]], Matcher]


def ours(assets: Sequence[Asset]) -> Matcher:
    """This project's matcher."""
    index = AssetIndex.build(assets)

    def on_image(scene: Scene) -> Answer:
        matches = index.match_regions([TextRegion(b.text, b.polygon, b.confidence) for b in scene.boxes])
        return tuple(chain.from_iterable(_links(match) for match in matches))

    return Matcher(lambda texts, sure: [_links(match) for match in index.match(texts, sure)], on_image)


def _links(match: Match) -> Answer:
    return tuple(
        Link(cast("int", each.asset.key), each.score, each.decision == "approve")
        for each in (match, *match.also)
        if each.asset
    )


def one_dict(assets: Sequence[Asset]) -> Matcher:
    """One look-up of the text as it stands."""
    known = _exact(assets)
    return Matcher(lambda texts, _: [known.get(text, ()) for text in texts])


def dict_of_keys(assets: Sequence[Asset]) -> Matcher:
    """One look-up of the text's key, by the matcher's own normaliser: what an index is measured by."""
    from image360.matching.normaliser import normalise

    keys: dict[str, int] = {}
    for text, place in labels_of(assets):
        keys[normalise(text)] = place

    def one(text: str) -> Answer:
        place = keys.get(normalise(text))
        return () if place is None else (Link(place, 1.0, approved=True),)

    return Matcher(lambda texts, _: [one(text) for text in texts])


def extract_one(assets: Sequence[Asset]) -> Matcher:
    """rapidfuzz.process.extractOne, approved from a ratio of 90."""
    from rapidfuzz import fuzz, process

    labels, places = _upper(assets)

    def one(text: str) -> Answer:
        near = process.extractOne(text.upper().strip(), labels, scorer=fuzz.ratio, score_cutoff=60)
        return (Link(places[near[2]], near[1] / 100, approved=near[1] >= 90),) if near else ()

    return Matcher(lambda texts, _: [one(text) for text in texts])


def cdist(assets: Sequence[Asset]) -> Matcher:
    """rapidfuzz.process.cdist over many texts at once, approved from a ratio of 90."""
    from rapidfuzz import fuzz, process

    labels, places = _upper(assets)
    step = max(1, _CELLS // len(labels))

    def some(texts: Sequence[str]) -> list[Answer]:
        asked = [text.upper().strip() for text in texts]
        likes = process.cdist(asked, labels, scorer=fuzz.ratio, score_cutoff=60, dtype=np.uint8, workers=-1)
        best = likes.argmax(axis=1).tolist()
        scores = likes[np.arange(len(texts)), best].tolist()
        return [
            (Link(places[i], score / 100, approved=score >= 90),) if score else ()
            for i, score in zip(best, scores, strict=True)
        ]

    return Matcher(lambda texts, _: list(chain.from_iterable(map(some, _batches(texts, step)))))


def symspell(assets: Sequence[Asset]) -> Matcher:
    """symspellpy within two edits, approved within one."""
    from symspellpy import SymSpell, Verbosity

    labels, places = _upper(assets)
    spell = SymSpell(max_dictionary_edit_distance=2)
    for label in labels:
        spell.create_dictionary_entry(label, 1)
    place_of = dict(zip(labels, places, strict=True))

    def one(text: str) -> Answer:
        near = spell.lookup(text.upper().strip(), Verbosity.CLOSEST, max_edit_distance=2)
        return (
            (Link(place_of[near[0].term], 1 - near[0].distance / 3, near[0].distance <= 1),) if near else ()
        )

    return Matcher(lambda texts, _: [one(text) for text in texts])


def tf_idf(assets: Sequence[Asset]) -> Matcher:
    """The cosine of two and three characters by scikit-learn and sparse_dot_topn, approved from 0.9."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sparse_dot_topn import sp_matmul_topn

    labels, places = _upper(assets)
    vectors = TfidfVectorizer(analyzer="char", ngram_range=(2, 3), lowercase=False, dtype=np.float32)
    listed = vectors.fit_transform(labels).T.tocsr()

    def some(texts: Sequence[str]) -> list[Answer]:
        asked = vectors.transform([text.upper().strip() for text in texts])
        near = sp_matmul_topn(asked, listed, top_n=1, threshold=0.5, n_threads=1)
        rows = (slice(*near.indptr[i : i + 2]) for i in range(len(texts)))
        found = ((near.indices[row].tolist(), near.data[row].tolist()) for row in rows)
        return [
            tuple(Link(places[i], like, approved=like >= 0.9) for i, like in zip(*row, strict=True))
            for row in found
        ]

    return Matcher(lambda texts, _: some(texts))


def difflib_recipe(assets: Sequence[Asset]) -> Matcher:
    """The documented recipe: the text as it stands, then difflib.get_close_matches, approved from 0.9."""
    known = _exact(assets)
    labels, places = zip(*labels_of(assets), strict=True)
    place_of = dict(zip(labels, places, strict=True))

    def one(text: str) -> Answer:
        near = difflib.get_close_matches(text, labels, n=1, cutoff=0.6) if text else []
        like = difflib.SequenceMatcher(None, near[0], text).ratio() if near else 0.0
        return tuple(Link(place_of[label], like * 0.999, like >= 0.9) for label in near)

    return Matcher(lambda texts, _: [known.get(text) or one(text) for text in texts])


def _exact(assets: Sequence[Asset]) -> dict[str, Answer]:
    """The one asset of each name, external id and alias."""
    found: dict[str, Answer] = {}
    for place, asset in enumerate(assets):
        answer = (Link(place, 1.0, approved=True),)
        for text in {asset.name, asset.external_id, *asset.aliases} - {None}:
            found[str(text)] = () if text in found else answer
    return found


def _upper(assets: Sequence[Asset]) -> tuple[list[str], list[int]]:
    pairs = labels_of(assets)
    return [text.upper() for text, _ in pairs], [place for _, place in pairs]


def _batches(texts: Sequence[str], step: int) -> list[Sequence[str]]:
    return [texts[start : start + step] for start in range(0, len(texts), step)]


OURS = "image360"
DICT = "one dict look-up"
KEYS = "a dict of the keys"
WAYS: dict[str, Build] = {
    OURS: ours,
    DICT: one_dict,
    KEYS: dict_of_keys,
    "symspellpy, 1 edit": symspell,
    "tf-idf, sparse_dot_topn >= 0.9": tf_idf,
    "rapidfuzz extractOne, ratio >= 90": extract_one,
    "rapidfuzz cdist, ratio >= 90": cdist,
    "exact, then difflib >= 0.9": difflib_recipe,
}
EVERY_SEED = (OURS, DICT, KEYS)
"""What is measured on every seed; the others, on the first."""
