"""Times, lengths and sizes as people write and read them; which folder is meant."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer

from console.cli.data_places import duration_us, folder_of, moment, size_text
from drivers.files import FileError
from tests.unit.history.kit import START_US

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "ago_s"),
    [
        ("2026-11-21T12:00", 0),
        ("2026-11-21 11:59:30Z", 30),
        ("2026-11-21T12:00+01:00", 3600),
        ("2026-11-20", 36 * 3600),
        ("36h", 36 * 3600),
        ("1.5d", 36 * 3600),
        ("90m", 5400),
        ("0s", 0),
    ],
)
def test_moments(text: str, ago_s: int) -> None:
    assert moment(text, NOW) == START_US - ago_s * 1_000_000


@pytest.mark.parametrize("text", ["", "yesterday", "12", "99999999999y", "-1h", "2026-13-01"])
def test_no_moment(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="is no time"):
        moment(text, NOW)


def test_lengths_and_sizes() -> None:
    assert duration_us("1.5m") == 90_000_000
    for text in ("", "0s", "5", "soon"):
        with pytest.raises(typer.BadParameter, match="is no length"):
            duration_us(text)
    assert [size_text(n) for n in (0, 999, 1234, 1.3e9, 5e16)] == [
        "0 B",
        "999 B",
        "1.2 kB",
        "1.3 GB",
        "50000.0 TB",
    ]


def test_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.app.data_root", lambda: tmp_path)
    with pytest.raises(FileError, match="nothing has been recorded yet"):
        folder_of(None, None)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "log.db").touch()
        if name == "a":
            assert folder_of(None, None) == tmp_path / "a"
    with pytest.raises(FileError, match="there are several data folders"):
        folder_of(None, None)
    assert folder_of(Path("b"), None) == tmp_path / "b"
    with pytest.raises(FileError, match="there is no such data folder"):
        folder_of(Path("c"), None)
    assert folder_of(Path("c"), None, there=False) == tmp_path / "c"
    with pytest.raises(FileError, match="there is no such file"):
        folder_of(tmp_path / "c.toml", None)
    with pytest.raises(FileError, match="name a site or a folder"):
        folder_of(None, None, there=False)
