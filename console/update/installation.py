"""Versions side by side: ``BASE/versions/VERSION`` each, ``BASE/current`` a link to the one in use.

Changing the link is one renaming, so a cut of power leaves the old version or the new one in use,
never half of each. ``BASE/previous`` is the one to go back to.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

from console.signing import read_public
from console.text import tr
from console.update.release import Build, Found
from drivers.files import FileError

BUILD_FILE = "build.json"
KEY_FILE = "release.pub"
PROGRAM = "tankside"
_SELF_TEST_S = 180.0
_START_S = 30.0
_SPARE_BYTES = 200 * 2**20
_MOST_FILES = 10_000
Tell = Callable[[str], None]


class Installation:
    """One BASE folder."""

    def __init__(self, base: Path) -> None:
        self.base = base

    @classmethod
    def running(cls) -> Installation | None:
        """Return the installation that this program runs from; None for any other way to run it."""
        program = Path(sys.executable).resolve()
        versions = program.parent.parent
        is_ours = getattr(sys, "frozen", False) and versions.name == "versions"
        return cls(versions.parent) if is_ours else None

    @property
    def current(self) -> Path | None:
        """The folder of the version in use."""
        return self._linked("current")

    @property
    def previous(self) -> Path | None:
        """The folder of the version to go back to."""
        return self._linked("previous")

    @property
    def build(self) -> Build:
        """The version in use; raises FileError where there is none."""
        if self.current is None:
            raise FileError(
                tr("{folder}: no version of Tankside is installed there", folder=self.base)
            )
        return build_of(self.current)

    @property
    def trusted_key(self) -> str:
        """The key that releases are taken from, 64 hex digits, or empty; raises FileError."""
        path = self.base / KEY_FILE
        return read_public(path) if path.exists() else ""

    def install(self, found: Found, tell: Tell) -> Path:
        """Install a checked release, try it and put it in use; returns its folder.

        Raises FileError with the version before still, or again, in use.
        """
        target = self.base / "versions" / found.release.version
        if target.exists():
            raise FileError(tr("{folder} is there already", folder=target))
        staged = target.with_name(f"{target.name}.new")
        try:
            self._unpack(found, staged)
            tell(tr("Trying {version} before it is used …", version=found.release.version))
            _try(staged, tell)
            staged.rename(target)
        except OSError as error:
            raise FileError(f"{staged}: {error.strerror or error}") from None
        finally:
            shutil.rmtree(staged, ignore_errors=True)
        self._keep_key(found)
        self._use(target)
        return target

    def back(self) -> Path:
        """Put the version before in use again; raises FileError where there is none."""
        before, now = self.previous, self.current
        if before is None or now is None:
            raise FileError(tr("{folder}: there is no version to go back to", folder=self.base))
        _starts(before)
        self._link("current", before)
        self._link("previous", now)
        return before

    def _use(self, target: Path) -> None:
        """Change over, and back where the new version does not start from its place."""
        before = self.current
        if before is not None:
            self._link("previous", before)
        self._link("current", target)
        try:
            _starts(self.base / "current")
        except FileError as error:
            if before is not None:
                self._link("current", before)
            shutil.rmtree(target, ignore_errors=True)
            raise FileError(
                tr("{error} The version before is in use again.", error=error)
            ) from None

    def _unpack(self, found: Found, staged: Path) -> None:
        release = found.release
        shutil.rmtree(staged, ignore_errors=True)
        staged.mkdir(parents=True)
        if shutil.disk_usage(staged).free < release.unpacked_bytes + _SPARE_BYTES:
            needed = (release.unpacked_bytes + _SPARE_BYTES) // 10**6
            raise FileError(tr("{folder}: {size} MB must be free", folder=self.base, size=needed))
        path = found.folder / release.program
        try:
            with tarfile.open(path, "r:*") as archive:
                members = _bounded(archive, release.unpacked_bytes, path)
                _extract(archive, members, staged)
        except (tarfile.TarError, EOFError, ValueError) as error:
            raise FileError(
                tr("{file}: cannot be unpacked: {error}", file=path, error=error)
            ) from None
        _lift(staged)
        if build_of(staged) != Build(release.version, release.number):
            raise FileError(tr("{file}: it holds another version than was signed", file=path))

    def _keep_key(self, found: Found) -> None:
        path = self.base / KEY_FILE
        if not path.exists():
            path.write_text(
                f"tankside-public-key/1 {found.signature.public_key}\n", encoding="ascii"
            )

    def _linked(self, name: str) -> Path | None:
        link = self.base / name
        folder = link.resolve()
        return folder if link.is_symlink() and folder.is_dir() else None

    def _link(self, name: str, folder: Path) -> None:
        made = self.base / f".{name}.new"
        with contextlib.suppress(FileNotFoundError):
            made.unlink()
        made.symlink_to(Path("versions") / folder.name)
        made.replace(self.base / name)


def build_of(program: Path) -> Build:
    """Return what a program's folder says it is; raises FileError."""
    path = program / BUILD_FILE
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return Build(str(told["version"]), int(told["number"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise FileError(f"{path}: cannot be read: {error}") from None


def _bounded(archive: tarfile.TarFile, most_bytes: int, path: Path) -> list[tarfile.TarInfo]:
    """Return the members, refusing an archive that holds more than was signed."""
    members, size = [], 0
    for member in archive:
        members.append(member)
        size += member.size
        if size > most_bytes or len(members) > _MOST_FILES:
            raise FileError(tr("{file}: it unpacks to more than was signed", file=path))
    return members


def _extract(archive: tarfile.TarFile, members: list[tarfile.TarInfo], folder: Path) -> None:
    """Unpack members below a folder and nowhere else; raises tarfile.TarError, ValueError.

    Python before 3.11.4 (Debian 12's among them) has no filter for that and takes our own.
    """
    if hasattr(tarfile, "data_filter"):
        archive.extractall(folder, members, filter="data")
        return
    root = folder.resolve()
    for member in members:
        _refuse_outside(member, root)
        member.uid, member.gid, member.uname, member.gname = os.getuid(), os.getgid(), "", ""
        member.mode &= 0o755
    archive.extractall(folder, members)


def _refuse_outside(member: tarfile.TarInfo, root: Path) -> None:
    """Raise ValueError for a member that is no file, folder or link inside, or leaves the root."""
    place = root / member.name
    target = place.parent / member.linkname if member.issym() else root / member.linkname
    inside = [place, *([target] if member.issym() or member.islnk() else [])]
    if not (member.isfile() or member.isdir() or member.issym() or member.islnk()):
        raise ValueError(f"{member.name!r} is neither file, folder nor link")
    for path in inside:
        if not Path(os.path.normpath(path)).is_relative_to(root):
            raise ValueError(f"{member.name!r} leaves its folder")


def _lift(staged: Path) -> None:
    """Take away the one folder that a tar has around everything."""
    inner = list(staged.iterdir())
    if len(inner) != 1 or not inner[0].is_dir():
        raise ValueError("it is not one folder")
    wrapped = staged.with_name(f"{staged.name}.inner")
    inner[0].rename(wrapped)
    staged.rmdir()
    wrapped.rename(staged)


def _try(program: Path, tell: Tell) -> None:
    done = _run([str(program / PROGRAM), "--selftest"], _SELF_TEST_S)
    for line in done.stdout.splitlines():
        tell(f"  {line}")
    if done.returncode:
        raise FileError(
            tr(
                "The new version fails its self-test here; the old one stays in use. {said}",
                said=done.stderr.strip()[-300:],
            )
        )


def _starts(program: Path) -> None:
    done = _run([str(program / PROGRAM), "--version"], _START_S)
    if done.returncode:
        raise FileError(
            tr("{program} does not start: {said}", program=program, said=done.stderr.strip()[-300:])
        )


def _run(command: list[str], limit_s: float) -> subprocess.CompletedProcess[str]:
    """Run a program of another version, with nothing of this frozen one in its environment."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("_PYI", "_MEIPASS"))}
    environment.pop("LD_LIBRARY_PATH", None)
    original = environment.pop("LD_LIBRARY_PATH_ORIG", None)
    if original:
        environment["LD_LIBRARY_PATH"] = original
    try:
        return subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=limit_s,
            env=environment,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return subprocess.CompletedProcess(command, 1, "", str(error))
