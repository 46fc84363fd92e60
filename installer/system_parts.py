"""Libraries of the operating system that the frozen program carries: whose they are, and licences.

PyInstaller copies what Qt and Python link against. Where dpkg knows the file, its package's
copyright file goes along; a file that nobody knows stops the build, for it may not be shipped.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from installer.freeze import BuildError

_LIBRARY_FOLDERS = (
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/usr/lib64",
    "/usr/lib",
)


@dataclass(frozen=True, slots=True)
class SystemPart:
    """A package of the builder's system: which of its files are carried, and its licences."""

    name: str
    version: str
    files: tuple[str, ...]
    text: str


def system_parts(program: Path) -> list[SystemPart]:
    """Return the packages whose libraries are in the program's folder, by name.

    The interpreter is one of them whoever built it. Raises BuildError for a library of nobody.
    """
    if sys.platform != "linux":
        return [_python()]
    inside = program / "_internal"
    names = sorted(f.name for f in inside.glob("lib*.so*") if not f.name.startswith("libpython"))
    links = {f.name for f in inside.iterdir() if f.is_symlink()}
    files: dict[str, list[str]] = {}
    for name in names:
        if name not in links:
            files.setdefault(_owner(name), []).append(name)
    return [_python(), *(_package(owner, found) for owner, found in sorted(files.items()))]


def _owner(library: str) -> str:
    for folder in _LIBRARY_FOLDERS:
        path = Path(folder) / library
        if path.exists():
            for candidate in _names_of(path):
                found = _said(["dpkg-query", "-S", candidate])
                if found:
                    return found.splitlines()[0].split(":")[0]
    raise BuildError(f"{library}: no package of this system owns it, so its licence is not known")


def _names_of(path: Path) -> Iterator[str]:
    """Yield what dpkg may call a file: itself or what it links to, below / or below /usr."""
    for name in (str(path), str(path.resolve())):
        yield name
        yield name.removeprefix("/usr")


def _package(name: str, files: Iterable[str]) -> SystemPart:
    version = _said(["dpkg-query", "-W", "-f=${Version}\n", name]).splitlines()[0]
    path = Path("/usr/share/doc") / name / "copyright"
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise BuildError(f"{path}: cannot be read: {error.strerror}") from None
    return SystemPart(name, version, tuple(files), text)


def _python() -> SystemPart:
    version = ".".join(map(str, sys.version_info[:3]))
    for path in _python_licences():
        if path.is_file():
            text = path.read_text(encoding="utf-8", errors="replace")
            return SystemPart("python", version, ("libpython",), text)
    raise BuildError("the licence of this Python is nowhere to be found")


def _python_licences() -> Iterator[Path]:
    base = Path(sys.base_prefix)
    short = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    yield base / "lib" / short / "LICENSE.txt"
    yield base / "LICENSE.txt"
    yield Path("/usr/share/doc") / short / "copyright"


def _said(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout if done.returncode == 0 else ""
