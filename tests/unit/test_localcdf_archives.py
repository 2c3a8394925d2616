"""What may be unpacked, and that a refusal leaves nothing behind."""

import io
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from localcdf.functions import archives
from localcdf.functions.archives import ArchiveError, Bounds, remove, unpack

Unpacked = Callable[[bytes], Path]


def zip_of(*members: tuple[str | zipfile.ZipInfo, bytes], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip archive with these members, whatever they are called."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", packing) as archive:
        for name, data in members:
            archive.writestr(name, data, packing)
    return content.getvalue()


def member(name: str, mode: int = 0, flags: int = 0) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    info.flag_bits = flags
    return info


@pytest.fixture
def unpacked(tmp_path: Path) -> Unpacked:
    """Unpack a zip, given as bytes, into a folder of its own."""

    def do(content: bytes, bounds: Bounds | None = None) -> Path:
        (tmp_path / "some.zip").write_bytes(content)
        unpack(tmp_path / "some.zip", tmp_path / "folder", bounds)
        return tmp_path / "folder"

    return do


def assert_refused(
    unpacked: Callable[..., Path], tmp_path: Path, content: bytes, why: str, *bounds: Bounds
) -> None:
    with pytest.raises(ArchiveError, match=why):
        unpacked(content, *bounds)
    assert [each.name for each in tmp_path.iterdir()] == ["some.zip"]


def test_files_and_folders_come_out_as_they_went_in(unpacked: Unpacked) -> None:
    folder = unpacked(zip_of(("./", b""), ("handler.py", b"x = 1"), ("a/", b""), ("a/b/c.txt", b"\x00" * 9)))
    files = {str(each.relative_to(folder)): each.read_bytes() for each in folder.rglob("*") if each.is_file()}
    assert files == {"handler.py": b"x = 1", "a/b/c.txt": b"\x00" * 9}


def test_what_was_unpacked_is_read_only_and_can_still_be_removed(unpacked: Unpacked) -> None:
    folder = unpacked(zip_of(("a/b.txt", b"b")))
    assert {stat.S_IMODE(each.stat().st_mode) & 0o222 for each in (folder, *folder.rglob("*"))} == {0}
    remove(folder)
    assert not folder.exists()
    remove(folder)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("/etc/passwd", "absolute"),
        ("//host/share", "absolute"),
        ("C:/windows", "absolute"),
        ("c:evil", "absolute"),
        ("../evil", "leads out"),
        ("a/../../evil", "leads out"),
        ("a/..", "leads out"),
        ("a\\..\\evil", "backslash"),
        ("\\\\host\\share", "backslash"),
        ("a\nb", "control character"),
        ("x" * 256, "too long"),
        ("x/" * 600, "too long"),
        (".", "no name"),
    ],
)
def test_a_name_that_leads_elsewhere_is_refused(
    unpacked: Unpacked, tmp_path: Path, name: str, why: str
) -> None:
    assert_refused(unpacked, tmp_path, zip_of(("fine.txt", b"1"), (name, b"2")), why)


def test_a_name_with_a_nul_is_refused_and_not_cut(unpacked: Unpacked, tmp_path: Path) -> None:
    content = zip_of(("good.py_evil", b"1")).replace(b"good.py_evil", b"good.py\x00evil")
    assert_refused(unpacked, tmp_path, content, "control character")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK])
def test_links_and_devices_are_refused(unpacked: Unpacked, tmp_path: Path, kind: int) -> None:
    assert_refused(
        unpacked, tmp_path, zip_of((member("a", kind | 0o777), b"/etc/passwd")), "link or a device"
    )


def test_a_file_that_says_it_is_a_folder_is_refused(unpacked: Unpacked, tmp_path: Path) -> None:
    assert_refused(unpacked, tmp_path, zip_of((member("a", stat.S_IFDIR), b"1")), "neither")


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("twin", ["a.txt", "./a.txt", ".//a.txt", "a.txt/"])
def test_a_name_that_comes_twice_is_refused(unpacked: Unpacked, tmp_path: Path, twin: str) -> None:
    assert_refused(unpacked, tmp_path, zip_of(("a.txt", b"1"), (twin, b"2")), "twice")


