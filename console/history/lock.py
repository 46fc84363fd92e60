"""One console at a time writes a folder: an operating-system lock that dies with its process."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import weakref
from pathlib import Path

from console.history.trouble import in_use

_TAKEN_ERRNO = {errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES, errno.EDEADLK}
_WINDOWS_LOCK_AT = 1 << 30  # Windows forbids reading locked bytes; the holder's id stays readable


class FolderLock:
    """The file ``console.lock`` in a folder, locked while this console records there.

    The lock belongs to the open file, so a crash or a kill frees it; the file itself stays and
    means nothing. It holds the process id of who has the lock, for the message to the others.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "console.lock"
        self._fd: int | None = None
        _locks.add(self)

    def acquire(self) -> None:
        """Take the lock; raises StorageError naming the process that holds it, or OSError."""
        if self._fd is not None:
            return
        fd = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)  # not inherited: PEP 446
        try:
            _lock(fd)
        except OSError as error:
            pid = _read_pid(fd)
            os.close(fd)
            if error.errno not in _TAKEN_ERRNO:
                raise
            raise in_use(self.path.parent, pid) from None
        self._fd = fd
        with contextlib.suppress(OSError):  # on a full disk the lock holds, only without a name
            os.ftruncate(fd, 0)
            os.write(fd, f"{os.getpid()}\n".encode("ascii"))

    def release(self) -> None:
        """Give the lock up; never raises."""
        if self._fd is not None:
            with contextlib.suppress(OSError):
                os.ftruncate(self._fd, 0)
                _unlock(self._fd)
        self.forget()

    def forget(self) -> None:
        """Close the file without unlocking what another process shares with this one."""
        fd, self._fd = self._fd, None
        if fd is not None:
            with contextlib.suppress(OSError):
                os.close(fd)


_locks: weakref.WeakSet[FolderLock] = weakref.WeakSet()


def _forget_all() -> None:
    for lock in list(_locks):
        lock.forget()


if hasattr(os, "register_at_fork"):
    # A child that outlives a killed console (a hung GPU call) must not keep the folder taken.
    os.register_at_fork(after_in_child=_forget_all)


def _read_pid(fd: int) -> int | None:
    with contextlib.suppress(OSError, ValueError):
        os.lseek(fd, 0, os.SEEK_SET)
        return int(os.read(fd, 32).decode("ascii"))
    return None


if sys.platform == "win32":
    import msvcrt

    def _lock(fd: int) -> None:
        os.lseek(fd, _WINDOWS_LOCK_AT, os.SEEK_SET)
        msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        os.lseek(fd, 0, os.SEEK_SET)

    def _unlock(fd: int) -> None:
        os.lseek(fd, _WINDOWS_LOCK_AT, os.SEEK_SET)
        msvcrt.locking(fd, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _lock(fd: int) -> None:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _unlock(fd: int) -> None:
        fcntl.flock(fd, fcntl.LOCK_UN)
