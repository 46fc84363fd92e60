"""What is in front of the trainee: labels to scan, meters to read, things to photograph."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QBuffer, QIODevice, QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from console.session.running.crew import photo_command
from console.text import tr
from console.training.scenario import said
from console.training.sights import Sight
from console.training.trainer import Trainer
from console.ui import formats, paint
from console.ui.controls import Button
from console.ui.setup_parts import Words
from console.ui.theme import font
from console.work.events import Refused
from console.work.photos import PhotoStore
from procedures.engine import commands as cmd

_SIZE = (480, 320)


class InFront(QWidget):
    """One row: what is to be seen in this step, and a button where a hand does something with it.

    ``tell`` is given what was refused, in a sentence.
    """

    def __init__(self, trainer: Trainer, tell: Callable[[str], None]) -> None:
        super().__init__()
        self._trainer = trainer
        self._tell = tell
        self._sights: list[Sight] = []
        self._photos = PhotoStore(trainer.session.data)
        self.setAccessibleName(tr("In front of you"))
        self.words = Words("", 11)
        self.words.setWordWrap(False)
        self.words.setSizePolicy(QLabel().sizePolicy())
        self.scan = Button(tr("Scan the label"))
        self.other = Button(tr("Look for another label"))
        self.photo = Button(tr("Take the photo"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.words, 1)
        for button in (self.scan, self.other, self.photo):
            row.addWidget(button)
            button.hide()
        self.scan.clicked.connect(self._scan)
        self.other.clicked.connect(self._look)
        self.photo.clicked.connect(self._photograph)

    def refresh(self) -> None:
        """Show what is there to see now."""
        found = list(self._trainer.sights())
        if found != self._sights:
            self._sights = found
            self.words.say("   ".join(self._text(one) for one in found))
        label, photo = self._next("label"), self._next("photo")
        self.scan.setVisible(label is not None)
        self.photo.setVisible(photo is not None)
        self.other.setVisible(label is not None and self._trainer.has_another(label.id))

    def _text(self, sight: Sight) -> str:
        title = said(dict(sight.title))
        if sight.kind == "label":
            return tr("{title} reads {text}", title=title, text=sight.reads or "---")
        if sight.kind == "meter":
            number, _, unit = sight.reads.partition(" ")
            shown = f"{number.replace('.', formats.decimal_point())} {formats.unit(unit)}".strip()
            return tr("{title}: {text}", title=title, text=shown)
        return title

    def _next(self, kind: str) -> Sight | None:
        return next((one for one in self._sights if one.kind == kind and not one.is_done), None)

    def _scan(self) -> None:
        sight, step = self._next("label"), self._step()
        if sight is not None:
            who = self._trainer.who.id
            self._ask(cmd.ScanLabel(step, who, sight.id, sight.reads))

    def _look(self) -> None:
        sight = self._next("label")
        if sight is not None:
            self._trainer.look_for_another(sight.id)
            self.refresh()

    def _photograph(self) -> None:
        sight, step = self._next("photo"), self._step()
        if sight is None:
            return
        run = self._trainer.run
        taken = len(run.current.photos.get(sight.id, ())) if run and run.current else 0
        try:
            kept = self._photos.put(_picture(said(dict(sight.title)), taken + 1))
        except Refused as refusal:
            self._tell(str(refusal))
            return
        self._ask(photo_command(step, self._trainer.who.id, sight.id, kept))

    def _step(self) -> str:
        run = self._trainer.run
        return run.current.step if run and run.current else ""

    def _ask(self, command: cmd.Command) -> None:
        try:
            decision = self._trainer.place.ask(self._trainer.run_id, command)
        except Refused as refusal:
            self._tell(str(refusal))
            return
        self._tell("; ".join(tr(one.pattern, **one.values) for one in decision.refusals))


def _picture(title: str, number: int) -> bytes:
    """Return a PNG that says what was photographed in the training; no two are the same."""
    image = QImage(*_SIZE, QImage.Format.Format_RGB32)
    image.fill(QColor(0x8A, 0x90, 0x94))
    p = QPainter(image)
    p.setPen(QColor(0x20, 0x24, 0x28))
    p.setFont(font(20, bold=True))
    whole = QRectF(0, 0, *_SIZE)
    p.drawText(whole.adjusted(24, 24, -24, -160), int(paint.CENTRE), tr("TRAINING"))
    p.setFont(font(13))
    p.drawText(whole.adjusted(24, 120, -24, -24), int(paint.CENTRE), f"{title} ({number})")
    p.end()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())
