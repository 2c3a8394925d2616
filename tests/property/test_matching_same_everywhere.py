"""The same inputs give the same matches on every machine and in every order."""

import hashlib
import os
import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st

from image360.matching import Asset, AssetIndex

NAMES = [
    "21-PT-1019",
    "21-PT-1018",
    "21-PT-1016",
    "9-PSV-135",
    "9-PSV-13S",
    "9-TI-101",
    "45-PA-2001",
    "45-PA-2003",
]
ASSETS = [Asset(n, name, f"id-{name}", (f"SITE_{name}", "OLD-1-K")) for n, name in enumerate(NAMES)]
ASSETS += [Asset(100 + n, name) for n, name in enumerate(NAMES[:2])]
TEXTS = [
    *NAMES,
    "21-PT-1O16",
    "9-P5V-135",
    "OLD-1-K",
    "TAG 45-PA-2001",
    "45-PA-2001 / 45-PA-2003",
    "45-PA-200",
    "45-PA-2005",
    "PUMP",
]
PROGRAM = """
import sys
from test_matching_same_everywhere import answers
print(answers(reverse=sys.argv[1] == "reverse"))
"""


def answers(reverse: bool) -> str:
    index = AssetIndex.build(reversed(ASSETS) if reverse else ASSETS)
    said = [repr(m) for m in index.match(TEXTS)] + [str(index.explain(text)) for text in TEXTS]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()


def test_neither_the_hash_seed_nor_the_order_of_the_list_changes_an_answer() -> None:
    here = os.path.dirname(__file__)  # noqa: PTH120
    found = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM, order],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=here,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed, order in (("0", "as it is"), ("1", "reverse"), ("4242", "as it is"))
    }
    assert found == {answers(reverse=False) + "\n"}


@given(st.permutations(ASSETS), st.permutations(TEXTS))
def test_any_order_of_assets_and_texts_gives_the_same_matches(assets: list[Asset], texts: list[str]) -> None:
    expected = dict(zip(TEXTS, AssetIndex.build(ASSETS).match(TEXTS), strict=True))
    assert dict(zip(texts, AssetIndex.build(assets).match(texts), strict=True)) == expected
