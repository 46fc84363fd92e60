"""What is happening in this tank: the tank drawn, its trends, and every point."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from console.acquisition.latest import Link, LinkState
from console.alarms.status import Status
from console.session.session import Refresh, Session
from console.site import Tank
from console.text import tr
from console.ui import formats, paint
from console.ui.conditions import condition
from console.ui.controls import Button, Choice
from console.ui.no_equipment import NoEquipment
from console.ui.page import Page
from console.ui.points_table import PointsTable
from console.ui.tank_drawing import Slot, TankDrawing
from console.ui.tank_trends import TankTrends
from console.ui.theme import look, metrics, theme
from console.ui.tile_state import tank_state
from drivers.points import Point

_LEFT, _RIGHT = 332, 380


class TankPage(Page):
    """One tank at a time; the site's first until another is asked for."""

    name = "tank"
    icon = "tank"

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(session, parent)
        self._tank: Tank | None = None
        self.header = _Header(session)
        self.drawing = TankDrawing()
        self.alarms = _Alarms()
        self.points = PointsTable()
        self.trends = TankTrends(session)
        self._lay_out()
        self.header.chosen.connect(self.show_subject)
        self.header.life.clicked.connect(self._open_life)
        self.header.labels.clicked.connect(self._open_labels)
        self.points.chosen.connect(self.trends.toggle_point)
        self.trends.to_trends.connect(lambda tank: self.open_subject.emit("trends", tank))
        self.drawing.slot_opened.connect(lambda host: self.open_subject.emit("gpus", host))
        self.alarms.opened.connect(self._open_alarm)
        if session.tanks:
            self.show_subject(session.tanks[0].id)

    def title(self) -> str:
        return tr("Tank")

    def headline(self) -> str:
        if self._tank is None:
            return tr("This site has no tank")
        hall = self._tank.hall
        return f"{hall} > {self._tank.name}" if hall else self._tank.name

    def show_subject(self, subject: str) -> None:
        tank = self.session.tank_of(subject)
        if tank is not None and tank is not self._tank:
            self._tank = tank
            self.header.show_tank(tank)
            self.trends.show_tank(tank.id)
            self._refresh()

    def show_moment(self, utc_us: int) -> None:
        self.trends.show_moment(utc_us)

    @property
    def settled(self) -> bool:
        return not self.trends.view.waiting

    def refresh(self, changes: Refresh) -> None:
        self._refresh()

    def _refresh(self) -> None:
        tank = self._tank
        if tank is None:
            return
        view = self.session.view(tank.id)
        alarms = self.session.book.of(self.session.parts_of(tank.id))
        own = {
            a.point or a.level: a.priority
            for a in reversed(alarms)
            if a.subject == tank.id and a.active
        }
        self.header.refresh(tank)
        self.drawing.show_tank(view, self._slots(tank, alarms), own)
        age_s = self.session.now().mono_s - view.time.mono_s
        self.points.points.show_snapshot(view, age_s, own)
        self.alarms.show_alarms(alarms, self.session, tank.id)
        self.trends.show_alarms(alarms)
        self.trends.refresh()

    def _slots(self, tank: Tank, alarms: Sequence[Status]) -> tuple[Slot, ...]:
        worst: dict[str, int] = {}
        for alarm in alarms:
            about = alarm.subject.partition("/")[0]
            if alarm.active:
                worst[about] = min(alarm.priority, worst.get(about, 9))
        by_slot = {host.slot: host for host in self.session.site.hosts_in(tank.id)}
        found = []
        for number in range(1, tank.slots + 1):
            host = by_slot.get(number)
            if host is None:
                found.append(Slot(number))
                continue
            gpus = len(self.session.gpus(host.id))
            found.append(Slot(number, host.id, host.name, gpus, worst.get(host.id, 0)))
        return tuple(found)

    def _lay_out(self) -> None:
        left = QVBoxLayout()
        left.setSpacing(8)
        left.addWidget(self.drawing, 1)
        left.addWidget(self.alarms)
        body = QHBoxLayout()
        body.setSpacing(8)
        for widget, width in ((self.drawing, _LEFT), (self.alarms, _LEFT), (self.points, _RIGHT)):
            widget.setFixedWidth(width)
        body.addLayout(left)
        body.addWidget(self.trends, 1)
        body.addWidget(self.points)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(16, 0, 16, 16)
        whole.setSpacing(8)
        whole.addWidget(self.header)
        whole.addLayout(body, 1)
        if not self.session.tanks:
            self._say_none(whole)

    def _say_none(self, column: QVBoxLayout) -> None:
        """Say that there is no tank, and what there is."""
        for part in (self.header, self.drawing, self.alarms, self.trends, self.points):
            part.hide()
        self.nothing = NoEquipment(self.session)
        self.nothing.wanted.connect(lambda page: self.open_subject.emit(page, ""))
        column.addWidget(self.nothing, 1)

    def _open_life(self) -> None:
        if self._tank is not None:
            self.open_subject.emit("life", self._tank.id)

    def _open_labels(self) -> None:
        if self._tank is not None:
            self.open_subject.emit("paper", f"labels/{self._tank.id}")

    def _open_alarm(self, subject: str) -> None:
        is_gpu = "/" in subject or any(host.id == subject for host in self.session.hosts)
        self.open_subject.emit("gpus" if is_gpu else "alarms", subject)


