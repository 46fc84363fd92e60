"""Adopting a controller: from an address to a tank in the site file, one step after the other.

The controller is asked by errands in threads of their own; the page only looks whether they have
come back, so that a controller that says nothing costs the window nothing.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from console.adopt import AdoptError, append_tank, new_site_file, same_unit
from console.fieldwork import (
    PROBE_LIMIT_S,
    TRIAL_LIMIT_S,
    Errand,
    Fingerprint,
    Trial,
    fingerprint,
    read_words,
    try_map,
)
from console.session.session import Session
from console.text import tr
from console.ui import paint
from console.ui.controls import Button
from console.ui.setup_parts import Words
from console.ui.setup_steps import MapStep, SaveStep, TryStep, WhereStep
from console.ui.theme import look, theme
from drivers.files import FileError
from drivers.modbus.datatypes import Area
from drivers.modbus.device import ModbusDevice
from drivers.modbus.regmap import RegisterMap, load_map
from drivers.modbus.url import ModbusUrl

WHERE, MAP, TRY, SAVE, DONE = range(5)
_LOOK_WORDS = 4
_OUTLINE = 144
_GENERIC = "generic-single-phase"


class Adoption(QWidget):
    """The steps, the outline beside them and the way on below."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._errand: Errand[Any] | None = None
        self._asked_for = WHERE
        self.where = WhereStep()
        self.maps = MapStep()
        self.attempt = TryStep()
        halls = [tank.hall for tank in session.tanks if tank.hall]
        taken = {tank.id for tank in session.tanks} | {host.id for host in session.hosts}
        self.save = SaveStep(dict(session.site.fluids), halls, taken, len(session.tanks))
        self.done = Words("", 16)
        self.done.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.outline = _Outline()
        self.says = Words()
        self.onward = Button("", primary=True)
        self.back = Button(tr("Back"))
        self.cancel = Button(tr("Stop asking"))
        self._steps = QStackedWidget()
        self._lay_out()
        self._connect()
        # A question on its way when the window goes is not waited for.
        errands: list[Errand[Any]] = []
        self._errands = errands
        self.destroyed.connect(lambda: _give_all_up(errands))
        self.turn(WHERE)

    @property
    def step(self) -> int:
        """Where the person is."""
        return self._steps.currentIndex()

    @property
    def is_asking(self) -> bool:
        """Whether a question is on its way."""
        return self._errand is not None

    @property
    def site_file(self) -> Path | None:
        """The file that the site was read from; None for a demo."""
        path = self._session.path
        return path if path is not None and path.is_file() else None

    def turn(self, step: int) -> None:
        """Show a step."""
        self._steps.setCurrentIndex(step)
        self.outline.show_step(step)
        self.says.say("")
        self._update_foot()
        first = (self.where.url, self.maps.maps, self.attempt.table, self.save.tank_name)
        if step < DONE and self.isVisible():
            first[step].setFocus(Qt.FocusReason.OtherFocusReason)

    def refresh(self) -> None:
        """Take in an answer that has come, and say how far the question is."""
        errand = self._errand
        if errand is None:
            return
        outcome = errand.outcome
        if outcome is None:
            self._say_progress(errand.progress)
            return
        self._errand = None
        self._update_foot()
        if outcome.result is None:
            self._tell(outcome.trouble)
        else:
            self._take(outcome.result)

    # ---- asking ----------------------------------------------------------------------------

    def give_up(self) -> None:
        """Ask no more."""
        if self._errand is not None:
            self._errand.give_up()
            self._errand = None
            self._tell(tr("Stopped."))
            self._update_foot()

    def _ask(self, step: int, work: Any, limit_s: float) -> None:
        if self._errand is not None:
            return
        self._asked_for = step
        self._errand = Errand(work, limit_s)
        self._errands[:] = [self._errand]
        self._say_progress("")
        self._update_foot()

    def _ask_who(self) -> None:
        url = self.where.url.text().strip()
        try:
            ModbusUrl.parse(url)
            taken = self._watched_as(url)
        except ValueError as error:
            self.says.say(str(error))
            return
        if taken:
            self.says.say(tr("{name} is watched at this address already.", name=taken))
            return
        beside = self.site_file.parent if self.site_file else None
        self._ask(WHERE, lambda tell: fingerprint(url, beside, tell), PROBE_LIMIT_S)

    def _watched_as(self, url: str) -> str:
        controllers = (d for d in self._session.devices if isinstance(d, ModbusDevice))
        same = (d.id for d in controllers if same_unit(url, d.url, d.regmap.transport))
        found = next(same, None)
        return self._session.name_of(found) if found else ""

    def _ask_words(self) -> None:
        text = self.maps.address.text().strip() or "0"
        if not (text.isascii() and text.isdecimal() and int(text[:6]) <= 65535):
            self.maps.say(tr("An address on the wire is a number from 0 to 65535."))
            return
        area, address = Area(self.maps.area.key), int(text)
        count = min(_LOOK_WORDS, 65536 - address)
        work = partial(self._words, self.where.url.text().strip(), area, address, count)
        self._ask(MAP, work, TRIAL_LIMIT_S)

    async def _words(self, url: str, area: Area, address: int, count: int, _tell: Any) -> Any:
        return await read_words(url, self._map() or load_map(_GENERIC), area, address, count)

    def _ask_values(self) -> None:
        regmap, url = self._map(), self.where.url.text().strip()
        if regmap is not None:
            self._ask(TRY, lambda _: try_map(url, regmap), TRIAL_LIMIT_S)

    def _map(self) -> RegisterMap | None:
        found, score = self.maps.found, self.maps.score
        return found.maps[score.map_id] if found and score else None

    def _take(self, result: object) -> None:
        if isinstance(result, Fingerprint):
            self.maps.show_found(result)
            self.turn(MAP)
        elif isinstance(result, Trial):
            self.attempt.show_trial(result)
            self.turn(TRY)
        elif isinstance(result, tuple):
            self.says.say("")
            self.maps.show_words(result, int(self.maps.address.text().strip() or "0"))

    def _say_progress(self, word: str) -> None:
        asking = tr("Asking the controller")
        self.says.say(f"{asking}: {word}" if word else f"{asking} …")

    def _tell(self, sentence: str) -> None:
        if self._asked_for == MAP:
            self.says.say("")
            self.maps.say(sentence)
        else:
            self.says.say(sentence)

    # ---- moving on -------------------------------------------------------------------------

    def _go_on(self) -> None:
        if self.is_asking:
            return
        moves = (self._ask_who, self._ask_values, self._begin_save, self._save, self._begin_anew)
        moves[self.step]()

    def _go_back(self) -> None:
        self.give_up()
        self.turn(max(self.step - 1, WHERE))

    def _begin_save(self) -> None:
        found, score, trial = self.maps.found, self.maps.score, self.attempt.trial
        if found is None or score is None or trial is None:
            return
        place = str(self.site_file) if self.site_file else ""
        url = self.where.url.text().strip()
        self.save.begin(url, found.names[score.map_id], trial.took_s, place)
        self.turn(SAVE)

    def _save(self) -> None:
        try:
            tank = self.save.tank()
            if self.site_file:
                saved = append_tank(self.site_file, tank)
            else:
                path = Path(self.save.file.text().strip()).expanduser()
                saved = new_site_file(path, tank.hall or tank.name, tank)
        except (AdoptError, FileError) as error:
            self.says.say(str(error))
            return
        told = [tr("{name} is saved in {file}.", name=tank.name, file=saved.path)]
        if saved.backup:
            told.append(tr("It is watched after the next start of the console."))
            told.append(tr("The file as it was is kept as {file}.", file=saved.backup.name))
        else:
            told.append(tr("To watch it: tankside open {file}", file=saved.path))
        self.done.say("\n\n".join(told))
        self.save.taken(tank.id)
        self.turn(DONE)

    def _begin_anew(self) -> None:
        self.where.url.clear()
        self.turn(WHERE)

    def _update_foot(self) -> None:
        texts = (
            tr("Ask the controller"),
            tr("Try this map"),
            tr("These values are right"),
            tr("Save"),
            tr("Adopt another"),
        )
        ready = (
            bool(self.where.url.text().strip()),
            self.maps.score is not None,
            self.attempt.trial is not None,
            self.save.is_ready,
            True,
        )
        self.onward.setText(texts[self.step])
        self.onward.setAccessibleName(texts[self.step])
        self.onward.setEnabled(ready[self.step] and not self.is_asking)
        self.onward.updateGeometry()
        self.back.setVisible(WHERE < self.step < DONE)
        self.cancel.setVisible(self.is_asking)
        self.maps.read.setEnabled(not self.is_asking)

    def _connect(self) -> None:
        self.onward.clicked.connect(self._go_on)
        self.back.clicked.connect(self._go_back)
        self.cancel.clicked.connect(self.give_up)
        self.where.entered.connect(self._go_on)
        self.where.url.textChanged.connect(self._update_foot)
        self.maps.chosen.connect(self._update_foot)
        self.maps.look.connect(self._ask_words)
        self.save.changed.connect(self._update_foot)

    def _lay_out(self) -> None:
        done = QWidget()
        column = QVBoxLayout(done)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.done)
        column.addStretch(1)
        for step in (self.where, self.maps, self.attempt, self.save, done):
            self._steps.addWidget(step)
        foot = QHBoxLayout()
        foot.setSpacing(16)
        foot.addWidget(self.back)
        foot.addWidget(self.says, 1)
        foot.addWidget(self.cancel)
        foot.addWidget(self.onward)
        right = QVBoxLayout()
        right.setSpacing(16)
        right.addWidget(self._steps, 1)
        right.addLayout(foot)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(16)
        whole.addWidget(self.outline)
        whole.addLayout(right, 1)


