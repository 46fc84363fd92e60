"""Releases whose program is a shell script: what the updater does, in milliseconds."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

from console.history.trust.keys import DeviceKey
from console.signing import make_key, read_key
from console.update.installation import Installation
from console.update.release import system_name
from installer.release import sign_release

GOOD = '#!/bin/sh\n[ "$1" = --selftest ] && echo "ok     page"\necho "tankside"\nexit 0\n'
FAILS = '#!/bin/sh\n[ "$1" = --selftest ] && { echo "FAILED page"; exit 1; }\nexit 0\n'
# Passes its test beside the place where it will be used, and does not start from there.
DIES_IN_PLACE = (
    '#!/bin/sh\ncase "$0" in *.new/*) exit 0;; esac\necho "no such library" >&2; exit 127\n'
)


def program(folder: Path, version: str, number: int, script: str = GOOD) -> Path:
    """A program's folder as ``installer.package.complete`` leaves it."""
    folder.mkdir(parents=True)
    (folder / "tankside").write_text(script, encoding="utf-8")
    (folder / "tankside").chmod(0o755)
    (folder / "build.json").write_text(
        json.dumps({"version": version, "number": number}), encoding="utf-8"
    )
    return folder


def release(
    stick: Path, version: str, number: int, key: Path, script: str = GOOD, days: float = 30
) -> Path:
    """A signed release folder; returns it."""
    folder = stick / f"tankside-{version}"
    made = program(stick / "made" / version, version, number, script)
    folder.mkdir()
    name = f"tankside-{version}-{system_name()}.tar.xz"
    with tarfile.open(folder / name, "w:xz") as archive:
        archive.add(made, f"tankside-{version}")
    (folder / "LICENCES.txt").write_text("all", encoding="utf-8")
    sign_release(folder, made, name, key, days)
    return folder


def key_file(folder: Path, name: str = "release.key") -> Path:
    """A release key, made if it is not there."""
    path = folder / name
    if not path.exists():
        make_key(path)
    return path


def installed(base: Path, version: str = "0.1.0", number: int = 100) -> Installation:
    """An installation with one version in use."""
    program(base / "versions" / version, version, number)
    (base / "current").symlink_to(f"versions/{version}")
    return Installation(base)


def public(path: Path) -> DeviceKey:
    """The key in a file."""
    return read_key(path)
