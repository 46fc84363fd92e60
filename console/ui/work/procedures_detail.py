"""One procedure, read, checked, compared, with its history and how long its steps took."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt, QUrl
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QStackedWidget,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from console.session.procedure_desk import ProcedureDesk, state_words
from console.session.session import Session
from console.session.workplace import Workplace
from console.text import tr
from console.ui import paint
from console.ui.controls import ScrollBar, Segments
from console.ui.guided.words import choose_language, language_name
from console.ui.pictogram import draw
from console.ui.plain_table import Column, PlainTable
from console.ui.setup_parts import Words
from console.ui.theme import font, look, theme
from console.ui.work.procedures_reading import Inks, reading_html
from console.ui.work.procedures_rows import (
    CHANGE_COLUMNS,
    CHECK_COLUMNS,
    HISTORY_COLUMNS,
    TIME_COLUMNS,
    Paper,
    change_lines,
    check_lines,
    history_lines,
    last_words,
    origin_words,
    time_lines,
)
from console.ui.work.procedures_words import SEVERITY_NAMES, named
from console.ui.work.things_view import ReadTable
from procedures.diff import diff
from procedures.lint import rules
from procedures.revision import Revision
from procedures.texts import words

READ, CHECKS, CHANGES, HISTORY, TIMES = "read", "checks", "changes", "history", "times"
_SIGN_PX = 96


class Reading(QTextBrowser):
    """The whole procedure; nothing in it is followed or fetched, signs are drawn by us."""

    def __init__(self) -> None:
        super().__init__()
        self._revision: Revision | None = None
        self._language = ""
        self.setAccessibleName(tr("The whole procedure"))
        self.setOpenLinks(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabChangesFocus(True)
        self.setVerticalScrollBar(ScrollBar(self))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        self.document().setDocumentMargin(4)
        look().changed.connect(self._make)

    @property
    def shown(self) -> tuple[str, str]:
        """The revision's hash and the language that are shown."""
        return (self._revision.digest if self._revision else "", self._language)

    def show_revision(self, revision: Revision | None, language: str) -> None:
        """Show another revision, or the same in another language; the same costs nothing."""
        digest = revision.digest if revision else ""
        if (digest, language) == self.shown:
            return
        is_other = digest != self.shown[0]
        share = self._share()
        self._revision, self._language = revision, language
        self._make()
        bar = self.verticalScrollBar()
        bar.setValue(0 if is_other else round(share * bar.maximum()))

    def loadResource(self, _kind: int, name: QUrl | str) -> object:
        """Draw a safety sign; whatever else a text asks for is not there."""
        name = QUrl(name)
        if name.scheme() != "sign":
            return None
        image = QImage(_SIGN_PX, _SIGN_PX, QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(Qt.GlobalColor.transparent)
        painter = QPainter(image)
        try:
            draw(painter, QRectF(0, 0, _SIGN_PX, _SIGN_PX), name.path())
        except KeyError:
            pass  # a newer procedure may name a sign that this version has not
        finally:
            painter.end()
        return image

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.hasFocus():
            paint.focus_ring(QPainter(self.viewport()), QRectF(self.viewport().rect()))

    def _make(self) -> None:
        if self._revision is None:
            self.clear()
            return
        t = theme()
        inks = Inks(t.text.name(), t.muted.name(), t.line.name(), t.background.name())
        self.document().setDefaultFont(font(11))
        self.setHtml(reading_html(self._revision, self._language, inks))

    def _share(self) -> float:
        bar = self.verticalScrollBar()
        return bar.value() / bar.maximum() if bar.maximum() else 0.0


class ProcedureDetail(QWidget):
    """Five ways of looking at one revision; each is made when it is looked at."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._paper: Paper | None = None
        self.name = Words("", 16)
        self.under = Words(quiet=True)
        self.said = Words()
        views = [
            (READ, tr("Text")),
            (CHECKS, tr("Checks")),
            (CHANGES, tr("Changes")),
            (HISTORY, tr("History")),
            (TIMES, tr("Times")),
        ]
        self.views = Segments(tr("View"), views)
        self.languages: Segments | None = None
        self.reading = Reading()
        self.checks = _table(tr("What the checks found"), CHECK_COLUMNS)
        self.changes = _table(tr("Changes to the revision in force"), CHANGE_COLUMNS)
        self.history = _table(tr("History of its revisions"), HISTORY_COLUMNS)
        self.times = _table(tr("How long its steps took"), TIME_COLUMNS)
        self._stack = QStackedWidget()
        self._head = QHBoxLayout()
        self._below = QHBoxLayout()
        self._lay_out()
        self.views.chosen.connect(lambda _key: self.refresh())
        self.checks.chosen.connect(self._explain)

    @property
    def language(self) -> str:
        """The language in which it is read."""
        if self.languages is not None:
            return self.languages.key
        revision = self._revision()
        return choose_language(revision.procedure) if revision else "en"

    def show_paper(self, paper: Paper | None) -> None:
        """Show a revision, or that none is chosen."""
        before = self._paper
        self._paper = paper
        is_other = paper is None or before is None or before.key != paper.key
        if is_other or _languages(before) != _languages(paper):
            self._offer_languages()
        if is_other:
            self.checks.choose("")
        self.refresh()

    def show_view(self, key: str) -> None:
        """Turn to a way of looking at it."""
        self.views.choose(key)
        self.refresh()

    def refresh(self) -> None:
        """Make what is looked at."""
        paper, place = self._paper, self._session.workplace
        for part in (self.views, self._stack, self.said):
            part.setVisible(paper is not None)
        if paper is None or place is None:
            self.name.say(tr("Nothing chosen"))
            self.under.say(tr("Choose a procedure to read it."))
            return
        self.name.say(self._title(paper))
        self.under.say(self._under(paper, place))
        shows = {
            READ: self._read,
            CHECKS: self._check,
            CHANGES: self._compare,
            HISTORY: self._tell,
            TIMES: self._time,
        }
        if self.languages is not None:
            self.languages.setVisible(self.views.key in {READ, TIMES})
        self.said.say(shows[self.views.key](paper, place))
        self.said.setVisible(bool(self.said.text()))

    def _under(self, paper: Paper, place: Workplace) -> str:
        revision = paper.revision
        if revision is None:
            return str(paper.file.path) if paper.file else ""
        register = ProcedureDesk(place).register(paper.procedure)
        now_us = self._session.now().utc_us
        told = [
            f"{paper.procedure} {revision.short}",
            state_words(paper.state),
            origin_words(paper),
            tr("by {author}", author=revision.procedure.author),
            last_words(register, revision.digest, self._person, now_us),
        ]
        return " \N{MIDDLE DOT} ".join(filter(None, told))

    def _title(self, paper: Paper) -> str:
        """Return the title in the language that is read."""
        spec = paper.revision.procedure if paper.revision else None
        return words(spec.title, self.language)[0] if spec else paper.title

    def _read(self, paper: Paper, _place: Workplace) -> str:
        self._stack.setCurrentWidget(self.reading)
        self.reading.show_revision(paper.revision, self.language)
        return "" if paper.revision else tr("This file is no procedure yet; see the checks.")

    def _check(self, paper: Paper, _place: Workplace) -> str:
        self._stack.setCurrentWidget(self.checks)
        self.checks.show_lines(check_lines(paper))
        if paper.file is None:
            return tr("Only the log has this revision; it was checked when it was submitted.")
        if not self.checks.lines:
            return tr("{file}: nothing to complain about.", file=paper.file.path)
        return self._explained(paper, self.checks.key) or str(paper.file.path)

    def _compare(self, paper: Paper, place: Workplace) -> str:
        self._stack.setCurrentWidget(self.changes)
        force = ProcedureDesk(place).in_force(paper.procedure)
        if force is None or paper.revision is None:
            self.changes.show_lines(())
            return tr("No revision of this procedure is in force yet.")
        if force.digest == paper.revision.digest:
            self.changes.show_lines(())
            return tr("This revision is the one in force.")
        lines = change_lines(diff(force.procedure, paper.revision.procedure))
        self.changes.show_lines(lines)
        said = tr("{n} changes to revision {revision}, which is in force")
        return said.format(n=len(lines), revision=force.short)

    def _tell(self, paper: Paper, place: Workplace) -> str:
        self._stack.setCurrentWidget(self.history)
        register = ProcedureDesk(place).register(paper.procedure)
        now_us = self._session.now().utc_us
        self.history.show_lines(history_lines(register, self._person, now_us))
        return "" if self.history.lines else tr("It was never submitted in this log.")

    def _time(self, paper: Paper, place: Workplace) -> str:
        self._stack.setCurrentWidget(self.times)
        if paper.revision is None:
            self.times.show_lines(())
            return ""
        self.times.show_lines(time_lines(paper.revision, place.runs.runs(), self.language))
        is_known = any(line.cells[-1].text != "–" for line in self.times.lines)
        return "" if is_known else tr("No work by this procedure has come to its end yet.")

    def _explain(self, key: str) -> None:
        if self._paper is not None:
            self.said.say(self._explained(self._paper, key))

    @staticmethod
    def _explained(paper: Paper, key: str) -> str:
        """Return a finding whole, with what its rule is about and what to write instead."""
        if not key or paper.file is None or int(key) >= len(paper.file.findings):
            return ""
        found = paper.file.findings[int(key)]
        rule = rules().get(found.rule)
        about = f" {rule.why} {rule.instead}" if rule else ""
        at = f"{paper.file.path.name}:{found.line}:{found.column}"
        return f"{at}: {named(SEVERITY_NAMES, found.severity)}: {found.text}{about}"

    def _person(self, by: str) -> str:
        place = self._session.workplace
        person = place.room.book.people.get(by) if place is not None else None
        return person.name if person else by

    def _revision(self) -> Revision | None:
        return self._paper.revision if self._paper else None

    def _offer_languages(self) -> None:
        if self.languages is not None:
            self.languages.hide()
            self.languages.deleteLater()
            self.languages = None
        codes = _languages(self._paper)
        if len(codes) < 2 or self._paper is None or self._paper.revision is None:
            return
        named_ = [(code, language_name(code)) for code in codes]
        self.languages = Segments(tr("Language of the procedure"), named_)
        self.languages.choose(choose_language(self._paper.revision.procedure))
        self.languages.chosen.connect(lambda _key: self.refresh())
        self._place_languages()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_languages()

    def _place_languages(self) -> None:
        """Beside the views where both have room, else below them."""
        if self.languages is None:
            return
        wide = self.views.sizeHint().width() + self.languages.sizeHint().width() + 16
        row = self._head if wide <= self.width() else self._below
        if row.indexOf(self.languages) < 0:
            row.addWidget(self.languages)

    def _lay_out(self) -> None:
        for view in (self.reading, self.checks, self.changes, self.history, self.times):
            self._stack.addWidget(view)
        self._head.setSpacing(8)
        self._head.addWidget(self.views)
        self._head.addStretch(1)
        self._below.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.name)
        column.addWidget(self.under)
        column.addSpacing(4)
        column.addLayout(self._head)
        column.addLayout(self._below)
        column.addWidget(self.said)
        column.addWidget(self._stack, 1000)
        column.addStretch(1)  # where nothing is chosen, the words stay at the top


def _table(name: str, columns: Sequence[Column]) -> PlainTable:
    return ReadTable(name, columns)


def _languages(paper: Paper | None) -> tuple[str, ...]:
    return paper.revision.procedure.languages if paper and paper.revision else ()
