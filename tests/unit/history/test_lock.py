"""One console records in a folder; the lock dies with its process, and names it while it lives."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from console.history.lock import FolderLock
from console.history.status import StorageReason
from console.history.trouble import StorageError

HOLD = (
    "import sys, time; from pathlib import Path; from console.history.lock import FolderLock\n"
    "lock = FolderLock(Path(sys.argv[1])); lock.acquire()\n"
    "print('held', flush=True); time.sleep(60)"
)


def test_the_second_is_told_who_has_it(tmp_path: Path) -> None:
    first, second = FolderLock(tmp_path), FolderLock(tmp_path)
    first.acquire()
    first.acquire()  # again is nothing new
    with pytest.raises(StorageError, match=rf"another console \(process {os.getpid()}\)") as caught:
        second.acquire()
    assert caught.value.reason is StorageReason.IN_USE
    assert str(tmp_path) in caught.value.sentence
    first.release()
    second.acquire()
    second.release()
    second.release()


def test_a_holder_without_a_name(tmp_path: Path) -> None:
    first, second = FolderLock(tmp_path), FolderLock(tmp_path)
    first.acquire()
    first.path.write_text("?")
    with pytest.raises(StorageError, match="in use by another console, so"):
        second.acquire()
    first.release()


def test_a_killed_holder_holds_no_longer(tmp_path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    with child:
        assert child.stdout is not None
        assert child.stdout.readline() == "held\n"
        lock = FolderLock(tmp_path)
        with pytest.raises(StorageError, match=f"process {child.pid}"):
            lock.acquire()
        child.kill()
        child.wait()
    lock.acquire()
    lock.release()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_child_that_outlives_its_parent_does_not_keep_it(tmp_path: Path) -> None:
    code = (
        "import os, sys, time; from pathlib import Path\n"
        "from console.history.lock import FolderLock\n"
        "lock = FolderLock(Path(sys.argv[1])); lock.acquire()\n"
        "pid = os.fork()\n"
        "if pid: print(pid, flush=True); os.kill(os.getpid(), 9)\n"
        "os.close(1); time.sleep(60)\n"
    )
    parent = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True, check=False
    )
    grandchild = int(parent.stdout)
    try:
        os.kill(grandchild, 0)
        lock = FolderLock(tmp_path)
        lock.acquire()
        lock.release()
    finally:
        os.kill(grandchild, 9)
