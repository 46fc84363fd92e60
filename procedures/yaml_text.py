"""YAML as a procedure uses it: what a person sees is what is read, and every place has a line.

The subset is YAML 1.2 without its traps: one document, no anchors, aliases, tags or directives, no
key twice, and no plain word that another YAML would read as a date, a truth or a clock time. A file
that breaks a rule is refused with one sentence that names file, line and column.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, StringMark, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceStartEvent,
)
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from drivers.files import FileError

KeyPath = tuple[str | int, ...]
MOST_BYTES = 1_000_000
_MOST_DEPTH = 30
_MOST_NODES = 50_000
_WHOLE = re.compile(r"[-+]?(?:0|[1-9]\d*)")
_DECIMAL = re.compile(r"[-+]?(?:0|[1-9]\d*)\.\d+(?:[eE][-+]?\d+)?")
_TRUTHS = {"true": True, "false": False}
_TRUTH_ELSEWHERE = re.compile(r"(?i:y|n|yes|no|on|off|true|false)")
_NOTHING = re.compile(r"(?i:~|null|)")
_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}([Tt ].*)?")
_CLOCK = re.compile(r"[-+]?\d+(?::\d+)+(?:\.\d*)?")
_ODD_NUMBER = re.compile(r"[-+]?(?:0[0-9box][0-9a-fA-F_]*|[\d_]*\d_[\d_]*|\d*\.\d*|\d[\d.]*[eE].*)")
_NOT_A_NUMBER = re.compile(r"(?i:[-+]?\.(?:inf|nan))")
_ODD = (
    (_NOTHING, "nothing is given; leave the key out, or write a value"),
    (
        _TRUTH_ELSEWHERE,
        "{!r} may mean a truth or a word; write true or false, or put it in quotes",
    ),
    (_DATE, "{!r} looks like a date; put it in quotes"),
    (_CLOCK, "{!r} looks like a clock time; put it in quotes, or write seconds"),
    (_NOT_A_NUMBER, "{!r} is not a number that can be compared"),
    (_ODD_NUMBER, "{!r} may be read as different numbers; write it plainly, or put it in quotes"),
)
"""What another reader of YAML would take for something else, and what to write instead."""


@dataclass(frozen=True, slots=True)
class Place:
    """A line and a column, both counted from one."""

    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class YamlText:
    """What a text holds (``data``: dict, list, str, int, float, bool) and where each part stands.

    ``places`` has the place of every key and every list item by its path from the top.
    """

    path: Path
    data: dict[str, Any]
    places: dict[KeyPath, Place] = field(default_factory=dict)

    def place(self, path: KeyPath) -> Place:
        """Return where a path stands, or the nearest thing around it."""
        for end in range(len(path), 0, -1):
            if path[:end] in self.places:
                return self.places[path[:end]]
        return Place(1, 1)

    def at(self, path: KeyPath) -> str:
        """Return ``file:line:column`` of a path."""
        return f"{self.path}:{self.place(path)}"


def read_yaml(path: Path) -> YamlText:
    """Read a file; raises FileError with file, line and column when it cannot be used."""
    try:
        size = path.stat().st_size
        if size > MOST_BYTES:
            raise FileError(f"{path}:1:1: {size} bytes; a procedure has at most {MOST_BYTES}")
        raw = path.read_bytes()
    except FileNotFoundError:
        raise FileError(f"{path}: there is no such file") from None
    except OSError as error:
        raise FileError(f"{path}: cannot be read: {error.strerror}") from None
    return yaml_of(raw, path)


def yaml_of(raw: bytes, path: Path) -> YamlText:
    """Read the bytes of a file; raises FileError like :func:`read_yaml`."""
    if len(raw) > MOST_BYTES:
        raise FileError(f"{path}:1:1: {len(raw)} bytes; a procedure has at most {MOST_BYTES}")
    text = _decoded(raw, path)
    try:
        _check_events(text, path)
        node = _yaml().compose(text)
    except YAMLError as error:
        raise _syntax_error(error, text, path) from None
    except (RecursionError, ValueError) as error:
        raise FileError(f"{path}:1:1: not valid YAML: {error}") from None
    if not isinstance(node, MappingNode):
        raise FileError(f"{path}:1:1: a procedure begins with 'schema: procedure/1'")
    reader = _Reader(path)
    data = reader.mapping(node, ())
    return YamlText(path, data, reader.places)


def _yaml() -> YAML:
    return YAML(typ="safe", pure=True)


def _decoded(raw: bytes, path: Path) -> str:
    try:
        return raw.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        column = error.start - raw.rfind(b"\n", 0, error.start)
        what = f"byte 0x{raw[error.start]:02x} is not UTF-8; save the file as UTF-8"
        raise FileError(f"{path}:{line}:{column}: {what}") from None


def _check_events(text: str, path: Path) -> None:
    """Refuse what would have to be expanded or guessed, before anything is built from it."""
    depth = nodes = documents = 0
    for event in _yaml().parse(text):
        fault = _event_fault(event)
        if isinstance(event, DocumentStartEvent):
            documents += 1
            fault = fault or ("a second document; one file is one procedure" * (documents > 1))
        if isinstance(event, NodeEvent):
            nodes += 1
            fault = fault or (f"more than {_MOST_NODES} values" * (nodes > _MOST_NODES))
        if isinstance(event, MappingStartEvent | SequenceStartEvent):
            depth += 1
            fault = fault or (f"more than {_MOST_DEPTH} levels deep" * (depth > _MOST_DEPTH))
        elif type(event).__name__ in {"MappingEndEvent", "SequenceEndEvent"}:
            depth -= 1
        if fault:
            raise FileError(f"{path}:{_of_mark(event.start_mark)}: {fault}")


def _event_fault(event: object) -> str:
    if isinstance(event, AliasEvent):
        return f"'*{event.anchor}' is an alias; write it out, or name it under 'hazards'"
    if isinstance(event, DocumentStartEvent) and (event.version or event.tags):
        return "a '%' directive; a procedure needs none"
    if isinstance(event, NodeEvent) and event.anchor:
        return f"'&{event.anchor}' is an anchor; write it out, or name it under 'hazards'"
    if isinstance(event, ScalarEvent | MappingStartEvent | SequenceStartEvent) and event.tag:
        return f"the tag {str(event.tag)!r} is not allowed; write the plain value"
    return ""


def _of_mark(mark: object) -> Place:
    if isinstance(mark, StringMark):
        return Place(mark.line + 1, mark.column + 1)
    return Place(1, 1)


def _syntax_error(error: YAMLError, text: str, path: Path) -> FileError:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    place = Place(mark.line + 1, mark.column + 1) if mark else _place_of_character(error, text)
    lines = text.split("\n")
    line = lines[place.line - 1] if place.line <= len(lines) else ""
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return FileError(f"{path}:{place}: a tab character; indent with spaces")
    problem = error.problem if isinstance(error, MarkedYAMLError) else None
    said = " ".join(str(problem or getattr(error, "reason", None) or error).split())
    return FileError(f"{path}:{place}: not valid YAML: {said}")


def _place_of_character(error: YAMLError, text: str) -> Place:
    """Return where a character stands that YAML does not allow; such errors carry no mark."""
    at = getattr(error, "position", 0)
    at = at if isinstance(at, int) else 0
    return Place(text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))


class _Reader:
    """Turns nodes into data, noting where each stands."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.places: dict[KeyPath, Place] = {}

    def mapping(self, node: MappingNode, at: KeyPath) -> dict[str, Any]:
        """Return a mapping; raises FileError for a key that is no word or comes twice."""
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = self._key(key_node)
            if key in found:
                first = self.places[(*at, key)].line
                raise self._error(key_node, f"the key {key!r} again; it is already on line {first}")
            where = (*at, key)
            self.places[where] = _of_mark(key_node.start_mark)
            if self._is_plain(value_node) and value_node.value == "":
                raise self._error(key_node, f"{key!r}: {_plain_fault('')}")
            found[key] = self._value(value_node, where)
        return found

    def _key(self, node: Node) -> str:
        if not isinstance(node, ScalarNode):
            raise self._error(node, "a key must be one word")
        if self._is_plain(node) and node.value == "<<":
            raise self._error(node, "'<<' merges are not allowed; write the keys out")
        key = self._scalar(node)
        if isinstance(key, bool) or not isinstance(key, str):
            raise self._error(node, f"the key {node.value!r} is not a word; put it in quotes")
        return key

    def _value(self, node: Node, at: KeyPath) -> Any:
        if isinstance(node, MappingNode):
            return self.mapping(node, at)
        if isinstance(node, SequenceNode):
            items = []
            for number, item in enumerate(node.value):
                self.places[(*at, number)] = _of_mark(item.start_mark)
                items.append(self._value(item, (*at, number)))
            return items
        return self._scalar(node)

    @staticmethod
    def _is_plain(node: Node) -> bool:
        return getattr(node, "style", None) is None

    def _scalar(self, node: Node) -> Any:
        return self._plain(node) if self._is_plain(node) else str(node.value)

    def _plain(self, node: Node) -> Any:
        text: str = node.value
        if text in _TRUTHS:
            return _TRUTHS[text]
        if _WHOLE.fullmatch(text) and len(text) < 20:
            return int(text)
        if _DECIMAL.fullmatch(text):
            return float(text)
        fault = _plain_fault(text)
        if fault:
            raise self._error(node, fault)
        return text

    def _error(self, node: Node, text: str) -> FileError:
        return FileError(f"{self._path}:{_of_mark(node.start_mark)}: {text}")


def _plain_fault(text: str) -> str:
    """Say why a word without quotes could be read in two ways, or nothing."""
    return next((said.format(text) for odd, said in _ODD if odd.fullmatch(text)), "")