def test_a_file_that_is_a_folder_as_well_is_refused(unpacked: Unpacked, tmp_path: Path) -> None:
    assert_refused(unpacked, tmp_path, zip_of(("a/b", b"1"), ("a", b"2")), "a file as well")


def test_the_number_of_members_is_bounded(unpacked: Callable[..., Path], tmp_path: Path) -> None:
    members = [(f"{n}", b"") for n in range(11)]
    assert_refused(unpacked, tmp_path, zip_of(*members), "11 members, more than 10", Bounds(entries=10))
    assert len(list(unpacked(zip_of(*members), Bounds(entries=11)).iterdir())) == 11


def test_20_000_members_are_refused(unpacked: Unpacked, tmp_path: Path) -> None:
    assert_refused(unpacked, tmp_path, zip_of(*((f"{n}", b"") for n in range(20_000))), "20000 members")


def test_a_list_of_members_too_large_to_be_read_is_refused(
    unpacked: Unpacked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "MAX_DIRECTORY_BYTES", 2**17)
    assert_refused(unpacked, tmp_path, zip_of(*((f"{n:0250}", b"") for n in range(500))), "list of members")


def test_a_bomb_is_refused(unpacked: Unpacked, tmp_path: Path) -> None:
    assert_refused(unpacked, tmp_path, zip_of(("zeros", bytes(20 * 2**20))), "unpacks to more than 16777216")


def test_the_unpacked_size_is_bounded(unpacked: Callable[..., Path], tmp_path: Path) -> None:
    content = zip_of(("a", bytes(600)), ("b", bytes(401)))
    assert_refused(unpacked, tmp_path, content, "more than 1000 bytes", Bounds(bytes=1000))
    assert unpacked(content, Bounds(bytes=1001)).is_dir()


def test_the_size_that_the_archive_states_is_not_believed(unpacked: Unpacked, tmp_path: Path) -> None:
    content = zip_of(("zeros", bytes(20 * 2**20)))
    stated = struct.pack("<I", 20 * 2**20)
    assert content.count(stated) == 2
    lying = content.replace(stated, struct.pack("<I", 5))
    assert_refused(unpacked, tmp_path, lying, "no sound zip archive")


def test_an_encrypted_member_is_refused(unpacked: Unpacked, tmp_path: Path) -> None:
    content = bytearray(zip_of(("secret", b"1")))
    content[content.index(b"PK\x03\x04") + 6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    assert_refused(unpacked, tmp_path, bytes(content), "encrypted")


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_another_packing_than_deflate_is_refused(unpacked: Unpacked, tmp_path: Path, packing: int) -> None:
    assert_refused(unpacked, tmp_path, zip_of(("a", bytes(99)), packing=packing), "deflate")


@pytest.mark.parametrize(
    "content",
    [b"", b"PK", b"no zip at all" * 99, zip_of(("a", b"1" * 99))[:-30]],
    ids=["empty", "start", "text", "cut"],
)
def test_what_is_no_zip_is_refused(unpacked: Unpacked, tmp_path: Path, content: bytes) -> None:
    assert_refused(unpacked, tmp_path, content, "no sound zip archive")


def test_changed_content_is_refused(unpacked: Unpacked, tmp_path: Path) -> None:
    content = zip_of(("fine", b"1"), ("a", b"unchanged"), packing=zipfile.ZIP_STORED)
    assert_refused(unpacked, tmp_path, content.replace(b"unchanged", b"unchanger"), "no sound zip archive")


def test_a_folder_that_is_there_is_never_written_to(unpacked: Unpacked, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(FileExistsError):
        unpacked(zip_of(("a", b"1")))
    assert list((tmp_path / "folder").iterdir()) == []
