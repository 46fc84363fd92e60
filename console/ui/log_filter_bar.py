"""The row above the log in which one says what to see of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from console.text import tr
from console.ui.controls import Choice, Field, Segments
from console.ui.log_filters import (
    ANY,
    LogFilter,
    kind_choices,
    kinds_of,
    moment_us,
    since_us,
    span_choices,
)

_AROUND_MIN = 5
_TYPING_MS = 300


class LogFilterBar(QWidget):
    """Text, tank, kind and time; ``changed`` a moment after the last change.

    ``tanks`` gives id and name of each tank, ``parts_of`` the subjects that belong to one.
    """

    changed = Signal()

    def __init__(
        self,
        tanks: Sequence[tuple[str, str]],
        parts_of: Callable[[str], Sequence[str]],
        now_us: Callable[[], int],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._parts_of = parts_of
        self._now_us = now_us
        self._pause = QTimer(self, singleShot=True, interval=_TYPING_MS)
        self._pause.timeout.connect(self.changed)
        self.text = Field(tr("Search the log"), tr("Search: tank, sensor, person …"))
        self.tank = Choice(tr("Tank"), [(ANY, tr("All tanks")), *tanks])
        self.kind = Choice(tr("Kind of event"), kind_choices())
        self.span = Segments(tr("Time"), span_choices())
        example = tr("for example {example}", example="2026-11-21 12:04")
        self.start = Field(tr("From"), example)
        self.end = Field(tr("To"), example)
        self._fault = QLabel()
        self._between = self._between_row()
        self._lay_out()
        self._connect()

    def chosen(self) -> LogFilter:
        """Return the filter as it stands; a time that cannot be read does not count."""
        tank, span, now = self.tank.key, self.span.key, self._now_us()
        since, until = since_us(span, now), None
        if span == "between":
            self._fault.setText("")
            since, until = self._moment(self.start), self._moment(self.end, end=True)
        return LogFilter(
            words=tuple(self.text.text().casefold().split()),
            subjects=frozenset(self._parts_of(tank)) if tank else None,
            kinds=kinds_of(self.kind.key),
            since_us=since,
            until_us=until,
        )

    def clear(self) -> None:
        """Let everything through again."""
        self.text.clear()
        self.tank.choose(ANY)
        self.kind.choose(ANY)
        self.span.choose("all")
        self.start.clear()
        self.end.clear()
        self._show_between()
        self._tell()

    def choose_around(self, utc_us: int) -> None:
        """Show what happened within five minutes of a moment."""
        for field, minutes in ((self.start, -_AROUND_MIN), (self.end, _AROUND_MIN)):
            moment = datetime.fromtimestamp(utc_us / 1e6).astimezone() + timedelta(minutes=minutes)
            field.setText(moment.strftime("%Y-%m-%d %H:%M:%S"))
        self.span.choose("between")
        self._show_between()
        self._tell()

    def _between_row(self) -> QWidget:
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 8, 0, 0)
        line.setSpacing(8)
        for word, field in ((tr("From"), self.start), (tr("To"), self.end)):
            line.addWidget(QLabel(word))
            field.setFixedWidth(320)
            line.addWidget(field)
        line.addWidget(self._fault)
        line.addStretch(1)
        return row

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.text, 1)
        row.addWidget(self.tank)
        row.addWidget(self.kind)
        row.addSpacing(8)
        row.addWidget(self.span)
        column.addLayout(row)
        column.addWidget(self._between)
        self._between.hide()

    def _connect(self) -> None:
        for field in (self.text, self.start, self.end):
            field.textChanged.connect(self._typed)
            field.returnPressed.connect(self._tell)
        self.tank.currentIndexChanged.connect(self._tell)
        self.kind.currentIndexChanged.connect(self._tell)
        self.span.chosen.connect(self._show_between)
        self.span.chosen.connect(self._tell)

    def _show_between(self) -> None:
        self._between.setVisible(self.span.key == "between")

    def _typed(self) -> None:
        self._pause.start(_TYPING_MS)

    def _tell(self) -> None:
        self._pause.start(0)

    def _moment(self, field: Field, *, end: bool = False) -> int | None:
        try:
            return moment_us(field.text(), self._now_us(), end=end)
        except ValueError:
            self._fault.setText(tr("Write a time as {example}", example="2026-11-21 12:04"))
            return None
