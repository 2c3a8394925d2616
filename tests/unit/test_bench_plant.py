"""The grown plant of the bench: reproducible, of every kind, and its truth right by construction."""

import ast
import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench import contest
from bench.plant import images, texts
from bench.plant.figures import Link, judge, places_of, wilson
from bench.plant.images import Scene, scenes
from bench.plant.lists import Plant, grow
from bench.plant.noise import bare, other_digit
from bench.plant.plates import Reader
from bench.plant.texts import Query, ask
from bench.rivals import DICT
from image360.geometry import direction_to_face_uv
from image360.matching import Asset

COUNT = 21_000
SEED = 3
ROOT = Path(__file__).parents[2]


class Echo(Reader):
    """Reads what is written, without an engine."""

    def read(self, random: np.random.Generator, text: str) -> tuple[str, float]:
        return text, 0.99

    def read_all(self, picture: np.ndarray) -> list[tuple[str, float, list[list[float]]]]:
        return []


@pytest.fixture(scope="module")
def plant() -> Plant:
    return grow(SEED, 12_000)


@pytest.fixture(scope="module")
def queries(plant: Plant) -> list[Query]:
    return ask(plant, SEED, COUNT, Echo())


@pytest.fixture(scope="module")
def drawn(plant: Plant) -> list[Scene]:
    return scenes(plant, SEED, 400, Echo())


DIGEST = f"""
import hashlib
from bench.plant.lists import grow
from bench.plant.texts import ask
from tests.unit.test_bench_plant import Echo
plant = grow({SEED}, 12_000)
print(hashlib.sha256(repr((plant, ask(plant, {SEED}, {COUNT}, Echo()))).encode()).hexdigest())
"""


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_a_seed_gives_the_same_plant_and_texts_whatever_the_hash_seed(
    hash_seed: str, plant: Plant, queries: list[Query]
):
    path = os.pathsep.join([str(ROOT / "functions"), str(ROOT)])
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": path}
    told = subprocess.run([sys.executable, "-c", DIGEST], env=environment, capture_output=True, check=True)
    assert told.stdout.decode().strip() == hashlib.sha256(repr((plant, queries)).encode()).hexdigest()


def test_seeds_give_different_plants(plant: Plant):
    other = grow(SEED + 1, 12_000)
    assert len({a.name for a in plant.assets} & {a.name for a in other.assets}) < 0.5 * len(plant.assets)


def test_a_longer_list_begins_with_the_shorter_and_has_the_same_texts(plant: Plant, queries: list[Query]):
    longer = grow(SEED, 30_000)
    assert longer.assets[:12_000] == plant.assets
    assert replace(longer, assets=plant.assets) == plant
    assert ask(longer, SEED, COUNT, Echo()) == queries


def test_a_list_has_as_many_assets_as_asked_for_each_key_its_place(plant: Plant):
    assert [asset.key for asset in plant.assets] == list(range(12_000))


def test_only_doubles_share_a_name(plant: Plant):
    shared = {key: places for key, places in places_of(plant.assets).items() if len(places) > 1}
    doubles = {bare(plant.assets[place].name or "") for place in plant.doubles}
    assert set(shared) == doubles
    assert all(len(places) == 2 for places in shared.values())


@pytest.mark.parametrize("size", [12_000, 60_000])
def test_what_is_unlisted_is_in_no_list_and_its_neighbours_are(size: int, plant: Plant):
    keys = places_of(grow(SEED, size).assets)
    assert not [tag for tag in (*plant.unlisted, *plant.children) if bare(tag) in keys]
    near = [
        tag
        for tag in plant.unlisted
        for at in (i for i, c in enumerate(tag) if c.isdigit())
        if any(bare(f"{tag[:at]}{digit}{tag[at + 1 :]}") in keys for digit in "0123456789")
    ]
    assert len(set(near)) > 0.6 * len(plant.unlisted)


def test_twins_differ_in_one_character(plant: Plant):
    for one, two in plant.twins:
        pair = plant.assets[one].name or "", plant.assets[two].name or ""
        assert sum(a != b for a, b in zip(*pair, strict=True)) == 1


