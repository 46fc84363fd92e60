"""What this console is made of: every part that is shipped, its version, its licence and its text.

Taken from the metadata that each installed package brings, in a checkout and in the frozen program
alike, so that it cannot fall behind.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, cast

import resources
from console.text import speaking, tr

if TYPE_CHECKING:
    from email.message import Message

NAME = "tankside"
LICENCES_FILE = "LICENCES.txt"
_NAME_OF_REQUIREMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_LICENCE_FILE = re.compile(r"(^|/)(licen[cs]es?|copying|notice|authors|ofl)[^/]*$", re.IGNORECASE)
_NO_LICENCE = frozenset({"", "UNKNOWN", "Other/Proprietary License"})
_LONGEST_EXPRESSION = 80


@dataclass(frozen=True, slots=True)
class Component:
    """One package that is shipped. ``licence`` is an SPDX expression where the package gives one,
    ``texts`` are the licence files in it.
    """

    name: str
    version: str
    licence: str
    home: str
    texts: tuple[str, ...]


def shipped_names() -> tuple[str, ...]:
    """Return the packages that are shipped on this system, Tankside first, then by name.

    They are those that Tankside requires, and what those require, as far as they are installed.
    """
    found = {NAME}
    waiting = [NAME]
    while waiting:
        for name in _required_by(waiting.pop()):
            if name not in found and _is_installed(name):
                found.add(name)
                waiting.append(name)
    return (NAME, *sorted(found - {NAME}))


@lru_cache(maxsize=1)
def components() -> tuple[Component, ...]:
    """Return every package that is shipped, with licences; the first is Tankside itself."""
    known = resources_known()
    return tuple(_component(metadata.distribution(name), known) for name in shipped_names())


def resources_known() -> dict[str, dict[str, str]]:
    """Return what packages do not say of themselves, by name: licence and the file of its text."""
    from drivers.files import read_toml

    packages = read_toml(resources.path("licences", "known.toml"))["package"]
    return {str(name): dict(table) for name, table in packages.items()}


def licences_text() -> str:
    """Return the licences of everything shipped, as one text for people."""
    rule = "=" * 78
    parts = [_heading()]
    for part in components():
        title = f"{part.name} {part.version}\nLicence: {part.licence}\n{part.home}".rstrip()
        parts.append(f"{rule}\n{title}\n{rule}\n")
        parts += [text.rstrip() + "\n" for text in part.texts] or ["(no text in the package)\n"]
    return "\n".join(parts)


def shipped_licences() -> str:
    """Return the licences of what this program ships: the frozen program's file, with the libraries
    of the system in it, else the text made from what is installed.
    """
    if getattr(sys, "frozen", False):
        file = Path(sys.executable).resolve().parent / LICENCES_FILE
        if file.is_file():
            return file.read_text(encoding="utf-8")
    return licences_text()


def about_line() -> str:
    """Return the sentence on Qt that the LGPL asks to be shown."""
    return tr(
        "Tankside {version} is free software under the Apache License 2.0. It uses Qt and PySide6 "
        "{qt} under the GNU LGPL version 3, unmodified and as separate libraries that may be "
        "replaced.",
        version=metadata.version(NAME),
        qt=metadata.version("PySide6-Essentials"),
    )


def _heading() -> str:
    with speaking("en"):
        return f"Licences of everything that is shipped with Tankside\n\n{about_line()}\n"


def _required_by(name: str) -> Iterator[str]:
    for line in metadata.distribution(name).requires or ():
        requirement, _, marker = line.partition(";")
        if "extra ==" in marker and not _is_wanted_extra(name, marker):
            continue
        match = _NAME_OF_REQUIREMENT.match(requirement.strip())
        if match:
            yield _normal(match.group())


def _is_wanted_extra(name: str, marker: str) -> bool:
    """Whether an optional part of a package is one that Tankside asks for (psycopg[binary])."""
    return any(
        re.match(rf"{re.escape(name)}\[([^\]]*)\]", _normal(line)) and extra in line
        for line in metadata.distribution(NAME).requires or ()
        for extra in re.findall(r"extra == ['\"]([^'\"]+)['\"]", marker)
    )


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _is_installed(name: str) -> bool:
    try:
        metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def _component(found: metadata.Distribution, known: dict[str, dict[str, str]]) -> Component:
    fields = cast("Message", found.metadata)
    name = _normal(fields["Name"])
    ours = known.get(name, {})
    texts = tuple(_texts(found)) + tuple(
        resources.path("licences", file).read_text(encoding="utf-8")
        for file in ours.get("texts", "").split()
    )
    return Component(
        fields["Name"], found.version, ours.get("licence") or _licence(fields), _home(fields), texts
    )


def _licence(fields: Message) -> str:
    given = fields.get("License-Expression") or ""
    if given:
        return given
    short = (fields.get("License") or "").strip()
    if short not in _NO_LICENCE and len(short) <= _LONGEST_EXPRESSION and "\n" not in short:
        return short
    classified = [
        line.rpartition(" :: ")[2]
        for line in fields.get_all("Classifier") or []
        if line.startswith("License :: ")
    ]
    return " AND ".join(classified) or "see its text"


def _home(fields: Message) -> str:
    page = fields.get("Home-page") or ""
    links = dict(
        line.split(", ", 1) for line in fields.get_all("Project-URL") or [] if ", " in line
    )
    lower = {key.lower(): value for key, value in links.items()}
    return page or next(
        (lower[key] for key in ("homepage", "source", "repository") if key in lower), ""
    )


def _texts(found: metadata.Distribution) -> Iterator[str]:
    root = getattr(found, "_path", None)  # the frozen program has no list of files
    if root is None:
        return
    for file in sorted(path for path in root.rglob("*") if path.is_file()):
        if _LICENCE_FILE.search(str(file.relative_to(root)).replace("\\", "/")):
            yield file.read_text(encoding="utf-8", errors="replace")
