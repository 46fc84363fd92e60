"""Files a person writes: reading them, and saying in one sentence what is wrong with them."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

ModelT = TypeVar("ModelT", bound=BaseModel)


class FileError(Exception):
    """A file that a person wrote cannot be used: file, place, what was found, what is allowed."""


class FileModel(BaseModel):
    """The base of everything read from a site's files: unknown keys refused, values frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def read_toml(path: Path) -> dict[str, Any]:
    """Return the tables of a TOML file; raises FileError with the line of a syntax error."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise FileError(f"{path}: there is no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(f"{path}: cannot be read: {error}") from None
    except tomllib.TOMLDecodeError as error:
        raise FileError(f"{path}: not valid TOML: {error}") from None


def parse(model: type[ModelT], data: dict[str, Any], path: Path) -> ModelT:
    """Validate ``data`` read from ``path``; raises FileError naming every fault and its place."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise FileError("\n".join(explain(error, data, path))) from None


def explain(error: ValidationError, data: dict[str, Any], path: Path) -> list[str]:
    """Return one line per fault: file, key path, what was found and what is allowed.

    A list whose items are wrong also counts as too short; saying so would point the wrong way.
    """
    faults = error.errors()
    inner = {fault["loc"][:-i] for fault in faults for i in range(1, len(fault["loc"]))}
    shown = [f for f in faults if not (f["type"] == "too_short" and f["loc"] in inner)]
    return [f"{path}: {_where(fault, data)}: {_what(fault)}" for fault in shown]


def _where(fault: ErrorDetails, data: dict[str, Any]) -> str:
    """Write ``("tank", 1, "url")`` as ``tank[2] "tank-b" url``: people count from one."""
    words: list[str] = []
    node: Any = data
    for part in fault["loc"]:
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


def _what(fault: ErrorDetails) -> str:
    if fault["type"] == "extra_forbidden":
        return (
            f"unknown key (found {fault['input']!r}); check the spelling against docs/site-file.md"
        )
    if fault["type"] == "missing":
        return "missing; it must be given"
    message = fault["msg"].removeprefix("Value error, ")
    shown = repr(fault["input"])
    return message if isinstance(fault["input"], dict | list) else f"{message} (found {shown[:80]})"
