"""One event whole: every field of it, its place in the chain, and what can be done from here."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import escape
from textwrap import wrap

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QGuiApplication, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from console.history.events import Event
from console.text import tr
from console.ui import formats
from console.ui.controls import Button, ScrollBar, frame
from console.ui.log_model import LogRow
from console.ui.log_table import kind_mark
from console.ui.theme import font, look, theme

WIDTH = 368
_WORD = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")
_LONG = re.compile(r"[^\s&;]{20,}")
_WORDS = frozenset({"level", "reason", "state", "fault", "severity", "active"})
_FOR_PROGRAMS = frozenset({"priorities", "first_out", "cause", "mark", "seal"})
"""Members that say nothing to a person that the others do not; the copied text has them all."""
BODY_NAMES = {
    "alarm": "Definition",
    "item": "About",
    "point": "Point",
    "point_name": "Point",
    "severity": "Severity",
    "active": "Severity by the last good data",
    "priority": "Priority",
    "latching": "Latching",
    "group": "Group",
    "flag": "Bit",
    "by": "By",
    "because": "Because",
    "work_order": "Work order",
    "duration_s": "Lasts, s",
    "name": "Name",
    "level": "Limit",
    "limit": "Limit at",
    "value": "Value",
    "unit": "Unit",
    "state": "State",
    "register": "Register",
    "reason": "Reason",
    "message": "Message",
    "url": "Address",
    "fault": "Fault",
    "site": "Site",
    "devices": "Devices",
    "pid": "Process",
    "since_us": "Since",
    "until_us": "Until",
    "before": "Before",
    "after": "After",
    "words": "Registers sent",
    "path": "File",
    "detail": "Detail",
    "model": "Model",
    "serial": "Serial number",
    "uuid": "UUID",
    "sentence": "Message",
    "events_lost": "Events lost",
    "samples": "Samples",
    "lasted_s": "Lasted, s",
    "file": "File",
    "folder": "Data folder",
    "set_aside_as": "Set aside as",
    "sequence": "Event",
    "found_sequence": "Ends at event",
    "hash": "Hash",
    "from_utc_us": "From",
    "until_utc_us": "To",
}
"""What the usual members of a body are called; a key of the catalogue each."""


class LogDetails(QFrame):
    """The panel beside the table; ``open_part`` asks for a page and a subject."""

    open_part = Signal(str, str)
    closed = Signal()

    def __init__(
        self,
        tank_of: Callable[[str], str],
        is_active: Callable[[LogRow], bool],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._tank_of = tank_of
        self._row: LogRow | None = None
        self._mark = _Mark(is_active)
        self._kind = _text(16)
        self._what = _text(13)
        self._fields = _text(11)
        self._fields.setTextFormat(Qt.TextFormat.RichText)
        self._close = Button("×")
        self._close.setAccessibleName(tr("Close the details"))
        self.open_tank = Button(tr("Open tank"), primary=True)
        self.open_gpu = Button(tr("Open GPU"))
        self.open_life = Button(tr("Whole life"))
        self.copy = Button(tr("Copy as text"))
        self.setFixedWidth(WIDTH)
        self.setAccessibleName(tr("Details of the event"))
        self._lay_out()
        self._close.clicked.connect(self.closed)
        self.open_tank.clicked.connect(lambda: self._open("tank"))
        self.open_gpu.clicked.connect(lambda: self._open("gpus"))
        self.open_life.clicked.connect(self._open_life)
        self.copy.clicked.connect(self._copy)
        look().changed.connect(self._relook)

    @property
    def row(self) -> LogRow | None:
        """What is shown."""
        return self._row

    def show_row(self, row: LogRow) -> None:
        """Show an event."""
        self._row = row
        self._mark.show_row(row)
        self._kind.setText(row.text.kind)
        self._what.setText(row.text.sentence)
        self._fields.setText(_table(row))
        self.open_tank.setVisible(bool(self._tank_of(row.event.subject)))
        self.open_gpu.setVisible("/" in row.event.subject)
        self.open_life.setVisible(bool(self._has_life()))

    def as_text(self) -> str:
        """Return the event as a person would send it: one field a line."""
        if self._row is None:
            return ""
        lines = [self._row.text.sentence]
        lines += [f"{name}: {value}" for name, value in _pairs(self._row, whole=True)]
        return "\n".join(lines)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self._mark)
        head.addWidget(self._kind, 1)
        head.addWidget(self._close)
        inside = QWidget()
        body = QVBoxLayout(inside)
        body.setContentsMargins(0, 0, 8, 0)
        body.setSpacing(16)
        body.addWidget(self._what)
        body.addWidget(self._fields)
        body.addStretch(1)
        area = QScrollArea()
        area.setVerticalScrollBar(ScrollBar(area))
        area.setWidget(inside)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.viewport().setAutoFillBackground(False)
        inside.setAutoFillBackground(False)
        area.setAccessibleName(tr("Fields of the event"))
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 8, 16, 16)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(area, 1)
        opening = QHBoxLayout()
        opening.setSpacing(8)
        column.addLayout(opening)
        for button, row in (
            (self.open_tank, opening),
            (self.open_gpu, opening),
            (self.open_life, column),
            (self.copy, column),
        ):
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            row.addWidget(button)

    def _open(self, page: str) -> None:
        if self._row is not None:
            subject = self._row.event.subject
            self.open_part.emit(page, self._tank_of(subject) if page == "tank" else subject)

    def _has_life(self) -> str:
        """Return the part, tank or serial number whose whole life can be shown."""
        if self._row is None:
            return ""
        event = self._row.event
        if event.kind.startswith("asset.") or "/" in event.subject:
            return event.subject
        return event.subject if self._tank_of(event.subject) else ""

    def _open_life(self) -> None:
        self.open_part.emit("life", self._has_life())

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.as_text())

    def paintEvent(self, _event: QPaintEvent) -> None:
        frame(QPainter(self), QRectF(self.rect()), theme().panel, theme().line)

    def _relook(self) -> None:
        if self._row is not None:
            self._fields.setText(_table(self._row))


class _Mark(QWidget):
    """The mark of the event's kind."""

    def __init__(self, is_active: Callable[[LogRow], bool]) -> None:
        super().__init__()
        self._is_active = is_active
        self._row: LogRow | None = None
        self.setFixedSize(QSize(24, 24))
        self.setAccessibleName(tr("Kind of event"))
        look().changed.connect(self.update)

    def show_row(self, row: LogRow) -> None:
        self._row = row
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._row is not None:
            p = QPainter(self)
            kind_mark(p, QRectF(self.rect()), self._row, active=self._is_active(self._row))


