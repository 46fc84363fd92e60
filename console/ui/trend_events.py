"""What happened, at the curves: marks above the strips, one of them in words below."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QMouseEvent

from console.session.session import Session
from console.ui import formats
from console.ui.curves import CurveView
from console.ui.theme import metrics
from console.ui.trend_bars import MarkBar
from console.ui.trend_marks import EventLog, MarkQuestion, MarkReading, Marks, TrendMark

_SECOND_US = 1_000_000


class TrendEvents(QObject):
    """Asks for the marks of what a view shows and tells of the one that was tapped or walked to.

    ``to_log`` carries the part and the moment of the mark that is to be seen in the log.
    """

    to_log = Signal(str, object)

    def __init__(self, session: Session, view: CurveView, log: EventLog) -> None:
        super().__init__(view)
        self._session = session
        self._view = view
        self._marks = Marks()
        self._mark: TrendMark | None = None
        self.waiting = False
        self.bar = MarkBar()
        point = formats.decimal_point()
        self._reading = MarkReading(log, session.name_of, point, self)
        self._reading.answered.connect(self._show)
        self.bar.moved.connect(self.move)
        self.bar.log.clicked.connect(self._open_log)
        view.installEventFilter(self)

    @property
    def marks(self) -> tuple[TrendMark, ...]:
        """The marks that were found, also a little beside what is shown."""
        return self._marks.marks

    @property
    def mark(self) -> TrendMark | None:
        """The one that is told of."""
        return self._mark

    def ask(self, subjects: frozenset[str]) -> None:
        """Ask for the marks of these parts in the range that is shown, and half of it around."""
        reach, now_us = self._view.reach, self._session.now().utc_us
        margin_us = reach.span_us // 2
        end_us = now_us + _SECOND_US if reach.follows else reach.end_us
        held = frozenset(alarm.key for alarm in self._session.book.alarms() if alarm.active)
        self.waiting = True
        self._reading.ask(
            MarkQuestion(subjects, reach.start_us - margin_us, end_us + margin_us, held)
        )

    def move(self, by: int) -> None:
        """Go to the mark before (-1) or after (1)."""
        seen = self._in_view()
        if not seen:
            return
        ids = [one.event_id for one in seen]
        if self._mark is not None and self._mark.event_id in ids:
            at = min(max(ids.index(self._mark.event_id) + by, 0), len(seen) - 1)
        else:
            at = len(seen) - 1 if by < 0 else 0
        self.pick(seen[at])

    def pick(self, mark: TrendMark) -> None:
        """Tell of a mark, with the cursor on it."""
        self._mark = mark
        self._view.pin_cursor(mark.mark.utc_us)
        self._tell()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        tapped = watched is self._view and event.type() == QEvent.Type.MouseButtonRelease
        if tapped and isinstance(event, QMouseEvent):
            mark = self._view.mark_at(event.position(), metrics().target / 2)
            known = next((one for one in self.marks if one.mark == mark), None)
            if known is not None:
                self.pick(known)
        return super().eventFilter(watched, event)

    def _show(self, answer: object) -> None:
        if isinstance(answer, Marks):
            self.waiting = False
            self._marks = answer
            self._view.set_marks([one.mark for one in answer.marks])
            if self._mark is not None:
                known = {one.event_id: one for one in answer.marks}
                self._mark = known.get(self._mark.event_id)
            self._tell()

    def _tell(self) -> None:
        seen = self._in_view()
        left_out = self._marks.found - len(self.marks)
        now_us = self._session.now().utc_us
        self.bar.show_mark(self._mark, seen, len(seen) + left_out, self._marks.trouble, now_us)

    def _in_view(self) -> list[TrendMark]:
        reach = self._view.reach
        return [one for one in self.marks if reach.start_us <= one.mark.utc_us <= reach.end_us]

    def _open_log(self) -> None:
        if self._mark is not None:
            self.to_log.emit(self._mark.subject, self._mark.mark.utc_us)
