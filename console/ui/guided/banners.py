"""What stands above everything else of a step: held, suspended, looked away, not recorded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from console.text import tr
from console.ui import formats
from console.ui.controls import frame
from console.ui.guided.situation import Situation
from console.ui.guided.words import role_name, span
from console.ui.setup_parts import Words
from console.ui.theme import theme
from procedures.engine.events import WorkKind
from procedures.engine.state import RunStatus

_MOST = 6


class Banner(QWidget):
    """One thing that must be known now, with a strong bar at its left."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.setAccessibleName(tr("Notice {n}", n=number))
        self.heading = Words("", 16)
        self.text = Words("", 13)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 8, 12, 8)
        column.setSpacing(2)
        column.addWidget(self.heading)
        column.addWidget(self.text)

    def show_notice(self, heading: str, text: str) -> None:
        """Show a heading and what it means."""
        self.heading.say(heading)
        self.text.say(text)
        self.text.setVisible(bool(text))
        self.setAccessibleDescription(f"{heading} {text}")

    def paintEvent(self, _event: QPaintEvent) -> None:
        p, rect = QPainter(self), QRectF(self.rect())
        frame(p, rect, theme().desired, theme().muted)
        p.fillRect(QRectF(1, 1, 7, rect.height() - 2), theme().text)


class Banners(QWidget):
    """All that must be known now, the gravest first."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName(tr("Notices"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        self.banners = [Banner(number + 1) for number in range(_MOST)]
        for banner in self.banners:
            banner.hide()
            column.addWidget(banner)

    def show_state(self, now: Situation, handover: str = "") -> None:
        """Show what must be known."""
        told = list(notices(now, handover))[:_MOST]
        for number, banner in enumerate(self.banners):
            banner.setVisible(number < len(told))
            if number < len(told):
                banner.show_notice(*told[number])
        self.setVisible(bool(told))


def notices(now: Situation, handover: str) -> Iterator[tuple[str, str]]:
    """Yield heading and text of everything that must be known, the gravest first."""
    run, step, names = now.view.run, now.step, now.names
    if step is not None and step.held:
        what = ", ".join(names.condition(one, now.spec) for one in step.held)
        who = role_name(now.release_role(step))
        text = tr("Touch nothing until it is as it must be; {role} then lets it go on.", role=who)
        yield tr("Held: {what}", what=what), text
    if run.suspended_by:
        who = names.person(run.suspended_by)
        yield tr("Handed over by {person}", person=who), handover
    if run.status is RunStatus.ABORTING:
        state = now.view.revision.procedure.paths.get(run.path)
        title = names.of(state.title) if state else ""
        yield tr("On the way to safety: {path}", path=title), _safe_state(now)
    if not now.is_opened and not run.is_over:
        text = tr("Timers go on; gates and conditions are looked at anew before anything else.")
        yield tr("The console was started again"), text
    else:
        yield from _reopened(now)
    if step is not None and step.is_time_doubtful:
        yield (
            tr("The time of this step is in doubt"),
            tr("The clocks do not tell how long the console was away."),
        )
    for problem in now.view.problems:
        yield tr("Not in order"), problem


def handover_text(told: Mapping[str, str]) -> str:
    """Return a handover note: how it stands, what must not be done, what is isolated."""
    labels = (
        ("state", tr("How it stands")),
        ("prohibitions", tr("What must not be done")),
        ("isolations", tr("What is isolated and locked")),
    )
    return "\n".join(f"{label}: {told[key]}" for key, label in labels if told.get(key))


def _safe_state(now: Situation) -> str:
    procedure, run = now.view.revision.procedure, now.view.run
    path = procedure.paths.get(run.path)
    state = next((s for s in procedure.safe_states if path and s.id == path.ends_in), None)
    return tr("It ends so: {state}", state=now.names.of(state.text)) if state else ""


def _reopened(now: Situation) -> Iterator[tuple[str, str]]:
    """Say how long nobody looked, as long as the step of that moment is still there."""
    run, step = now.view.run, now.step
    last = next(
        (one for one in reversed(run.irregularities) if one.kind == WorkKind.REOPENED), None
    )
    if last is None or step is None or last.step != step.step:
        return
    try:
        gap = span(float(last.text))
    except ValueError:
        gap = formats.NOTHING
    yield (
        tr("Nobody looked for {time}", time=gap),
        tr("The console was started again. Timers went on, gates count anew from then."),
    )
