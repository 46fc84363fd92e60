"""Reads a register map as a colleague would: what is wrong, what is doubtful, and on which line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from drivers.files import FileError, faults_of, place_of, read_text, toml_of
from drivers.modbus.lint_rules import RULES
from drivers.modbus.regmap import GUIDE, RegisterMap
from drivers.toml_lines import Lines

Severity = Literal["error", "warning"]
_AT_LINE = re.compile(r"\(at line (\d+), column \d+\)")


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken rule: where, which point if one, the rule's name, and a sentence."""

    file: str
    line: int | None
    place: str
    point: str
    rule: str
    severity: Severity
    text: str

    def __str__(self) -> str:
        at = f"{self.file}:{self.line}" if self.line else self.file
        return f"{at}: {self.severity}: {self.place}: {self.text} [{self.rule}]"

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return asdict(self)


def lint_file(path: Path) -> list[Finding]:
    """Return what is wrong with a file; raises FileError when it cannot be read at all."""
    return lint_text(read_text(path), path)


def lint_text(text: str, path: Path) -> list[Finding]:
    """Return what is wrong with a map's text, errors and warnings in the order of their lines."""
    try:
        data = toml_of(text, path)
    except FileError as error:
        found = _AT_LINE.search(str(error))
        line = int(found.group(1)) if found else None
        sentence = str(error).removeprefix(f"{path}: ")
        return [Finding(str(path), line, "the file", "", "toml", "error", sentence)]
    found_in = _File(data, path, Lines(text)).findings()
    return sorted(found_in, key=lambda finding: (finding.line or 0, finding.severity))


@dataclass(frozen=True, slots=True)
class _File:
    data: dict[str, Any]
    path: Path
    lines: Lines

    def findings(self) -> Iterator[Finding]:
        try:
            regmap = RegisterMap.model_validate(self.data)
        except ValidationError as error:
            for fault in faults_of(error, GUIDE):
                yield self._finding(fault.path, fault.rule, "error", fault.text)
            return
        for rule in RULES:
            for doubt in rule(regmap):
                yield self._finding(doubt.path, doubt.rule, doubt.severity, doubt.text)

    def _finding(
        self, where: tuple[str | int, ...], rule: str, severity: Severity, text: str
    ) -> Finding:
        return Finding(
            str(self.path),
            self.lines.of(where),
            place_of(where, self.data),
            self._point(where),
            rule,
            severity,
            text,
        )

    def _point(self, where: tuple[str | int, ...]) -> str:
        """Return the key of the point that a path leads into, or nothing."""
        if len(where) < 2 or not isinstance(where[1], int):
            return ""
        tables = self.data.get(str(where[0]))
        entry = tables[where[1]] if isinstance(tables, list) and where[1] < len(tables) else None
        return str(entry.get("key", "")) if isinstance(entry, dict) else ""
