"""Side by side: a new version is tried before it is used, and the old one is always there."""

from __future__ import annotations

import sys
import tarfile
from pathlib import Path

import pytest

from console.update.installation import Installation, _refuse_outside
from console.update.release import Found, read_release
from drivers.files import FileError
from installer.release import sign_release
from tests.unit.update.kit import DIES_IN_PLACE, FAILS, GOOD, installed, key_file, program, release

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="programs here are shell scripts")


def found(tmp_path: Path, version: str, number: int, script: str = GOOD) -> Found:
    return read_release(release(tmp_path, version, number, key_file(tmp_path), script))


def names(base: Path) -> set[str]:
    return {path.name for path in (base / "versions").iterdir()}


def test_the_new_version_is_tried_then_used_and_the_old_one_kept(tmp_path: Path) -> None:
    place = installed(tmp_path / "base")
    told: list[str] = []
    place.install(found(tmp_path, "0.2.0", 200), told.append)
    assert "  ok     page" in told
    assert place.build.version == "0.2.0"
    assert place.previous == tmp_path / "base" / "versions" / "0.1.0"
    assert place.trusted_key
    place.back()
    assert place.build.version == "0.1.0"
    place.back()
    assert place.build.version == "0.2.0"


@pytest.mark.parametrize(
    ("script", "why"),
    [(FAILS, "fails its self-test"), (DIES_IN_PLACE, "no such library.*in use again")],
)
def test_one_that_does_not_work_here_is_not_used(tmp_path: Path, script: str, why: str) -> None:
    place = installed(tmp_path / "base")
    with pytest.raises(FileError, match=why):
        place.install(found(tmp_path, "0.2.0", 200, script=script), lambda _line: None)
    assert place.build.version == "0.1.0"
    assert names(tmp_path / "base") == {"0.1.0"}


def test_an_archive_that_leaves_its_folder_is_refused(tmp_path: Path) -> None:
    place, key = installed(tmp_path / "base"), key_file(tmp_path)
    folder = tmp_path / "evil"
    folder.mkdir()
    made = program(tmp_path / "made", "0.2.0", 200)
    with tarfile.open(folder / "x.tar.xz", "w:xz") as archive:
        archive.add(made, "tankside-0.2.0")
        archive.add(made / "tankside", "../../../evil.sh")
    sign_release(folder, made, "x.tar.xz", key, 30)
    with pytest.raises(FileError, match="cannot be unpacked"):
        place.install(read_release(folder), lambda _line: None)
    assert not list(tmp_path.rglob("evil.sh"))
    assert place.build.version == "0.1.0"


def test_an_archive_larger_than_signed_is_refused(tmp_path: Path) -> None:
    place, key = installed(tmp_path / "base"), key_file(tmp_path)
    folder = tmp_path / "large"
    folder.mkdir()
    made = program(tmp_path / "made", "0.2.0", 200)
    bomb = program(tmp_path / "bomb", "0.2.0", 200)
    (bomb / "zeros").write_bytes(b"\0" * 3_000_000)
    with tarfile.open(folder / "x.tar.xz", "w:xz") as archive:
        archive.add(bomb, "tankside-0.2.0")
    sign_release(folder, made, "x.tar.xz", key, 30)  # the size of the small one is signed
    with pytest.raises(FileError, match="more than was signed"):
        place.install(read_release(folder), lambda _line: None)


def test_another_version_than_was_signed_is_refused(tmp_path: Path) -> None:
    place, key = installed(tmp_path / "base"), key_file(tmp_path)
    folder = tmp_path / "mixed"
    folder.mkdir()
    signed = program(tmp_path / "signed", "0.2.0", 200)
    packed = program(tmp_path / "packed", "0.2.0", 150)
    with tarfile.open(folder / "x.tar.xz", "w:xz") as archive:
        archive.add(packed, "tankside-0.2.0")
    sign_release(folder, signed, "x.tar.xz", key, 30)
    with pytest.raises(FileError, match="another version than was signed"):
        place.install(read_release(folder), lambda _line: None)


def test_without_a_version_before_there_is_no_way_back(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="no version to go back to"):
        installed(tmp_path / "base").back()


def test_a_folder_without_tankside_says_so(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="no version of Tankside is installed there"):
        _ = Installation(tmp_path).build
    assert Installation.running() is None


@pytest.mark.parametrize(
    ("name", "link", "kind"),
    [
        ("../out", "", tarfile.REGTYPE),
        ("/etc/out", "", tarfile.REGTYPE),
        ("a/link", "../../out", tarfile.SYMTYPE),
        ("link", "/etc/passwd", tarfile.SYMTYPE),
        ("hard", "../out", tarfile.LNKTYPE),
        ("pipe", "", tarfile.FIFOTYPE),
    ],
)
def test_our_own_filter_refuses_what_pythons_does(
    tmp_path: Path, name: str, link: str, kind: bytes
) -> None:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, link
    with pytest.raises(ValueError, match=r"leaves its folder|neither"):
        _refuse_outside(member, tmp_path)
    good = tarfile.TarInfo("a/b")
    good.type, good.linkname = tarfile.SYMTYPE, "../c"
    _refuse_outside(good, tmp_path)
