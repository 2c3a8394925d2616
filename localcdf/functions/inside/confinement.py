"""Keeps a process from writing anywhere but below one folder, where the kernel can: Linux with Landlock."""

import ctypes
import os
import sys

# From the kernel's linux/landlock.h.
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
PATH_BENEATH = 1
ASK_VERSION = 1
NO_NEW_PRIVILEGES = 38  # an option of prctl
WRITE_FILE = 1 << 1
# Removing and making of files, folders, devices, sockets, pipes and links.
CHANGE_FOLDERS = sum(1 << n for n in range(4, 13))
LINK_ACROSS = 1 << 13  # from version 2 on
TRUNCATE = 1 << 14  # from version 3 on
O_PATH = 0o10000000


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32))


def write_only_below(scratch: str) -> None:
    """Give up writing anywhere but below ``scratch``, in shared memory and to the null device.

    For good, and for all children. Does nothing where there is no Landlock.
    """
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(ASK_VERSION))
    if version < 1:
        return
    rights = WRITE_FILE | CHANGE_FOLDERS
    rights |= (LINK_ACROSS if version >= 2 else 0) | (TRUNCATE if version >= 3 else 0)
    handled = ctypes.c_uint64(rights)
    rules = _checked(
        libc.syscall(CREATE_RULESET, ctypes.byref(handled), ctypes.c_size_t(8), ctypes.c_uint32(0))
    )
    for path in (scratch, "/dev/shm", "/dev/null"):  # noqa: S108 the kernel's shared memory
        if os.path.exists(path):  # noqa: PTH110
            _allow(libc, rules, path, rights)
    _checked(libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0))
    _checked(libc.syscall(RESTRICT_SELF, rules, ctypes.c_uint32(0)))
    os.close(rules)


def _allow(libc: ctypes.CDLL, rules: int, path: str, rights: int) -> None:
    of_a_file = rights & (WRITE_FILE | TRUNCATE)
    place = os.open(path, O_PATH | os.O_CLOEXEC)
    rule = _Beneath(rights if os.path.isdir(path) else of_a_file, place)  # noqa: PTH112
    _checked(libc.syscall(ADD_RULE, rules, PATH_BENEATH, ctypes.byref(rule), ctypes.c_uint32(0)))
    os.close(place)


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"Landlock: {os.strerror(number)}")
    return result
