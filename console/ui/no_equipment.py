"""What stands where equipment would be: why there is none, and what can be done from here."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from console.session.session import Session
from console.text import tr
from console.ui.controls import Button
from console.ui.setup_parts import Words

_WIDEST = 640


class NoEquipment(QWidget):
    """A heading, a sentence and ways on; ``wanted`` carries the page to open."""

    wanted = Signal(str)

    def __init__(self, session: Session, heading: str = "") -> None:
        super().__init__()
        told = _for_logs() if session.site.site.logs_only else _for_others(session)
        self.heading = Words(heading or told[0], 16)
        self.text = Words(told[1], 13, quiet=True)
        self.setAccessibleName(self.heading.text())
        self.buttons = {page: Button(title) for page, title in told[2].items()}
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        for page, button in self.buttons.items():
            button.clicked.connect(lambda _=False, page=page: self.wanted.emit(page))
            row.addWidget(button)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setSpacing(16)
        column.addStretch(2)
        for part in (self.heading, self.text):
            part.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            part.setFixedWidth(_WIDEST)
            middle = QHBoxLayout()  # aligned by itself a text would not get its third line
            middle.addStretch(1)
            middle.addWidget(part)
            middle.addStretch(1)
            column.addLayout(middle)
        column.addLayout(row)
        column.addStretch(3)


def _for_logs() -> tuple[str, str, dict[str, str]]:
    return (
        tr("This console reads logs; no tank is near"),
        tr(
            "It shows what the laptops of this site recorded, as of the last sync: orders, "
            "equipment, records to review, every event. Values and alarms are shown where the "
            "equipment is."
        ),
        {"sync": tr("Bring logs together"), "review": tr("Review"), "log": tr("Log")},
    )


def _for_others(session: Session) -> tuple[str, str, dict[str, str]]:
    return (
        tr("This site has no tank"),
        tr("Its servers are under GPUs. A tank is added to the site file under Setup."),
        {"gpus": tr("GPUs"), "setup": tr("Setup")} if session.hosts else {"setup": tr("Setup")},
    )
