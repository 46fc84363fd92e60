"""Why something written on paper cannot be taken as it stands, box by box."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from procedures.engine.sentence import Sentence


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at a box (empty: at none): words, or a sentence of the engine."""

    box: str
    why: str | Sentence

    def __str__(self) -> str:
        return str(self.why)


class CopyError(Exception):
    """An entry that does not keep to the rules; nothing of it was taken."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(map(str, self.faults)))


def fault(box: str, why: str | Sentence) -> CopyError:
    """Return the error of one box."""
    return CopyError((Fault(box, why),))
