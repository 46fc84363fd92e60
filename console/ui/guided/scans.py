"""Labels: scanned without touching anything, or typed where the scanner fails."""

from __future__ import annotations

from console.text import tr
from console.ui.guided.hands import Hands
from console.ui.guided.rows import DONE, TODO, Row, ToolButton
from console.ui.guided.situation import Situation
from console.ui.guided.writing_field import WritingField
from procedures.engine import commands as cmd
from procedures.spec_parts import Scan

_OF = {
    "tank": "tank",
    "slot": "slot",
    "server": "server",
    "part": "part",
    "tool": "tool",
    "fluid": "drum of fluid",
    "person": "person's badge",
    "breaker": "breaker",
}
"""What carries a label; a key of the catalogue each."""


class ScanRow(Row):
    """One label to be scanned."""

    def __init__(self, scan: Scan, title: str, hands: Hands) -> None:
        super().__init__(title, hands)
        self.scan = scan
        self.field = WritingField(tr("Label"), tr("Scan, or type it"))
        self.field.setMaxLength(300)
        self.button = ToolButton(tr("Take"))
        self.button.setAccessibleName(tr("Take the label: {what}", what=title))
        self.right.addWidget(self.field)
        self.right.addWidget(self.button)
        self.field.setMaximumWidth(240)
        self.field.returnPressed.connect(self._give)
        self.button.clicked.connect(self._give)
        self._is_open = False

    @property
    def is_open(self) -> bool:
        """Whether this label is still wanted now."""
        return self._is_open

    def show_state(self, now: Situation) -> None:
        """Bring the line up to date."""
        label = now.step.scans.get(self.scan.id) if now.step else None
        self._is_open = label is None and now.can_record
        self.mark.show_mark(TODO if label is None else DONE)
        self.field.setVisible(label is None)
        self.button.setVisible(label is None)
        self.field.setEnabled(now.can_record)
        self.button.setEnabled(now.can_record)
        if label is None:
            self.tell(self._expected(now))
        else:
            self.tell(tr("read: {label}", label=label))

    def take(self, label: str) -> bool:
        """Give what the scanner read."""
        self.say("")
        step = self.hands.spec.id if self.hands.spec else ""
        said = self.hands.ask(cmd.ScanLabel(step, self.hands.who, self.scan.id, label), self.say)
        if said:
            self.field.clear()
            self.field.clearFocus()
        return said

    def type(self, text: str) -> None:
        """Take what is typed without touching the field first."""
        self.field.setFocus()
        self.field.insert(text)

    def _give(self) -> None:
        text = self.field.text().strip()
        if text:
            self.take(text)
        else:
            self.say(tr("Scan the label, or type it first"))

    def _expected(self, now: Situation) -> str:
        run, scan = now.view.run, self.scan
        of = tr(_OF.get(scan.of, scan.of))
        if scan.must_be:
            wanted = ", ".join(run.subjects.get(scan.must_be, ())) or "?"
            return tr("label of the {what}; it must read {label}", what=of, label=wanted)
        if scan.same_as:
            wanted = run.scans.get(scan.same_as, "?")
            return tr("label of the {what}; it must read {label} again", what=of, label=wanted)
        if scan.not_same_as:
            other = run.scans.get(scan.not_same_as, "?")
            return tr("label of the {what}; another one than {label}", what=of, label=other)
        return tr("label of the {what}", what=of)
