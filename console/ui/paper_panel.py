"""Printing from the screen: which document, on which paper, what it says, and where it is saved.

The window has no viewer for PDF: the pages are looked at in the system's own. What the document
says can be read here before. The log is told of a document before its file has its name.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QRectF, QStandardPaths, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPlainTextEdit, QVBoxLayout

from console.history.events import EventDraft
from console.history.kinds import Kind
from console.history.status import StorageState
from console.session.session import Session
from console.session.workplace import Workplace
from console.text import LANGUAGES, language, tr
from console.ui import formats
from console.ui.controls import Button, Choice, Field, ScrollBar, frame
from console.ui.guided.photos import beside
from console.ui.paper_jobs import Made, PaperJob, give_name, write_draft
from console.ui.setup_parts import Words
from console.ui.theme import font, look, theme

_SYSTEM = "system"


class PaperPanel(QFrame):
    """Makes one of some documents beside the window, and saves it where the person chooses."""

    def __init__(self, session: Session, place: Callable[[], Workplace | None]) -> None:
        super().__init__()
        self._session = session
        self._place = place
        self._jobs: list[PaperJob] = []
        self._asked = 0
        self._replaces = ""
        self.made: Made | None = None
        self.saved: Path | None = None
        self.is_busy = False
        self.setAccessibleName(tr("Print"))
        self.paper = Choice(tr("Paper size"), (("a4", "A4"), ("letter", "Letter")))
        self.language = Choice(tr("Language of the document"), tuple(LANGUAGES.items()))
        self.language.choose(language())
        self.facts = Words("", 13)
        self.digest = Words("", 11, quiet=True)
        self.text = _Text(tr("What the document says"))
        self.note = Words(
            tr(
                "This is all that the document says, not how its pages look: for that it opens in"
                " the system's viewer."
            ),
            11,
            quiet=True,
        )
        self.where = Field(tr("Save as"))
        self.save = Button(tr("Save"), primary=True)
        self.open = Button(tr("Open in the system's viewer"))
        self.said = Words("", 13)
        self.kinds: list[Button] = []
        self._row = QHBoxLayout()
        self._lay_out()
        self.paper.currentIndexChanged.connect(lambda _n: self._make())
        self.language.currentIndexChanged.connect(lambda _n: self._make())
        self.where.returnPressed.connect(self._save)
        self.where.textChanged.connect(lambda _text: self._moved())
        self.save.clicked.connect(self._save)
        self.open.clicked.connect(self._open)

    def show_jobs(self, jobs: Sequence[PaperJob]) -> None:
        """Offer documents; the first is made at once."""
        for old in self.kinds:
            old.hide()
            old.deleteLater()
        self._jobs = list(jobs)
        self.kinds = [Button(job.title, checkable=True) for job in self._jobs]
        for number, button in enumerate(self.kinds):
            button.clicked.connect(lambda _on=False, n=number: self.choose(n))
            self._row.insertWidget(number, button)
        if self._jobs:
            self.choose(0)
        else:
            self.say(tr("There is nothing to print here."))

    def add_button(self, button: Button) -> None:
        """Put a button of the page at the end of the first row."""
        self._row.addWidget(button)

    def choose(self, number: int) -> None:
        """Choose a document."""
        for other, button in enumerate(self.kinds):
            button.setChecked(other == number)
        self.where.setText(str(_usual_folder() / self._jobs[number].file))
        self._make()

    def say(self, sentence: str) -> None:
        """Say why not, or what was done."""
        self.said.say(sentence)

    # ---- making ----

    @property
    def job(self) -> PaperJob | None:
        """The document that is chosen."""
        chosen = (job for job, one in zip(self._jobs, self.kinds, strict=True) if one.isChecked())
        return next(chosen, None)

    def _make(self) -> None:
        """Make it anew beside the window; an older one that comes late is thrown away."""
        job, place = self.job, self._place()
        if job is None or place is None:
            return
        self._asked += 1
        number, paper, spoken = self._asked, self.paper.key, self.language.key
        by = place.hands or tr("nobody signed in")
        self.made, self.saved, self.is_busy = None, None, True
        self.facts.say(tr("Making the document"))
        self.digest.say("")
        self.text.setPlainText("")
        self.say("")
        self._enable()
        beside(
            place,
            lambda: job.make(paper, spoken, by),
            lambda made: self._take(number, made),
            lambda why: self._failed(number, why),
        )

    def _take(self, number: int, made: Made) -> None:
        if number != self._asked:
            return
        self.is_busy = False
        self.made = made
        size = formats.decimal(len(made.pdf) / 1000, 0)
        self.facts.say(tr("Pages: {pages}, {size} kB", pages=made.pages, size=size))
        self.digest.say(tr("SHA-256 {digest}", digest=made.sha256))
        self.text.setPlainText(made.text)
        self._enable()

    def _failed(self, number: int, why: str) -> None:
        if number == self._asked:
            self.is_busy = False
            self.facts.say("")
            self.say(why)
            self._enable()

    # ---- saving ----

    def _save(self) -> None:
        made, place = self.made, self._place()
        text = self.where.text().strip()
        if made is None or place is None or self.is_busy:
            return
        trouble = self._session.history.status
        if trouble.state is not StorageState.RECORDING:
            why = tr(
                "{sentence} Nothing is printed until it can be recorded.", sentence=trouble.sentence
            )
            self.say(why)
            return
        if not text:
            self.say(tr("Write where it is saved."))
            return
        path = Path(text).expanduser()
        if path.suffix.lower() != ".pdf":
            path = path.with_name(f"{path.name}.pdf")
        if path.exists() and self._replaces != str(path):
            self._replaces = str(path)
            self.say(tr("{path} is there already; Save again replaces it.", path=path))
            return
        self.is_busy = True
        self._enable()
        write = lambda: write_draft(path, made.pdf)  # noqa: E731  done beside the window
        beside(place, write, lambda draft: self._tell(draft, path), self._not)

    def _tell(self, draft: Path, path: Path) -> None:
        """The file is on the disk without its name: now the log is told, then it gets it."""
        made, place = self.made, self._place()
        if made is None or place is None:
            return
        actor, now = place.hands or _SYSTEM, self._session.now()
        place.record(EventDraft(Kind.DOCUMENT_PRINTED, made.subject, made.body, now, actor))
        beside(place, lambda: give_name(draft, path), self._done, self._not)

    def _done(self, path: Path) -> None:
        self.is_busy = False
        self.saved, self._replaces = path, ""
        self.say(tr("Saved: {path}", path=path))
        self._enable()

    def _not(self, why: str) -> None:
        self.is_busy = False
        self._replaces = ""
        self.say(why)
        self._enable()

    def _open(self) -> None:
        if self.saved is None:
            return
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.saved))):
            self.say(tr("The system has no viewer for {path}.", path=self.saved))

    def _moved(self) -> None:
        self._replaces = ""

    def _enable(self) -> None:
        self.save.setEnabled(self.made is not None and not self.is_busy)
        self.open.setEnabled(self.saved is not None)

    def _lay_out(self) -> None:
        self._row.setSpacing(8)
        self._row.addStretch(1)
        self._row.addWidget(self.paper)
        self._row.addWidget(self.language)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        foot.addWidget(self.where, 1)
        foot.addWidget(self.save)
        foot.addWidget(self.open)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(8)
        column.addLayout(self._row)
        column.addWidget(self.facts)
        column.addWidget(self.digest)
        column.addWidget(self.text, 1)
        column.addWidget(self.note)
        column.addLayout(foot)
        column.addWidget(self.said)
        self._enable()

    def paintEvent(self, _event: QPaintEvent) -> None:
        frame(QPainter(self), QRectF(self.rect()), theme().panel, theme().line)


class _Text(QPlainTextEdit):
    """A long text to read."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setReadOnly(True)
        self.setFont(font(11))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBar(ScrollBar(self))
        self.setTabChangesFocus(True)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByKeyboard
            | Qt.TextInteractionFlag.TextSelectableByMouse
        )
        look().changed.connect(self.update)


def _usual_folder() -> Path:
    found = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    return Path(found) if found and Path(found).is_dir() else Path.home()
