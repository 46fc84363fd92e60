"""At the tank: what hands do to simulated equipment, one act at a time, with how it stands now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from console.session.session import Session
from console.text import tr
from console.ui import paint
from console.ui.controls import Button
from console.ui.theme import look, metrics, theme

Handle = Callable[[str, str, float], None]
"""Does an act on a host: act, host, amount."""
_PLACES = {0.0: "in the fluid", 0.5: "half out", 1.0: "clear of the fluid"}
"""Where the server hangs, by the share of it that is out; a key of the catalogue each."""
_POUR_L = 2.0


@dataclass(frozen=True, slots=True)
class Offer:
    """One act that hands may do now."""

    text: str
    act: str
    amount: float = 1.0


class Hand:
    """What was done so far to the servers that hands work on; the lid is asked of the tank."""

    def __init__(self, session: Session, hosts: Sequence[str], do: Handle) -> None:
        self._session = session
        self._do = do
        self.hosts = tuple(hosts)
        self.share_out = 0.0
        self.is_off = False
        self.load = "schedule"
        self.others_off = False

    def offers(self) -> list[Offer]:
        """Return what may be done now, in an order that never changes."""
        if not self.hosts:
            return []
        found = [self._lid(), *self._hoist(), *self._power(), self._load()]
        if len(self.hosts) > 1:
            found.append(self._others())
        found.append(Offer(tr("Pour {litres} L in", litres=f"{_POUR_L:g}"), "pour", _POUR_L))
        return found

    def do(self, offer: Offer) -> None:
        """Do an act; raises what the equipment raises, and then nothing is taken as done."""
        hosts = self.hosts if offer.act in _OF_EACH else self.hosts[:1]
        for host in hosts:
            self._do(offer.act, host, offer.amount)
        if offer.act == "hoist":
            self.share_out = offer.amount
        elif offer.act in {"power_on", "power_off"}:
            self.is_off = offer.act == "power_off"
        elif offer.act in {"drain", "burn_in", "schedule"}:
            self.load = offer.act
        elif offer.act in {"others_on", "others_off"}:
            self.others_off = offer.act == "others_off"

    @property
    def place(self) -> str:
        """Where the server is, in words."""
        name = ", ".join(self._session.name_of(host) for host in self.hosts)
        if len(self.hosts) > 1:
            return tr("{server}: {state}", server=name, state=self._power_word())
        where = tr(_PLACES[self.share_out])
        return tr("{server}: {where}, {state}", server=name, where=where, state=self._power_word())

    def _power_word(self) -> str:
        return tr("switched off") if self.is_off else tr("switched on")

    def _lid(self) -> Offer:
        if self._lid_is_open():
            return Offer(tr("Close the lid"), "close_lid")
        return Offer(tr("Open the lid"), "open_lid")

    def _lid_is_open(self) -> bool:
        tank = self._session.tank_of(self.hosts[0])
        if tank is None:
            return False
        view = self._session.view(tank.id)
        value = view.good("lid.state") if "lid.state" in view.schema else None
        return value is not None and view.schema["lid.state"].words(value) == "open"

    def _hoist(self) -> list[Offer]:
        if len(self.hosts) > 1:
            return []
        found = []
        if self.share_out < 1:
            up = self.share_out + 0.5
            found.append(Offer(tr("Hoist to half") if up < 1 else tr("Hoist clear"), "hoist", up))
        if self.share_out > 0:
            found.append(Offer(tr("Lower"), "hoist", 0.0))
        return found

    def _power(self) -> list[Offer]:
        if self.is_off:
            return [Offer(tr("Switch on"), "power_on")]
        return [Offer(tr("Shut down"), "power_off")]

    def _load(self) -> Offer:
        following = {
            "schedule": Offer(tr("Take out of the scheduler"), "drain"),
            "drain": Offer(tr("Run the burn-in"), "burn_in"),
            "burn_in": Offer(tr("Back into the scheduler"), "schedule"),
        }
        return following[self.load]

    def _others(self) -> Offer:
        if self.others_off:
            return Offer(tr("Start the other servers"), "others_on")
        return Offer(tr("Shut the other servers down"), "others_off")


_OF_EACH = frozenset({"drain", "burn_in", "schedule", "power_on", "power_off"})


class HandsBar(QWidget):
    """A row of buttons: what hands may do at the tank now, and where the server is."""

    def __init__(self, hand: Hand) -> None:
        super().__init__()
        self.hand = hand
        self.said = ""
        self.setAccessibleName(tr("At the tank"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.heading = _Heading()
        self.buttons: list[Button] = []
        self._offers: list[Offer] = []
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(16, 4, 16, 4)
        self.row.setSpacing(8)
        self.row.addWidget(self.heading, 1)
        look().changed.connect(self._relook)
        self.refresh()

    def refresh(self) -> None:
        """Show what may be done now; nothing is made anew while that is the same."""
        offers = self.hand.offers()
        self.heading.say(self.said or self.hand.place)
        if offers == self._offers:
            return
        self._offers = offers
        while len(self.buttons) < len(offers):
            self._add_button()
        for button, offer in zip(self.buttons, offers, strict=False):
            if button.text() != offer.text:
                button.setText(offer.text)
                button.setAccessibleName(offer.text)
                button.updateGeometry()
        for number, button in enumerate(self.buttons):
            button.setVisible(number < len(offers))

    def _add_button(self) -> None:
        number = len(self.buttons)
        button = Button("")
        button.clicked.connect(lambda: self._do(number))
        self.buttons.append(button)
        self.row.addWidget(button)

    def _do(self, number: int) -> None:
        from drivers.simulator.process import SimulatorError

        self.said = ""
        try:
            self.hand.do(self._offers[number])
        except (ValueError, SimulatorError) as error:
            self.said = str(error)
        self.refresh()

    def sizeHint(self) -> QSize:
        return QSize(640, metrics().target + 8)

    def paintEvent(self, _event: QPaintEvent) -> None:
        p = QPainter(self)
        p.fillRect(self.rect(), theme().panel)
        p.fillRect(0, 0, self.width(), 1, theme().line)

    def _relook(self) -> None:
        self.updateGeometry()
        self.update()


class _Heading(QWidget):
    """The bar's name, and below it where the server is."""

    def __init__(self) -> None:
        super().__init__()
        self._text = ""
        self.setMinimumWidth(176)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        look().changed.connect(self.update)

    def say(self, text: str) -> None:
        """Show other words."""
        if text != self._text:
            self._text = text
            self.setAccessibleName(text)
            self.setToolTip(text)
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        p, middle = QPainter(self), self.height() / 2
        top = QRectF(0, middle - 20, self.width(), 20)
        paint.label(p, top, tr("At the tank"), 11, bold=True)
        below = QRectF(0, middle, self.width(), 20)
        paint.label(p, below, self._text, 11, colour=theme().muted)
