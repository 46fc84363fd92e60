"""The saved views: a list of names, one tap to open, a field to save what is shown."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from console.text import tr
from console.ui.controls import Button, Field
from console.ui.errands import Errands
from console.ui.theme import font
from console.ui.trend_list import Row, RowKind, TallList
from console.ui.trend_model import Kept, SavedView, ViewsFile


class ViewsReading(Errands):
    """Reads and writes the file of views in threads; ``answered`` carries :class:`Kept`."""

    def __init__(self, file: ViewsFile, parent: QObject) -> None:
        super().__init__(parent)
        self._file = file

    def load(self) -> None:
        """Ask for the views."""
        self.send("views", lambda e: e.deliver(self._file.load()), lambda t: Kept(trouble=t))

    def put(self, view: SavedView) -> None:
        """Save a view."""
        self.send("views", lambda e: e.deliver(self._file.put(view)), lambda t: Kept(trouble=t))

    def remove(self, name: str) -> None:
        """Forget a view."""
        self.send("views", lambda e: e.deliver(self._file.remove(name)), lambda t: Kept(trouble=t))


class TrendSaved(QWidget):
    """``opened`` carries the view that was tapped, ``saving`` a name, ``removing`` a name."""

    opened = Signal(object)
    saving = Signal(str)
    removing = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._views: tuple[SavedView, ...] = ()
        self._marked = ""
        self.list = TallList(tr("Saved views"))
        self.words = QLabel()
        self.name = Field(tr("Name of the view"))
        self.save = Button(tr("Save what is shown"), primary=True)
        self.remove = Button(tr("Remove"))
        self.sure = Button(tr("Remove it"), primary=True)
        self.keep = Button(tr("Keep it"))
        for widget in (self.words,):
            widget.setFont(font(11))
            widget.setWordWrap(True)
        self._lay_out()
        self.list.tapped.connect(self._tapped)
        self.save.clicked.connect(self._save)
        self.name.returnPressed.connect(self._save)
        self.name.textChanged.connect(self._name_save)
        self.remove.clicked.connect(lambda: self._ask(asked=True))
        self.keep.clicked.connect(lambda: self._ask(asked=False))
        self.sure.clicked.connect(self._remove)
        self._ask(asked=False)
        self._show("")

    def show_kept(self, kept: Kept) -> None:
        """Show what is saved, and what is wrong with the file if it is."""
        self._views = kept.views
        self._show(kept.trouble)
        self._name_save(self.name.text())

    def _show(self, trouble: str) -> None:
        rows = [
            Row(view.name, view.name, RowKind.PLAIN, tr("{n} curves", n=len(view.curve)))
            for view in self._views
        ]
        self.list.show_rows(rows)
        self.list.setVisible(bool(rows))
        empty = tr("Nothing is saved yet. Give what is shown a name to find it again.")
        self.words.setText(trouble or ("" if rows else empty))
        self.words.setVisible(bool(self.words.text()))
        self._ask(asked=False)

    def _tapped(self, name: str) -> None:
        view = next((view for view in self._views if view.name == name), None)
        if view is not None:
            self.name.setText(name)
            self.opened.emit(view)

    def _save(self) -> None:
        name = " ".join(self.name.text().split())[:80]
        if name:
            self.saving.emit(name)
        else:
            self.name.setFocus()

    def _name_save(self, text: str) -> None:
        known = any(view.name == " ".join(text.split()) for view in self._views)
        self.save.setText(tr("Save in its place") if known else tr("Save what is shown"))
        self.save.setAccessibleName(self.save.text())
        self.remove.setEnabled(known)
        if not known:
            self._ask(asked=False)

    def _ask(self, *, asked: bool) -> None:
        """Removing takes two taps, and the second is not where the first one was."""
        self.remove.setVisible(not asked)
        self.sure.setVisible(asked)
        self.keep.setVisible(asked)

    def _remove(self) -> None:
        self.removing.emit(" ".join(self.name.text().split()))
        self.name.clear()

    def _lay_out(self) -> None:
        last = QHBoxLayout()
        last.setSpacing(8)
        for button in (self.remove, self.keep, self.sure):
            last.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.words)
        column.addWidget(self.list, 1)
        column.addStretch(0)
        column.addWidget(self.name)
        column.addWidget(self.save)
        column.addLayout(last)
