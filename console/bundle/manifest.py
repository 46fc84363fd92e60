"""What a site bundle says of itself, and the rules for what may be in it."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from console.site import Id
from drivers.files import FileModel

FORMAT = "tankside-site/1"
MANIFEST, SIGNATURE = "manifest.json", "signature.json"
SITE_FILE, PEOPLE = "site.toml", "people.json"
MOST_FILES = 500
MOST_BYTES = 64 * 1024 * 1024
"""Of everything together, unpacked; a site is some hundred kilobytes."""
_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9._ -]{0,99}")
_KINDS = (".toml", ".yaml", ".yml", ".json", ".pem", ".crt", ".txt", ".csv", ".png", ".svg")
_DEVICES = frozenset(
    {"con", "prn", "aux", "nul"} | {f"{name}{n}" for name in ("com", "lpt") for n in range(1, 10)}
)
"""Names that Windows keeps for devices."""


def _safe_name(name: str) -> str:
    """Return a name that stays inside its folder on every system; raises ValueError."""
    parts = name.split("/")
    if len(parts) > 2 or not all(_PART.fullmatch(part) for part in parts):
        raise ValueError(f"{name!r} is no name of a file inside a site")
    if any(part.partition(".")[0].lower() in _DEVICES or part[-1] in " ." for part in parts):
        raise ValueError(f"{name!r} is a name that Windows keeps for itself")
    if not name.lower().endswith(_KINDS):
        raise ValueError(f"{name!r}: a site holds no such files; allowed are {', '.join(_KINDS)}")
    if name in {MANIFEST, SIGNATURE}:
        raise ValueError(f"{name!r} is the bundle's own")
    return name


class PackedFile(FileModel):
    """One file of the site: its name below the site's folder with slashes, size, SHA-256."""

    name: Annotated[str, AfterValidator(_safe_name)]
    bytes: int = Field(ge=0, le=MOST_BYTES)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class Manifest(FileModel):
    """What is signed. ``number`` grows with every bundle of a site; times are UTC microseconds."""

    format: Literal["tankside-site/1"]
    site: Id
    site_name: str = Field(max_length=200)
    number: int = Field(ge=1, le=10**15)
    made_utc_us: int = Field(ge=0)
    expires_utc_us: int = Field(ge=0)
    made_with: str = Field(max_length=40)
    note: str = Field(default="", max_length=500)
    files: tuple[PackedFile, ...] = Field(min_length=1, max_length=MOST_FILES)

    @model_validator(mode="after")
    def _files_are_told_once(self) -> Self:
        names = [file.name.lower() for file in self.files]
        if len(set(names)) < len(names):
            raise ValueError("a file is listed twice")
        if SITE_FILE not in names:
            raise ValueError(f"there is no {SITE_FILE} in it")
        if sum(file.bytes for file in self.files) > MOST_BYTES:
            raise ValueError(f"it unpacks to more than {MOST_BYTES // 2**20} MiB")
        if self.expires_utc_us <= self.made_utc_us:
            raise ValueError("it expires before it was made")
        return self
