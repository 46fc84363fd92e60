"""The rows of the outline: which step is done, by whom and when, which is now, which was left out.

Pure: out of a run as it stands, with the place-keeping marks of a paper procedure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum, auto

from console.text import tr
from console.ui import formats
from procedures.engine.state import Outcome, Run
from procedures.spec import Procedure, Step
from procedures.texts import words

NameOf = Callable[[str], str]


class Mark(Enum):
    """Where a step stands; ``BEYOND`` will not be reached any more."""

    DONE = auto()
    NOW = auto()
    SKIPPED = auto()
    FAILED = auto()
    AHEAD = auto()
    BEYOND = auto()


def mark_text(mark: Mark) -> str:
    """Return the word of a mark."""
    return {
        Mark.DONE: tr("done"),
        Mark.NOW: tr("now"),
        Mark.SKIPPED: tr("skipped"),
        Mark.FAILED: tr("failed"),
        Mark.AHEAD: tr("not reached"),
        Mark.BEYOND: tr("left out"),
    }[mark]


@dataclass(frozen=True, slots=True)
class Heading:
    """A phase, or the way to a safe state, with how many of its steps are behind."""

    number: str
    title: str
    passed: int
    steps: int
    is_way_to_safe: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A step: its mark, its title, who did it and when, how often it was begun."""

    step: str
    title: str
    mark: Mark
    note: str = ""
    visits: int = 1


Row = Heading | Line


def outline_rows(
    run: Run, procedure: Procedure, language: str, now_us: int, name_of: NameOf
) -> tuple[Row, ...]:
    """Return headings and steps in the order of the file.

    The way to safe that is being followed stands right after the phase that was left.
    """
    teller = _Teller(run, procedure, language, now_us, name_of)
    return tuple(teller.rows())


def progress(rows: tuple[Row, ...]) -> tuple[int, int]:
    """Return how many steps are behind and how many there are: of the way to safe if there is one.

    A step that was left behind is behind: done, or skipped as the author allows.
    """
    ways = [row for row in rows if isinstance(row, Heading) and row.is_way_to_safe]
    counted = ways or [row for row in rows if isinstance(row, Heading)]
    return sum(row.passed for row in counted), sum(row.steps for row in counted)


@dataclass(frozen=True, slots=True)
class _Teller:
    run: Run
    procedure: Procedure
    language: str
    now_us: int
    name_of: NameOf

    def rows(self) -> Iterator[Row]:
        left_in = self.procedure.phase_of.get(self.run.left_at)
        for number, phase in enumerate(self.procedure.phases, 1):
            title = words(phase.title, self.language)[0]
            yield from self._section(str(number), title, phase.steps, is_way=False)
            if phase is left_in:
                yield from self._way()
        if left_in is None:
            yield from self._way()

    def _way(self) -> Iterator[Row]:
        path = self.procedure.paths.get(self.run.path)
        if path is not None:
            title = words(path.title, self.language)[0]
            yield from self._section("", title, path.steps, is_way=True)

    def _section(
        self, number: str, title: str, steps: tuple[Step, ...], *, is_way: bool
    ) -> Iterator[Row]:
        lines = [self._line(step) for step in steps]
        passed = sum(line.mark in {Mark.DONE, Mark.SKIPPED} for line in lines)
        yield Heading(number, title, passed, len(lines), is_way)
        yield from lines

    def _line(self, step: Step) -> Line:
        outcome = self.run.done.get(step.id)
        mark = self._mark(step.id, outcome)
        title = words(step.title, self.language)[0]
        note = self._note(outcome, mark) if outcome and mark is not Mark.NOW else ""
        return Line(step.id, title, mark, note, max(self.run.visits.get(step.id, 1), 1))

    def _mark(self, step: str, outcome: Outcome | None) -> Mark:
        current = self.run.current
        if current is not None and current.step == step:
            return Mark.NOW
        if outcome is not None:
            return {"skipped": Mark.SKIPPED, "failed": Mark.FAILED}.get(outcome.result, Mark.DONE)
        is_main = not self.procedure.is_make_safe(step)
        is_beyond = self.run.is_over or (is_main and not self.run.phase_holds)
        return Mark.BEYOND if is_beyond else Mark.AHEAD

    def _note(self, outcome: Outcome, mark: Mark) -> str:
        """Who and when; a second signature too. Times of the run's clock become local ones."""
        utc_us = self.run.at.utc_us - (self.run.clock_us - outcome.at_us)
        people = [self.name_of(one) for one in (outcome.by, outcome.second) if one]
        told = [*([mark_text(mark)] if mark is not Mark.DONE else []), *people]
        return f"{formats.clock(utc_us, self.now_us)}  {', '.join(told)}"
