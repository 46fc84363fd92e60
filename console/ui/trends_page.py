"""Any points over any time: live and from the history, compared, marked, kept and exported."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from console.history.reader import LogReader
from console.session.session import Refresh, Session
from console.text import tr
from console.ui.controls import Button
from console.ui.curves import Answer, CurveView, Loader, Request
from console.ui.live_curves import recent
from console.ui.page import Page
from console.ui.theme import font
from console.ui.trend_bars import ALL, SpanBar, TopBar
from console.ui.trend_catalogue import Catalogue
from console.ui.trend_chooser import TrendChooser
from console.ui.trend_compare import Figures, FiguresReading, TrendCompare, range_text
from console.ui.trend_errands import Recorded, RecordReading
from console.ui.trend_events import TrendEvents
from console.ui.trend_export import ExportWriting, TrendExport, Written
from console.ui.trend_files import Format, Ranges
from console.ui.trend_marks import EventLog
from console.ui.trend_model import (
    HOUR_US,
    MINUTE_US,
    MOST_CURVES,
    CurveName,
    Kept,
    SavedView,
    ViewsFile,
)
from console.ui.trend_picture import titled
from console.ui.trend_saved import TrendSaved, ViewsReading
from console.ui.trend_source import LiveFeed, TrendHistory, TrendSource
from console.ui.trend_strips import Name, look_up, main_points, strips_of
from console.ui.trend_values import TrendValues

_SIDE = 328
_SETTLE_MS = 250
_SECOND_US = 1_000_000
_RELOAD_COLUMNS = 4
_RELOAD_LEAST_US = 2 * _SECOND_US
_ZOOM = 1.6
_STEP = 0.25
_SHORTEST_SIDE_US = 10 * _SECOND_US


class TrendsPage(Page):
    """Up to twelve curves; what is slow is done beside the window, what is late is dropped."""

    open_moment = Signal(str, str, object)
    """Page, subject, moment in UTC microseconds."""

    name = "trends"
    icon = "trends"

    def __init__(
        self,
        session: Session,
        parent: QWidget | None = None,
        *,
        history: TrendHistory | None = None,
        log: EventLog | None = None,
        views: ViewsFile | None = None,
    ) -> None:
        super().__init__(session, parent)
        if history is None:
            from console.history.telemetry_store.reader import TelemetryReader

            history = TelemetryReader(session.data)
        self._names: list[Name] = []
        self._against_us = 0
        self._whole = False
        self._is_new = True
        self._stale = True
        self._loaded_us = 0
        self._catalogue = Catalogue(session)
        self._feed = LiveFeed(session)
        self.view = CurveView(tr("Trends"), session.now().utc_us, legend=False)
        self._loader = Loader(TrendSource(history, session.trends, session.clock))
        self.events = TrendEvents(session, self.view, log or LogReader(session.data))
        self._figures = FiguresReading(history, self)
        self._views = ViewsReading(views or ViewsFile(), self)
        self._writing = ExportWriting(history, self)
        self._records = RecordReading(history, self)
        self._make_parts()
        self._lay_out()
        self._connect()
        self._show_panel("")
        self._draw()
        self.view.follow(HOUR_US)
        self._begin()

    def title(self) -> str:
        return tr("Trends")

    def headline(self) -> str:
        parts = list(dict.fromkeys(part for part, _ in self._names))
        if not parts:
            return self.title()
        names = [self.session.name_of(part) for part in parts]
        if len(names) > 2:
            names = [names[0], tr("{n} more", n=len(names) - 1)]
        return f"{self.title()} > {', '.join(names)}"

    @property
    def names(self) -> Sequence[Name]:
        """Part and key of every curve, in the order in which they were chosen."""
        return self._names

    @property
    def against_us(self) -> int:
        """How much later the range lies that is compared with (earlier if negative), 0 for none."""
        return self._against_us

    @property
    def settled(self) -> bool:
        """Whether everything that was asked for has come."""
        waits = self.view.waiting and bool(self._names)
        return not (waits or self._pause.isActive() or self.events.waiting or self._counting)

    # ---- what the window asks --------------------------------------------------------------

    def show_subject(self, subject: str) -> None:
        """Turn to a part's main points, or to one point: ``tank-1/coolant_flow``."""
        names = main_points(self.session, subject)
        if not names:
            part, _, key = subject.rpartition("/")
            known = part in self.session.latest.parts()
            if known and key in self.session.latest.schema(part):
                names = [(part, key)]
        if names:
            self.compare_with(0)
            self.show_names(names)
            self._whole = False
            self.view.follow(self.view.reach.span_us)

    def show_moment(self, utc_us: int) -> None:
        """Bring a moment into the middle and put the cursor on it."""
        self._whole = False
        self._around(utc_us + self.view.reach.span_us // 2, self.view.reach.span_us)
        self.view.pin_cursor(utc_us)

    def refresh(self, changes: Refresh) -> None:
        now = self.session.now()
        self._begin()
        self.view.advance(now.utc_us)
        if self._stale:
            self._stale = False
            self._feed.restart()
            self.view.reload()
            self._records.parts(set(self.session.latest.parts()))
            self._views.load()
            self._ask_later()
        self._feed.feed(self.view, now)
        self.values.refresh()
        if self._against_us and self.view.reach.follows:
            self._reload_compared(now.utc_us)
        if changes.entries or changes.alarms_changed:
            self._ask_later()
        self._show_range()

    def missed(self, changes: Refresh) -> None:
        self._stale = True

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._stale = True
        QTimer.singleShot(0, self, self.view.setFocus)

    # ---- curves ----------------------------------------------------------------------------

    def show_names(self, names: Sequence[Name]) -> None:
        """Draw these points, the first twelve of them."""
        self._is_new = False
        self._names = list(dict.fromkeys(names))[:MOST_CURVES]
        self._draw()

    def _begin(self) -> None:
        """Show something before anybody has chosen: the first tank, else the first server."""
        if self._is_new:
            places = [tank.id for tank in self.session.tanks]
            places += [host.id for host in self.session.hosts]
            self.show_names(main_points(self.session, places[0]) if places else [])
            self._is_new = not self._names

    def toggle(self, part: str, key: str) -> None:
        """Take a curve away, or add it where there is room."""
        name = (part, key)
        if name in self._names:
            self._names.remove(name)
        elif len(self._names) < MOST_CURVES:
            self._names.append(name)
        else:
            self.chooser.tell_full()
            return
        self._draw()

    def _draw(self) -> None:
        chosen = [look_up(self.session, name) for name in self._names]
        strips = strips_of(chosen, fitted=self.top.fit.isChecked(), against_us=self._against_us)
        self._feed.restart()
        if strips:  # without any the last ones stay, out of sight
            self.view.set_strips(strips)
            self.values.set_points({one.name: one.point for one in chosen})
        self.chooser.show_chosen(chosen)
        self._middle.setCurrentWidget(self._curves if strips else self._nothing)
        self._ask_later()

    def _set_fitted(self, fitted: bool) -> None:
        self.top.fit.setChecked(fitted)
        self._draw()

    # ---- time ------------------------------------------------------------------------------

    def show_span(self, span_us: int) -> None:
        """Show the last so many µs; :data:`ALL` shows everything that is recorded."""
        self._whole = span_us == ALL
        if self._whole:
            self._records.first(self._names, self.session.now().utc_us)
            return
        reach = self.view.reach
        if reach.follows or self.view.cursor_us is None:
            self.view.follow(span_us) if reach.follows else self._around(reach.end_us, span_us)
        else:
            self._around(self.view.cursor_us + span_us // 2, span_us)

    def _around(self, end_us: int, span_us: int) -> None:
        self.view.set_range(end_us - span_us, end_us)

    def _go_live(self) -> None:
        self.view.follow(self.view.reach.span_us)
        self._show_range()

    def _range_changed(self) -> None:
        self._ask_later()
        self._show_range()

    def _show_range(self) -> None:
        reach = self.view.reach
        now_us = self.session.now().utc_us
        self.spans.show_range(reach.span_us, follows=reach.follows, whole=self._whole)
        text = range_text(reach.start_us, reach.end_us, now_us)
        self.top.text.show_text(text)
        if self._side.isVisible() and self._side.currentWidget() is self.compare:
            self.compare.show_ranges(reach.start_us, reach.end_us, self._against_us)

    # ---- comparing -------------------------------------------------------------------------

    def compare_with(self, against_us: int) -> None:
        """Draw over the range the one that lies so much later; 0 for none."""
        if against_us == self._against_us:
            return
        self._against_us = against_us
        self.compare.wait()
        self._draw()
        self._show_range()
        self._show_compare()

    def compare_about(self, moment_us: int) -> None:
        """Show what came after a moment, and over it what was before."""
        now_us = self.session.now().utc_us
        span_us = min(self.view.reach.span_us, now_us - _SECOND_US - moment_us)
        span_us = max(span_us, _SHORTEST_SIDE_US)
        self._whole = False
        self.view.set_cursor(None)
        self.view.set_range(moment_us, moment_us + span_us)
        self._show_panel("compare")
        self.compare_with(-span_us)

    def _reload_compared(self, now_us: int) -> None:
        """What the present is compared with is in the history only: it is read on from there."""
        wait_us = max(self.view.grid.step_us * _RELOAD_COLUMNS, _RELOAD_LEAST_US)
        if not self.view.waiting and now_us - self._loaded_us >= wait_us:
            self._loaded_us = now_us
            self.view.reload()
            self._ask_later()

    def _show_compare(self) -> None:
        reach = self.view.reach
        self.compare.show_ranges(reach.start_us, reach.end_us, self._against_us)

    # ---- marks -----------------------------------------------------------------------------

    def _ask_later(self) -> None:
        """Wait until the range stands still: then ask for its marks and figures."""
        if not self._pause.isActive() or not self.view.reach.follows:
            self._pause.start()

    def _ask(self) -> None:
        reach = self.view.reach
        self.events.ask(self._subjects())
        if self._against_us and self._side.currentWidget() is self.compare:
            self._counting = True
            self._figures.ask(self._names, reach.start_us, reach.end_us, self._against_us)

    def _subjects(self) -> frozenset[str]:
        """The parts shown, what they are in, and the console, whose stops explain gaps."""
        found = {self.session.site.site.id, "storage"}
        for part, _ in self._names:
            tank = self.session.tank_of(part)
            found |= {part, part.partition("/")[0], *([tank.id] if tank else [])}
        return frozenset(found)

    # ---- saved views -----------------------------------------------------------------------

    def saved(self, name: str) -> SavedView | None:
        """Return what is shown as a view of that name; None without curves."""
        if not self._names:
            return None
        reach = self.view.reach
        return SavedView(
            name=name,
            span_us=reach.span_us,
            start_us=None if reach.follows else reach.start_us,
            against_us=self._against_us,
            fitted=self.top.fit.isChecked(),
            curve=tuple(CurveName(part=part, key=key) for part, key in self._names),
        )

    def open_view(self, view: SavedView) -> None:
        """Show a saved view."""
        self._against_us = view.against_us
        self.top.fit.setChecked(view.fitted)
        self.show_names(view.curves)
        self._whole = False
        if view.start_us is None:
            self.view.follow(view.span_us)
        else:
            self.view.set_range(view.start_us, view.start_us + view.span_us)
        self._show_range()

    def _save_view(self, name: str) -> None:
        view = self.saved(name)
        if view is not None:
            self._views.put(view)

    # ---- export ----------------------------------------------------------------------------

    def _export(self, path: Path, kind: Format) -> None:
        reach = self.view.reach
        chosen = tuple(look_up(self.session, name) for name in self._names)
        if not chosen:
            self.export.show_written(Written(path, kind, trouble=tr("no curves are chosen")))
            return
        if kind is Format.PICTURE:
            head = self.session.site.site.name
            self._writing.picture(path, titled(self._curves, head, self.top.text.text))
            return
        self._writing.table(
            path, kind, Ranges(chosen, reach.start_us, reach.end_us, self._against_us)
        )

    # ---- answers ---------------------------------------------------------------------------

    def _want(self, request: Request) -> None:
        """Ask the history; what memory holds of the range stands in until it answers."""
        now, trends = self.session.now(), self.session.trends
        in_memory_us = now.utc_us - round(trends.span_s * _SECOND_US)
        if request.grid.start_us >= in_memory_us and not self._against_us:
            found = [recent(trends, curve, request.grid, now)[0] for curve in request.curves]
            self.view.answer(Answer(request.number, request.grid, tuple(found), partial=True))
        self._loader.request(request)

    def _answered(self, answer: object) -> None:
        match answer:
            case Figures():
                self._counting = False
                chosen = [look_up(self.session, name) for name in self._names]
                self.compare.show_figures(answer, chosen)
            case Kept():
                self.saved_panel.show_kept(answer)
            case Written():
                self.export.show_written(answer)
            case Recorded():
                self._take_recorded(answer)

    def _take_recorded(self, found: Recorded) -> None:
        if found.parts is not None:
            self._catalogue.recorded = found.parts
            self.chooser.reload()
        if found.first_us is not None and self._whole:
            now_us = self.session.now().utc_us
            span_us = max(now_us - found.first_us, MINUTE_US)
            self.view.follow(span_us + span_us // 100)
            self._show_range()

    # ---- putting together ------------------------------------------------------------------

    def _make_parts(self) -> None:
        def now_us() -> int:
            return self.session.now().utc_us

        self.top = TopBar()
        self.spans = SpanBar()
        self.values = TrendValues(self.view, now_us)
        self.chooser = TrendChooser(self._catalogue)
        self.saved_panel = TrendSaved()
        self.compare = TrendCompare(now_us)
        self.export = TrendExport(now_us)
        self._nothing = _Nothing()
        self._counting = False
        self._pause = QTimer(self, interval=_SETTLE_MS, singleShot=True)

    def _lay_out(self) -> None:
        self._side = QStackedWidget()
        self._side.setFixedWidth(_SIDE)
        for panel in (self.chooser, self.saved_panel, self.compare, self.export):
            self._side.addWidget(panel)
        self._middle = QStackedWidget()
        self._curves = QWidget()
        both = QHBoxLayout(self._curves)
        both.setContentsMargins(0, 0, 0, 0)
        both.setSpacing(0)
        both.addWidget(self.view, 1)
        both.addWidget(self.values)
        self._middle.addWidget(self._curves)
        self._middle.addWidget(self._nothing)
        right = QVBoxLayout()
        right.setSpacing(8)
        right.addWidget(self._middle, 1)
        right.addWidget(self.events.bar)
        body = QHBoxLayout()
        body.setSpacing(16)
        body.addWidget(self._side)
        body.addLayout(right, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 0, 16, 16)
        column.setSpacing(8)
        column.addWidget(self.top)
        column.addLayout(body, 1)
        column.addWidget(self.spans)

    def _connect(self) -> None:
        self._pause.timeout.connect(self._ask)
        self.view.wanted.connect(self._want)
        self._loader.answered.connect(self.view.answer)
        self._loader.answered.connect(lambda _answer: self.values.refresh())
        self.view.range_changed.connect(lambda _start, _end: self._range_changed())
        loader = self._loader
        self.destroyed.connect(lambda: loader.stop(0.0))  # it is not waited for: it may be reading
        for errands in (self._figures, self._views, self._writing, self._records):
            errands.answered.connect(self._answered)
        self.top.panel.connect(self._show_panel)
        self.top.fitted.connect(self._set_fitted)
        self.spans.span.connect(self.show_span)
        self.spans.stepped.connect(lambda way: self.view.pan(way * _STEP))
        self.spans.zoomed.connect(lambda way: self.view.zoom(_ZOOM**way))
        self.spans.live.connect(self._go_live)
        self._connect_panels()

    def _connect_panels(self) -> None:
        self.chooser.toggled.connect(self.toggle)
        self.chooser.main.connect(lambda part: self.show_names(main_points(self.session, part)))
        self.chooser.cleared.connect(lambda: self.show_names([]))
        self._nothing.button.clicked.connect(lambda: self._show_panel("curves"))
        self.saved_panel.opened.connect(self.open_view)
        self.saved_panel.saving.connect(self._save_view)
        self.saved_panel.removing.connect(self._views.remove)
        self.compare.chosen.connect(self.compare_with)
        self.export.wanted.connect(self._export)
        self.events.to_log.connect(lambda part, at: self.open_moment.emit("log", part, at))
        self.events.bar.both_sides.connect(self.compare_about)

    def _show_panel(self, name: str) -> None:
        panels: dict[str, QWidget] = {
            "curves": self.chooser,
            "saved": self.saved_panel,
            "compare": self.compare,
            "export": self.export,
        }
        self.top.show_panel(name)
        self._side.setVisible(bool(name))
        if name:
            self._side.setCurrentWidget(panels[name])
        if name == "compare":
            self._show_compare()
            self._ask_later()
        if name == "export":
            self.export.offer()


class _Nothing(QWidget):
    """What stands where curves would be: what to do to see some."""

    def __init__(self) -> None:
        super().__init__()
        words = QLabel(tr("No curves are chosen."))
        words.setFont(font(16))
        self.button = Button(tr("Choose curves"), primary=True)
        column = QVBoxLayout(self)
        column.setSpacing(16)
        column.addStretch(2)
        column.addWidget(words, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)
