"""Keys in files, and signatures that hold for one purpose only."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

from console.signing import make_key, read_key, read_public, same_fingerprint, sign
from drivers.files import FileError


def test_a_key_is_made_once_and_is_its_owners(tmp_path: Path) -> None:
    path = tmp_path / "site.key"
    public = make_key(path)
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_key(path).public == public
    assert read_public(path) == read_public(tmp_path / "site.key.pub") == public
    with pytest.raises(FileError, match="never overwritten"):
        make_key(path)
    assert read_key(path).public == public


def test_what_is_no_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("hello", encoding="utf-8")
    for read in (read_key, read_public):
        with pytest.raises(FileError, match="key of Tankside"):
            read(tmp_path / "x")


def test_a_signature_holds_for_its_purpose_and_bytes_only(tmp_path: Path) -> None:
    make_key(tmp_path / "k")
    signature = sign(b"content", "tankside-site/1", read_key(tmp_path / "k"))
    assert signature.covers(b"content", "tankside-site/1")
    assert not signature.covers(b"content", "tankside-release/1")
    assert not signature.covers(b"contents", "tankside-site/1")


def test_fingerprints_are_compared_as_typed() -> None:
    assert same_fingerprint("1A2B-3C4D 5e6f7081", "1a2b 3c4d 5e6f 7081")
    assert not same_fingerprint("1a2b", "1a2b")
