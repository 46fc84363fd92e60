"""A bundle in place: whole or not at all, and the way back."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.bundle.difference import differences, files_in
from console.bundle.place import exchange, record_at, recover, roll_back, stage
from drivers.files import FileError
from tests.unit.bundle.kit import SITE, forged, packed, site_folder


def applied(tmp_path: Path, text: str, number: int) -> Path:
    bundle = packed(tmp_path / f"{number}", site_folder(tmp_path / "hall", text), number=number)
    live = tmp_path / "live"
    exchange(live, stage(bundle, live))
    return live


def test_the_one_before_is_kept_and_comes_back(tmp_path: Path) -> None:
    applied(tmp_path, SITE, 1)
    live = applied(tmp_path, SITE.replace("Tank A", "Tank one"), 2)
    assert record_at(live)["number"] == 2
    roll_back(live)
    assert record_at(live)["number"] == 1
    assert (live / "site.toml").read_text(encoding="utf-8") == SITE
    roll_back(live)
    assert record_at(live)["number"] == 2


def test_without_one_before_there_is_no_way_back(tmp_path: Path) -> None:
    live = applied(tmp_path, SITE, 1)
    with pytest.raises(FileError, match="nothing is kept"):
        roll_back(live)
    assert record_at(live)["number"] == 1


def test_a_cut_between_the_renamings_is_mended(tmp_path: Path) -> None:
    live = applied(tmp_path, SITE, 1)
    live.rename(tmp_path / "live.before")
    recover(live)
    assert record_at(live)["number"] == 1


def test_a_site_that_does_not_open_never_comes_into_use(tmp_path: Path) -> None:
    from console.bundle.archive import read_bundle

    live = applied(tmp_path, SITE, 1)
    bad = read_bundle(
        forged(tmp_path / "bad", {"site.toml": SITE.replace("tcp://", "ftp://").encode()})
    )
    with pytest.raises(FileError, match="ftp"):
        stage(bad, live)
    assert record_at(live)["number"] == 1
    assert not (tmp_path / "live.new").exists()


def test_what_changes_is_told_in_words() -> None:
    limits = "\n[tank.limits.coolant_return_temperature]\nupper_critical = { reading = 52 }\n"
    second = '\n[[tank]]\nid = "tank-b"\nname = "Tank B"\nmap = "generic-single-phase"\nurl = "tcp://h:502"\n'
    old = {"site.toml": (SITE + limits).encode(), "gone.toml": b"x = 1"}
    new = {
        "site.toml": (SITE + limits.replace("52", "55") + second).encode(),
        "mine.toml": b"x = 1",
    }
    assert differences(old, new) == [
        'site.toml: tank "tank-b" is new',
        (
            'site.toml: tank "tank-a" limits coolant_return_temperature upper_critical reading: '
            "52 becomes 55"
        ),
        "gone.toml: is removed",
        "mine.toml: is new",
    ]
    assert differences(old, old) == []
    assert differences(
        {"site.toml": SITE.encode()}, {"site.toml": SITE.encode() + b"# a word\n"}
    ) == ["site.toml: only its wording or layout differs"]


def test_people_are_compared_by_what_they_may_do() -> None:
    old = b'[{"id": "chen", "roles": ["technician"]}, {"id": "ada", "roles": ["admin"]}]'
    new = b'[{"id": "chen", "roles": ["supervisor"]}, {"id": "bo", "roles": ["viewer"]}]'
    assert differences({"people.json": old}, {"people.json": new}) == [
        "people: ada is removed",
        "people: bo is new (viewer)",
        'people: chen: roles: ["technician"] becomes ["supervisor"]',
    ]


def test_a_folder_that_is_not_there_has_no_files(tmp_path: Path) -> None:
    assert files_in(tmp_path / "none") == {}
