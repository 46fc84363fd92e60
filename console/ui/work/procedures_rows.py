"""Procedures in words: rows of the list, of the checks, the changes, the history, the times.

No widget.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from console.session.procedure_desk import state_words
from console.session.procedure_files import ProcedureFile
from console.text import tr
from console.ui import formats
from console.ui.guided.words import choose_language, span
from console.ui.plain_table import Cell, Column, Ink, Line
from console.ui.work.procedures_words import SEVERITY_NAMES, STEP_NAMES, change_words, named
from procedures.diff import Change
from procedures.engine.state import Run, RunStatus
from procedures.register import Register, RevisionState
from procedures.revision import Revision
from procedures.texts import words

SHORT = 12
COLUMNS = (
    Column(lambda: tr("Procedure"), "Extract a server from a single-phase tank", grows=True),
    Column(lambda: tr("From"), "this site"),
    Column(lambda: tr("Revision"), "0123456789ab"),
    Column(lambda: tr("State"), "superseded"),
    Column(lambda: tr("Checks"), "12 errors"),
)
NARROW_HIDES = (1, 2)
CHECK_COLUMNS = (
    Column(lambda: tr("Line"), "1234:12"),
    Column(lambda: tr("Weight"), "error"),
    Column(lambda: tr("What is wrong"), "step cool-enough: no such point", grows=True),
)
CHANGE_COLUMNS = (
    Column(lambda: tr("Where"), "phase temperature, step cool-enough", grows=True),
    Column(lambda: tr("What changed"), "limit: 45 -> 50 Cel, in some more words", grows=True),
)
HISTORY_COLUMNS = (
    Column(lambda: tr("When"), "2026-11-21 12:04:11"),
    Column(lambda: tr("Revision"), "0123456789ab"),
    Column(lambda: tr("What"), "Superseded", grows=True),
    Column(lambda: tr("Who"), "Ngozi Okafor"),
)
TIME_COLUMNS = (
    Column(lambda: tr("Step"), "Wait until the fluid is cool enough", grows=True),
    Column(lambda: tr("Planned"), "120 min", right=True),
    Column(lambda: tr("Took"), "1:04:12", right=True),
    Column(lambda: tr("Longest"), "1:04:12", right=True),
    Column(lambda: tr("Runs"), "Runs", right=True),
)


@dataclass(frozen=True, slots=True)
class Paper:
    """One revision as the list shows it: from a file, or known from the log alone."""

    key: str
    file: ProcedureFile | None
    revision: Revision | None
    state: RevisionState

    @property
    def procedure(self) -> str:
        """The id of the procedure; the file's name for one that cannot be read."""
        if self.revision is not None:
            return self.revision.procedure.id
        return self.file.path.stem if self.file else self.key

    @property
    def title(self) -> str:
        """Its title in the screen's language."""
        if self.revision is None:
            return self.file.path.name if self.file else self.key
        spec = self.revision.procedure
        return words(spec.title, choose_language(spec))[0]

    @property
    def is_clean(self) -> bool:
        """Whether its file has no errors; what the log holds was clean when it was submitted."""
        return self.file is None or self.file.is_clean


def papers_of(
    files: Sequence[ProcedureFile],
    kept: Mapping[str, Revision],
    registers: Mapping[str, Register],
) -> list[Paper]:
    """Return every file, and every revision of the log in review or in force that is in none.

    ``kept`` has the texts of the log that were read, by hash.
    """
    found = [_of_file(file, registers) for file in files]
    shown = {paper.revision.digest for paper in found if paper.revision}
    for name in sorted(registers):
        register = registers[name]
        for digest in dict.fromkeys(entry.digest for entry in register.entries):
            state = register.state(digest)
            if digest not in shown and state in LIVE and digest in kept:
                found.append(Paper(digest, None, kept[digest], state))
    return sorted(found, key=lambda paper: (paper.title.casefold(), paper.key))


LIVE = (RevisionState.REVIEW, RevisionState.APPROVED)
"""States of revisions that concern somebody even where no file holds them any more."""


def _of_file(file: ProcedureFile, registers: Mapping[str, Register]) -> Paper:
    state = RevisionState.DRAFT
    if file.revision is not None:
        register = registers.get(file.revision.procedure.id, Register())
        state = register.state(file.revision.digest)
    return Paper(str(file.path), file, file.revision, state)


def paper_lines(papers: Sequence[Paper], wanted: str) -> tuple[Line, ...]:
    """Return a row for each procedure that has all words wanted."""
    asked = wanted.casefold().split()
    return tuple(_line(p) for p in papers if all(word in _haystack(p) for word in asked))


def origin_words(paper: Paper) -> str:
    """Return where a revision is from."""
    if paper.file is None:
        return tr("the log")
    return tr("shipped") if paper.file.is_shipped else tr("this site")


