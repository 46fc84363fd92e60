"""The kit: wheels of everything with their hashes, for any machine with Python and no network.

``install.sh`` (or ``install.ps1``) in it makes a virtual environment and fills it with
``--no-index --require-hashes``; nothing else is asked for, and nothing is fetched.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from installer.freeze import ROOT, BuildError, source_date_epoch
from installer.package import FILES

REQUIREMENTS = ROOT / "installer" / "requirements.txt"
NOT_AT_RUN_TIME = frozenset({"hatchling", "editables", "pathspec", "trove-classifiers", "tomlkit"})
"""What only building asks for; ``requirements.txt`` holds it for set-ups from source."""
WINDOWS = ("--platform", "win_amd64", "--implementation", "cp")


def wheelhouse(
    folder: Path, extra: tuple[str, ...] = (), environment: Mapping[str, str] | None = None
) -> None:
    """Fetch every locked wheel into a folder, hashes checked; raises BuildError.

    ``extra`` are options of ``pip download`` and ``environment`` what markers see: without any,
    wheels for this system and Python.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="tankside-kit-") as passing:
        listing = Path(passing) / "requirements.txt"
        listing.write_text("".join(run_time_blocks(environment)), encoding="utf-8")
        command = [*_pip(), "download", "--no-deps", "--only-binary=:all:", "--require-hashes"]
        command += ["--disable-pip-version-check", "--quiet", "--no-input", *extra]
        command += ["-r", str(listing), "-d", str(folder)]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise BuildError("pip could not fetch the wheels; its messages are above")


def run_time_blocks(environment: Mapping[str, str] | None = None) -> Iterator[str]:
    """Yield the requirements that are needed at run time, each with its hashes.

    Markers are decided here, because pip decides them by the machine that it runs on.
    """
    from packaging.markers import Marker

    text = REQUIREMENTS.read_text(encoding="utf-8")
    for block in re.split(r"\n(?=[A-Za-z0-9])", text.split("\n", 1)[1]):
        name = re.match(r"[A-Za-z0-9._-]+", block)
        if not name or name.group().lower() in NOT_AT_RUN_TIME:
            continue
        head, *hashes = [line for line in block.splitlines() if line.strip()[:1] != "#"]
        pinned, _, marker = head.rstrip(" \\").partition(" ; ")
        if not marker or Marker(marker).evaluate(dict(environment or {})):
            yield "\n".join([f"{pinned} \\", *hashes]) + "\n"


def own_wheel(folder: Path) -> Path:
    """Build Tankside's own wheel into a folder and return it; raises BuildError."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(source_date_epoch())}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BuildError(f"the wheel could not be built: {done.stderr.strip()}")
    return next(folder.glob("tankside-*.whl"))


def kit(out: Path, wheels: Path | None = None) -> Path:
    """Make the kit's folder for this system and Python; returns it.

    ``wheels`` is a wheelhouse that was fetched before; without it, it is fetched now.
    """
    folder = out / "tankside-kit"
    shutil.rmtree(folder, ignore_errors=True)
    house = folder / "wheelhouse"
    if wheels is None:
        wheelhouse(house)
    else:
        shutil.copytree(wheels, house)
    own_wheel(house)
    (folder / "requirements.txt").write_text(requirements_of(house), encoding="utf-8")
    for name in ("kit-install.sh", "kit-install.ps1"):
        target = folder / name.removeprefix("kit-")
        shutil.copyfile(FILES / name, target)
        target.chmod(0o755)
    shutil.copyfile(ROOT / "docs" / "operations.md", folder / "operations.md")
    shutil.copyfile(ROOT / "LICENSE", folder / "LICENSE")
    return folder


def requirements_of(house: Path) -> str:
    """Return a list that names exactly the wheels of a folder, each with its SHA-256."""
    lines = []
    for wheel in sorted(house.glob("*.whl")):
        name, number = wheel.name.split("-")[:2]
        with wheel.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        lines.append(f"{name.replace('_', '-')}=={number} --hash=sha256:{digest}\n")
    return "".join(lines)


def packed(folder: Path) -> Path:
    """Put a kit into one ``.tar`` beside it (wheels are compressed already); returns the file."""
    path = folder.with_suffix(".tar")
    with tarfile.open(path, "w") as file:
        file.add(folder, folder.name, filter=_plain)
    return path


def _plain(info: tarfile.TarInfo) -> tarfile.TarInfo:
    info.uid = info.gid = 0
    info.uname = info.gname = "root"
    info.mtime = source_date_epoch()
    return info


def _pip() -> list[str]:
    """Return the command of this environment's pip, a dependency of sqlite-utils."""
    return [sys.executable, "-m", "pip"]
