"""The lists of the alarms page side by side, each with how many it holds."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QWidget

from console.text import tr
from console.ui.alarm_rows import Tab
from console.ui.controls import Button
from console.ui.theme import metrics

TITLES = {
    Tab.ALL: "All",
    Tab.ACTIVE: "Active",
    Tab.UNACKNOWLEDGED: "Unacknowledged",
    Tab.SHELVED: "Shelved",
    Tab.SUPPRESSED: "Suppressed",
    Tab.OUT_OF_SERVICE: "Out of service",
    Tab.FIGURES: "Figures",
}
"""What the lists are called; a key of the catalogue each."""


class _TabButton(Button):
    """A tab that gives way in a narrow window rather than making it wider."""

    def minimumSizeHint(self) -> QSize:
        return QSize(metrics().target, metrics().target)


class AlarmTabs(QWidget):
    """One of them holds; ``chosen`` carries another :class:`Tab`."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Lists of alarms"))
        self._group = QButtonGroup(self)
        self._tabs = list(Tab)
        self.buttons = {tab: _TabButton(tr(TITLES[tab]), checkable=True) for tab in self._tabs}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        for number, tab in enumerate(self._tabs):
            if tab is Tab.FIGURES:
                row.addStretch(1)
            self._group.addButton(self.buttons[tab], number)
            row.addWidget(self.buttons[tab])
        self.buttons[Tab.ALL].setChecked(True)
        self._group.idClicked.connect(lambda number: self.chosen.emit(self._tabs[number]))

    @property
    def tab(self) -> Tab:
        """The list that holds."""
        return self._tabs[self._group.checkedId()]

    def choose(self, tab: Tab) -> None:
        """Make a list hold without telling anyone."""
        self.buttons[tab].setChecked(True)

    def show_counts(self, counts: Mapping[Tab, int]) -> None:
        """Say how many alarms each list holds; none is not said."""
        for tab, count in counts.items():
            title = tr(TITLES[tab])
            text = f"{title} {count}" if count else title
            if self.buttons[tab].text() != text:
                self.buttons[tab].setText(text)
                self.buttons[tab].setAccessibleName(text)
                self.buttons[tab].updateGeometry()
