"""Procedures: the library and a site's own, how far each revision has come, and how it reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from console.session.procedure_desk import APPROVE, AUTHOR, ProcedureDesk
from console.session.procedure_files import (
    ProcedureFile,
    own_folder,
    read_all,
    site_points,
)
from console.session.session import Refresh, Session
from console.text import tr
from console.ui.errands import Errand, Errands
from console.ui.guided.words import choose_language
from console.ui.plain_table import Line
from console.ui.work.acts import Act, Answers, Ask
from console.ui.work.procedures_detail import CHECKS, ProcedureDetail
from console.ui.work.procedures_rows import (
    COLUMNS,
    LIVE,
    NARROW_HIDES,
    Paper,
    paper_lines,
    papers_of,
)
from console.ui.work.sign_panel import SignPanel
from console.ui.work.things_view import ThingsView
from console.work.book import WorkBook
from console.work.events import Refused
from procedures.points import Known
from procedures.register import Register, RevisionState
from procedures.register_events import Revisions
from procedures.revision import Revision
from procedures.texts import words

_LOOK_S = 10.0
"""How often the files are looked at while the tab is shown; what was not written is not read."""


@dataclass(frozen=True, slots=True)
class Library:
    """What was read so far: files by path, texts of the log by hash; ``trouble`` in words."""

    files: Mapping[Path, ProcedureFile] = field(default_factory=dict)
    kept: Mapping[str, Revision] = field(default_factory=dict)
    is_done: bool = False
    trouble: str = ""


class ProceduresTab(QWidget):
    """The list of procedures and the one that is chosen."""

    open_subject = Signal(str, str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Procedures"))
        self.view = ProceduresView(session)
        self.view.open_subject.connect(self.open_subject)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.view)
        self.setFocusProxy(self.view.search)

    def refresh(self, _changes: Refresh) -> None:
        """Bring everything up to date; files are read elsewhere."""
        self.view.look_at_files()
        self.view.refresh()

    def show_procedure(self, procedure: str) -> None:
        """Choose a procedure by id: the revision in force, else any."""
        self.view.show_procedure(procedure)

    @property
    def settled(self) -> bool:
        """Whether every file has been read."""
        return self.view.library.is_done


class ProceduresView(ThingsView):
    """Every revision that concerns somebody; ``open_subject`` asks for another page."""

    open_subject = Signal(str, str)
    narrow_hides = NARROW_HIDES
    narrow = 640
    scrolls = False
    side = (520, 1120, 0.62)

    def __init__(self, session: Session) -> None:
        self.detail = ProcedureDetail(session)
        search = tr("Title, id, state")
        super().__init__(session, tr("Procedures"), COLUMNS, search, self.detail)
        self.library = Library()
        self.papers: dict[str, Paper] = {}
        self.sign = SignPanel(session)
        self.sign.setAccessibleName(tr("Signature"))
        self.acts.add_panel(self.sign)
        self._folder = own_folder(session)
        self._points: Known | None = None
        self._looked_s = float("-inf")
        self._version = -1
        self._asked: dict[str, RevisionState] = {}
        self._signing: Revision | None = None
        self._errands = Errands(self)
        self._errands.answered.connect(self._take)
        self.sign.given.connect(self._signed)
        self.sign.cancelled.connect(self.acts.leave)

    # ---- files ----

    def look_at_files(self) -> None:
        """Let the files be read in a thread of their own, every few seconds."""
        place, now_s = self.place, self.session.now().mono_s
        if place is None:
            return
        is_due = now_s - self._looked_s >= _LOOK_S or place.version != self._version
        if not is_due or (self._looked_s > float("-inf") and not self.library.is_done):
            return
        self._looked_s, self._version = now_s, place.version
        work = partial(
            _read, self._folder, self.session, self._points, self.library, place.runs.procedures
        )
        self._errands.send("procedures", work, lambda said: Library(is_done=True, trouble=said))

    def _take(self, result: object) -> None:
        if isinstance(result, Known):
            self._points = result
            return
        if not isinstance(result, Library):
            return
        if result.trouble:
            self.library = Library(self.library.files, self.library.kept, True, result.trouble)
        else:
            self.library = result
        self.look_again()

    # ---- the list ----

    def lines(self, book: WorkBook) -> tuple[Line, ...]:
        place = self.place
        registers = place.runs.procedures.registers if place else {}
        files = list(self.library.files.values())
        found = papers_of(files, self.library.kept, registers)
        self.papers = {paper.key: paper for paper in found}
        return paper_lines(found, self.search.text())

    def nothing(self) -> str:
        if not self.library.is_done:
            return tr("Reading the procedures …")
        return self.library.trouble or super().nothing()

    def show_procedure(self, procedure: str) -> None:
        """Choose a procedure by id."""
        self.search.clear()
        self.look_again()
        own = [paper for paper in self.papers.values() if paper.procedure == procedure]
        own.sort(key=lambda paper: paper.state is not RevisionState.APPROVED)
        if own:
            self.table.choose(own[0].key)

    def show_thing(self, book: WorkBook, key: str) -> None:
        self.detail.show_paper(self.papers.get(key))

    # ---- what can be done ----

    def acts_of(self, book: WorkBook, key: str) -> Sequence[Act]:
        paper, place = self.papers.get(key), self.place
        if paper is None or place is None:
            return ()
        desk = ProcedureDesk(place)
        if paper.state is RevisionState.REVIEW and paper.revision is not None:
            return (self._approving(paper.revision), self._returning(desk, paper.revision))
        if paper.file is not None and paper.state is not RevisionState.APPROVED:
            return (self._submitting(desk, paper, paper.file),)
        if paper.state is RevisionState.APPROVED:
            return (self._printing(paper),)
        return ()

    def _printing(self, paper: Paper) -> Act:
        return Act(
            "print",
            tr("Print a blank form …"),
            "",
            lambda _by, _answers: "",
            opens=lambda: self.open_subject.emit("paper", f"procedure/{paper.procedure}"),
        )

    def _submitting(self, desk: ProcedureDesk, paper: Paper, file: ProcedureFile) -> Act:
        def check() -> None:
            self._once(paper)
            try:
                desk.check_submission(file)
            except Refused:
                if not paper.is_clean:
                    self.detail.show_view(CHECKS)
                raise

        def do(by: str, answers: Answers) -> str:
            self._once(paper)
            desk.submit(by, file, answers["note"])
            self._asked[_digest(paper)] = paper.state
            return tr("Submitted. Now somebody else approves it, or gives it back.")

        return Act(
            "submit",
            tr("Submit for review"),
            AUTHOR,
            do,
            lambda: [Ask("note", tr("What is new in it"), hint=tr("may be empty"))],
            lambda: _about(paper),
            tr("Submit"),
            check,
        )

    def _returning(self, desk: ProcedureDesk, revision: Revision) -> Act:
        def do(by: str, answers: Answers) -> str:
            desk.give_back(by, revision, answers["note"])
            return tr("Given back to its author.")

        asks = [Ask("note", tr("What is to be changed"))]
        return Act("return", tr("Give back"), APPROVE, do, lambda: asks)

    def _approving(self, revision: Revision) -> Act:
        return Act(
            "approve",
            tr("Approve"),
            APPROVE,
            lambda _by, _answers: "",
            opens=lambda: self._ask_to_sign(revision),
        )

    def _ask_to_sign(self, revision: Revision) -> None:
        place = self.place
        if place is None:
            raise Refused(tr("The work log is not open yet."))
        desk = ProcedureDesk(place)
        desk.check_approval(revision)
        people = desk.approvers(revision)
        if not people:
            raise Refused(tr("Nobody may approve it: who wrote or submitted it does not count."))
        self._signing = revision
        act = tr(
            "Approve: {title}, revision {revision}", title=_title(revision), revision=revision.short
        )
        chosen = place.hands if any(one.id == place.hands for one in people) else people[0].id
        self.acts.show_panel(self.sign)
        self.sign.ask(act, people, chosen=chosen)

    def _signed(self, person: str, pin: str) -> None:
        place, revision = self.place, self._signing
        if place is None or revision is None:
            return
        self.sign.wait()

        def done() -> None:
            self.sign.done()
            self.acts.leave()
            self.acts.say(tr("Approved. New work follows this revision."))

        ProcedureDesk(place).approve(person, pin, revision, done, self.sign.refuse)

    def _once(self, paper: Paper) -> None:
        """Refuse to submit again what is still on its way to the disk."""
        if self._asked.get(_digest(paper)) is paper.state and self._is_waiting(paper):
            raise Refused(tr("It is submitted already and being recorded."))

    def _is_waiting(self, paper: Paper) -> bool:
        place = self.place
        if place is None or paper.revision is None:
            return False
        return place.runs.state_of(paper.revision) is paper.state


def _read(
    folder: Path | None,
    session: Session,
    points: Known | None,
    before: Library,
    revisions: Revisions,
    errand: Errand,
) -> None:
    """Read all files and the texts of the log that concern somebody; deliver what is there."""
    if points is None:
        points = site_points(session)
        errand.deliver(points)
    files: dict[Path, ProcedureFile] = {}
    for file in read_all(folder, points, before.files):
        if errand.cancelled:
            return
        is_new = before.files.get(file.path) is not file
        files[file.path] = file
        if is_new:
            errand.deliver(Library({**before.files, **files}, before.kept))
    registers: Mapping[str, Register] = dict(revisions.registers)
    digests = {
        digest
        for register in registers.values()
        for digest in dict.fromkeys(entry.digest for entry in register.entries)
        if register.state(digest) in LIVE
    }
    in_files = {file.revision.digest: file.revision for file in files.values() if file.revision}
    texts = {digest: in_files.get(digest) or revisions.revisions.get(digest) for digest in digests}
    kept = {digest: text for digest, text in texts.items() if text is not None}
    errand.deliver(Library(files, kept, is_done=True))


def _digest(paper: Paper) -> str:
    return paper.revision.digest if paper.revision else paper.key


def _title(revision: Revision) -> str:
    spec = revision.procedure
    return words(spec.title, choose_language(spec))[0]


def _about(paper: Paper) -> str:
    short = paper.revision.short if paper.revision else ""
    return f"{paper.title}\n{paper.procedure} {short}".strip()