def _text(points: int) -> QLabel:
    label = QLabel()
    label.setFont(font(points))
    label.setWordWrap(True)
    label.setMinimumWidth(1)  # or the longest word would widen the panel
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse
        | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    return label


def _table(row: LogRow) -> str:
    muted, text = theme().muted.name(), theme().text.name()
    pairs = _pairs(row, whole=False)
    metric = QFontMetricsF(font(11))
    width = round(max(metric.horizontalAdvance(name) for name, _ in pairs)) + 12
    cells = (
        f'<tr><td width="{width}" style="color:{muted}; padding-bottom:6px">{escape(name)}</td>'
        f'<td style="color:{text}; padding-bottom:6px">{_breakable(escape(value))}</td></tr>'
        for name, value in pairs
    )
    return f'<table width="100%">{"".join(cells)}</table>'


def _breakable(text: str) -> str:
    """Let long words (ids, paths) break where they do not fit."""
    return _LONG.sub(lambda word: "\u200b".join(wrap(word[0], 8)), text)


def _pairs(row: LogRow, *, whole: bool) -> list[tuple[str, str]]:
    """Return the fields of an event with their names; ``whole`` gives the hashes unshortened."""
    event = row.event
    pairs = [
        (tr("Time"), formats.clock(event.utc_us, 0)),
        (tr("Place"), f"{row.text.place} ({event.subject})" if row.text.place else event.subject),
        (tr("Who"), row.actor),
    ]
    pairs += [(_name(n), _value(n, v)) for n, v in event.body.items()] if whole else _body(row)
    if not isinstance(event, Event):
        return [*pairs, (tr("Record"), tr("not recorded: the disk has not taken it yet"))]
    digest = event.hash if whole else f"{event.hash[:8]} … {event.hash[-8:]}"
    return [
        *pairs,
        (tr("Record"), f"#{event.sequence}"),
        (tr("Hash"), digest),
        (tr("Id"), event.id),
    ]


def _body(row: LogRow) -> list[tuple[str, str]]:
    """Return the members of the body as read by a person: a value with its unit, no name twice."""
    body = row.event.body
    measured = formats.unit(str(body.get("unit") or ""))
    pairs = []
    for member, value in body.items():
        is_told = member == "point" and "point_name" in body
        is_told = is_told or (member == "name" and "point" in body and "alarm" not in body)
        if is_told or member == "unit" or member in _FOR_PROGRAMS:
            continue
        text = _value(member, value)
        if member in {"value", "limit", "before", "after"} and measured and value is not None:
            text = f"{text}\N{NO-BREAK SPACE}{measured}"
        pairs.append((_name(member), text))
    return pairs


def _name(member: str) -> str:
    return tr(BODY_NAMES[member]) if member in BODY_NAMES else member.replace("_", " ")


def _value(member: str, value: object) -> str:
    if member.endswith("_us") and isinstance(value, int):
        return formats.clock(value, 0)
    if isinstance(value, float):
        return f"{value:g}".replace(".", formats.decimal_point())
    if member in _WORDS and isinstance(value, str) and _WORD.fullmatch(value):
        return tr(value.replace("_", " "))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