class _Header(QWidget):
    """Which tank, how it is, where it is going, and how its controller answers."""

    chosen = Signal(str)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._state = ""
        self._link = ""
        self.previous = Button("\N{BLACK LEFT-POINTING POINTER}")
        self.following = Button("\N{BLACK RIGHT-POINTING POINTER}")
        self.previous.setAccessibleName(tr("Previous tank"))
        self.following.setAccessibleName(tr("Next tank"))
        self.choice = Choice(tr("Tank"), [(tank.id, tank.name) for tank in session.tanks])
        self.words = _Words()
        self.life = Button(tr("Whole life"))
        self.labels = Button(tr("Labels …"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for widget in (self.previous, self.choice, self.following):
            row.addWidget(widget)
        row.addWidget(self.words, 1)
        row.addWidget(self.life)
        row.addWidget(self.labels)
        self.previous.clicked.connect(lambda: self._step(-1))
        self.following.clicked.connect(lambda: self._step(1))
        self.choice.activated.connect(lambda i: self.chosen.emit(session.tanks[i].id))

    def show_tank(self, tank: Tank) -> None:
        """Show which tank it is."""
        self.choice.setCurrentIndex(self._session.tanks.index(tank))

    def refresh(self, tank: Tank) -> None:
        """Say how the tank is."""
        state = tank_state(self._session, tank)
        outlook = self._session.outlook(tank.id)
        link = self._session.latest.link(tank.id)
        said = state.word[:1].upper() + state.word[1:]
        if outlook is not None and outlook.minutes is not None:
            said = tr(
                "Heating {slope} K/min, limit {limit} in {minutes}",
                slope=formats.decimal(outlook.slope_k_min, 1),
                limit=formats.with_unit(outlook.limit_c, _CELSIUS),
                minutes=formats.minutes(outlook.minutes),
            )
        self.words.show_words(said, link_words(link), state.priority)

    def _step(self, by: int) -> None:
        count = len(self._session.tanks)
        if count:
            self.chosen.emit(self._session.tanks[(self.choice.currentIndex() + by) % count].id)


_CELSIUS = Point("limit", "Limit", "Cel", precision=0)


def link_words(link: Link) -> str:
    """Return how a device answers, in words: what to look at when it does not."""
    if link.state is LinkState.CONNECTING:
        return tr("connecting to {url}", url=link.url)
    if link.state is LinkState.LOST:
        since = formats.clock(link.since.utc_us) if link.since else ""
        return tr("no answer since {time}: {message}", time=since, message=link.message)
    return tr(
        "{url} answers in {ms} ms, {missed} of {polls} polls missed",
        url=link.url,
        ms=formats.decimal(link.round_trip_s * 1000, 0),
        missed=link.missed,
        polls=link.polls,
    )


class _Words(QWidget):
    """The state in large, the link in small."""

    def __init__(self) -> None:
        super().__init__()
        self._said = ("", "", 0)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(44)

    def show_words(self, state: str, link: str, priority: int) -> None:
        """Say something else."""
        if (state, link, priority) != self._said:
            self._said = (state, link, priority)
            self.setAccessibleName(f"{state}. {link}")
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        p, (state, link, priority) = QPainter(self), self._said
        left = 8.0
        if priority:
            paint.priority_mark(p, QRectF(left, 2, 20, 20), priority)
            left += 28
        paint.label(p, QRectF(left, 0, self.width() - left, 24), state, 13, bold=True)
        below = QRectF(8, 24, self.width() - 8, 20)
        paint.label(p, below, link, 11, colour=theme().muted)


class _Alarms(QWidget):
    """The alarms of this tank and its servers, worst first.

    A tap on a server's opens the server, on the tank's own the list with what to do.
    """

    opened = Signal(str)
    ROWS = 4

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[tuple[int, bool, str, str, str]] = []
        self._more = 0
        self._relook()
        look().changed.connect(self._relook)

    def show_alarms(self, alarms: Sequence[Status], session: Session, tank: str) -> None:
        """Show the first few, and say how many more there are."""
        rows = [
            (a.priority, bool(a.active), a.subject, condition(a), _where(a, session, tank))
            for a in sorted(alarms, key=lambda a: (not a.active, a.priority, -a.since_us))
        ]
        if rows[: self.ROWS] != self._rows or len(rows) - self.ROWS != self._more:
            self._rows, self._more = rows[: self.ROWS], max(len(rows) - self.ROWS, 0)
            told = "; ".join(f"{what} {place}" for _, _, _, what, place in rows)
            self.setAccessibleName(tr("Alarms of this tank"))
            self.setAccessibleDescription(told or tr("No alarms"))
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        i = int((event.position().y() - 8) // 28)
        if 0 <= i < len(self._rows):
            self.opened.emit(self._rows[i][2])

    def paintEvent(self, _event: QPaintEvent) -> None:
        p, t = QPainter(self), theme()
        p.fillRect(self.rect(), t.panel)
        if not self._rows:
            rect = QRectF(self.rect()).adjusted(12, 0, 0, 0)
            paint.label(p, rect, tr("No alarms in this tank"), 13, colour=t.muted)
            return
        for i, (priority, active, _, what, place) in enumerate(self._rows):
            row = QRectF(12, 8 + i * 28, self.width() - 24, 26)
            mark = QRectF(row.left(), row.top() + 3, 20, 20)
            paint.priority_mark(p, mark, priority, filled=active)
            text = QRectF(mark.right() + 8, row.top(), row.width() - 28, 26)
            colour = t.text if active else t.muted
            paint.label(p, text, f"{place}: {what}" if place else what, 11, colour=colour)
        if self._more:
            foot = QRectF(12, self.height() - 24, self.width() - 24, 20)
            paint.label(p, foot, tr("and {n} more", n=self._more), 11, colour=t.muted)

    def _relook(self) -> None:
        self.setFixedHeight(max(8 + self.ROWS * 28 + 24, metrics().target))
        self.update()


def _where(alarm: Status, session: Session, tank: str) -> str:
    """The server or GPU of an alarm; an alarm of the tank itself needs no place on its page."""
    return "" if alarm.subject == tank else session.name_of(alarm.subject)
