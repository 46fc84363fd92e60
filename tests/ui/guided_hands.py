"""A technician, a verifier and a supervisor at the guided screen: they touch, type, scan and sign.

Everything goes through real widgets; what hands do to the equipment goes to the simulated plant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

import resources
from console.demo import PausedDemo
from console.session.running import NewRun, bind
from console.session.running.desk import RunView
from console.session.running.script import load_script
from console.session.workplace import Workplace
from console.ui.guided.gates import GateRow
from console.ui.guided.items import AnswerRow, ItemRow
from console.ui.guided.page import GuidedPage
from console.ui.guided.photos import PhotoRow, PictureSheet
from console.ui.guided.rows import Row
from console.ui.guided.scans import ScanRow
from console.ui.guided.signing import SecondRow
from console.ui.guided.values import ValueRow
from console.ui.window import MainWindow, build_window
from console.work.demo import demo_people
from procedures.engine.state import RunStatus, StepStatus
from tests.house.hands import press, tap, write

HOST, TANK = "node-1", "tank-1"
CHEN, WU, OKAFOR = "chen", "wu", "okafor"
CREW = (CHEN, WU, OKAFOR)
PINS = {person.id: person.pin for person in demo_people()}
SCRIPT = resources.path("demo", "extract-server.script.yaml")
_YEAR_US = 365 * 86_400_000_000


def begin_run(
    demo: PausedDemo, procedure: str = "extract-server", host: str = HOST, by: str = CHEN
) -> str:
    """Begin a run of a shipped procedure with everybody and everything there; returns its id."""
    place = open_place(demo)
    revision = place.runs.procedures.in_force(procedure)
    assert revision is not None
    requires = revision.procedure.requires
    tools = {tool.id: demo.session.now().utc_us + _YEAR_US for tool in requires.tools}
    spares = {spare.id: f"SERIAL-{spare.id}" for spare in requires.spares}
    new = NewRun(by, CREW, "en", tools, spares)
    name, decision = place.runs.begin(revision, bind(demo.session, revision.procedure, host), new)
    assert decision.is_allowed, [str(why) for why in decision.refusals]
    place.settle()
    return name


def open_place(demo: PausedDemo) -> Workplace:
    """Return the workplace of a demo, opened."""
    place = demo.session.workplace or demo.session.open_work(wait=True)
    place.settle()
    return place


class Screen:
    """The guided screen of one window, and hands on it."""

    def __init__(self, demo: PausedDemo, window: MainWindow, run: str) -> None:
        self.demo = demo
        self.window = window
        self.run = run
        window.open("guided", run)
        page = window.page
        assert isinstance(page, GuidedPage)
        self.page = page
        self.settle()

    # ---- what is shown ----

    @property
    def place(self) -> Workplace:
        """Where people work."""
        return open_place(self.demo)

    @property
    def view(self) -> RunView:
        """The run as it stands."""
        view = self.place.runs.view(self.page.run, CHEN)
        assert view is not None
        return view

    @property
    def step(self) -> str:
        """The id of the step to do now."""
        current = self.view.run.current
        return current.step if current else ""

    @property
    def status(self) -> StepStatus | None:
        """How far that step is."""
        current = self.view.run.current
        return current.status if current else None

    @property
    def why(self) -> str:
        """What stands beside the one button."""
        return self.page.bottom.why.text()

    def is_at(self, step: str, status: StepStatus) -> bool:
        """Whether the run is at a step, and the step so far."""
        return (self.step, self.status) == (step, status)

    def ended(self) -> RunStatus:
        """Return how the whole run stands."""
        return self.view.run.status

    def rows(self, kind: type[Row]) -> list[Row]:
        """Return the lines of a kind."""
        return [row for row in self.page.centre.rows if isinstance(row, kind)]

    def settle(self) -> None:
        """Wait until what was asked is on the disk, and let the screen show it."""
        for _ in range(2):
            assert self.place.settle()
            self.window.tick()
            QApplication.processEvents()

    def pass_time(self, seconds: float) -> None:
        """Let time pass; the console looks at the equipment meanwhile."""
        self.demo.advance(seconds)
        self.window.tick()
        self.settle()

    # ---- hands ----

    def primary(self) -> None:
        """Touch the one button."""
        button = self.page.bottom.primary
        assert button.isVisible()
        assert button.isEnabled(), f"{self.step}: {button.text()}: {self.why}"
        tap(button)
        self.settle()

    def touch(self, widget: QWidget) -> None:
        """Touch something that can be seen and used."""
        assert widget.isVisibleTo(self.window), widget.accessibleName()
        assert widget.isEnabled(), widget.accessibleName()
        tap(widget)
        self.settle()

    def scan(self, label: str) -> None:
        """Scan a label: fast characters and Enter, to whatever has the keyboard."""
        target = QApplication.focusWidget() or self.page
        QTest.keyClicks(target, label)
        QTest.keyClick(target, Qt.Key.Key_Return)
        self.settle()

    def acknowledge(self) -> None:
        """Read the hazards to their end, and say so."""
        for _ in range(12):
            if self.page.centre.hazards.button.isHidden() or self.page.centre.hazards.isHidden():
                return
            self.touch(self.page.centre.hazards.button)
        raise AssertionError(f"{self.step}: the hazards cannot be acknowledged")

    def sign(self, person: str, pin: str = "") -> None:
        """Answer the sheet that asks for a name and a PIN."""
        sheet = self.page.sheet
        assert self.page.stack.currentWidget() is sheet
        if not sheet.is_signing:
            self.touch(sheet.form.go)
        panel = sheet.panel
        if not panel.who.field.isHidden():
            write(panel.who.field, person)
        assert panel.person == person, (panel.person, person)
        write(panel.pin, pin or PINS[person])
        tap(panel.sign)
        self.settle()

    def sign_in(self, person: str = CHEN) -> None:
        """Sign in at the console through the one button."""
        self.primary()
        self.sign(person)
        assert self.place.hands == person

    def give_reason(self, text: str) -> None:
        """Write the reason into the sheet and go on."""
        write(next(iter(self.page.sheet.form.fields.values())), text)
        self.touch(self.page.sheet.form.go)

    # ---- a whole step ----

    def start(self) -> None:
        """Read the hazards, have the hold released, wait for the gates, start."""
        current = self.view.run.current
        assert current is not None
        spec = self.view.revision.procedure.steps[current.step]
        if spec.hold and not current.hold_released_by:
            self.primary()
            self.sign(OKAFOR)
        self.acknowledge()
        self.wait_for_primary()
        self.primary()
        assert self.status is not StepStatus.READY or self.step != spec.id, self.why

    def fill(self, values: Mapping[str, float], pictures: Sequence[Path]) -> None:
        """Scan, photograph, measure, confirm and answer what the open step asks for."""
        for scan in self.rows(ScanRow):
            assert isinstance(scan, ScanRow)
            if scan.is_open:
                self.scan(self._label(scan))
        for row in self.rows(PhotoRow):
            assert isinstance(row, PhotoRow)
            for number in range(row.photo.count):
                self.photograph(row, pictures[number])
        for row in self.rows(ValueRow):
            assert isinstance(row, ValueRow)
            if row.is_open:
                write(row.entry.field, f"{self._number(row, values):g}")
                self.touch(row.entry.button)
        for row in self.rows(ItemRow):
            self.touch(row)
        answers = self.rows(AnswerRow)
        if answers:
            self.touch(answers[0])

    def photograph(self, row: PhotoRow, picture: Path) -> None:
        """Choose a picture by its name."""
        self.touch(row.button)
        sheet = self.page.stack.currentWidget()
        assert isinstance(sheet, PictureSheet)
        sheet.file.setText(str(picture))
        press(sheet.file, Qt.Key.Key_Return)
        self.settle()
        QTest.qWait(5)
        self.settle()

    def override(self, gate: str, reason: str) -> None:
        """Let the supervisor let a gate pass."""
        row = next(r for r in self.rows(GateRow) if isinstance(r, GateRow) and r.gate.id == gate)
        self.touch(row.override)
        self.give_reason(reason)
        self.sign(OKAFOR)

    def finish_step(self, second: str = WU) -> None:
        """Have the second person watch, wait, sign, and have the second person look."""
        name = self.step
        for row in self.rows(SecondRow):
            assert isinstance(row, SecondRow)
            if row.second.mode == "concurrent":
                self.touch(row.button)
                self.sign(second)
        self.wait_for_primary()
        self.primary()
        if self.step == name and self.status is StepStatus.PERFORMED:
            self.primary()
            self.sign(second)

    def wait_for_primary(self, patience_s: float = 4 * 3600.0) -> None:
        """Wait, two seconds at a time and longer where a clock says so, until the button is on."""
        waited_s = 0.0
        while True:
            if not self.place.hands:  # a quarter of an hour without a touch signs everybody out
                self.window.tick()
                self.sign_in()
            if self.page.bottom.primary.isEnabled():
                return
            assert waited_s < patience_s, f"{self.step}: {self.why}"
            self.demo.advance(2.0)
            waited_s += 2.0
            self.window.tick()
            if self.place.runs.is_settled:
                continue
            self.settle()

    def _label(self, row: ScanRow) -> str:
        run, scan = self.view.run, row.scan
        if scan.must_be:
            return run.subjects[scan.must_be][0]
        return run.scans[scan.same_as] if scan.same_as else f"LABEL-{scan.id}"

    def _number(self, row: ValueRow, values: Mapping[str, float]) -> float:
        value = row.value
        if value.id in values:
            return values[value.id]
        if value.equals:
            return self.view.run.values[value.equals]
        ends = [end for end in (value.low, value.high) if end is not None]
        return float(round(sum(ends) / len(ends))) if ends else 1.0


class Extraction:
    """The whole shipped extraction, as the demo's script tells what is measured and moved."""

    def __init__(self, screen: Screen, pictures: Sequence[Path]) -> None:
        self.screen = screen
        self.pictures = pictures
        self.script = load_script(SCRIPT)
        self.seen: dict[str, object] = {}

    def go(self, until: Callable[[Screen], bool] = lambda _screen: False) -> None:
        """Work step by step until the run has none left, or the screen is as wanted."""
        while self.screen.step and not until(self.screen):
            self.one()

    def one(self) -> None:
        """Do one step from its start to its signature."""
        screen = self.screen
        name = screen.step
        told = self.script.step(name)
        if screen.status is StepStatus.READY:
            screen.start()
        for act in told.world:
            verb, *rest = act.split()
            screen.demo.plant.handle(verb, HOST, float(rest[0]) if rest else 1.0)
        values = {key: given[-1] for key, given in told.values.items()}
        screen.fill(values, self.pictures)
        for gate, reason in told.overrides.items():
            screen.override(gate, reason)
        screen.finish_step()
        assert screen.step != name, f"{name} does not end: {screen.why}"


def make_pictures(folder: Path, count: int = 3) -> list[Path]:
    """Write small pictures, each another one."""
    made = []
    for number in range(count):
        path = folder / f"picture-{number}.png"
        Image.new("RGB", (64, 48), (40 * number, 90, 120)).save(path)
        made.append(path)
    return made


@contextmanager
def guided_window(
    demo: PausedDemo, run: str, size: tuple[int, int] = (1280, 800), **options: object
) -> Iterator[Screen]:
    """Yield the guided screen of a shown window; it goes without stopping its session."""
    window = build_window(demo.session, **options)  # type: ignore[arg-type]
    window.resize(*size)
    window.show()
    window.activateWindow()
    QApplication.processEvents()
    for timer in window.timers:
        timer.stop()
    try:
        yield Screen(demo, window, run)
    finally:
        window.hide()
        window.deleteLater()
        QApplication.processEvents()
