"""The frozen program: one folder with everything, the same to the byte whenever it is built.

What makes two builds the same: a fixed hash seed, the time of the last commit as every time that is
written, an own empty folder for PyInstaller's work, and nothing of the machine in the files.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SPEC = ROOT / "installer" / "tankside.spec"
NO_GIT_EPOCH_S = 1_735_689_600  # 2025-01-01, for a source tree without its history


class BuildError(Exception):
    """A release cannot be built: one sentence, and what to do."""


def source_date_epoch() -> int:
    """Return the second that every file of a release is dated to: SOURCE_DATE_EPOCH, else the last
    commit's, else a fixed one.
    """
    given = os.environ.get("SOURCE_DATE_EPOCH", "")
    if given.isdecimal():
        return int(given)
    command = ["git", "-C", str(ROOT), "log", "-1", "--format=%ct"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return NO_GIT_EPOCH_S
    return int(done.stdout) if done.returncode == 0 and done.stdout.strip() else NO_GIT_EPOCH_S


def freeze(out: Path) -> Path:
    """Build the program and return its folder, ``out/tankside``; raises BuildError.

    Whatever was there under that name is replaced.
    """
    work = out / "work"
    for folder in (work, out / "tankside"):
        shutil.rmtree(folder, ignore_errors=True)
    command = [sys.executable, "-m", "PyInstaller", "--noconfirm", "--clean", "--log-level=WARN"]
    command += ["--distpath", str(out), "--workpath", str(work), str(SPEC)]
    done = subprocess.run(command, cwd=ROOT, env=environment(work), check=False)
    shutil.rmtree(work, ignore_errors=True)
    if done.returncode:
        raise BuildError(f"PyInstaller ended with status {done.returncode}; its messages are above")
    program = out / "tankside"
    strip_python(program)
    _settle(program, source_date_epoch())
    return program


def environment(work: Path) -> dict[str, str]:
    """Return what PyInstaller runs in: nothing in it differs between two builds."""
    fixed = {
        "PYTHONHASHSEED": "1",
        "SOURCE_DATE_EPOCH": str(source_date_epoch()),
        "PYINSTALLER_CONFIG_DIR": str(work / "config"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return {**os.environ, **fixed}


def digests(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file below a folder, by its path with slashes, sorted."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            found[name] = f"-> {path.readlink()}"
        elif path.is_file():
            with path.open("rb") as file:
                found[name] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def size_bytes(folder: Path) -> int:
    """Return how many bytes the files below a folder hold, links not counted."""
    return sum(p.stat().st_size for p in folder.rglob("*") if p.is_file() and not p.is_symlink())


def strip_python(program: Path) -> None:
    """Take the debugging symbols out of the interpreter's own libraries (Linux): 24 MB of 270.

    Libraries of wheels are left alone: those that were patched after linking break.
    Raises BuildError where binutils is missing, because the result would differ without a word.
    """
    inside = program / "_internal"
    ours = [*inside.glob("libpython3*.so*"), *inside.glob("python3.*/lib-dynload/*.so")]
    if sys.platform != "linux" or not ours:
        return
    command = ["strip", "--strip-debug", *map(str, sorted(ours))]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        raise BuildError("strip is missing; install binutils") from None
    if done.returncode:
        raise BuildError(f"strip: {done.stderr.strip()}")


def _settle(folder: Path, epoch_s: int) -> None:
    """Give every file and folder one date and plain rights, whatever the builder's umask."""
    for path in sorted([folder, *folder.rglob("*")], reverse=True):
        if not path.is_symlink():
            runs = path.is_dir() or path.stat().st_mode & 0o100
            path.chmod(0o755 if runs else 0o644)
        os.utime(path, (epoch_s, epoch_s), follow_symlinks=False)
