"""A small site, a key, and bundles of it, made to be right or to be wrong."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path

from console.bundle.archive import Bundle, write_bundle
from console.bundle.gather import gather, manifest_of
from console.bundle.manifest import FORMAT, MANIFEST, SIGNATURE
from console.history.trust.keys import DeviceKey
from console.signing import sign

KEY, OTHER_KEY = DeviceKey(b"k" * 32), DeviceKey(b"o" * 32)
NOW_US = 1_795_262_651_000_000
DAY_US = 86_400_000_000
SITE = """
[site]
id = "harbour"
name = "Harbour hall"

[[tank]]
id = "tank-a"
name = "Tank A"
map = "generic-single-phase"
url = "tcp://10.1.0.11:502?unit=1"
"""


def site_folder(folder: Path, text: str = SITE) -> Path:
    """The folder with the site file; returns the file."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "site.toml"
    file.write_text(text, encoding="utf-8")
    return file


def packed(
    path: Path,
    site: Path,
    *,
    number: int = 5,
    days: float = 30,
    made_us: int = NOW_US,
    key: DeviceKey = KEY,
) -> Bundle:
    """A bundle as ``tankside site pack`` makes it."""
    loaded, contents = gather(site)
    manifest = manifest_of(loaded, contents, days=days, number=number, now_us=made_us)
    return write_bundle(path, manifest, contents, key)


def forged(
    path: Path, contents: Mapping[str, bytes], manifest: Mapping[str, object] | None = None
) -> Path:
    """A well signed bundle of anything at all: what an insider could make."""
    files = [
        {"name": name, "bytes": len(raw), "sha256": hashlib.sha256(raw).hexdigest()}
        for name, raw in contents.items()
    ]
    told = {
        "format": FORMAT,
        "site": "harbour",
        "site_name": "x",
        "number": 5,
        "made_utc_us": NOW_US,
        "expires_utc_us": NOW_US + DAY_US,
        "made_with": "x",
        "files": files,
    }
    raw = json.dumps({**told, **(manifest or {})}).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(MANIFEST, raw)
        archive.writestr(SIGNATURE, sign(raw, FORMAT, KEY).model_dump_json())
        for name, content in contents.items():
            archive.writestr(name, content)
    return path


def repacked(path: Path, changes: Mapping[str, bytes | None]) -> Path:
    """The same zip with entries changed, added or (None) taken out, the signature as it was."""
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    entries.update({name: raw for name, raw in changes.items() if raw is not None})
    for name in [name for name, raw in changes.items() if raw is None]:
        del entries[name]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in entries.items():
            archive.writestr(name, raw)
    return path
