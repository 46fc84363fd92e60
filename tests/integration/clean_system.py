"""A clean Debian system in a folder: only what a package depends on, of what is installed here.

It is put together from dpkg's own lists, so it needs no network: a library that the package forgot
to depend on is not there. Debian and Ubuntu only, as root (chroot).
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

BASE = (
    "base-files",
    "libc-bin",
    "coreutils",
    "dash",
    "dpkg",
    "tar",
    "diffutils",
    "sed",
    "grep",
    "gzip",
)
_STATUS = Path("/var/lib/dpkg/status")
_FIELD = re.compile(r"^(Pre-Depends|Depends|Provides): (.*)$", re.MULTILINE)
_MERGED = ("bin", "sbin", "lib", "lib64")


class NotHereError(Exception):
    """Such a system cannot be made on this machine: a sentence why."""


def packages_here() -> dict[str, str]:
    """Every installed package with its paragraph of dpkg's status; raises NotHereError."""
    try:
        text = _STATUS.read_text(encoding="utf-8")
    except OSError:
        raise NotHereError("this system is not made of Debian packages") from None
    found = {}
    for paragraph in text.split("\n\n"):
        name = re.search(r"^Package: (\S+)$", paragraph, re.MULTILINE)
        if name and "\nStatus: install ok installed\n" in f"\n{paragraph}\n":
            found[name.group(1)] = paragraph.strip("\n")
    return found


def closure(wanted: Iterable[str], here: dict[str, str]) -> list[str]:
    """The packages and everything that they depend on, sorted; raises NotHereError."""
    provided = _provided(here)
    found: set[str] = set()
    waiting = list(wanted)
    while waiting:
        alternatives = [re.split(r"[ (:]", part.strip())[0] for part in waiting.pop().split("|")]
        known = next((provided.get(a, a) for a in alternatives if provided.get(a, a) in here), None)
        if known is None:
            raise NotHereError(f"the package {alternatives[0]} is not installed here")
        if known in found:
            continue
        found.add(known)
        for kind, line in _FIELD.findall(here[known]):
            if kind != "Provides":
                waiting += line.split(",")
    return sorted(found)


def make(root: Path, wanted: Iterable[str]) -> None:
    """Fill a folder with the packages and what they need, and dpkg's list of just these."""
    here = packages_here()
    names = closure([*BASE, *wanted], here)
    for folder in ("usr", "etc", "var/lib/dpkg/info", "var/lib/dpkg/updates", "tmp", "root", "proc",
                   "dev", "run"):  # fmt: skip
        (root / folder).mkdir(parents=True, exist_ok=True)
    for folder in _MERGED:
        (root / "usr" / folder).mkdir()
        (root / folder).symlink_to(f"usr/{folder}")
    for name in names:
        for path in _files(name, here[name]):
            _take(path, root)
    (root / "tmp").chmod(0o1777)
    os.mknod(root / "dev/null", 0o20666, os.makedev(1, 3))
    os.mknod(root / "dev/urandom", 0o20666, os.makedev(1, 9))
    status = "\n\n".join(here[name] for name in names) + "\n\n"
    (root / "var/lib/dpkg/status").write_text(status, encoding="utf-8")
    (root / "usr/bin/sh").unlink(missing_ok=True)
    (root / "usr/bin/sh").symlink_to("dash")


def inside(root: Path, *words: str) -> list[str]:
    """The words as run in the system, with nothing of this one's environment."""
    clean = ["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LC_ALL=C.UTF-8"]
    return ["chroot", str(root), *clean, *words]


def _provided(here: dict[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, paragraph in here.items():
        for kind, line in _FIELD.findall(paragraph):
            if kind == "Provides":
                for part in line.split(","):
                    found.setdefault(re.split(r"[ (:]", part.strip())[0], name)
    return found


def _files(name: str, paragraph: str) -> list[Path]:
    architecture = re.search(r"^Architecture: (\S+)$", paragraph, re.MULTILINE)
    asked = (
        f"{name}:{architecture.group(1)}"
        if architecture and "\nMulti-Arch: same" in paragraph
        else name
    )
    done = subprocess.run(["dpkg-query", "-L", asked], capture_output=True, text=True, check=True)
    return [Path(line) for line in done.stdout.splitlines() if line.startswith("/")]


def _take(path: Path, root: Path) -> None:
    target = root / str(path).lstrip("/")
    if target.is_symlink() or target.exists() or not os.path.lexists(path):
        return
    if path.is_dir() and not path.is_symlink():
        target.mkdir(parents=True, exist_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    if not path.is_symlink() and path.is_relative_to("/usr"):
        try:
            os.link(path, target)  # nothing in there writes to a file that is there already
        except OSError:
            shutil.copy2(path, target)
        return
    shutil.copy2(path, target, follow_symlinks=False)