def _give_all_up(errands: list[Errand[Any]]) -> None:
    """Not a method: it runs while the widget that owned the errands is going away."""
    for errand in errands:
        errand.give_up()


class _Outline(QWidget):
    """The steps with a mark each: done, here, not reached."""

    def __init__(self) -> None:
        super().__init__()
        self._step = WHERE
        self._names = (tr("Address"), tr("Map"), tr("Try"), tr("Save"))
        self.setFixedWidth(_OUTLINE)
        look().changed.connect(self.update)
        self.show_step(WHERE)

    def show_step(self, step: int) -> None:
        """Mark the step that is shown."""
        self._step = step
        told = tr("Step {n} of {all}", n=min(step, SAVE) + 1, all=len(self._names))
        self.setAccessibleName(f"{told}: {self._names[min(step, SAVE)]}")
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(_OUTLINE, 48 * len(self._names))

    def paintEvent(self, _event: QPaintEvent) -> None:
        p, t = QPainter(self), theme()
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        for number, name in enumerate(self._names):
            is_here, is_done = number == self._step, number < self._step
            row = QRectF(0, number * 48, self.width(), 40)
            if is_here:
                p.fillRect(row, t.panel)
                p.fillRect(QRectF(0, row.top(), 4, row.height()), t.text)
            ring = QRectF(16, row.center().y() - 11, 22, 22)
            p.setPen(QPen(t.text if is_here or is_done else t.muted, 1.5))
            p.setBrush(t.normal if is_done else Qt.BrushStyle.NoBrush)
            p.drawEllipse(ring)
            mark = "\N{CHECK MARK}" if is_done else str(number + 1)
            colour = t.text if is_here or is_done else t.muted
            paint.label(p, ring, mark, 11, colour=colour, flags=paint.CENTRE)
            words = row.adjusted(48, 0, -8, 0)
            paint.label(p, words, name, 13, colour=colour, bold=is_here)
