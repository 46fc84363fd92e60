"""The folder that goes on the stick: packages, licences, SBOM, guide, and signed metadata."""

from __future__ import annotations

import hashlib
import shutil
import time
from importlib.metadata import version
from pathlib import Path

from console.signing import read_key, sign
from console.update.installation import build_of
from console.update.release import FORMAT, RELEASE, SIGNATURE, Release, ReleaseFile, system_name
from installer.freeze import BuildError, size_bytes
from installer.package import LICENCES, SBOM, deb, tar

_DAY_US = 86_400_000_000


def release(out: Path, program: Path, key: Path | None, days: float) -> Path:
    """Pack a frozen program into a signed release folder; raises BuildError, FileError."""
    if key is None:
        raise BuildError("a release is signed: name the private key with --key")
    folder = out / f"tankside-{version('tankside')}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    packed = tar(program, folder)
    deb(program, folder)
    for name in (LICENCES, SBOM, "operations.md"):
        shutil.copyfile(program / name, folder / name)
    sign_release(folder, program, packed.name, key, days)
    return folder


def sign_release(folder: Path, program: Path, packed: str, key: Path, days: float) -> Release:
    """Write and sign what names every file of a folder; ``packed`` is the program's tar."""
    now = time.time_ns() // 1000
    build = build_of(program)
    made = Release(
        format="tankside-release/1",
        version=build.version,
        number=build.number,
        system=system_name(),
        made_utc_us=now,
        expires_utc_us=now + round(days * _DAY_US),
        program=packed,
        unpacked_bytes=size_bytes(program) + 2**20,
        files=tuple(
            _told(path)
            for path in sorted(folder.iterdir())
            if path.name not in {RELEASE, SIGNATURE}
        ),
    )
    raw = made.model_dump_json(indent=1).encode("utf-8")
    (folder / RELEASE).write_bytes(raw)
    signature = sign(raw, FORMAT, read_key(key))
    (folder / SIGNATURE).write_text(signature.model_dump_json() + "\n", encoding="ascii")
    return made


def _told(path: Path) -> ReleaseFile:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return ReleaseFile(name=path.name, bytes=path.stat().st_size, sha256=digest)
