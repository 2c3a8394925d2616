"""Unpacking of an archive that a stranger made: into a fresh folder and nowhere else, or not at all.

Nothing is believed that the archive says about itself: what comes out is counted while it comes out.
"""

import io
import os
import re
import shutil
import stat
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

PIECE = 2**20  # bytes inflated at a time
MAX_DIRECTORY_BYTES = 16 * 2**20  # of the list of members, which is read whole
MAX_NAME_BYTES = 255  # of one folder or file: what file systems take
MAX_PATH_BYTES = 1024
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
DRIVE = re.compile(r"[A-Za-z]:")


class ArchiveError(Exception):
    """The archive is refused; the message says why."""


@dataclass(frozen=True)
class Bounds:
    """How much an archive may hold."""

    entries: int = 10_000  # files and folders
    bytes: int = 512 * 2**20  # unpacked
    ratio: int = 100  # unpacked to packed
    harmless: int = 16 * 2**20  # unpacked bytes up to which the ratio does not matter


@dataclass(frozen=True)
class Member:
    """A member of an archive, with the place below the folder where it may go."""

    info: ZipInfo
    path: PurePosixPath


def unpack(archive: Path, folder: Path, bounds: Bounds | None = None) -> None:
    """Unpack a zip into ``folder``, which is made, and may be read but not written afterwards.

    Raises ``ArchiveError`` for an archive that is broken, encrypted or too large, or has a member that is
    no plain file or folder, is named twice or would land elsewhere; ``folder`` is not there then.
    """
    bounds = bounds or Bounds()
    folder.mkdir()
    try:
        with _BoundedFile(archive) as file, _opened(file) as opened:
            members = _members(opened, bounds)
            _write(opened, members, folder, min(bounds.bytes, _most(archive, bounds)))
        _protect(folder)
    except BaseException as error:
        remove(folder)
        if isinstance(error, FileExistsError):
            raise ArchiveError(f"two members have the same name on this machine: {error.filename}") from error
        raise


def remove(folder: Path) -> None:
    """Delete a folder with all that is in it, read-only or not, if it is there."""
    if not folder.exists():
        return
    folder.chmod(0o700)
    for place, folders, _ in os.walk(folder):
        for name in folders:
            if not (path := Path(place, name)).is_symlink():
                path.chmod(0o700)
    shutil.rmtree(folder)


class _BoundedFile(io.FileIO):
    """A file that gives no more at once than the largest list of members: zipfile reads that whole."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > MAX_DIRECTORY_BYTES:
            raise ArchiveError(f"its list of members is larger than {MAX_DIRECTORY_BYTES} bytes")
        return super().read(size) or b""


@contextmanager
def _sound() -> Iterator[None]:
    """Say in our words what Python's reader says of a broken archive, in its many ways."""
    try:
        yield
    except (
        BadZipFile,
        EOFError,
        NotImplementedError,
        OSError,
        ValueError,
        struct.error,
        zlib.error,
    ) as error:
        raise ArchiveError(f"it is no sound zip archive: {error}") from error


def _opened(file: io.FileIO) -> ZipFile:
    with _sound():
        return ZipFile(file)


def _pieces(opened: ZipFile, info: ZipInfo) -> Iterator[bytes]:
    with _sound(), opened.open(info) as packed:
        while piece := packed.read(PIECE):
            yield piece


def _most(archive: Path, bounds: Bounds) -> int:
    return max(bounds.harmless, bounds.ratio * archive.stat().st_size)


def _members(opened: ZipFile, bounds: Bounds) -> list[Member]:
    """Return what is to be written, folders before what is in them; refuse what may not be."""
    infos = opened.infolist()
    if len(infos) > bounds.entries:
        raise ArchiveError(f"it has {len(infos)} members, more than {bounds.entries}")
    members = [Member(info, _path(info)) for info in infos]
    seen: set[PurePosixPath] = set()
    for member in members:
        if member.path in seen:
            raise ArchiveError(f"{member.info.filename!r} is in it twice")
        seen.add(member.path)
        _check_kind(member.info)
    files = {member.path for member in members if not member.info.is_dir()}
    for member in members:
        if not files.isdisjoint(member.path.parents):
            raise ArchiveError(f"{member.info.filename!r} is in a folder that is a file as well")
    return members


def _path(info: ZipInfo) -> PurePosixPath:
    """Return where a member goes, relative to the folder."""
    name = info.orig_filename  # zipfile cuts the other one at a NUL
    if CONTROL.search(name) or "\\" in name:
        raise ArchiveError(f"{name!r} has a backslash or control character in its name")
    if not name:
        raise ArchiveError("a member has no name")
    if name.startswith("/") or DRIVE.match(name):
        raise ArchiveError(f"{name!r} is an absolute path")
    path = PurePosixPath(name)
    if ".." in path.parts:
        raise ArchiveError(f"{name!r} leads out of the folder")
    if any(len(part.encode()) > MAX_NAME_BYTES for part in path.parts) or len(name.encode()) > MAX_PATH_BYTES:
        raise ArchiveError(f"{name[:40]!r}... has too long a name")
    if path == PurePosixPath() and not info.is_dir():
        raise ArchiveError(f"{name!r} is no name for a file")
    return path


def _check_kind(info: ZipInfo) -> None:
    kind = stat.S_IFMT(info.external_attr >> 16)  # 0: made on a system that does not say
    if kind not in (0, stat.S_IFDIR if info.is_dir() else stat.S_IFREG):
        raise ArchiveError(f"{info.filename!r} is neither a file nor a folder, but a link or a device")
    if info.flag_bits & 1:
        raise ArchiveError(f"{info.filename!r} is encrypted")
    if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise ArchiveError(f"{info.filename!r} is packed in another way than deflate")


def _write(opened: ZipFile, members: list[Member], folder: Path, most: int) -> None:
    left = most
    for member in members:
        target = folder / member.path
        if member.info.is_dir():
            target.mkdir(parents=True, exist_ok=True)
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as unpacked:
            for piece in _pieces(opened, member.info):
                left -= len(piece)
                if left < 0:
                    raise ArchiveError(f"it unpacks to more than {most} bytes")
                unpacked.write(piece)


def _protect(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)
