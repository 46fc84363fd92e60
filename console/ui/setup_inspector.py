"""The register inspector: live raw words beside what is made of them, the reads, the errors.

It only looks at what the last poll left; nothing is asked of a controller from here.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from console.acquisition.latest import Link, LinkState
from console.session.session import Session
from console.text import tr
from console.ui import formats
from console.ui.controls import Choice
from console.ui.plain_table import PlainTable
from console.ui.setup_parts import SIDE, FactList, Facts, Panel, Words, scrolling
from console.ui.setup_rows import (
    DECODING_COLUMNS,
    REGISTER_COLUMNS,
    block_text,
    decodings_of,
    register_lines,
    when_text,
    words_of,
)
from drivers.modbus.device import Inspection, ModbusDevice
from drivers.modbus.planner import plan, plan_identity
from drivers.points import Snapshot

ERRORS = {
    "no answer": "No answer",
    "refused": "Refused",
    "rejected": "Answer rejected",
    "wrong controller": "Wrong controller",
    "connection": "No connection",
    "internal": "Internal error",
}
"""Why polls failed, by kind; a key of the catalogue each."""
LINKS = {
    LinkState.CONNECTING: "connecting",
    LinkState.LIVE: "answering",
    LinkState.LOST: "no answer",
}
"""How a connection is; a key of the catalogue each."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """What the table shows: nothing has to be made anew while these are the same."""

    inspection: Inspection | None
    view: Snapshot | None


class Inspector(QWidget):
    """One controller of the session at a time."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._devices = {d.id: d for d in session.devices if isinstance(d, ModbusDevice)}
        self._shown = _Shown(None, None)
        choices = [(tank, session.name_of(tank)) for tank in self._devices]
        self.device = Choice(tr("Controller"), choices)
        self.note = Words(quiet=True)
        self.table = PlainTable(tr("Registers"), REGISTER_COLUMNS)
        self.link = FactList(tr("Connection"))
        self.error = Words()
        self.errors = FactList(tr("Polls that failed"))
        self.plan = FactList(tr("Reads"))
        self.point = Words(tr("Choose a register to see every way of reading it."), quiet=True)
        self.decodings = PlainTable(tr("Every way of reading it"), DECODING_COLUMNS, dense=True)
        self.decodings.setVisible(False)
        self._lay_out()
        self.device.currentIndexChanged.connect(self._turn)
        self.table.chosen.connect(self._choose)

    @property
    def subject(self) -> str:
        """The tank whose controller is shown, empty without one."""
        return self.device.key if self._devices else ""

    def show_tank(self, tank: str) -> None:
        """Turn to a tank's controller; unknown ids are ignored."""
        self.device.choose(tank)

    def refresh(self) -> None:
        """Take what the last poll left and show what is new in it."""
        device = self._devices.get(self.subject)
        if device is None:
            self.note.say(tr("This site has no controllers yet. Adopt one."))
            return
        inspection, view = device.inspection, self._session.view(device.id)
        self._show_side(device, self._session.latest.link(device.id), inspection)
        if inspection is None:
            self._show_nothing()
            return
        if inspection.snapshot.sequence != view.sequence:
            return  # the poll has just ended and its values come with the next refresh
        self.note.say(self._when(view))
        shown = _Shown(inspection, view)
        if shown.inspection is not self._shown.inspection or shown.view is not self._shown.view:
            self._shown = shown
            self.table.show_lines(register_lines(inspection, view))
            self._choose(self.table.key)

    def _when(self, view: Snapshot) -> str:
        now = self._session.now()
        time = formats.clock(view.time.utc_us, now.utc_us)
        age = formats.age(now.mono_s - view.time.mono_s)
        return tr("Read at {time}, {age} ago. Nothing is ever written here.", time=time, age=age)

    def _show_nothing(self) -> None:
        self.note.say(tr("This controller has not answered yet."))
        if self.table.lines:
            self.table.show_lines(())
        self._shown = _Shown(None, None)

    def _turn(self) -> None:
        self._shown = _Shown(None, None)
        self.table.choose("")
        self._choose("")
        self.refresh()

    def _choose(self, key: str) -> None:
        """Show every way of reading the registers of a point."""
        inspection = self._shown.inspection
        specs = inspection.regmap.readable if inspection else ()
        spec = next((spec for spec in specs if spec.key == key), None)
        is_number = spec is not None and not spec.area.is_bits
        words = words_of(inspection, spec) if inspection and spec and is_number else ()
        self.decodings.setVisible(bool(words))
        if spec is None or not words:
            self.point.say(tr("Choose a register to see every way of reading it."))
            return
        place = f"{spec.area.value} {spec.address}"
        name = formats.point_name(spec.point())
        self.point.say(tr("{name} ({place}), read in every way", name=name, place=place))
        self.decodings.show_lines(decodings_of(words, spec.address))

    # ---- the side --------------------------------------------------------------------------

    def _show_side(self, device: ModbusDevice, link: Link, inspection: Inspection | None) -> None:
        error = tr("Last error: {sentence}", sentence=link.message) if link.message else ""
        self.error.say(error)
        self.error.setVisible(bool(error))
        self.link.show_facts(_link_facts(device, link, inspection))
        self.errors.show_facts(_error_facts(link, inspection))
        self.plan.show_facts(_plan_facts(device, inspection))

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(16)
        head.addWidget(self.device)
        head.addWidget(self.note, 1)
        left = QVBoxLayout()
        left.setSpacing(8)
        left.addLayout(head)
        left.addWidget(self.table, 1)
        inside = QWidget()
        facts = QVBoxLayout(inside)
        facts.setContentsMargins(0, 0, 8, 0)
        facts.setSpacing(16)
        for part in (self.link, self.error, self.errors, self.plan):
            facts.addWidget(part)
        facts.addStretch(1)
        side = Panel(tr("Connection"))
        side.setFixedWidth(SIDE)
        column = QVBoxLayout(side)
        column.setContentsMargins(16, 12, 8, 12)
        column.setSpacing(8)
        column.addWidget(scrolling(inside, tr("Connection")), 1)
        column.addWidget(self.point)
        column.addWidget(self.decodings, 1)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(16)
        whole.addLayout(left, 1)
        whole.addWidget(side)


