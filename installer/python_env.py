"""The ``.venv`` folder: made, filled with the locked packages, checked in milliseconds afterwards.

A stamp inside says what it was filled from. While a set-up runs the stamp says "unfinished", so
one that was killed half-way is started afresh by the next run instead of being believed.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from installer.system_needs import Stop, say

if TYPE_CHECKING:
    from collections.abc import Iterator

INPUTS = (
    "pyproject.toml", "uv.lock", "installer/requirements.txt", "installer/requirements-dev.txt",
)  # fmt: skip
STAMP = "tankside-setup.json"
PROBE = "import sys; print(sys.prefix, *sys.version_info[:2], sep='\\n'); import pip"


class Environment:
    """The virtual environment of one checkout.

    ``uv`` is the path of uv, or None to use pip; both install the same versions by the same hashes.
    """

    def __init__(self, root: Path, uv: str | None) -> None:
        self.root, self.uv = root, uv
        self.folder = root / ".venv"
        self.programs = self.folder / ("Scripts" if os.name == "nt" else "bin")
        self.python = self.program("python")

    def program(self, name: str) -> Path:
        """Where a console script of the environment is (whether or not it is installed)."""
        return self.programs / (f"{name}.exe" if os.name == "nt" else name)

    def digest(self) -> str:
        """What the environment has to match: lock, project, place and interpreter."""
        found = hashlib.sha256()
        for name in INPUTS:
            found.update((self.root / name).read_bytes() + b"\0")
        found.update(f"{self.root}\0{os.path.realpath(self.python)}\0".encode())
        with contextlib.suppress(OSError):  # missing: then the interpreter is missing too
            found.update((self.folder / "pyvenv.cfg").read_bytes())
        return found.hexdigest()

    def stamp(self) -> dict[str, Any]:
        """What the last set-up left: digest and groups; empty when none finished or began."""
        try:
            found = json.loads((self.folder / STAMP).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def ready(self, groups: set[str]) -> bool:
        """Whether the environment holds these groups exactly as locked now."""
        stamp = self.stamp()
        return (
            self.python.exists()
            and groups <= set(stamp.get("groups", []))
            and stamp.get("digest") == self.digest()
        )

    def prepare(self, groups: set[str]) -> None:
        """Bring the environment in line with the lock; :class:`Stop` says why it could not."""
        with self._alone():
            if self.ready(groups):
                return
            try:
                before = self.stamp() if self.usable() else self._make()
                self._fill(groups | set(before.get("groups", [])), before)
            except OSError as error:
                raise Stop(f"The set-up could not change {self.folder}: {error}", 1) from error

    def _fill(self, groups: set[str], before: dict[str, Any]) -> None:
        self._write({"finished": False})
        say(f"installing the locked packages with {'uv' if self.uv else 'pip'}, hashes checked")
        for command in self._uv_commands(groups) if self.uv else self._pip_commands(groups):
            self._run(command, before)
        self._write({"finished": True, "digest": self.digest(), "groups": sorted(groups)})

    def _run(self, command: list[str], before: dict[str, Any]) -> None:
        env = os.environ | {"UV_PROJECT_ENVIRONMENT": str(self.folder), "PIP_USER": "0"}
        env.pop("VIRTUAL_ENV", None)
        nobody = subprocess.DEVNULL  # nothing here may wait for an answer
        done = subprocess.run(
            command, cwd=self.root, env=env, stdin=nobody, stdout=sys.stderr, check=False
        )
        if done.returncode:
            # pip and uv fetch everything before they change anything: what was there still is.
            self._write(before)
            tool = Path(command[0]).name if self.uv else "pip"
            raise Stop(f"{tool} could not install the packages; its message is above.", 1)

    def _uv_commands(self, groups: set[str]) -> Iterator[list[str]]:
        chosen = [word for group in ("build", *sorted(groups)) for word in ("--group", group)]
        sync = [str(self.uv), "sync", "--frozen", "--quiet", "--no-default-groups", *chosen]
        yield [*sync, "--no-install-project"]
        yield [*sync, "--no-build-isolation"]

    def _pip_commands(self, groups: set[str]) -> Iterator[list[str]]:
        listing = f"installer/requirements{'-dev' if 'dev' in groups else ''}.txt"
        install = [str(self.python), "-m", "pip", "install", "--no-input", "--no-deps"]
        install += ["--disable-pip-version-check", *([] if sys.stderr.isatty() else ["--quiet"])]
        yield [*install, "--require-hashes", "--only-binary", ":all:", "--requirement", listing]
        yield [*install, "--no-build-isolation", "--editable", "."]

    def usable(self) -> bool:
        """Whether what is there can be kept: it starts, is supported, finished, and not moved."""
        from installer.bootstrap import NEWEST, OLDEST

        if self.stamp().get("finished") is False or not self.python.exists():
            return False
        probe = [str(self.python), "-I", "-c", PROBE]
        try:
            done = subprocess.run(probe, capture_output=True, text=True, check=False)
        except OSError:
            return False  # made for another processor
        if done.returncode and not self.uv:
            return False  # no pip in it
        prefix, *version = [*done.stdout.splitlines(), "", "0", "0"][:3]
        supported = OLDEST <= (int(version[0]), int(version[1])) <= NEWEST
        same_place = os.path.realpath(prefix) == os.path.realpath(self.folder)
        return supported and same_place and not self._moved()

    def _moved(self) -> bool:
        """Whether its scripts start another folder's Python, as after a move or a copy."""
        pip = self.programs / "pip"
        return pip.is_file() and str(self.folder).encode() not in pip.read_bytes()[:1024]

    def _make(self) -> dict[str, Any]:
        self._clear()
        self.folder.mkdir()
        self._write({"finished": False})
        say(f"making {self.folder}")
        # From inside a virtual environment, build on the Python beneath: that one is not deleted.
        base = getattr(sys, "_base_executable", None) or sys.executable
        options = ["--prompt", "tankside", *(["--without-pip"] if self.uv else [])]
        make = [base, "-I", "-m", "venv", *options, str(self.folder)]
        done = subprocess.run(make, stdout=sys.stderr, check=False)
        if done.returncode:
            raise Stop("Python could not make a virtual environment; its message is above.", 1)
        return {"finished": False}

    def _clear(self) -> None:
        """Remove a broken environment; refuse to remove anything that is not one."""
        if self.folder.is_symlink() or self.folder.is_file():
            self.folder.unlink()
        if not self.folder.exists():
            return
        known = {"pyvenv.cfg", STAMP}
        names = {entry.name for entry in self.folder.iterdir()}
        if names and not names & known:
            raise Stop(f"{self.folder} is not a Python environment; move it away, then run again.")
        say(f"{self.folder} is incomplete or belongs to another Python or folder: starting afresh")
        shutil.rmtree(self.folder)

    def _write(self, stamp: dict[str, Any]) -> None:
        draft = self.folder / f"{STAMP}.new"
        draft.write_text(json.dumps(stamp), encoding="utf-8")
        draft.replace(self.folder / STAMP)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold off a second set-up of this checkout (not on Windows: it has no flock)."""
        with (self.root / "pyproject.toml").open("rb") as file:
            if sys.platform != "win32":
                import fcntl

                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    say("another set-up of this folder is running; waiting for it")
                    fcntl.flock(file, fcntl.LOCK_EX)
                except OSError:
                    say("this file system has no locks; do not run two set-ups at once")
            yield
