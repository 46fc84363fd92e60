"""Every text a person reads, in the person's language.

English is written in the code and is the key; a catalogue in ``resources/translations`` maps it to
another language. A missing entry shows English rather than nothing; a test finds missing entries.
"""

from __future__ import annotations

import locale
import os
import tomllib

import resources

LANGUAGES = {"en": "English", "zh_CN": "简体中文"}

_catalogue: dict[str, str] = {}
_language = "en"


def use_language(code: str) -> None:
    """Switch to a language of :data:`LANGUAGES`; raises ValueError for any other."""
    global _catalogue, _language  # noqa: PLW0603  one language per process, chosen at start
    if code not in LANGUAGES:
        raise ValueError(f"unknown language {code!r}; there are {', '.join(LANGUAGES)}")
    file = resources.ROOT / "translations" / f"{code}.toml"
    _catalogue = tomllib.loads(file.read_text(encoding="utf-8")) if code != "en" else {}
    _language = code


def language() -> str:
    """Return the code of the language in use."""
    return _language


def system_language() -> str:
    """Return the language the desktop asks for (TANKSIDE_LANGUAGE first), or English."""
    wanted = (
        os.environ.get("TANKSIDE_LANGUAGE") or os.environ.get("LC_ALL") or os.environ.get("LANG")
    )
    wanted = wanted or locale.getlocale()[0] or "en"
    return "zh_CN" if wanted.lower().startswith("zh") else "en"


def tr(text: str, /, **values: object) -> str:
    """Return ``text`` in the language in use, with ``{name}`` replaced by the values."""
    translated = _catalogue.get(text, text)
    return translated.format(**values) if values else translated