def _link_facts(device: ModbusDevice, link: Link, inspection: Inspection | None) -> Facts:
    facts = [
        (tr("State"), tr(LINKS[link.state])),
        (tr("Address"), device.url),
        (tr("Map"), device.regmap.id),
    ]
    trip = f"{formats.decimal(link.round_trip_s * 1000, 1)} ms" if link.round_trip_s else "–"
    facts += [
        (tr("Whole poll took"), trip),
        (tr("Polled"), tr("every {seconds} s", seconds=f"{link.period_s:g}")),
        (tr("Polls"), formats.decimal(link.polls, 0)),
        (tr("Missed"), formats.decimal(link.missed, 0)),
    ]
    if inspection is not None:
        facts += list(inspection.snapshot.identity.items())
    return tuple(facts)


def _error_facts(link: Link, inspection: Inspection | None) -> Facts:
    facts = [(tr(ERRORS.get(kind, kind)), formats.decimal(n, 0)) for kind, n in link.errors]
    if inspection is not None and inspection.strays:
        facts.append((tr("Answers nobody asked for"), formats.decimal(inspection.strays, 0)))
    return tuple(facts) or ((tr("none"), ""),)


def _plan_facts(device: ModbusDevice, inspection: Inspection | None) -> Facts:
    """The reads as this controller accepts them; as the map wants them before it has answered."""
    blocks = inspection.blocks if inspection else plan(device.regmap)
    refused = inspection.refused if inspection else ()
    facts = [(block_text(block), when_text(block)) for block in blocks]
    facts += [(block_text(block), tr("refused: {why}", why=why)) for block, why in refused]
    once = plan_identity(device.regmap)
    return (*facts, *((block_text(block), when_text(block, once=True)) for block in once))
