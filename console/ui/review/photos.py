"""The photos of a step, small in a row, and one of them as large as there is room."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from console.session.session import Session
from console.text import tr
from console.ui import paint
from console.ui.controls import Button
from console.ui.guided.photos import beside
from console.ui.setup_parts import Words
from console.ui.theme import look, metrics, theme
from console.work.reviews.steps import Shot
from console.work.reviews.words import words_of

_EDGE, _GAP, _HEAD = 96, 8, 30
_LARGE_PX = 1600


class PhotoRow(QWidget):
    """Thumbnails; ``opened`` carries the number of one that was tapped, or Enter pressed on it."""

    opened = Signal(int)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.shots: tuple[Shot, ...] = ()
        self._pictures: dict[str, QPixmap] = {}
        self._troubles: dict[str, str] = {}
        self._at = 0
        self.setAccessibleName(tr("Photos of the step"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        look().changed.connect(self.update)
        self.hide()

    def show_shots(self, shots: Sequence[Shot]) -> None:
        """Show the photos of a step; each is read beside the window."""
        self.shots, self._at = tuple(shots), 0
        self.setVisible(bool(shots))
        titles = ", ".join(words_of(shot.title) for shot in shots)
        self.setAccessibleDescription(titles)
        for shot in shots:
            self._read(shot.sha256)
        self.updateGeometry()
        self.update()

    @property
    def waiting(self) -> bool:
        """Whether a photo is still being read."""
        known = {*self._pictures, *self._troubles}
        return self.isVisible() and any(shot.sha256 not in known for shot in self.shots)

    def _read(self, sha256: str) -> None:
        place = self._session.workplace
        if place is None or sha256 in self._pictures:
            return
        store = place.photos
        beside(
            place,
            lambda: store.thumbnail(sha256, 2 * _EDGE),
            lambda content: self._came(sha256, content),
            lambda why: self._failed(sha256, why),
        )

    def _came(self, sha256: str, content: bytes) -> None:
        picture = QPixmap()
        if picture.loadFromData(content):
            self._pictures[sha256] = picture
        else:
            self._troubles[sha256] = tr("cannot be shown")
        self.update()

    def _failed(self, sha256: str, why: str) -> None:
        self._troubles[sha256] = why
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(len(self.shots) * (_EDGE + _GAP), _HEAD + _EDGE + 8)

    def minimumSizeHint(self) -> QSize:
        return QSize(_EDGE, _HEAD + _EDGE + 8)

    def _box(self, number: int) -> QRectF:
        return QRectF(4 + number * (_EDGE + _GAP), _HEAD + 4, _EDGE, _EDGE)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        for number in range(len(self.shots)):
            if self._box(number).contains(event.position()):
                self._at = number
                self.opened.emit(number)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        key = Qt.Key(event.key())
        if key in steps:
            self._at = min(max(self._at + steps[key], 0), len(self.shots) - 1)
            self.update()
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space} and self.shots:
            self.opened.emit(self._at)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        p, t = QPainter(self), theme()
        paint.label(p, QRectF(0, 0, self.width(), 22), tr("Photos"), 11, bold=True)
        p.fillRect(QRectF(0, 24, self.width(), 1), t.line)
        p.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        for number, shot in enumerate(self.shots):
            box, picture = self._box(number), self._pictures.get(shot.sha256)
            if picture is None:
                p.fillRect(box, t.range)
                told = self._troubles.get(shot.sha256, "…")
                paint.label(p, box.adjusted(4, 0, -4, 0), told, 11, colour=t.muted)
            else:
                size = min(picture.width(), picture.height())
                left, top = (picture.width() - size) / 2, (picture.height() - size) / 2
                p.drawPixmap(box, picture, QRectF(left, top, size, size))
            p.setPen(t.line)
            p.drawRect(box.adjusted(0, 0, -1, -1))
            if self.hasFocus() and number == self._at:
                paint.focus_ring(p, box.adjusted(-4, -4, 4, 4))


class PhotoSheet(QWidget):
    """One photo as large as there is room, with who took it; ``left`` goes back to the record."""

    left = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._shots: tuple[Shot, ...] = ()
        self._told: tuple[str, ...] = ()
        self._at = 0
        self.setAccessibleName(tr("Photo"))
        self.caption = Words("", 13)
        self.back = Button(tr("Back to the record"))
        self.before = Button(tr("Photo before"))
        self.after = Button(tr("Next photo"))
        self.canvas = _Canvas()
        row = QHBoxLayout()
        row.setSpacing(8)
        for button in (self.back, self.before, self.after):
            row.addWidget(button)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.caption)
        column.addWidget(self.canvas, 1)
        column.addLayout(row)
        self.back.clicked.connect(self.left)
        self.before.clicked.connect(lambda: self._go(-1))
        self.after.clicked.connect(lambda: self._go(1))

    def show_shot(self, shots: Sequence[Shot], number: int, told: Sequence[str]) -> None:
        """Show one of some photos; ``told`` says of each who took it and when."""
        self._shots, self._told, self._at = tuple(shots), tuple(told), number
        self._show()
        self.back.setFocus(Qt.FocusReason.OtherFocusReason)

    def _go(self, by: int) -> None:
        self._at = min(max(self._at + by, 0), len(self._shots) - 1)
        self._show()

    def _show(self) -> None:
        shot, place = self._shots[self._at], self._session.workplace
        title = words_of(shot.title)
        self.caption.say(f"{title}\n{self._told[self._at]}\nSHA-256 {shot.sha256}")
        self.canvas.show_picture(None, tr("Reading the photo …"), title)
        self.before.setEnabled(self._at > 0)
        self.after.setEnabled(self._at + 1 < len(self._shots))
        if place is None:
            return
        store, sha256 = place.photos, shot.sha256

        def came(content: bytes) -> None:
            if self._shots and self._shots[self._at].sha256 == sha256:
                picture = QPixmap()
                is_shown = picture.loadFromData(content)
                told = "" if is_shown else tr("cannot be shown")
                self.canvas.show_picture(picture if is_shown else None, told, title)

        def failed(why: str) -> None:
            self.canvas.show_picture(None, why, title)

        beside(place, lambda: store.thumbnail(sha256, _LARGE_PX), came, failed)

    def event(self, event: QEvent) -> bool:
        # Escape means "back" to the window; here it goes back to the record.
        asks = event.type() == QEvent.Type.ShortcutOverride
        if asks and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        elif Qt.Key(event.key()) in keys:
            self._go(keys[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)


class _Canvas(QWidget):
    """The picture, whole, in the middle."""

    def __init__(self) -> None:
        super().__init__()
        self._picture: QPixmap | None = None
        self._told = ""
        self.setAccessibleName(tr("Photo"))
        self.setMinimumHeight(metrics().target * 2)
        look().changed.connect(self.update)

    def show_picture(self, picture: QPixmap | None, told: str, name: str) -> None:
        """Show a picture, or say why there is none."""
        self._picture, self._told = picture, told
        self.setAccessibleDescription(told or name)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        p, t, rect = QPainter(self), theme(), QRectF(self.rect())
        p.fillRect(rect, t.background)
        if self._picture is None:
            paint.label(p, rect, self._told, 13, colour=t.muted, flags=paint.CENTRE)
            return
        p.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        size = self._picture.size().scaled(rect.size().toSize(), Qt.AspectRatioMode.KeepAspectRatio)
        left, top = (rect.width() - size.width()) / 2, (rect.height() - size.height()) / 2
        p.drawPixmap(
            QRectF(left, top, size.width(), size.height()),
            self._picture,
            QRectF(self._picture.rect()),
        )
