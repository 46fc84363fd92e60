"""How bad it is: one order for conditions, for what is latched and for what is shown.

Loss of data is a severity, not "all right". It stands above critical, because what is not seen may
be anything, and below fatal, because it must never hide a fatal reading that *was* seen.
"""

from __future__ import annotations

from enum import IntEnum

PRIORITIES = (1, 2, 3, 4)
"""1 is the most urgent; 4 is for what can wait for the next round."""


class Severity(IntEnum):
    """How bad a condition is; the greater number is the worse."""

    OK = 0
    CAUTION = 1
    CRITICAL = 2
    UNKNOWN = 3
    FATAL = 4

    @property
    def word(self) -> str:
        """The name in files and records: ``caution``."""
        return self.name.lower()

    @classmethod
    def of_word(cls, word: object) -> Severity:
        """Return the severity of a word; one that a newer version wrote reads as UNKNOWN."""
        return _OF_WORD.get(str(word), cls.UNKNOWN)

    @classmethod
    def of_limit(cls, severity: int) -> Severity:
        """Return that of a limit or a state: 1 caution, 2 critical, 3 fatal."""
        return _OF_LIMIT[severity]


_OF_WORD = {severity.name.lower(): severity for severity in Severity}
_OF_LIMIT = {1: Severity.CAUTION, 2: Severity.CRITICAL, 3: Severity.FATAL}
