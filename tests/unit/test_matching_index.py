"""Building, keeping and asking an index."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from image360.matching import Asset, AssetIndex, AssetIndexError

ASSETS = [
    Asset(("space", "a1"), "21-PT-1019", "WMT:1", ("OLD-72603-K",), "pressure"),
    Asset(("space", "a2"), "21-PT-1018"),
    Asset(7, "21-TT-1020", "x", (), None),
    Asset("k", None, "45-PA-2001"),
    Asset((1, ("two", 3)), "9-PSV-\ud80013É"),
]
TEXTS = ["21-PT-1019", "old 72603 k", "21-PT-1O18", "45 PA 2001", "PUMP", "21-TT-10", "TAG 21-PT-1018", ""]


def test_a_saved_index_matches_as_before(tmp_path: Path) -> None:
    index = AssetIndex.build(ASSETS)
    index.save(tmp_path / "index")
    loaded = AssetIndex.load(str(tmp_path / "index"))
    assert set(loaded.assets) == set(index.assets)
    assert loaded.rules == index.rules
    assert loaded.match(TEXTS) == index.match(TEXTS)
    assert {asset.key for asset in loaded.assets} == {asset.key for asset in ASSETS}


def test_the_same_assets_in_any_order_give_the_same_file(tmp_path: Path) -> None:
    AssetIndex.build(ASSETS).save(tmp_path / "one")
    AssetIndex.build(reversed(ASSETS)).save(tmp_path / "two")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


@pytest.mark.parametrize("key", [1.5, frozenset({1}), ("a", None), True])
def test_a_key_that_cannot_be_saved_is_named(tmp_path: Path, key: Any) -> None:
    index = AssetIndex.build([Asset(key, "21-PT-1019")])
    assert index.match(["21-PT-1019"])[0].decision == "approve"
    with pytest.raises(AssetIndexError, match="only strings, integers and tuples"):
        index.save(tmp_path / "index")


def changed(content: bytes, **header: object) -> bytes:
    head, rows = gzip.decompress(content).decode().split("\n", 1)
    return gzip.compress(f"{json.dumps(json.loads(head) | header)}\n{rows}".encode())


def test_a_damaged_foreign_or_other_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "index"
    AssetIndex.build(ASSETS).save(path)
    content = path.read_bytes()
    swapped = gzip.compress(gzip.decompress(content).replace(b"1019", b"1018"))
    others = [
        b"",
        b"hello",
        content[:-9],
        swapped,
        gzip.compress(b"{}"),
        gzip.compress(b"[]\n[]"),
        gzip.compress(b"\xff\n\xff"),
        changed(content, version=99),
        changed(content, normaliser=0),
        changed(content, format="other"),
    ]
    for other in others:
        path.write_bytes(other)
        with pytest.raises(AssetIndexError, match="Build the index again"):
            AssetIndex.load(path)
    with pytest.raises(AssetIndexError, match="missing"):
        AssetIndex.load(tmp_path / "missing")


@pytest.mark.parametrize(
    ("assets", "says"),
    [
        (None, "NoneType"),
        ([None], "Item 0"),
        ([Asset(1, "a"), {"name": "b"}], "Item 1 of the asset list is a dict"),
        ([Asset([1], "a")], "cannot be hashed"),  # pyright: ignore[reportArgumentType]
        ([Asset(1, 1019)], "name of asset 1 is a int"),  # pyright: ignore[reportArgumentType]
        ([Asset(1, "a", external_id=5)], "external_id of asset 1"),  # pyright: ignore[reportArgumentType]
        ([Asset(1, "a", aliases="A;B")], "aliases of asset 1 are a str"),  # pyright: ignore[reportArgumentType]
        ([Asset(1, "a", aliases=(None,))], "alias of asset 1, None"),  # pyright: ignore[reportArgumentType]
        ([Asset(1, "a", description=3)], "description of asset 1"),  # pyright: ignore[reportArgumentType]
    ],
)
def test_a_wrong_type_in_the_asset_list_is_named(assets: Any, says: str) -> None:
    with pytest.raises(AssetIndexError, match=says):
        AssetIndex.build(assets)


def test_aliases_may_come_as_a_list_or_none() -> None:
    listed = Asset(1, "21-PT-1019", aliases=["OLD-1019"])  # pyright: ignore[reportArgumentType]
    none = Asset(2, "21-PT-1018", aliases=None)  # pyright: ignore[reportArgumentType]
    index = AssetIndex.build([listed, none])
    assert index.match(["OLD-1019"])[0].level == "alias"
    assert index.assets[0].aliases == ("OLD-1019",)


def test_an_empty_list_matches_nothing() -> None:
    index = AssetIndex.build([])
    assert [m.decision for m in index.match([*TEXTS, "1O"])] == ["none"] * (len(TEXTS) + 1)


def test_assets_without_any_name_match_nothing() -> None:
    index = AssetIndex.build([Asset(1, None), Asset(2, ""), Asset(3, " - ", "--", ("", "…"))])
    assert [m.decision for m in index.match(["", " - ", "--", "…"])] == ["none"] * 4


def test_names_of_one_and_of_500_characters_are_fine() -> None:
    long = "21-PT-" + "7" * 494
    index = AssetIndex.build([Asset(1, "A"), Asset(2, long)])
    found = index.match([long, "A", long[:-1]])
    assert [m.decision for m in found] == ["approve", "none", "none"]
    assert all(len(m.reason) < 400 for m in found)


def test_confidences_outside_0_to_1_are_brought_inside() -> None:
    index = AssetIndex.build(ASSETS)
    strange = [float("nan"), -1.0, float("-inf"), 0.0, 1.0, 7.0, float("inf")]
    scores = [m.score for m in index.match(["21-PT-1018"] * len(strange), strange)]
    assert scores[0] == scores[1] == scores[2] == scores[3] < scores[4] == scores[5] == scores[6] <= 1.0


def test_there_must_be_as_many_confidences_as_texts() -> None:
    with pytest.raises(ValueError, match="shorter"):
        AssetIndex.build(ASSETS).match(["a", "b"], [1.0])


def test_explain_shows_the_way_to_a_decision() -> None:
    index = AssetIndex.build(ASSETS)
    said = str(index.explain("21-PT-1O18"))
    for part in ("'21-PT-1O18'", "21PT1O18", "alias: no alias", "O for 0", "approve 21-PT-1018"):
        assert part in said
    far = index.explain("21-PT-1O18-0712")
    assert far.match == index.match(["21-PT-1O18-0712"])[0]
    tried = [step.split(":")[0] for step in far.steps]
    assert tried == ["exact, normalised", "alias", "misread", "partial", "fuzzy"]


def test_explain_names_what_held_a_match_back() -> None:
    index = AssetIndex.build([Asset(1, "21-PT-1019"), Asset(2, "21-PT-1019")])
    assert "2 assets are equally near" in str(index.explain("21-PT-1019", 0.3))