def checks_words(paper: Paper) -> str:
    """Return in short what checking a file found."""
    if paper.file is None:
        return "–"
    errors = max(paper.file.errors, 0 if paper.revision else 1)
    if errors:
        return tr("1 error") if errors == 1 else tr("{n} errors", n=errors)
    notes = len(paper.file.findings)
    if not notes:
        return tr("clean")
    return tr("1 note") if notes == 1 else tr("{n} notes", n=notes)


def _line(paper: Paper) -> Line:
    short = paper.revision.short if paper.revision else "–"
    is_draft = paper.state is RevisionState.DRAFT
    state = state_words(paper.state) if paper.revision else tr("unreadable")
    return Line(
        paper.key,
        (
            Cell(paper.title),
            Cell(origin_words(paper), Ink.QUIET),
            Cell(short, Ink.QUIET),
            Cell(state, Ink.QUIET if is_draft else Ink.PLAIN),
            Cell(checks_words(paper), Ink.QUIET if paper.is_clean else Ink.PLAIN),
        ),
    )


def _haystack(paper: Paper) -> str:
    told = [paper.procedure, origin_words(paper), state_words(paper.state)]
    if paper.revision is not None:
        spec = paper.revision.procedure
        told += [*spec.title.values(), *spec.purpose.values(), paper.revision.digest]
    return " ".join(told).casefold()


def check_lines(paper: Paper) -> tuple[Line, ...]:
    """Return a row for each finding, as the file has them."""
    findings = paper.file.findings if paper.file else ()
    return tuple(
        Line(
            str(number),
            (
                Cell(f"{one.line}:{one.column}", Ink.QUIET),
                Cell(named(SEVERITY_NAMES, one.severity)),
                Cell(f"{one.place}: {one.text}"),
            ),
        )
        for number, one in enumerate(findings)
    )


def change_lines(changes: Sequence[Change]) -> tuple[Line, ...]:
    """Return a row for each difference to the revision in force."""
    told = [change_words(change) for change in changes]
    return tuple(
        Line(str(n), (Cell(where, Ink.QUIET), Cell(what))) for n, (where, what) in enumerate(told)
    )


def history_lines(
    register: Register, name_of: Callable[[str], str], now_us: int
) -> tuple[Line, ...]:
    """Return every transition of the revisions of a procedure, the newest first."""
    return tuple(
        Line(
            str(number),
            (
                Cell(formats.clock(one.utc_us, now_us) if one.utc_us else "–", Ink.QUIET),
                Cell(one.digest[:SHORT], Ink.QUIET),
                Cell(_transition(one.step, one.note)),
                Cell(name_of(one.by)),
            ),
        )
        for number, one in reversed(list(enumerate(register.entries)))
    )


def _transition(step: str, note: str) -> str:
    said = named(STEP_NAMES, step)
    if step == "superseded":
        return tr("{what} by {revision}", what=said, revision=note[:SHORT])
    return f"{said}: {note}" if note else said


def last_words(register: Register, digest: str, name_of: Callable[[str], str], now_us: int) -> str:
    """Return who submitted and who approved a revision, and when, in one line."""
    told = []
    for step in ("submitted", "approved"):
        of = [one for one in register.entries if one.digest == digest and one.step == step]
        if of:
            when = formats.clock(of[-1].utc_us, now_us) if of[-1].utc_us else "–"
            what = named(STEP_NAMES, step)
            told.append(
                tr("{what} by {name}, {when}", what=what, name=name_of(of[-1].by), when=when)
            )
    return " \N{MIDDLE DOT} ".join(told)


def time_lines(revision: Revision, runs: Sequence[Run], language: str) -> tuple[Line, ...]:
    """Return what each step was planned to take and what it took, from the end of the one before.

    Only work that came to its end counts; a step that was never done there has no time.
    """
    spec = revision.procedure
    done = [run for run in runs if run.procedure == spec.id and run.status is RunStatus.FINISHED]
    took = [_took(run) for run in done]
    lines = []
    for name in spec.order:
        step = spec.steps[name]
        seconds = [times[name] for times in took if name in times]
        planned = f"{formats.decimal(step.minutes, 0)} {tr('min')}" if step.minutes else "–"
        lines.append(
            Line(
                name,
                (
                    Cell(words(step.title, language)[0]),
                    Cell(planned, Ink.QUIET),
                    Cell(span(median(seconds)) if seconds else "–", Ink.VALUE),
                    Cell(span(max(seconds)) if seconds else "–"),
                    Cell(str(len(seconds)) if seconds else "–", Ink.QUIET),
                ),
            )
        )
    return tuple(lines)


def _took(run: Run) -> Mapping[str, float]:
    """Return how long each step of a run took on its clock, seconds."""
    ended = sorted((one.at_us, name) for name, one in run.done.items() if one.result == "done")
    began = [0, *(at_us for at_us, _ in ended)]
    return {
        name: (at_us - from_us) / 1e6 for (at_us, name), from_us in zip(ended, began, strict=False)
    }
