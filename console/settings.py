"""What one person prefers on one machine: look, glove mode, language, sound. A small JSON file.

It lies in the desktop's folder for settings (``TANKSIDE_CONFIG_DIR`` names another). Nothing that
a site needs is in here, so a lost or broken file costs a click and never a start: a broken file is
set aside, keys that a newer version wrote are kept.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import resources
from console.text import LANGUAGES, tr

FILE_NAME = "settings.json"


@dataclass(frozen=True, slots=True)
class Settings:
    """One person's preferences; ``language`` is empty to follow the desktop.

    ``sync_targets`` are where logs were brought together last, newest first, without passwords.
    """

    theme: str = "light"
    glove: bool = False
    language: str = ""
    sound: bool = False
    sync_targets: tuple[str, ...] = ()


class SettingsError(Exception):
    """The settings could not be written: one sentence for a person."""


def _themes() -> set[str]:
    return {file.stem for file in resources.path("themes").glob("*.toml")}


_ALLOWED: dict[str, Callable[[object], bool]] = {
    "theme": lambda value: isinstance(value, str) and value in _themes(),
    "glove": lambda value: isinstance(value, bool),
    "language": lambda value: isinstance(value, str) and value in {"", *LANGUAGES},
    "sound": lambda value: isinstance(value, bool),
    "sync_targets": lambda value: (
        isinstance(value, list | tuple) and all(isinstance(one, str) for one in value)
    ),
}


def _fixed(value: Any) -> Any:
    """Return a list of the file as the settings hold it."""
    return tuple(value) if isinstance(value, list) else value


def default_path() -> Path:
    """Return where the settings of this person on this machine are kept."""
    chosen = os.environ.get("TANKSIDE_CONFIG_DIR")
    if chosen:
        return Path(chosen) / FILE_NAME
    from platformdirs import user_config_path

    return user_config_path("tankside", appauthor=False) / FILE_NAME


class SettingsFile:
    """Reads and writes the settings. ``trouble`` is a sentence about the last reading, or empty."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or default_path()
        self.trouble = ""
        self._values = Settings()

    @property
    def values(self) -> Settings:
        """The settings as last read or written."""
        return self._values

    def load(self) -> Settings:
        """Read the file; what is missing or wrong becomes its default and, if wrong, a sentence."""
        self.trouble = ""
        raw = self._read()
        good = {f.name: raw[f.name] for f in fields(Settings) if f.name in raw}
        wrong = [name for name, value in good.items() if not _ALLOWED[name](value)]
        if wrong:
            self.trouble = tr(
                "{file} holds a value that is not allowed for {names}; the usual one is used.",
                file=self.path,
                names=", ".join(wrong),
            )
        fit = {name: _fixed(value) for name, value in good.items() if name not in wrong}
        self._values = Settings(**fit)
        return self._values

    def change(self, **changes: Any) -> Settings:
        """Change fields and write the file; raises SettingsError with the change made in memory."""
        self._values = replace(self._values, **changes)
        self.save()
        return self._values

    def save(self) -> None:
        """Write the file whole or not at all; keys that this version does not know are kept."""
        kept = self._read()
        text = json.dumps(kept | asdict(self._values), indent=2, sort_keys=True)
        try:
            write_whole(self.path, text + "\n")
        except OSError as error:
            raise SettingsError(
                tr(
                    "{file} could not be written: {error}. The change holds until the console "
                    "is closed.",
                    file=self.path,
                    error=error.strerror or error,
                )
            ) from None

    def _read(self) -> dict[str, Any]:
        """Return what the file holds, or nothing where it holds no settings."""
        try:
            found = json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except OSError as error:
            self.trouble = tr(
                "{file} cannot be read: {error}. The usual settings are used.",
                file=self.path,
                error=error.strerror or error,
            )
            return {}
        except (ValueError, RecursionError):
            return self._set_aside()
        return found if isinstance(found, dict) else self._set_aside()

    def _set_aside(self) -> dict[str, Any]:
        moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        aside = self.path.with_name(f"{self.path.name}.broken-{moment}")
        self.trouble = tr(
            "{file} is damaged and was set aside as {name}. The usual settings are used.",
            file=self.path,
            name=aside.name,
        )
        try:
            self.path.replace(aside)
        except OSError as error:
            self.trouble = tr(
                "{file} is damaged and could not be set aside: {error}. "
                "The usual settings are used.",
                file=self.path,
                error=error.strerror or error,
            )
        return {}


def write_whole(path: Path, text: str) -> None:
    """Write beside the file and put it in place at once: a cut of power leaves old or new."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
