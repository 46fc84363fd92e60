"""Preferences: kept whole, never a reason not to start."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.settings import FILE_NAME, Settings, SettingsError, SettingsFile, default_path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config" / FILE_NAME


def test_without_a_file_the_usual_settings_hold(path: Path) -> None:
    file = SettingsFile(path)
    assert file.load() == Settings(theme="light", glove=False, language="", sound=False)
    assert file.trouble == ""
    assert not path.exists()


def test_what_is_changed_is_read_back(path: Path) -> None:
    SettingsFile(path).change(theme="dark", glove=True, language="zh_CN")
    again = SettingsFile(path)
    assert again.load() == Settings(theme="dark", glove=True, language="zh_CN")
    assert [file.name for file in path.parent.iterdir()] == [FILE_NAME]


def test_keys_of_a_newer_version_are_kept(path: Path) -> None:
    path.parent.mkdir()
    path.write_text('{"theme": "dark", "window": {"x": [1, 2]}}')
    file = SettingsFile(path)
    file.load()
    file.change(glove=True)
    found = json.loads(path.read_text())
    assert found["window"] == {"x": [1, 2]}
    assert (found["theme"], found["glove"]) == ("dark", True)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('{"theme": "neon", "glove": true}', "theme"),
        ('{"theme": "../../etc", "glove": true}', "theme"),
        ('{"theme": ["dark"], "language": "tlh", "glove": true}', "theme, language"),
        ('{"sound": 1, "glove": true}', "sound"),
    ],
)
def test_a_value_that_is_not_allowed_costs_only_itself(path: Path, text: str, names: str) -> None:
    path.parent.mkdir()
    path.write_text(text)
    file = SettingsFile(path)
    assert file.load() == Settings(glove=True)
    assert file.trouble == (
        f"{path} holds a value that is not allowed for {names}; the usual one is used."
    )


@pytest.mark.parametrize("content", [b"", b"{", b'["dark"]', b"\xff\xfe\x00", b"[" * 100_000])
def test_a_broken_file_is_set_aside_with_a_sentence(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    file = SettingsFile(path)
    assert file.load() == Settings()
    (aside,) = path.parent.iterdir()
    assert aside.name.startswith(f"{FILE_NAME}.broken-")
    assert aside.read_bytes() == content
    assert aside.name in file.trouble
    file.change(theme="contrast")
    assert SettingsFile(path).load().theme == "contrast"


@given(content=st.binary(max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_content_keeps_the_console_from_starting(path: Path, content: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    assert isinstance(SettingsFile(path).load(), Settings)


def test_a_folder_that_cannot_be_written_is_said_and_the_change_holds(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("a file where the folder should be")
    file = SettingsFile(tmp_path / "config" / FILE_NAME)
    with pytest.raises(SettingsError, match=r"settings\.json could not be written: .+"):
        file.change(theme="dark")
    assert file.values.theme == "dark"


def test_a_write_that_fails_leaves_the_old_file(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    SettingsFile(path).change(theme="dark")

    def no_space(_fd: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", no_space)
    with pytest.raises(SettingsError, match="No space left on device"):
        SettingsFile(path).change(theme="contrast")
    assert SettingsFile(path).load().theme == "dark"
    assert [file.name for file in path.parent.iterdir()] == [FILE_NAME]


def test_the_environment_chooses_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TANKSIDE_CONFIG_DIR", str(tmp_path))
    assert default_path() == tmp_path / FILE_NAME
    monkeypatch.delenv("TANKSIDE_CONFIG_DIR")
    assert default_path().name == FILE_NAME
    assert "tankside" in str(default_path().parent)


def test_settings_need_no_qt() -> None:
    import subprocess

    code = "import sys, console.settings, console.event_text; sys.exit('PySide6' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
