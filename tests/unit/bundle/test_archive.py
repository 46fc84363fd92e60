"""A bundle is taken whole and as it was signed, or refused with its reason."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.bundle.archive import read_bundle
from console.bundle.gather import gather
from console.bundle.manifest import MANIFEST, SIGNATURE
from console.signing import RefusedFileError
from drivers.files import FileError
from tests.unit.bundle.kit import OTHER_KEY, SITE, forged, packed, repacked, site_folder


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    packed(tmp_path / "b.tankside", site_folder(tmp_path / "hall"))
    return tmp_path / "b.tankside"


def test_what_was_packed_is_read_back(bundle: Path) -> None:
    found = read_bundle(bundle)
    assert found.contents["site.toml"].decode() == SITE
    assert found.manifest.site == "harbour"
    assert len(found.shown_digest.replace(" ", "")) == 32


def test_the_same_site_gives_the_same_bytes(tmp_path: Path) -> None:
    site = site_folder(tmp_path / "hall")
    packed(tmp_path / "1", site)
    packed(tmp_path / "2", site)
    assert (tmp_path / "1").read_bytes() == (tmp_path / "2").read_bytes()


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"site.toml": SITE.replace("502", "503").encode()}, "site.toml in it was altered"),
        ({"site.toml": None}, "'site.toml' is missing"),
        ({"more.toml": b"x = 1"}, "'more.toml' in it was not signed"),
        ({"../../etc/cron.d/x": b"x"}, "would lie outside"),
        ({"/etc/passwd": b"x"}, "would lie outside"),
        ({"C:\\x.toml": b"x"}, "would lie outside"),
        ({MANIFEST: b"{}"}, "the signature is wrong"),
        ({MANIFEST: None}, "it has no manifest.json"),
        ({SIGNATURE: None}, "it has no signature.json"),
        ({SIGNATURE: b"[]"}, "this is no site bundle"),
        ({SIGNATURE: b'{"public_key": "00", "signature": "00"}'}, "the signature is wrong"),
        ({"site.toml": b"\0" * 50_000_000}, "is larger than was signed"),
        ({"bomb.toml": b"\0" * 200_000_000}, "it unpacks to more than 64 MiB"),
    ],
)
def test_what_was_altered_is_refused(
    bundle: Path, changes: dict[str, bytes | None], why: str
) -> None:
    with pytest.raises(RefusedFileError, match=why):
        read_bundle(repacked(bundle, changes))


def test_a_size_that_lies_is_noticed_while_unpacking(bundle: Path) -> None:
    """The sizes in a zip's directory are whatever its maker wrote there."""
    repacked(bundle, {"site.toml": b"\0" * 30_000_000})
    raw = bytearray(bundle.read_bytes())
    lie = (30_000_000).to_bytes(4, "little")
    assert raw.count(lie) == 2
    bundle.write_bytes(raw.replace(lie, (len(SITE)).to_bytes(4, "little")))
    with pytest.raises(RefusedFileError):
        read_bundle(bundle)


def test_the_signature_of_another_key_on_this_manifest_is_wrong(bundle: Path) -> None:
    with zipfile.ZipFile(bundle) as archive:
        raw = archive.read(MANIFEST)
    key = read_bundle(bundle).signature.public_key
    claimed = json.dumps({"public_key": key, "signature": OTHER_KEY.sign(raw)})
    with pytest.raises(RefusedFileError, match="the signature is wrong"):
        read_bundle(repacked(bundle, {SIGNATURE: claimed.encode()}))


@pytest.mark.parametrize(
    "name",
    [
        "../x.toml",
        "/x.toml",
        "a/b/c.toml",
        "..\\x.toml",
        "con.toml",
        "a/nul.txt",
        ".hidden.toml",
        "x.exe",
        "x.sh",
        "x\0.toml",
        "a//b.toml",
        "x.toml ",
        "C:x.toml",
    ],
)
def test_even_a_signed_name_stays_in_its_folder(tmp_path: Path, name: str) -> None:
    path = forged(tmp_path / "b", {"site.toml": SITE.encode(), name: b"x"})
    with pytest.raises(FileError):
        read_bundle(path)


def test_names_that_differ_in_case_only_are_refused(tmp_path: Path) -> None:
    path = forged(tmp_path / "b", {"site.toml": SITE.encode(), "Site.toml": b"x = 1"})
    with pytest.raises(FileError, match="listed twice"):
        read_bundle(path)


def test_links_are_refused(bundle: Path) -> None:
    with zipfile.ZipFile(bundle, "a") as archive:
        link = zipfile.ZipInfo("link.toml")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(RefusedFileError, match="no plain file"):
        read_bundle(bundle)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_no_changed_byte_changes_what_is_taken(bundle: Path, data: st.DataObject) -> None:
    whole = bundle.read_bytes()
    before = read_bundle(bundle)
    at = data.draw(st.integers(0, len(whole) - 1))
    bit = 1 << data.draw(st.integers(0, 7))
    broken = bundle.with_name("broken")
    broken.write_bytes(whole[:at] + bytes([whole[at] ^ bit]) + whole[at + 1 :])
    try:
        after = read_bundle(broken)
    except FileError:
        return
    assert (after.contents, after.manifest) == (before.contents, before.manifest)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(raw=st.binary(max_size=2000))
def test_any_other_file_is_refused(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "x").write_bytes(raw)
    with pytest.raises(FileError):
        read_bundle(tmp_path / "x")


def test_a_password_is_not_packed(tmp_path: Path) -> None:
    host = '[[host]]\nid = "n"\nname = "N"\nurl = "http://user:word@node:9400/metrics"\n'
    with pytest.raises(FileError, match=r"site.toml:14: there is a password"):
        gather(site_folder(tmp_path / "hall", SITE + host))


def test_a_site_that_does_not_open_is_not_packed(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="no-such"):
        gather(site_folder(tmp_path / "hall", SITE.replace("generic-single-phase", "no-such")))


def test_a_name_that_is_there_twice_is_refused(bundle: Path) -> None:
    with zipfile.ZipFile(bundle, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("site.toml", "x = 1")
    with pytest.raises(RefusedFileError, match="no plain file"):
        read_bundle(bundle)
