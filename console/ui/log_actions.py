"""The row below the log: how much is shown, the way to the newest, the proof, the export."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QRectF, QStandardPaths, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from console.history.verify import VerifyResult
from console.text import tr
from console.ui import formats, paint
from console.ui.controls import Button, Field
from console.ui.log_reading import Exported, Proof
from console.ui.theme import font, look

_BROKEN = 2
"""A log that is not as recorded is marked like a critical alarm."""


class LogActions(QWidget):
    """``exported`` carries the path that a person has chosen for the export."""

    exported = Signal(object)

    def __init__(self, now_us: Callable[[], int], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._now_us = now_us
        self._dialog: QFileDialog | None = None
        self.count = _line()
        self.newest = Button("")
        self.up = Button("▲")
        self.up.setAccessibleName(tr("One screen up"))
        self.down = Button("▼")
        self.down.setAccessibleName(tr("One screen down"))
        self.verify = Button(tr("Verify log"))
        self.sync = Button(tr("Sync …"))
        self.sync.setAccessibleName(tr("Bring logs together"))
        self.export = Button(tr("Export"), checkable=True)
        self.result = _line()
        self.mark = _BrokenMark()
        self.path = Field(tr("File to export to"))
        self.choose = Button(tr("Choose …"))
        self.save = Button(tr("Save"), primary=True)
        self._result_row, self._export_row = QWidget(), QWidget()
        self._lay_out()
        self._connect()

    def show_count(self, text: str, unseen: int) -> None:
        """Say how much is shown, and how much has come on top since one scrolled down."""
        self.count.setText(text)
        self.newest.setText(tr("{count} new · show them", count=unseen))
        self.newest.setAccessibleName(self.newest.text())
        self.newest.setVisible(unseen > 0)
        self.newest.updateGeometry()

    def show_proof(self, proof: Proof) -> None:
        """Say what verifying found."""
        self.verify.setEnabled(True)
        self._show_result(proof_text(proof, self._now_us()), broken=_is_broken(proof))

    def show_export(self, exported: Exported) -> None:
        """Say what became of the export."""
        self.save.setEnabled(True)
        if exported.trouble:
            text = tr(
                "{file} was not written: {error}.", file=exported.path, error=exported.trouble
            )
            self._show_result(text)
            return
        self.export.setChecked(False)
        self._export_row.hide()
        text = tr("{count} events are now in {file}.", count=exported.count, file=exported.path)
        self._show_result(text)

    def _show_result(self, text: str, *, broken: bool = False) -> None:
        self.result.setText(text)
        self.mark.setVisible(broken)
        self._result_row.show()

    def _lay_out(self) -> None:
        _fill(self._result_row, self.mark, (self.result, 1))
        _fill(self._export_row, (self.path, 1), self.choose, self.save)
        row = QWidget()
        _fill(row, (self.count, 1), self.newest, self.up, self.down, 16, self.sync, self.verify,
              self.export)  # fmt: skip
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for part in (self._result_row, self._export_row, row):
            column.addWidget(part)
        for hidden in (self._result_row, self._export_row, self.newest, self.mark):
            hidden.hide()

    def _connect(self) -> None:
        self.verify.clicked.connect(self._verify)
        self.export.toggled.connect(self._show_export_row)
        self.choose.clicked.connect(self._choose)
        self.save.clicked.connect(self._save)
        self.path.returnPressed.connect(self._save)
        self.path.textChanged.connect(self._name_save)

    def _verify(self) -> None:
        self.verify.setEnabled(False)
        self._show_result(tr("Verifying …"))

    def _show_export_row(self, shown: bool) -> None:
        self._export_row.setVisible(shown)
        if shown and not self.path.text():
            self.path.setText(str(default_export_path(self._now_us())))
        if shown:
            self.path.setFocus()

    def _choose(self) -> None:
        """Beside the console, not in its way: alarms can be acknowledged while it is open."""
        dialog = QFileDialog(self, tr("File to export to"), self.path.text())
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)
        dialog.setModal(False)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.path.setText)
        dialog.show()

    def _save(self) -> None:
        path = self.path.text().strip()
        if path:
            self.save.setEnabled(False)
            self._show_result(tr("Exporting …"))
            self.exported.emit(Path(path).expanduser())

    def _name_save(self, path: str) -> None:
        """An existing file is replaced only by a button that says so."""
        exists = bool(path.strip()) and Path(path.strip()).expanduser().is_file()
        self.save.setText(tr("Replace the file") if exists else tr("Save"))
        self.save.setAccessibleName(self.save.text())
        self.save.updateGeometry()


def proof_text(proof: Proof, now_us: int) -> str:
    """Return in words what verifying found, with the hash that the next one can be compared to."""
    result = proof.result
    if result is None:
        return tr("The log could not be verified: {error}", error=proof.trouble)
    time = formats.clock(now_us, now_us)
    if result.ok and result.events == 0:
        return tr("Nothing is recorded yet, so there is nothing to verify.")
    if result.first_bad is None:
        return tr(
            "Verified at {time}: {count} events, unaltered and complete. Head hash {hash}",
            time=time,
            count=result.events,
            hash=result.head_hash,
        )
    return _broken_text(result, time)


def _broken_text(result: VerifyResult, time: str) -> str:
    sequence, _, why = result.first_bad or (0, "", "")
    return tr(
        "Verified at {time}: the log is NOT as it was recorded. Event {number}: {why}. "
        "Keep the data folder as it is and tell your supervisor.",
        time=time,
        number=sequence,
        why=why,
    )


def default_export_path(now_us: int) -> Path:
    """Return a new file in the person's documents, named by the local moment."""
    places = QStandardPaths.standardLocations(QStandardPaths.StandardLocation.DocumentsLocation)
    folder = Path(places[0]) if places and Path(places[0]).is_dir() else Path.home()
    moment = datetime.fromtimestamp(now_us / 1e6).astimezone()
    return folder / f"tankside-log-{moment:%Y%m%d-%H%M%S}.jsonl"


def _is_broken(proof: Proof) -> bool:
    return proof.result is not None and not proof.result.ok


class _BrokenMark(QWidget):
    """The mark of a log that is not as recorded."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(24, 24)
        self.setAccessibleName(tr("The log is not as it was recorded"))
        look().changed.connect(self.update)

    def paintEvent(self, _event: QPaintEvent) -> None:
        paint.priority_mark(QPainter(self), QRectF(self.rect()), _BROKEN)


def _line() -> QLabel:
    label = QLabel()
    label.setFont(font(11))
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse
        | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    return label


def _fill(row: QWidget, *parts: QWidget | tuple[QWidget, int] | int) -> None:
    """Lay widgets side by side; a pair gives the stretch, a number is a gap."""
    line = QHBoxLayout(row)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(8)
    for part in parts:
        if isinstance(part, int):
            line.addSpacing(part)
        elif isinstance(part, tuple):
            line.addWidget(*part)
        else:
            line.addWidget(part)
