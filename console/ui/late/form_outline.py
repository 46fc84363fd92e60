"""Where a form has come to: its pages and steps, done, now, not yet."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from console.text import tr
from console.ui import paint
from console.ui.guided.rows import DONE, TODO, draw_mark
from console.ui.late.copying import CLOSING, OPENING, Copying
from console.ui.theme import look, theme

WIDE = 280
_ROW, _MARK = 32, 20
NOW = "now"


@dataclass(frozen=True, slots=True)
class _Line:
    key: str
    text: str
    page: int
    mark: str


class FormOutline(QWidget):
    """One line for each place of the form, as tall as there are many; it is only read."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: tuple[_Line, ...] = ()
        self.setAccessibleName(tr("Pages and steps of the form"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        look().changed.connect(self.update)

    def show_form(self, copying: Copying) -> None:
        """Bring the marks up to date."""
        self.lines = tuple(_lines(copying))
        told = (f"{line.text}: {_said(line.mark)}" for line in self.lines)
        self.setAccessibleDescription("; ".join(told))
        self.updateGeometry()
        self.update()

    def top_of(self, key: str) -> int:
        """Return where a line begins, px."""
        keys = [line.key for line in self.lines]
        return keys.index(key) * _ROW if key in keys else 0

    def sizeHint(self) -> QSize:
        return QSize(WIDE - 24, max(len(self.lines), 1) * _ROW)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        p, t, width = QPainter(self), theme(), self.width()
        for number, line in enumerate(self.lines):
            row = QRectF(0, number * _ROW, width, _ROW)
            if not row.intersects(QRectF(event.rect())):
                continue
            is_now = line.mark == NOW
            if is_now:
                p.fillRect(row, t.desired)
            box = QRectF(6, row.top() + (_ROW - _MARK) / 2, _MARK, _MARK)
            draw_mark(p, box, DONE if line.mark == DONE else TODO)
            colour = t.text if is_now or line.mark == DONE else t.muted
            inside = row.adjusted(_MARK + 14, 0, -68, 0)
            paint.label(p, inside, line.text, 11, colour=colour, bold=is_now)
            page = row.adjusted(width - 66, 0, -6, 0)
            told = tr("p. {page}", page=line.page)
            paint.label(p, page, told, 11, colour=t.muted, flags=paint.RIGHT)


def _lines(copying: Copying) -> list[_Line]:
    run, at = copying.run, copying.at
    done = set(run.done) if run else set()
    taken = run.path if run else ""
    paths = copying.found.form.revision.procedure.paths
    found = [_Line(OPENING, tr("First pages"), 1, _mark(OPENING, at, is_done=run is not None))]
    for section in copying.sections:
        procedure = copying.found.form.revision.procedure
        if not section.step:
            continue
        if procedure.is_make_safe(section.step):
            mine = taken in paths and section.step in {one.id for one in paths[taken].steps}
            if not mine:
                continue
        text = f"{section.number}. {section.title}"
        mark = _mark(section.step, at, is_done=section.step in done)
        found.append(_Line(section.step, text, section.page, mark))
    last = copying.found.form.pages
    is_over = run is not None and run.is_over
    return [*found, _Line(CLOSING, tr("Last pages"), last, _mark(CLOSING, at, is_done=is_over))]


def _mark(key: str, at: str, *, is_done: bool) -> str:
    return NOW if key == at else DONE if is_done else TODO


def _said(mark: str) -> str:
    if mark == NOW:
        return tr("now")
    return tr("entered") if mark == DONE else tr("not yet")
