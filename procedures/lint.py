"""Reads a procedure as a careful colleague would: every broken rule with file, line and column."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from drivers.files import FileError, FileModel, faults_of, parse, place_of, read_toml
from procedures.lint_checks import check_rules
from procedures.lint_order import order_rules
from procedures.lint_steps import step_rules
from procedures.lint_texts import text_rules
from procedures.lint_words import Doubt, Severity
from procedures.points import Known, shipped
from procedures.spec import GUIDE, Procedure
from procedures.yaml_text import YamlText, read_yaml, yaml_of


class Rule(FileModel):
    """A rule in words: what it finds, why that is bad, what to write instead."""

    title: str
    why: str
    instead: str


class _Rules(FileModel):
    rules: dict[str, Rule]


@cache
def rules() -> dict[str, Rule]:
    """Return every rule by id."""
    path = Path(__file__).parent / "rules.toml"
    return parse(_Rules, {"rules": read_toml(path)}, path).rules


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken rule: where, the rule's id, and a sentence."""

    file: str
    line: int
    column: int
    place: str
    rule: str
    severity: Severity
    text: str

    def __str__(self) -> str:
        at = f"{self.file}:{self.line}:{self.column}"
        return f"{at}: {self.severity}: {self.place}: {self.text} [{self.rule}]"

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return asdict(self)


def lint_file(path: Path, known: Known | None = None) -> list[Finding]:
    """Return what is wrong with a file; what cannot even be read is one finding."""
    try:
        return lint_yaml(read_yaml(path), known)
    except FileError as error:
        return [_unreadable(str(error), path)]


def lint_bytes(raw: bytes, path: Path, known: Known | None = None) -> list[Finding]:
    """Return what is wrong with the bytes of a file, like :func:`lint_file`."""
    try:
        return lint_yaml(yaml_of(raw, path), known)
    except FileError as error:
        return [_unreadable(str(error), path)]


def lint_yaml(text: YamlText, known: Known | None = None) -> list[Finding]:
    """Return what is wrong with what was read, in the order of the lines."""
    found = list(_findings(text, known or shipped()))
    return sorted(found, key=lambda one: (one.line, one.column, one.severity, one.rule, one.text))


def has_errors(findings: list[Finding]) -> bool:
    """Whether any finding forbids approval."""
    return any(finding.severity == "error" for finding in findings)


def _findings(text: YamlText, known: Known) -> Iterator[Finding]:
    try:
        procedure = Procedure.model_validate(text.data)
    except ValidationError as error:
        for fault in faults_of(error, GUIDE):
            yield _finding(text, Doubt(fault.path, "model", "error", fault.text))
        return
    for doubt in (
        *step_rules(procedure, text),
        *check_rules(procedure, known),
        *order_rules(procedure),
        *text_rules(procedure),
    ):
        yield _finding(text, doubt)


def _finding(text: YamlText, doubt: Doubt) -> Finding:
    place = text.place(doubt.path)
    where = place_of(doubt.path, text.data)
    file = str(text.path)
    return Finding(file, place.line, place.column, where, doubt.rule, doubt.severity, doubt.text)


def _unreadable(sentence: str, path: Path) -> Finding:
    rest = sentence.removeprefix(f"{path}:")
    line, _, rest_of = rest.partition(":")
    column, _, said = rest_of.partition(":")
    if line.isdigit() and column.isdigit():
        place = (int(line), int(column))
        return Finding(str(path), *place, "the file", "yaml", "error", said.strip())
    return Finding(str(path), 1, 1, "the file", "yaml", "error", rest.strip())
