"""Whatever the members of an archive are called and however it is damaged, nothing is written elsewhere."""

import io
import tempfile
import warnings
import zipfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from localcdf.functions.archives import ArchiveError, remove, unpack

PARTS = st.one_of(
    st.sampled_from(["..", ".", "", "a", "b", "a.py", "C:", "~", "%2e%2e", "\\..\\x", "con", "．．"]),
    st.text(max_size=6),
)
NAMES = st.lists(PARTS, max_size=5).map("/".join)
MODES = st.sampled_from([0, 0o100644, 0o040755, 0o120777, 0o020600])


def archive_of(names: list[tuple[str, int]]) -> bytes:
    content = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(content, "w") as archive:
        warnings.simplefilter("ignore")  # of names that come twice
        for n, (name, mode) in enumerate(names):
            info = zipfile.ZipInfo("?")
            info.filename = name  # as it is: the constructor makes it harmless
            info.external_attr = mode << 16
            archive.writestr(info, f"/etc/passwd {n}")
    return content.getvalue()


def assert_nothing_outside(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as place:
        outer = Path(place)
        (outer / "some.zip").write_bytes(content)
        inner = outer / "deep" / "folder"
        inner.parent.mkdir()
        try:
            unpack(outer / "some.zip", inner)
            expected = {outer / "some.zip", inner.parent, inner}
        except ArchiveError:
            expected = {outer / "some.zip", inner.parent}
        there = set(outer.rglob("*"))
        assert {each for each in there if not each.is_relative_to(inner)} | expected == expected
        assert expected <= there
        assert not any(each.is_symlink() for each in there)
        remove(inner)


@given(st.lists(st.tuples(NAMES, MODES), max_size=6))
def test_nothing_is_written_outside_the_folder(names: list[tuple[str, int]]) -> None:
    try:
        content = archive_of(names)
    except (UnicodeError, ValueError):  # a name that no zip can hold
        return
    assert_nothing_outside(content)


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), min_size=1, max_size=4))
def test_a_damaged_archive_is_refused_or_unpacked_inside(changes: list[tuple[int, int]]) -> None:
    content = bytearray(archive_of([("a/", 0), ("a/b.py", 0o100644), ("c.txt", 0)]))
    for place, value in changes:
        content[place % len(content)] = value
    assert_nothing_outside(bytes(content))
