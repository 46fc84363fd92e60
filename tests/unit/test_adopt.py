"""A new tank reaches the site file whole, or the file stays as it was to the last byte."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console import adopt
from console.adopt import (
    AdoptError,
    append_tank,
    id_for,
    new_site_file,
    new_tank,
    same_unit,
    tank_text,
)
from console.site import Tank, load_site
from drivers.modbus.mapspec import Transport

SITE = """# a site, with remarks that must stay
[site]
id   = "hall"      # odd spaces on purpose
name = "Hall"

[[tank]]
id = "tank-1"
name = "Tank 1"
map = "generic-single-phase"
url = "tcp://10.0.0.1:502?unit=1"
"""
NEW: dict[str, Any] = {
    "id": "tank-2",
    "name": "Tank 2",
    "map": "generic-single-phase",
    "url": "tcp://10.0.0.2:502?unit=1",
}


@pytest.fixture
def site(tmp_path: Path) -> Path:
    path = tmp_path / "hall.toml"
    path.write_text(SITE, encoding="utf-8", newline="")
    return path


def others(path: Path) -> list[str]:
    """The names of everything beside the site file."""
    return sorted(entry.name for entry in path.parent.iterdir() if entry != path)


def test_a_tank_is_added_and_every_byte_before_it_stays(site: Path) -> None:
    before = site.read_bytes()
    saved = append_tank(site, new_tank(**NEW, hall="Hall A", period_s=2.0))
    assert site.read_bytes().startswith(before)
    loaded = load_site(site).site
    assert [tank.id for tank in loaded.tank] == ["tank-1", "tank-2"]
    assert (loaded.tank[1].hall, loaded.tank[1].period_s) == ("Hall A", 2.0)
    assert saved.backup is not None
    assert saved.backup.read_bytes() == before
    assert others(site) == [saved.backup.name], "nothing half-written stays"


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.rstrip("\n"),
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text + "# the last remark, without an end",
        lambda text: text + "\n\n\n",
    ],
)
def test_any_end_of_file_and_any_line_ends(site: Path, change: Callable[[str], str]) -> None:
    site.write_bytes(change(SITE).encode())
    before = site.read_bytes()
    append_tank(site, new_tank(**NEW))
    after = site.read_bytes()
    assert after.startswith(before)
    assert (b"\r\n" in before) == (b"\r\n" in after[len(before) :])
    assert b"\n" not in after.replace(b"\r\n", b"") or b"\r\n" not in before
    assert len(load_site(site).site.tank) == 2


def test_two_in_the_same_second_keep_two_backups(site: Path) -> None:
    first = append_tank(site, new_tank(**NEW))
    second = append_tank(site, new_tank(**{**NEW, "id": "tank-3", "name": "Tank 3"}))
    assert first.backup != second.backup
    assert len(others(site)) == 2


def test_a_link_stays_a_link(site: Path, tmp_path: Path) -> None:
    folder = tmp_path / "etc"
    folder.mkdir()
    link = folder / "site.toml"
    try:
        link.symlink_to(site)
    except OSError:
        pytest.skip("this system makes no links for us")
    append_tank(link, new_tank(**NEW))
    assert link.is_symlink()
    assert len(load_site(site).site.tank) == 2


@pytest.mark.skipif(os.name != "posix", reason="rights as on POSIX")
def test_rights_stay(site: Path) -> None:
    site.chmod(0o640)
    saved = append_tank(site, new_tank(**NEW))
    assert site.stat().st_mode & 0o777 == 0o640
    assert saved.backup is not None
    assert saved.backup.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    ("text", "given", "said"),
    [
        (SITE, {"id": "tank-1"}, "'tank-1' is already the id of tank"),
        (SITE, {"map": "no-such-map"}, "there is no register map 'no-such-map'"),
        (SITE, {"fluid": "beer"}, "unknown fluid 'beer'"),
        (SITE + "[[tank", {}, "not valid TOML"),
        (SITE.replace('name = "Hall"', 'nane = "Hall"'), {}, "unknown key"),
        ('tank = []\n[site]\nid = "a"\nname = "A"\n', {}, "nothing to watch"),
    ],
)
def test_what_cannot_be_saved_is_said_and_nothing_changes(
    site: Path, text: str, given: dict[str, Any], said: str
) -> None:
    site.write_text(text, encoding="utf-8")
    before = site.read_bytes()
    with pytest.raises(AdoptError, match=said) as error:
        append_tank(site, new_tank(**{**NEW, **given}))
    assert "\n" not in str(error.value)
    assert site.read_bytes() == before
    assert others(site) == []


def test_tanks_written_in_one_line_cannot_be_added_to(site: Path) -> None:
    inline = (
        'tank = [{id = "a", name = "A", map = "generic-single-phase", url = "tcp://h"}]\n'
        '[site]\nid = "a1"\nname = "A"\n'
    )
    site.write_text(inline, encoding="utf-8")
    with pytest.raises(AdoptError, match="not valid TOML"):
        append_tank(site, new_tank(**NEW))
    assert site.read_text(encoding="utf-8") == inline


def test_a_file_that_is_not_text_is_said(site: Path) -> None:
    site.write_bytes(SITE.encode() + b"# \xff\n")
    with pytest.raises(AdoptError, match="UTF-8"):
        append_tank(site, new_tank(**NEW))


def test_a_file_that_is_gone_is_said(tmp_path: Path) -> None:
    with pytest.raises(AdoptError, match="cannot be read"):
        append_tank(tmp_path / "gone.toml", new_tank(**NEW))


def test_somebody_elses_change_is_not_lost(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    back_up = adopt._back_up
    theirs = SITE + "# mine\n"

    def meddle(place: Path, data: bytes) -> Path:
        place.write_text(theirs, encoding="utf-8")
        return back_up(place, data)

    monkeypatch.setattr(adopt, "_back_up", meddle)
    with pytest.raises(AdoptError, match="changed the file"):
        append_tank(site, new_tank(**NEW))
    assert site.read_text(encoding="utf-8") == theirs


def test_a_full_disk_is_said_and_leaves_nothing(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(AdoptError, match="No space left on device"):
        append_tank(site, new_tank(**NEW))
    assert site.read_text(encoding="utf-8") == SITE
    assert others(site) == []


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"id": "Tank 2"}, "id: "),
        ({"url": "http://10.0.0.2"}, "url: "),
        ({"name": "two\nlines"}, "name: "),
        ({"name": "  "}, "name: "),
        ({"period_s": 0.01}, "period_s: "),
    ],
)
def test_a_wrong_field_is_named(given: dict[str, Any], said: str) -> None:
    with pytest.raises(AdoptError, match=said):
        new_tank(**{**NEW, **given})


@given(
    name=st.text(min_size=1).filter(lambda text: text.isprintable() and bool(text.strip())),
    hall=st.text().filter(str.isprintable),
)
def test_any_name_comes_back_as_it_was_written(name: str, hall: str) -> None:
    import tomllib

    tank = new_tank(**{**NEW, "name": name, "hall": hall})
    (read,) = tomllib.loads(tank_text(tank))["tank"]
    assert Tank.model_validate(read) == tank


def test_a_new_site_file_holds_the_tank_and_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "new.toml"
    saved = new_site_file(path, "Hall B", new_tank(**NEW))
    assert saved.backup is None
    site = load_site(path).site
    assert (site.site.id, site.site.name, site.tank[0].id) == ("hall-b", "Hall B", "tank-2")
    before = path.read_bytes()
    with pytest.raises(AdoptError, match="there is such a file already"):
        new_site_file(path, "Hall C", new_tank(**NEW))
    assert path.read_bytes() == before


@pytest.mark.parametrize("name", ["site", "no/such/folder/site.toml"])
def test_a_new_site_file_that_cannot_be(tmp_path: Path, name: str) -> None:
    with pytest.raises(AdoptError):
        new_site_file(tmp_path / name, "Hall", new_tank(**NEW))
    assert list(tmp_path.iterdir()) == []


def test_ids_follow_from_names() -> None:
    assert id_for("Tank 7", ()) == "tank-7"
    assert id_for("Tank 7", {"tank-7"}) == "tank-7-2"
    assert id_for("4 号箱", ()) == "tank-4"
    assert id_for("七号", {"tank"}) == "tank-2"
    assert len(id_for("x" * 200, ())) <= 63


def test_one_unit_written_in_two_ways_is_one_unit() -> None:
    transport = Transport()
    assert same_unit("tcp://HOST", "tcp://host:502?unit=1", transport)
    assert not same_unit("tcp://host?unit=2", "tcp://host:502?unit=1", transport)
    assert not same_unit("tcp://host:503", "tcp://host:502?unit=1", transport)
    assert same_unit("rtu:///dev/ttyS0?baud=9600", "rtu:///dev/ttyS0", transport)
