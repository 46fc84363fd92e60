"""Exporting what is shown: a picture, every sample, a table; written beside the window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QObject, QStandardPaths, Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from console.text import tr
from console.ui import formats
from console.ui.controls import Button, Field
from console.ui.errands import Errand, Errands
from console.ui.theme import font
from console.ui.trend_files import CancelledError, Format, Ranges, write_rows
from console.ui.trend_list import Row, RowKind, TallList
from console.ui.trend_source import TrendHistory


@dataclass(frozen=True)
class Written:
    """What became of an export: how many rows, or why there is no file."""

    path: Path
    format: Format
    rows: int = 0
    trouble: str = ""
    beside: Path | None = None


class ExportWriting(Errands):
    """Writes files in threads; ``answered`` carries :class:`Written`."""

    def __init__(self, history: TrendHistory, parent: QObject) -> None:
        super().__init__(parent)
        self._history = history

    def table(self, path: Path, kind: Format, wanted: Ranges) -> None:
        """Write rows."""

        def work(errand: Errand) -> None:
            try:
                paths, rows = write_rows(
                    self._history, wanted, kind, path, lambda: errand.cancelled
                )
            except CancelledError:
                return
            beside = paths[1] if len(paths) > 1 else None
            errand.deliver(Written(path, kind, rows, beside=beside))

        self._send(path, kind, work)

    def picture(self, path: Path, image: QImage) -> None:
        """Write a picture."""

        def work(errand: Errand) -> None:
            path.parent.stat()  # says in words why there can be no file
            part = path.with_name(f".{path.name}.png")  # the ending says the format
            if not image.save(str(part)):
                part.unlink(missing_ok=True)
                raise OSError(tr("it cannot be written as a PNG file"))
            part.replace(path)
            errand.deliver(Written(path, Format.PICTURE))

        self._send(path, Format.PICTURE, work)

    def _send(self, path: Path, kind: Format, work: Callable[[Errand], None]) -> None:
        self.send("export", work, lambda trouble: Written(path, kind, trouble=trouble))


class TrendExport(QWidget):
    """``wanted`` carries the path and the format that a person has chosen."""

    wanted = Signal(object, object)

    def __init__(self, now_us: Callable[[], int], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._now_us = now_us
        self._format = Format.PICTURE
        self._given = ""
        self._busy = False
        self.list = TallList(tr("Kind of file"))
        self.path = Field(tr("File to export to"))
        self.choose = Button(tr("Choose …"))
        self.save = Button(tr("Save"), primary=True)
        self.result = QLabel()
        self._lay_out()
        self.list.tapped.connect(self._pick)
        self.choose.clicked.connect(self._choose)
        self.save.clicked.connect(self._save)
        self.path.returnPressed.connect(self._save)
        self.path.textChanged.connect(self._name_save)
        self._pick(Format.PICTURE)
        self.list.keep_low()

    def show_written(self, written: Written) -> None:
        """Say what became of it."""
        self._busy = False
        self.save.setEnabled(True)
        if written.trouble:
            text = tr("{file} was not written: {error}.", file=written.path, error=written.trouble)
        elif written.format is Format.PICTURE:
            text = tr("The picture is now in {file}.", file=written.path)
        else:
            count = formats.decimal(written.rows, 0)
            text = tr("{count} rows are now in {file}.", count=count, file=written.path)
            if written.beside is not None:
                text += " " + tr("The compared range is in {file}.", file=written.beside.name)
        self.result.setText(text)
        self._name_save(self.path.text())

    def offer(self) -> None:
        """Offer a file of this moment, unless a person has named one."""
        if self.path.text().strip() in {"", self._given}:
            self._given = str(default_path(self._now_us(), self._format))
            self.path.setText(self._given)

    def _pick(self, key: str) -> None:
        self._format = Format(key)
        words = {
            Format.PICTURE: (tr("Picture"), tr("PNG, as it is on the screen")),
            Format.TABLE: (tr("Table"), tr("CSV: least, greatest and mean")),
            Format.TABLE_COMMA: (tr("Table with decimal commas"), tr("CSV: semicolons between")),
            Format.SAMPLES: (tr("Every sample"), tr("CSV, each with its quality")),
        }
        rows = [
            Row(str(kind), text, RowKind.TICK, detail, ticked=kind is self._format)
            for kind, (text, detail) in words.items()
        ]
        self.list.show_rows(rows)
        written = self.path.text().strip()
        if written and written != self._given:
            self.path.setText(str(Path(written).with_suffix(self._format.suffix)))
        else:
            self.offer()

    def _save(self) -> None:
        path = self.path.text().strip()
        if path and not self._busy:
            self._busy = True
            self.save.setEnabled(False)
            self.result.setText(tr("Exporting …"))
            self.wanted.emit(Path(path).expanduser(), self._format)

    def _choose(self) -> None:
        """Beside the console, not in its way: alarms can be acknowledged while it is open."""
        dialog = QFileDialog(self, tr("File to export to"), self.path.text())
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)
        dialog.setModal(False)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.path.setText)
        dialog.show()

    def _name_save(self, path: str) -> None:
        """An existing file is replaced only by a button that says so."""
        exists = bool(path.strip()) and Path(path.strip()).expanduser().is_file()
        self.save.setText(tr("Replace the file") if exists else tr("Save"))
        self.save.setAccessibleName(self.save.text())
        self.save.updateGeometry()

    def _lay_out(self) -> None:
        self.result.setFont(font(11))
        self.result.setWordWrap(True)
        self.result.setTextFormat(Qt.TextFormat.PlainText)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.choose)
        row.addWidget(self.save, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.list)
        column.addWidget(self.path)
        column.addLayout(row)
        column.addWidget(self.result)
        column.addStretch(1)


def default_path(now_us: int, kind: Format) -> Path:
    """Return a new file in the person's documents, named by the local moment."""
    places = QStandardPaths.standardLocations(QStandardPaths.StandardLocation.DocumentsLocation)
    folder = Path(places[0]) if places and Path(places[0]).is_dir() else Path.home()
    moment = datetime.fromtimestamp(now_us / 1e6).astimezone()
    return folder / f"tankside-trends-{moment:%Y%m%d-%H%M%S}{kind.suffix}"
