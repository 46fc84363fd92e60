"""Files a person writes: reading them, and saying in one sentence what is wrong with them."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from drivers.toml_lines import Lines

SITE_GUIDE = "docs/site-file.md"
ModelT = TypeVar("ModelT", bound=BaseModel)


class FileError(Exception):
    """A file that a person wrote cannot be used: file, place, what was found, what is allowed."""


class FileModel(BaseModel):
    """The base of everything read from a site's files: unknown keys refused, values frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong in a file: the key path to it, the rule it breaks, a sentence."""

    path: tuple[str | int, ...]
    rule: str
    text: str


def faults_error(faults: Sequence[Fault]) -> PydanticCustomError:
    """Return what a validator raises to name several faults, each at its own place in the file."""
    told = "; ".join(fault.text for fault in faults)
    return PydanticCustomError("faults", "{told}", {"told": told, "faults": list(faults)})


def read_text(path: Path) -> str:
    """Return a text file; raises FileError when there is none or it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise FileError(f"{path}: there is no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(f"{path}: cannot be read: {error}") from None


def read_toml(path: Path) -> dict[str, Any]:
    """Return the tables of a TOML file; raises FileError with the line of a syntax error."""
    return toml_of(read_text(path), path)


def toml_of(text: str, path: Path) -> dict[str, Any]:
    """Return the tables of a TOML text read from ``path``; raises FileError like read_toml."""
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise FileError(f"{path}: not valid TOML: {error}") from None


def parse(
    model: type[ModelT],
    data: dict[str, Any],
    path: Path,
    *,
    text: str = "",
    guide: str = SITE_GUIDE,
) -> ModelT:
    """Validate ``data`` read from ``path``; raises FileError naming every fault and its place.

    ``text`` is what ``data`` was read from: with it every fault also names its line. ``guide`` is
    the page that explains the file.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise FileError("\n".join(explain(error, data, path, text, guide))) from None


def explain(
    error: ValidationError,
    data: dict[str, Any],
    path: Path,
    text: str = "",
    guide: str = SITE_GUIDE,
) -> list[str]:
    """Return one line per fault: file, line if known, key path, what was found, what is allowed."""
    lines = Lines(text) if text else None
    told = []
    for fault in faults_of(error, guide):
        line = lines.of(fault.path) if lines else None
        place = f"{path}:{line}" if line else f"{path}"
        told.append(f"{place}: {place_of(fault.path, data)}: {fault.text}")
    return told


def faults_of(error: ValidationError, guide: str = SITE_GUIDE) -> list[Fault]:
    """Return every fault that a model found.

    A list whose items are wrong also counts as too short; saying so would point the wrong way.
    """
    details = error.errors()
    inner = {d["loc"][:-i] for d in details for i in range(1, len(d["loc"]))}
    found: list[Fault] = []
    for detail in details:
        if detail["type"] == "faults":
            found += [
                Fault((*detail["loc"], *fault.path), fault.rule, fault.text)
                for fault in detail["ctx"]["faults"]
            ]
        elif not (detail["type"] == "too_short" and detail["loc"] in inner):
            found.append(Fault(detail["loc"], detail["type"], _what(detail, guide)))
    return found


def place_of(path: tuple[str | int, ...], data: dict[str, Any]) -> str:
    """Write ``("tank", 1, "url")`` as ``tank[2] "tank-b" url``: people count from one."""
    words: list[str] = []
    node: Any = data
    for part in path:
        if isinstance(part, int):
            node = node[part] if isinstance(node, list) and part < len(node) else None
            name = node.get("id", node.get("key")) if isinstance(node, dict) else None
            words[-1:] = [
                f"{words[-1] if words else ''}[{part + 1}]" + (f' "{name}"' if name else "")
            ]
        else:
            node = node.get(part) if isinstance(node, dict) else None
            words.append(part)
    return " ".join(words) or "the file"


def _what(fault: ErrorDetails, guide: str) -> str:
    if fault["type"] == "extra_forbidden":
        return f"unknown key (found {fault['input']!r}); check the spelling against {guide}"
    if fault["type"] == "missing":
        return "missing; it must be given"
    if fault["type"] in {"tuple_type", "list_type"} and isinstance(fault["input"], dict):
        return f"is one table; write [[{fault['loc'][-1]}]], once for each"
    message = fault["msg"].removeprefix("Value error, ")
    shown = repr(fault["input"])
    return message if isinstance(fault["input"], dict | list) else f"{message} (found {shown[:80]})"
