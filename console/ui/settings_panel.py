"""Settings: look, gloves and language; what this console is and where it keeps its data."""

from __future__ import annotations

import platform
from importlib.metadata import version

from PySide6.QtCore import QRectF, QSize, Qt, qVersion
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QGuiApplication,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from console.bundle.place import record_at
from console.history.status import Counters, StorageState, StorageStatus
from console.session.session import Refresh, Session
from console.settings import SettingsError, SettingsFile
from console.signing import digest_groups
from console.text import LANGUAGES, language, tr
from console.ui import formats, paint, theme
from console.ui.controls import Button, ScrollBar, Segments
from console.ui.licences import Licences
from console.ui.page import Page
from console.ui.theme import Theme, font, look, metrics

STATES = {
    StorageState.STARTING: "starting",
    StorageState.RECORDING: "recording",
    StorageState.DEGRADED: "not recording",
    StorageState.CLOSED: "closed",
}
"""What the log is doing, in words; a key of the catalogue each."""


class SettingsPanel(Page):
    """Every choice takes effect at once, except the language, and is kept in the settings file."""

    name = "settings"
    icon = "settings"

    def __init__(
        self, session: Session, settings: SettingsFile, parent: QWidget | None = None
    ) -> None:
        super().__init__(session, parent)
        self._settings = settings
        self.previews = {key: _Preview(Theme.load(key)) for key in theme.theme_ids()}
        self.glove = _Switch(tr("Glove mode"), tr("Targets are 20 mm, for gloved or oily hands."))
        self.sound = _Switch(
            tr("Alarm sound"),
            tr("Beeps while an alarm is unacknowledged, four at priority 1 to one at priority 4."),
        )
        self.language = Segments(
            tr("Language"), [("", tr("As the desktop")), *((k, v) for k, v in LANGUAGES.items())]
        )
        self.note = _small()
        self.trouble = _small()
        self.copy = Button(tr("Copy as text"))
        self.licences = Licences()
        self.sync = Button(tr("Bring logs together"))
        self._facts = {key: _small() for key, _ in _fact_names()}
        self._lay_out()
        self._connect()
        self.show_values()

    def title(self) -> str:
        return tr("Settings")

    def show_subject(self, subject: str) -> None:
        """Settings are about no part."""

    def refresh(self, changes: Refresh) -> None:
        history = self.session.history
        self._say("log", _log_text(history.status))
        self._say("kept", _kept_text(history.counters))

    def show_values(self) -> None:
        """Show what the settings file holds and the look in use."""
        self.previews[theme.theme().id].setChecked(True)
        self.glove.setChecked(theme.metrics().glove)
        self.sound.setChecked(self._settings.values.sound)
        self.language.choose(self._settings.values.language)
        self._note_language()
        self._tell_trouble(self._settings.trouble)
        for key, text in _facts(self.session, self._settings).items():
            self._say(key, text)

    def as_text(self) -> str:
        """Return what one would send with a question: versions, places and the state of the log."""
        return "\n".join(f"{name}: {self._facts[key].text()}" for key, name in _fact_names())

    def _choose_look(self) -> None:
        chosen = next(key for key, preview in self.previews.items() if preview.isChecked())
        theme.apply(chosen, glove=self.glove.isChecked())
        self._keep(theme=chosen, glove=self.glove.isChecked())

    def _choose_language(self, key: str) -> None:
        self._keep(language=key)
        self._note_language()

    def _note_language(self) -> None:
        chosen = self._settings.values.language
        waits = bool(chosen) and chosen != language()
        self.note.setText(tr("The language changes at the next start.") if waits else "")

    def _keep(self, **changes: object) -> None:
        try:
            self._settings.change(**changes)
        except SettingsError as error:
            self._tell_trouble(str(error))
        else:
            self._tell_trouble("")

    def _tell_trouble(self, text: str) -> None:
        self.trouble.setText(text)
        self.trouble.setVisible(bool(text))

    def _say(self, key: str, text: str) -> None:
        if self._facts[key].text() != text:
            self._facts[key].setText(text)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.as_text())

    # ---- putting together ------------------------------------------------------------------

    def _lay_out(self) -> None:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(8)
        column.addWidget(self.trouble)
        column.addWidget(_heading(tr("Look")))
        looks = QHBoxLayout()
        looks.setSpacing(16)
        self._group = QButtonGroup(self)
        for preview in self.previews.values():
            looks.addWidget(preview, 1)
            self._group.addButton(preview)
        column.addLayout(looks)
        column.addSpacing(16)
        columns = QHBoxLayout()
        columns.setSpacing(32)
        columns.addLayout(self._choices(), 1)
        columns.addLayout(self._about(), 1)
        column.addLayout(columns)
        column.addStretch(1)
        area = QScrollArea()
        area.setVerticalScrollBar(ScrollBar(area))
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidgetResizable(True)
        area.setAccessibleName(tr("Settings"))
        area.setWidget(inside)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(area)

    def _choices(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(8)
        column.addWidget(_heading(tr("Hands")))
        column.addWidget(self.glove)
        column.addSpacing(16)
        column.addWidget(_heading(tr("Sound")))
        column.addWidget(self.sound)
        column.addSpacing(16)
        column.addWidget(_heading(tr("Language")))
        row = QHBoxLayout()
        row.addWidget(self.language)
        row.addStretch(1)
        column.addLayout(row)
        column.addWidget(self.note)
        column.addStretch(1)
        return column

    def _about(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(8)
        column.addWidget(_heading(tr("About this console")))
        grid = QGridLayout()
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        for number, (key, name) in enumerate(_fact_names()):
            grid.addWidget(_Muted(name), number, 0, Qt.AlignmentFlag.AlignTop)
            self._facts[key].setAccessibleName(name)
            grid.addWidget(self._facts[key], number, 1)
        column.addLayout(grid)
        row = QHBoxLayout()
        row.addWidget(self.copy)
        row.addWidget(self.sync)
        row.addStretch(1)
        column.addSpacing(8)
        column.addLayout(row)
        column.addSpacing(8)
        column.addWidget(self.licences)
        column.addStretch(1)
        return column

    def _connect(self) -> None:
        self._group.buttonClicked.connect(self._choose_look)
        self.glove.clicked.connect(self._choose_look)
        self.sound.clicked.connect(lambda: self._keep(sound=self.sound.isChecked()))
        self.language.chosen.connect(self._choose_language)
        self.copy.clicked.connect(self._copy)
        self.sync.clicked.connect(lambda: self.open_subject.emit("sync", ""))


def _fact_names() -> list[tuple[str, str]]:
    return [
        ("version", tr("Version")),
        ("site", tr("Site")),
        ("bundle", tr("Site bundle")),
        ("data", tr("Data folder")),
        ("log", tr("Log")),
        ("kept", tr("Kept since start")),
        ("settings", tr("Settings file")),
    ]


def _facts(session: Session, settings: SettingsFile) -> dict[str, str]:
    """Return what does not change while the console runs."""
    parts = (
        f"Tankside {version('tankside')}",
        f"Python {platform.python_version()}",
        f"Qt {qVersion()}",
        platform.platform(terse=True),
    )
    site = session.site.site.name
    return {
        "version": " · ".join(parts),
        "site": f"{site} ({session.path})" if session.path else site,
        "bundle": _bundle_text(session),
        "data": str(session.data.resolve()),
        "settings": str(settings.path),
    }


def _bundle_text(session: Session) -> str:
    """Return the bundle that the site came from, with the digest as it stands on its paper."""
    record = record_at(session.path.parent) if session.path else {}
    if not record:
        return tr("none")
    return f"{record.get('number', '')} · {digest_groups(str(record.get('digest', '')))}"


def _log_text(status: StorageStatus) -> str:
    state = tr(STATES[status.state])
    return f"{state} · {status.sentence}" if status.sentence else state


def _kept_text(counters: Counters) -> str:
    parts = [
        tr("{count} events", count=formats.decimal(counters.events_written, 0)),
        tr("{count} samples", count=formats.decimal(counters.samples_written, 0)),
    ]
    lost = counters.events_lost + counters.dropped
    if counters.events_waiting:
        parts.append(tr("{count} wait for the disk", count=counters.events_waiting))
    if lost:
        parts.append(tr("{count} lost", count=lost))
    return " · ".join(parts)


class _Preview(QAbstractButton):
    """A theme shown as itself: a panel with a name, a number and a bar on its own background."""

    def __init__(self, shown: Theme) -> None:
        super().__init__()
        self._shown = shown
        self.setText(tr(shown.name))
        self.setAccessibleName(tr("Look: {name}", name=tr(shown.name)))
        self.setCheckable(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        look().changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(240, 152)

    def minimumSizeHint(self) -> QSize:
        return QSize(160, 152)

    def paintEvent(self, _event: QPaintEvent) -> None:
        p, t = QPainter(self), self._shown
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        whole = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        _box(p, whole, t.background, theme.theme().line)
        panel = whole.adjusted(16, 16, -16, -48)
        _box(p, panel, t.panel, t.line)
        inside = panel.adjusted(12, 8, -12, -8)
        paint.label(p, inside, tr("Tank {n}", n=3), 11, colour=t.text, flags=_TOP)
        number = formats.decimal(48.6, 1)
        paint.label(p, inside, number, 20, colour=t.value, flags=_BOTTOM)
        right = QFontMetricsF(font(20)).horizontalAdvance(number) + 4
        beside = inside.adjusted(right, 0, 0, -2)
        paint.label(p, beside, formats.unit("Cel"), 13, colour=t.muted, flags=_BOTTOM)
        bar = QRectF(inside.right() - 12, inside.top(), 12, inside.height())
        p.fillRect(bar, t.range)
        p.fillRect(bar.adjusted(0, bar.height() * 0.3, 0, -bar.height() * 0.3), t.desired)
        p.fillRect(QRectF(bar.left() - 3, bar.center().y() - 2, bar.width() + 6, 5), t.text)
        foot = QRectF(whole.left() + 16, whole.bottom() - 44, whole.width() - 32, 40)
        paint.label(p, foot, self.text(), 13, colour=t.text, bold=self.isChecked())
        if self.isChecked():
            paint.label(p, foot, tr("in use"), 11, colour=t.muted, flags=paint.RIGHT)
            _box(p, whole, None, theme.theme().text, 3)
        if self.hasFocus():
            paint.focus_ring(p, QRectF(self.rect()))


class _Switch(QAbstractButton):
    """A switch with its word and what it does; on is filled and says so."""

    def __init__(self, text: str, what: str) -> None:
        super().__init__()
        self._what = what
        self.setText(text)
        self.setAccessibleName(text)
        self.setAccessibleDescription(what)
        self.setCheckable(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        look().changed.connect(self._relook)

    def sizeHint(self) -> QSize:
        return QSize(360, max(64, metrics().target))

    def minimumSizeHint(self) -> QSize:
        return QSize(240, self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        p, t = QPainter(self), theme.theme()
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        whole = QRectF(self.rect())
        _box(p, whole.adjusted(1, 1, -1, -1), t.panel, t.line)
        words = whole.adjusted(16, 0, -136, 0)
        half = QRectF(words.left(), words.center().y() - 24, words.width(), 24)
        paint.label(p, half, self.text(), 13)
        paint.label(p, half.translated(0, 24), self._what, 11, colour=t.muted)
        self._slide(p, QRectF(whole.right() - 72, whole.center().y() - 14, 56, 28))
        state = tr("On") if self.isChecked() else tr("Off")
        at = QRectF(whole.right() - 128, whole.top(), 48, whole.height())
        paint.label(p, at, state, 13, flags=paint.RIGHT)
        if self.hasFocus():
            paint.focus_ring(p, whole)

    def _slide(self, p: QPainter, rect: QRectF) -> None:
        t = theme.theme()
        p.setPen(QPen(t.muted, 1))
        p.setBrush(t.normal if self.isChecked() else t.range)
        p.drawRoundedRect(rect, 4, 4)
        left = rect.right() - 28 if self.isChecked() else rect.left()
        p.setBrush(t.text if self.isChecked() else t.panel)
        p.drawRoundedRect(QRectF(left, rect.top(), 28, 28).adjusted(4, 4, -4, -4), 2, 2)

    def _relook(self) -> None:
        self.updateGeometry()
        self.update()


class _Muted(QLabel):
    """A label that names what stands beside it, greyer than that."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.setFont(font(11))
        look().changed.connect(self._relook)
        self._relook()

    def _relook(self) -> None:
        palette = self.palette()
        palette.setColor(palette.ColorRole.WindowText, theme.theme().muted)
        self.setPalette(palette)


_TOP = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop
_BOTTOM = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom


def _box(p: QPainter, rect: QRectF, fill: QColor | None, line: QColor, width: int = 1) -> None:
    p.setPen(QPen(line, width))
    p.setBrush(fill if fill is not None else Qt.BrushStyle.NoBrush)
    p.drawRoundedRect(rect, 4, 4)


def _heading(text: str) -> QLabel:
    label = QLabel(text)
    label.setFont(font(16))
    return label


def _small() -> QLabel:
    label = QLabel()
    label.setFont(font(11))
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    by = Qt.TextInteractionFlag
    label.setTextInteractionFlags(by.TextSelectableByMouse | by.TextSelectableByKeyboard)
    return label
