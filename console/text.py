"""Every text a person reads, in the person's language.

English is written in the code and is the key; a catalogue in ``resources/translations`` maps it to
another language. A missing entry shows English rather than nothing; a test finds missing entries.
"""

from __future__ import annotations

import locale
import os
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache

import resources

LANGUAGES = {"en": "English", "zh_CN": "简体中文"}

_catalogue: dict[str, str] = {}
_language = "en"
_spoken: ContextVar[str] = ContextVar("spoken", default="")
"""The language of the document being written, in this thread; empty for that of the program."""


def use_language(code: str) -> None:
    """Switch to a language of :data:`LANGUAGES`; raises ValueError for any other."""
    global _catalogue, _language  # noqa: PLW0603  one language per process, chosen at start
    if code not in LANGUAGES:
        raise ValueError(f"unknown language {code!r}; there are {', '.join(LANGUAGES)}")
    _catalogue = _read(code)
    _language = code


@lru_cache(maxsize=len(LANGUAGES))
def _read(code: str) -> dict[str, str]:
    if code == "en":
        return {}
    file = resources.ROOT / "translations" / f"{code}.toml"
    return tomllib.loads(file.read_text(encoding="utf-8"))


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Use another language in this thread only: a document's, while it is being written.

    A language that we have no words in is English.
    """
    token = _spoken.set(code if code in LANGUAGES else "en")
    try:
        yield
    finally:
        _spoken.reset(token)


def language() -> str:
    """Return the code of the language in use."""
    return _spoken.get() or _language


def system_language() -> str:
    """Return the language the desktop asks for (TANKSIDE_LANGUAGE first), or English."""
    wanted = (
        os.environ.get("TANKSIDE_LANGUAGE") or os.environ.get("LC_ALL") or os.environ.get("LANG")
    )
    wanted = wanted or locale.getlocale()[0] or "en"
    return "zh_CN" if wanted.lower().startswith("zh") else "en"


def tr(text: str, /, **values: object) -> str:
    """Return ``text`` in the language in use, with ``{name}`` replaced by the values."""
    spoken = _spoken.get()
    translated = (_read(spoken) if spoken else _catalogue).get(text, text)
    return translated.format(**values) if values else translated
