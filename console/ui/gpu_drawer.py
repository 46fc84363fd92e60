"""One GPU whole: who it is, what it needs, its Xids, its values and what happened to it before."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from console.health.gpu_findings import Finding
from console.history.feed import FeedEntry
from console.history.reader import LogReader
from console.session.session import Session
from console.text import tr
from console.ui import formats, gpu_rows, gpu_sentences
from console.ui.actor import actor_of
from console.ui.controls import Button, ScrollBar, frame
from console.ui.gpu_advice import advice
from console.ui.gpu_head import GpuHead
from console.ui.gpu_history import GpuHistory, Log, Who, work_requests, xid_records
from console.ui.gpu_sections import INSET, AlarmList, Prose, Row, RowList, Words
from console.ui.gpu_state import XID, GpuState
from console.ui.gpu_trends import GpuTrends
from console.ui.theme import font, look, theme
from drivers.points import Snapshot

_WIDTHS = (368, 560)
_SHARE = 0.33


class GpuDrawer(QFrame):
    """The panel beside the GPUs.

    ``open_tank`` asks for the tank that the GPU sits in, ``to_trends`` for the trends of the GPU,
    ``open_work`` for the form of a work order about it, ``open_life`` for all that it went through.
    """

    closed = Signal()
    open_tank = Signal(str)
    to_trends = Signal(str)
    open_work = Signal(str)
    open_life = Signal(str)

    def __init__(
        self, session: Session, log: Log | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self.state: GpuState | None = None
        self.findings: Sequence[Finding] = ()
        self.history = GpuHistory(log or LogReader(session.data), self)
        self.head = GpuHead()
        self.close_button = Button("×")
        self.close_button.setAccessibleName(tr("Close the details"))
        self.work_button = Button(tr("Start work order"), primary=True)
        self.tank_button = Button(tr("Open tank"))
        self.life_button = Button(tr("Whole life"))
        self.requested = QLabel()
        self.alarms = AlarmList()
        self.todo = Prose(tr("What to do"))
        self.xids = Prose(tr("Xids"))
        self.trends = GpuTrends(session)
        self.values = RowList(tr("Values"))
        self.memory = RowList(tr("Memory health"))
        self.links = RowList(tr("PCIe and links"))
        self.absent = Prose(tr("Without a value"))
        self.identity = RowList(tr("Identity"))
        self.past = Prose(tr("What happened before"))
        self._pressed: tuple[str, frozenset[str]] | None = None
        self._view: Snapshot | None = None
        self._told: object = None
        self.set_room(0)
        self.setAccessibleName(tr("Details of the GPU"))
        self._lay_out()
        self.close_button.clicked.connect(self.closed)
        self.tank_button.clicked.connect(self._open_tank)
        self.life_button.clicked.connect(self._open_life)
        self.trends.to_trends.connect(self.to_trends)
        self.work_button.clicked.connect(self._request_work)
        self.history.changed.connect(self._draw_anew)
        look().changed.connect(self._draw_anew)

    @property
    def place(self) -> str:
        """Where the GPU sits, as shown."""
        return self.head.place.text()

    def set_room(self, width: int) -> None:
        """Take a share of a page of this width."""
        least, most = _WIDTHS
        self.setFixedWidth(min(max(round(width * _SHARE / 8) * 8, least), most))

    def show_gpu(self, state: GpuState) -> None:
        """Turn to a GPU."""
        if self.state is None or state.place.part != self.state.place.part:
            self._area.verticalScrollBar().setValue(0)
        self.state = state
        self.tank_button.setVisible(self._session.tank_of(state.place.part) is not None)
        self.trends.show_gpu(state)
        self.refresh(state)

    def refresh(self, state: GpuState, entries: Sequence[FeedEntry] = ()) -> None:
        """Bring everything up to date that changed."""
        self.state = state
        self.history.follow(Who.of(state.place.part, state.view))
        self.history.take(entries)
        part = state.place.part
        alarms = self._session.book.of([part, part.partition("/")[0]])
        now = self._session.now()
        self.alarms.show_alarms(alarms, now.utc_us)
        told = (part, list(alarms), state.alarm)
        if state.view is not self._view or told != self._told:
            self._view, self._told = state.view, told
            self._draw(state, now.utc_us)
        self.trends.refresh(state)

    # ---- what is said ----------------------------------------------------------------------

    def _draw(self, state: GpuState, now_us: int) -> None:
        """Put everything into words and rows."""
        events = self.history.events
        records = xid_records(events)
        last = self._session.latest.last_known(state.place.part)
        code = state.xid or int((last and last.good(XID)) or 0)
        self.findings = advice(self._session, state, records, code)
        self.head.show_gpu(state, now_us)
        name_of = self._session.name_of
        _say(self.todo, gpu_sentences.finding_words(self.findings, state))
        _say(self.xids, gpu_sentences.xid_words(records, code, state, now_us, name_of))
        _say(self.past, gpu_sentences.past_words(events, now_us, name_of, self.history.trouble))
        self._show_values(state, now_us)
        self._show_request(now_us)

    def _show_values(self, state: GpuState, now_us: int) -> None:
        """Live values, or the last ones of a GPU that does not answer: those are marked."""
        past = state.lost or state.silent
        known = self._session.latest.last_known(state.place.part) if past else state.view
        alarmed = {} if past else self._alarmed(state.place.part)
        rows: list[Row] = []
        memory: list[Row] = []
        links: list[Row] = []
        note, words = "", Words()
        if known is not None:
            time = formats.clock(known.time.utc_us, now_us)
            note = tr("last read at {time}", time=time) if past else tr("read at {time}", time=time)
            rows = gpu_rows.value_rows(known, alarmed)
            memory = gpu_rows.memory_rows(self._session, known, alarmed)
            links = gpu_rows.link_rows(self._session, known, alarmed)
            for text in gpu_rows.absent_texts(known):
                words.line(text, muted=True)
        self.values.show_rows(rows, note, past=past)
        self.memory.show_rows(memory, note if past else "", past=past)
        self.links.show_rows(links, note if past else "", past=past)
        self.identity.show_rows(gpu_rows.identity_rows(known or state.view))
        _say(self.absent, words)

    def _alarmed(self, part: str) -> dict[str, int]:
        """The priority of the active alarm of each point."""
        alarms = self._session.book.of([part])
        return {a.point: a.priority for a in reversed(alarms) if a.active and a.point}

    # ---- work ------------------------------------------------------------------------------

    def _request_work(self) -> None:
        if self.state is None:
            return
        found = [finding.id for finding in self.findings]
        xids = sorted({finding.xid for finding in self.findings if finding.xid is not None})
        self._pressed = (self.state.place.part, frozenset(found))
        self._session.request_work(self.state.place.part, found, actor_of(self._session), xids)
        self._show_request(self._session.now().utc_us)
        if self._session.workplace is not None:
            self.open_work.emit(f"new:{self.state.place.part}")

    def _show_request(self, now_us: int) -> None:
        """Who asked for work, and whether there is anything new to ask it for."""
        requests = work_requests(self.history.events)
        found = frozenset(finding.id for finding in self.findings)
        part = self.state.place.part if self.state else ""
        asked = bool(requests) and found <= gpu_sentences.asked_for(requests[0].body)
        sent = self._pressed is not None and self._pressed[0] == part and found <= self._pressed[1]
        self.work_button.setEnabled(not asked and not sent)
        self.requested.setText(gpu_sentences.request_text(requests[0], now_us) if requests else "")
        self.requested.setVisible(bool(requests))

    # ---- putting together ------------------------------------------------------------------

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setContentsMargins(INSET, 0, 0, 0)
        top.addWidget(self.head, 1)
        top.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        inside = QWidget()
        body = QVBoxLayout(inside)
        body.setContentsMargins(0, 0, 8, 0)
        body.setSpacing(16)
        for part in (
            self.alarms,
            self.todo,
            self.xids,
            self.trends,
            self.values,
            self.memory,
            self.links,
            self.absent,
            self.past,
            self.identity,
        ):
            body.addWidget(part)
        body.addStretch(1)
        self._area = _scrolling(inside)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 8, 8, 16)
        column.setSpacing(8)
        column.addLayout(top)
        column.addWidget(self._area, 1)
        self.requested.setFont(font(11))
        self.requested.setWordWrap(True)
        self.requested.setContentsMargins(INSET, 0, 8, 0)
        column.addWidget(self.requested)
        foot = QHBoxLayout()
        foot.setContentsMargins(INSET, 0, 8, 0)
        foot.setSpacing(8)
        for button in (self.tank_button, self.life_button):
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            foot.addWidget(button)
        first = QHBoxLayout()
        first.setContentsMargins(INSET, 0, 8, 0)
        self.work_button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        first.addWidget(self.work_button)
        column.addLayout(first)
        column.addLayout(foot)

    def _draw_anew(self) -> None:
        """The history or the look is another one: the next refresh draws everything."""
        self._told = None
        self.update()

    def _open_tank(self) -> None:
        tank = self._session.tank_of(self.state.place.part) if self.state else None
        if tank is not None:
            self.open_tank.emit(tank.id)

    def _open_life(self) -> None:
        if self.state is not None:
            self.open_life.emit(self.state.place.part)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.history.ask()

    def paintEvent(self, _event: QPaintEvent) -> None:
        frame(QPainter(self), QRectF(self.rect()), theme().panel, theme().line)


def _say(section: Prose, words: Words) -> None:
    section.say(words.html, words.plain)


def _scrolling(inside: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setVerticalScrollBar(ScrollBar(area))
    area.setWidget(inside)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.viewport().setAutoFillBackground(False)
    inside.setAutoFillBackground(False)
    area.setAccessibleName(tr("Values of the GPU"))
    return area
