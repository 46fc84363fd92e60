"""No test may log a warning that it does not expect, or expect one that never comes."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Expectation:
    """A record that the test is about: a regular expression on its message."""

    pattern: str
    optional: bool = False

    def fits(self, record: logging.LogRecord) -> bool:
        return re.search(self.pattern, record.getMessage()) is not None


class Expected:
    """What a test says about the log: ``expected_logs("tank-1 .* fell silent")``.

    The record must come, unless ``optional``; any other record of WARNING or above fails the test.
    """

    def __init__(self) -> None:
        self.all: list[Expectation] = []

    def __call__(self, *patterns: str, optional: bool = False) -> None:
        self.all += [Expectation(pattern, optional) for pattern in patterns]


class Recorder(logging.Handler):
    """Keeps every record of WARNING or above that reaches the root logger."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)

    def restart(self) -> None:
        """Begin a test: forget, and listen again where a test has removed the root's handlers."""
        self.records = []
        root = logging.getLogger()
        if self not in root.handlers:
            root.addHandler(self)


def problems(records: Iterable[logging.LogRecord], expected: Iterable[Expectation]) -> list[str]:
    """Return one line per record that nobody expected and per expectation that nothing met."""
    records, expected = list(records), list(expected)
    found = [
        f"log: {r.levelname} from {r.name}: {r.getMessage()} ({r.filename}:{r.lineno}); "
        "expected_logs(...) says when that is meant"
        for r in records
        if not any(e.fits(r) for e in expected)
    ]
    return found + [
        f"log: nothing was logged that matches {e.pattern!r}"
        for e in expected
        if not e.optional and not any(e.fits(r) for r in records)
    ]
