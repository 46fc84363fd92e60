"""What to do, in large words: where this is, the one instruction, what one then sees."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from console.text import tr
from console.ui.controls import frame
from console.ui.guided.ring import TimerRing
from console.ui.guided.situation import Situation
from console.ui.guided.words import role_name, span
from console.ui.setup_parts import Words
from console.ui.theme import theme
from procedures.engine.state import StepStatus
from procedures.spec import Step


class Instruction(QWidget):
    """One instruction, with its timer at the right where it has one."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Instruction"))
        self.place = Words("", 13, quiet=True)
        self.do = Words("", 20)
        self.why = Words("", 13, quiet=True)
        self.expect = Words("", 16)
        self.then = Words("", 13, quiet=True)
        self.ring = TimerRing()
        words = QVBoxLayout()
        words.setSpacing(8)
        for part in (self.place, self.do, self.expect, self.why, self.then):
            words.addWidget(part)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 12, 16, 12)
        row.setSpacing(16)
        row.addLayout(words, 1)
        row.addWidget(self.ring)

    def show_step(self, now: Situation) -> None:
        """Show the step to do now; nothing where all is done."""
        spec, names = now.spec, now.names
        if spec is None:
            self._show("", tr("Every step is done."), "", "", "")
            self.ring.hide()
            return
        do = names.of(spec.do, spec)
        expect = names.of(spec.expect, spec)
        self._show(
            place_of(now),
            do,
            tr("Right when: {what}", what=expect) if expect else "",
            names.of(spec.why, spec),
            what_follows(now, spec),
        )
        self._show_time(now)

    def _show(self, place: str, do: str, expect: str, why: str, then: str) -> None:
        pairs = (
            (self.place, place),
            (self.do, do),
            (self.expect, expect),
            (self.why, why),
            (self.then, then),
        )
        for words, text in pairs:
            words.say(text)
            words.setVisible(bool(text))
        self.setAccessibleDescription(do)

    def _show_time(self, now: Situation) -> None:
        state, spec = now.view.standing.timer, now.spec
        timer = spec.timer if spec else None
        self.ring.setVisible(state is not None and timer is not None)
        if state is not None and timer is not None:
            self.ring.show_time(state.spent_s, timer.min_s, timer.warn_s, timer.max_s)

    def paintEvent(self, _event: QPaintEvent) -> None:
        frame(QPainter(self), QRectF(self.rect()), theme().panel, theme().line)


def place_of(now: Situation) -> str:
    """Return where this is: ``Lift (8 of 16), step 3 of 4``, and the title of the step."""
    spec, procedure = now.spec, now.view.revision.procedure
    if spec is None:
        return ""
    title = now.names.of(spec.title)
    if procedure.is_make_safe(spec.id):
        path = procedure.paths.get(now.view.run.path)
        if path is None:
            return title
        order = [step.id for step in path.steps]
        said = tr(
            "Way to safety: {path}, step {n} of {all}",
            path=now.names.of(path.title),
            n=order.index(spec.id) + 1,
            all=len(order),
        )
        return f"{said}  \N{MIDDLE DOT}  {title}"
    phase = procedure.phase_of[spec.id]
    phases = [one.id for one in procedure.phases]
    order = [step.id for step in phase.steps]
    said = tr(
        "{phase} ({n} of {all}), step {step} of {steps}",
        phase=now.names.of(phase.title),
        n=phases.index(phase.id) + 1,
        all=len(phases),
        step=order.index(spec.id) + 1,
        steps=len(order),
    )
    return f"{said}  \N{MIDDLE DOT}  {title}"


def what_follows(now: Situation, spec: Step) -> str:
    """Return, before a step is started, what it will take: labels, numbers, time, people."""
    step = now.step
    if step is None or step.status is not StepStatus.READY:
        return ""
    found = []
    if spec.timer and spec.timer.min_s and not spec.timer.since:
        found.append(tr("at least {time}", time=span(spec.timer.min_s)))
    if spec.timer and spec.timer.max_s:
        found.append(tr("at most {time}", time=span(spec.timer.max_s)))
    counts = (
        (len(spec.scans), tr("label to scan"), tr("labels to scan")),
        (sum(photo.count for photo in spec.photos), tr("picture"), tr("pictures")),
        (len(spec.values), tr("value to measure"), tr("values to measure")),
        (len(spec.locks), tr("personal lock"), tr("personal locks")),
    )
    found += [f"{n} {one if n == 1 else many}" for n, one, many in counts if n]
    if spec.sign.second:
        found.append(tr("second signature by: {role}", role=role_name(spec.sign.second.role)))
    return tr("It takes: {what}", what=", ".join(found)) if found else ""
