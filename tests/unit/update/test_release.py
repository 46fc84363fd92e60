"""A release folder is believed when its signature, age, order and every file are right."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import pytest

from console.signing import RefusedFileError, make_key, read_key
from console.update.release import Build, Found, check, check_files, read_release
from drivers.files import FileError
from tests.unit.update.kit import key_file, release

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="programs here are shell scripts")
HERE = Build("0.1.0", 100)
DAY_US = 86_400_000_000


@pytest.fixture
def found(tmp_path: Path) -> Found:
    return read_release(release(tmp_path, "0.2.0", 200, key_file(tmp_path)))


def test_a_newer_one_by_the_trusted_key_is_taken(found: Found) -> None:
    check(found, HERE, found.signature.public_key)
    check(found, HERE, "", found.signature.fingerprint)
    check_files(found)


def test_another_key_is_refused_whatever_is_typed(found: Found, tmp_path: Path) -> None:
    make_key(tmp_path / "other")
    other = read_key(tmp_path / "other").public
    with pytest.raises(RefusedFileError, match="signed by the key"):
        check(found, HERE, other, found.signature.fingerprint)
    with pytest.raises(RefusedFileError, match="No key is trusted"):
        check(found, HERE, "")
    with pytest.raises(RefusedFileError, match="not by 1111"):
        check(found, HERE, "", "1111 1111 1111 1111")


@pytest.mark.parametrize("number", [200, 201])
def test_what_is_not_newer_is_refused(found: Found, number: int) -> None:
    with pytest.raises(RefusedFileError, match="is not newer than what is installed"):
        check(found, Build("0.3.0", number), found.signature.public_key)


def test_what_has_expired_or_is_to_come_is_refused(found: Found) -> None:
    now = time.time_ns() // 1000
    with pytest.raises(RefusedFileError, match="expired on"):
        check(found, HERE, found.signature.public_key, now_us=now + 31 * DAY_US)
    with pytest.raises(RefusedFileError, match="check this machine's clock"):
        check(found, HERE, found.signature.public_key, now_us=now - 3 * DAY_US)


def test_metadata_that_was_altered_is_refused(found: Found) -> None:
    path = found.folder / "release.json"
    path.write_text(path.read_text(encoding="utf-8").replace("0.2.0", "0.9.0"), encoding="utf-8")
    with pytest.raises(RefusedFileError, match="the signature is wrong"):
        read_release(found.folder)


@pytest.mark.parametrize("raw", [b"", b"[]", b"{" * 5000, b"\xff", b'{"a":' * 3000])
def test_what_is_no_release_is_refused(found: Found, raw: bytes) -> None:
    (found.folder / "release.signature.json").write_bytes(raw)
    with pytest.raises(FileError):
        read_release(found.folder)


def test_a_file_that_was_altered_is_refused(found: Found) -> None:
    path = found.folder / "LICENCES.txt"
    path.write_text("alL", encoding="utf-8")
    with pytest.raises(RefusedFileError, match=r"LICENCES.txt: it was altered or copied badly"):
        check_files(found)
    path.unlink()
    with pytest.raises(RefusedFileError, match="cannot be read"):
        check_files(found)


def test_another_system_is_refused(tmp_path: Path) -> None:
    from console.signing import sign
    from console.update.release import FORMAT

    folder = release(tmp_path, "0.2.0", 200, key_file(tmp_path))
    told = json.loads((folder / "release.json").read_text(encoding="utf-8")) | {
        "system": "plan9-mips"
    }
    raw = json.dumps(told).encode()
    (folder / "release.json").write_bytes(raw)
    signature = sign(raw, FORMAT, read_key(key_file(tmp_path)))
    (folder / "release.signature.json").write_text(signature.model_dump_json(), encoding="ascii")
    found = read_release(folder)
    with pytest.raises(RefusedFileError, match="for plan9-mips, this machine is"):
        check(found, HERE, found.signature.public_key)