def test_every_kind_of_text_is_there(plant: Plant, queries: list[Query]):
    kinds = {kind: [q for q in queries if q.kind == kind] for kind in texts.SHARES}
    assert min(len(each) for each in kinds.values()) >= 100
    places = places_of(plant.assets)
    assert sum(texts.is_settled(query, places) for query in queries) >= 20_000
    assert {0.0 <= q.confidence <= 1.0 for q in queries} == {True}


@pytest.mark.parametrize("kind", ["clean", "rewritten", "alias", "ocr"])
def test_a_text_that_is_not_spoiled_shows_its_asset(kind: str, plant: Plant, queries: list[Query]):
    places = places_of(plant.assets)
    for query in (query for query in queries if query.kind == kind):
        assert places[bare(query.text)] == set(query.assets)
        assert query.readable


@pytest.mark.parametrize("kind", ["words", "glued", "merged"])
def test_a_text_among_others_holds_the_tags_of_its_assets(kind: str, plant: Plant, queries: list[Query]):
    for query in (query for query in queries if query.kind == kind):
        assert query.assets
        assert all((plant.assets[place].name or "?") in query.text for place in query.assets)


def test_nothing_may_be_approved_on_traps_and_signs(queries: list[Query]):
    lures = [q for q in queries if (q.is_trap and q.kind != "trap twin") or q.is_sign]
    assert len(lures) > 0.3 * len(queries)
    assert not [q for q in lures if q.assets or q.readable]


@pytest.mark.parametrize("kind", ["trap missing", "trap part"])
def test_the_tag_of_a_trap_is_in_no_list(kind: str, plant: Plant, queries: list[Query]):
    places = places_of(plant.assets)
    assert not [q.text for q in queries if q.kind == kind and bare(q.text) in places]


def test_a_double_names_two_assets(plant: Plant, queries: list[Query]):
    places = places_of(plant.assets)
    assert {len(places[bare(q.text)]) for q in queries if q.kind == "trap double"} == {2}


def test_another_digit_is_one_digit_for_another():
    random = np.random.default_rng(1)
    for _ in range(100):
        read = other_digit(random, "21-PT-1019A")
        changed = [(a, b) for a, b in zip("21-PT-1019A", read, strict=True) if a != b]
        assert len(changed) == 1
        assert all(a.isdigit() and b.isdigit() for a, b in changed)


def test_a_text_that_became_another_listed_tag_is_set_aside(plant: Plant):
    places = places_of(plant.assets)
    one, two = (plant.assets[i].name or "" for i in (10, 11))
    assert not texts.is_settled(Query(one, 0.9, (11,), "noise", readable=True), places)
    assert texts.is_settled(Query(two, 0.9, (11,), "noise", readable=True), places)


def test_every_kind_of_image_is_there_and_its_truth_is_on_it(plant: Plant, drawn: list[Scene]):
    assert {scene.kind.removesuffix(", ocr") for scene in drawn} == set(images.SHARES)
    for scene in drawn:
        if scene.kind in ("single", "two lines", "two boxes", "three lines", "merged", "half listed"):
            letters = sorted("".join(sorted(bare("".join(b.text for b in scene.boxes)))))
            for place in scene.assets:
                name = bare(plant.assets[place].name or "")
                spoiled = sum(letters.count(c) < name.count(c) for c in set(name))
                assert spoiled <= len(scene.boxes)
        if scene.kind in ("far apart", "missing"):
            assert not scene.assets


def test_boxes_run_to_the_right_and_down_in_px_and_on_the_sphere(drawn: list[Scene]):
    boxes = [box for scene in drawn for box in scene.boxes]
    assert {box.polygon.shape[1] for box in boxes} == {2, 3}
    for box in boxes:
        if box.polygon.shape[1] == 2:
            u, v = box.polygon.T
        else:
            assert np.allclose(np.linalg.norm(box.polygon, axis=1), 1.0)
            face, u, v = direction_to_face_uv(box.polygon)
            if set(np.atleast_1d(face).tolist()) != {"front"}:
                continue
        assert u[1] > u[0]
        assert v[3] > v[0]


