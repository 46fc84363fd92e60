"""A release folder: what it holds, who signed it, and whether it may be installed here.

``release.json`` is signed (``release.signature.json``) and names every other file with its hash.
"""

from __future__ import annotations

import hashlib
import json
import platform
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from console.history.trust.keys import fingerprint
from console.signing import RefusedFileError, Signature, same_fingerprint
from console.text import tr
from drivers.files import FileError, FileModel, parse

FORMAT = "tankside-release/1"
RELEASE, SIGNATURE = "release.json", "release.signature.json"
GUIDE = "docs/operations.md"
AHEAD_US = 86_400_000_000
_MOST_JSON_BYTES = 1024 * 1024


def _plain_name(name: str) -> str:
    if Path(name).name != name or name.startswith(".") or "\\" in name or ":" in name:
        raise ValueError(f"{name!r} is no name of a file in the folder")
    return name


class ReleaseFile(FileModel):
    """One file of the folder."""

    name: Annotated[str, AfterValidator(_plain_name)]
    bytes: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class Release(FileModel):
    """What is signed. ``number`` grows with every release; times are UTC microseconds.

    ``program`` is the tar that is installed and ``unpacked_bytes`` what it unpacks to. Versions
    numbered below ``from_number`` cannot be updated directly.
    """

    format: Literal["tankside-release/1"]
    version: str = Field(pattern=r"^[0-9]+(\.[0-9]+)*[A-Za-z0-9.+-]*$", max_length=40)
    number: int = Field(ge=1)
    from_number: int = Field(default=0, ge=0)
    system: str = Field(max_length=40)
    made_utc_us: int = Field(ge=0)
    expires_utc_us: int = Field(ge=0)
    program: str
    unpacked_bytes: int = Field(gt=0, le=4 * 2**30)
    files: tuple[ReleaseFile, ...] = Field(min_length=1, max_length=100)

    @model_validator(mode="after")
    def _the_program_is_listed(self) -> Self:
        if self.program not in {file.name for file in self.files}:
            raise ValueError(f"program: {self.program!r} is not among the files")
        return self


@dataclass(frozen=True, slots=True)
class Found:
    """A release whose signature is genuine; whether the key is trusted is still to be asked."""

    folder: Path
    release: Release
    signature: Signature


@dataclass(frozen=True, slots=True)
class Build:
    """What is installed: its version, and the number that grows with every release."""

    version: str
    number: int


def system_name() -> str:
    """Return this system as releases name it: ``linux-x86_64``."""
    return f"{sys.platform}-{platform.machine()}"


def read_release(folder: Path) -> Found:
    """Read a folder and prove the signature; raises FileError or RefusedFileError."""
    raw = _bytes(folder / RELEASE)
    told = _bytes(folder / SIGNATURE)
    signature = parse(Signature, _object(told, folder / SIGNATURE), folder / SIGNATURE, guide=GUIDE)
    if not signature.covers(raw, FORMAT):
        raise RefusedFileError(
            tr(
                "{file}: the signature is wrong: it was altered, or signed by somebody else",
                file=folder / RELEASE,
            )
        )
    path = folder / RELEASE
    return Found(folder, parse(Release, _object(raw, path), path, guide=GUIDE), signature)


def check(
    found: Found, here: Build, trusted: str, trust: str = "", now_us: int | None = None
) -> None:
    """Refuse a release that may not be installed over what is here; raises RefusedFileError.

    ``trusted`` is the key that releases are taken from, or empty; ``trust`` a fingerprint typed
    from paper, which lets in the first key and never replaces one.
    """
    now = time.time_ns() // 1000 if now_us is None else now_us
    _check_key(found, trusted, trust)
    release = found.release
    if release.system != system_name():
        raise RefusedFileError(
            tr(
                "The release is for {found}, this machine is {here}.",
                found=release.system,
                here=system_name(),
            )
        )
    if release.made_utc_us > now + AHEAD_US:
        raise RefusedFileError(
            tr(
                "The release was made on {day}, still to come: check this machine's clock.",
                day=_day(release.made_utc_us),
            )
        )
    if release.expires_utc_us < now:
        raise RefusedFileError(
            tr("The release expired on {day}; ask for a new one.", day=_day(release.expires_utc_us))
        )
    if release.number <= here.number:
        raise RefusedFileError(
            tr(
                "The release {found} (number {number}) is not newer than what is installed, {here} "
                "(number {kept}).",
                found=release.version,
                number=release.number,
                here=here.version,
                kept=here.number,
            )
        )
    if here.number < release.from_number:
        raise RefusedFileError(
            tr(
                "The release {found} cannot be installed over {here}; one between them is needed.",
                found=release.version,
                here=here.version,
            )
        )


def check_files(found: Found) -> None:
    """Compare every file of the folder with what was signed; raises RefusedFileError."""
    for file in found.release.files:
        path = found.folder / file.name
        try:
            size, digest = path.stat().st_size, _sha256(path)
        except OSError as error:
            raise RefusedFileError(f"{path}: cannot be read: {error.strerror or error}") from None
        if (size, digest) != (file.bytes, file.sha256):
            raise RefusedFileError(tr("{file}: it was altered or copied badly", file=path))


def _check_key(found: Found, trusted: str, trust: str) -> None:
    shown = found.signature.fingerprint
    if trusted and found.signature.public_key != trusted:
        raise RefusedFileError(
            tr(
                "The release is signed by the key {found}, not by {kept}.",
                found=shown,
                kept=fingerprint(trusted),
            )
        )
    if not trusted and not trust:
        raise RefusedFileError(
            tr(
                "No key is trusted for releases yet. Compare {found} with the paper that came with "
                'the release, then say: --trust "{found}"',
                found=shown,
            )
        )
    if not trusted and not same_fingerprint(trust, shown):
        raise RefusedFileError(
            tr("The release is signed by the key {found}, not by {kept}.", found=shown, kept=trust)
        )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            raw = file.read(_MOST_JSON_BYTES + 1)
    except FileNotFoundError:
        raise FileError(
            tr("{file}: there is no such file; this is no release folder", file=path)
        ) from None
    except OSError as error:
        raise FileError(f"{path}: cannot be read: {error.strerror or error}") from None
    if len(raw) > _MOST_JSON_BYTES:
        raise RefusedFileError(tr("{file}: it is too large for what it should be", file=path))
    return raw


def _object(raw: bytes, path: Path) -> dict[str, object]:
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise RefusedFileError(tr("{file}: this is no release", file=path))
    return found


def _day(utc_us: int) -> str:
    return f"{datetime.fromtimestamp(utc_us / 1e6, UTC):%Y-%m-%d}"