def test_a_picture_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    reads: list[int] = []

    class Engine:
        def read_line(self, picture: np.ndarray) -> tuple[str, float]:
            reads.append(1)
            return "21-PT-1019", 0.98

    monkeypatch.setattr("bench.plant.plates.engine_named", lambda name: Engine())
    kept = tmp_path / "kept.json"
    for _ in range(2):
        reader = Reader(kept)
        assert reader.read(np.random.default_rng(5), "21-PT-1019") == ("21-PT-1019", 0.98)
        reader.keep()
    assert len(reads) == 1


@pytest.mark.ocr
def test_the_real_engine_reads_most_plates(tmp_path: Path, plant: Plant):
    random, reader = np.random.default_rng(SEED), Reader(tmp_path / "kept.json")
    names = [asset.name or "" for asset in plant.assets[:40]]
    right = sum(texts.is_readable(reader.read(random, name)[0], name) for name in names)
    assert right > len(names) / 2


def test_who_knows_the_truth_has_every_figure_at_its_best(plant: Plant, queries: list[Query]):
    answers = [(Link(q.assets[0], 1.0, approved=True),) if q.assets else () for q in queries]
    quality = judge(queries, answers, places_of(plant.assets))
    figures = quality.precision, quality.recall, quality.frontier[0.999], quality.shown, quality.abstention
    assert figures == (1.0, 1.0, 1.0, 1.0, 1.0)
    assert quality.signs == 0


def test_who_always_approves_falls_for_every_trap(plant: Plant, queries: list[Query]):
    quality = judge(queries, [(Link(0, 1.0, approved=True),)] * len(queries), places_of(plant.assets))
    assert quality.precision < 0.01
    assert quality.abstention < 0.01
    assert quality.signs == sum(c.texts for kind, c in quality.kinds.items() if kind.startswith("sign"))


def test_the_frontier_is_the_recall_down_to_the_score_that_keeps_the_precision():
    assets = (Asset(0, "21-PT-1019"),)
    asked = [Query(f"text {i}", 1.0, (0,), "noise", readable=True) for i in range(4)]
    answers = [(Link(0, 0.9, approved=False),), (Link(0, 0.8, approved=False),)]
    wrong = [(Link(1, 0.7, approved=False),), (Link(0, 0.6, approved=False),)]
    assert judge(asked, answers + wrong, places_of(assets)).frontier[0.995] == 0.5


@pytest.mark.parametrize(("part", "whole", "low"), [(10, 10, 0.7225), (0, 10, 0.0), (95, 100, 0.8882)])
def test_the_interval_is_wilsons(part: int, whole: int, low: float):
    # Reference: statsmodels.stats.proportion.proportion_confint(part, whole, method="wilson")
    assert wilson(part, whole) == pytest.approx(low, abs=5e-5)


def test_a_way_is_measured_in_a_process_of_its_own(
    tmp_path: Path, plant: Plant, queries: list[Query], drawn: list[Scene]
):
    file = tmp_path / "questions"
    contest.write(contest.Questions(plant.assets, tuple(queries), tuple(drawn)), file)
    reply = contest.reply_of(DICT, file, 60.0)
    assert (len(reply.answers), len(reply.on_images)) == (len(queries), len(drawn))
    quality = judge(queries, reply.answers, places_of(plant.assets))
    assert quality.kinds["clean"].found == quality.kinds["clean"].texts
    assert reply.ms > 0
    # A dict of so many labels, its keys and values being there anyway.
    assert 0.5 < contest.weight_of(DICT, file) < 20


def test_the_plant_knows_nothing_of_how_the_matcher_decides():
    for file in (ROOT / "bench" / "plant").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("image360.matching"):
                assert node.module == "image360.matching"
                assert [name.name for name in node.names] == ["Asset"]
