"""A clerk at the page for filled forms: prints one, copies it box by box, has it compared."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from PIL import Image
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

import resources
from console.demo import PausedDemo
from console.documents.events import DocumentKind
from console.documents.issue import Form, blank_sheet, make_form
from console.documents.sheet import LogEnd, Printing
from console.history.events import EventDraft
from console.session.running.crew import Crew
from console.session.running.desk import RunView
from console.session.running.script import Script, load_script
from console.session.workplace import Workplace
from console.ui.late.box_rows import PictureBox
from console.ui.late.page import LatePage
from console.ui.window import MainWindow
from procedures.engine.state import Run
from tests.house.hands import tap, write
from tests.ui.guided_hands import PINS, begin_run, open_place
from tests.unit.late_kit import Filled

SCRIPT = resources.path("demo", "extract-server.script.yaml")
_PATIENCE_S = 20.0


def print_blank(demo: PausedDemo, form: str, procedure: str = "extract-server") -> Form:
    """Print a blank form and tell the log, as the command does; its number is given."""
    place = open_place(demo)
    header, now = demo.session.site.site, demo.session.now()
    end = LogEnd("", 0, "0" * 64)
    printing = Printing(form, now.utc_us, "silva", "en", header.id, header.name, end)
    sheet = blank_sheet(procedure, place.runs.procedures, demo.session.site, printing)
    made = make_form(sheet)
    told = made.printed
    place.record(EventDraft(DocumentKind.PRINTED, told.subject, told.as_body(), now, "silva"))
    demo.advance(60)
    place.settle()
    return made


def work_on_screen(demo: PausedDemo, procedure: str = "extract-server") -> Run:
    """Do the same work at the console with the demo's scripted people; returns the run."""
    place = open_place(demo)
    run = begin_run(demo, procedure)
    script = _script()
    found = place.runs.procedures.in_force(procedure)
    assert found is not None

    def world(act: str) -> None:
        name, _, amount = act.partition(" ")
        demo.plant.handle(name, script.target, float(amount or 1))

    crew = Crew(script, found.procedure, world, place.photos)
    for _ in range(20_000):
        view = _view(place, run, crew)
        if view.run.is_over:
            return view.run
        command = None if view.waits else crew.next(view)
        if command is None or not place.runs.ask(run, command).is_allowed:
            demo.advance(2)
        place.settle()
    raise AssertionError(f"stuck at {view.run.current}: {[str(n) for n in view.standing.needs]}")


def _script() -> Script:
    """The demo's script; before this work there was no steady load to compare with."""
    told = load_script(SCRIPT).model_dump(by_alias=True)
    unsteady = {"as-cool-as-before": "No steady load before the work to compare with"}
    told["steps"]["burn-in"]["overrides"] = unsteady
    return Script.model_validate(told)


def _view(place: Workplace, run: str, crew: Crew) -> RunView:
    first = place.runs.view(run)
    assert first is not None
    view = place.runs.view(run, crew.executor(first.run))
    assert view is not None
    return view


class Clerk:
    """Hands on the page."""

    def __init__(self, demo: PausedDemo, window: MainWindow, folder: Path) -> None:
        self.demo = demo
        self.window = window
        self.folder = folder
        window.open("late")
        page = window.page
        assert isinstance(page, LatePage)
        self.page = page
        self.settle()

    @property
    def place(self) -> Workplace:
        """Where people work."""
        return open_place(self.demo)

    @property
    def at(self) -> str:
        """What is to be copied next."""
        assert self.page.copying is not None
        return self.page.copying.at

    def settle(self, until: Callable[[], bool] = lambda: True) -> None:
        """Wait until nothing is on its way."""
        end_s = time.monotonic() + _PATIENCE_S
        while time.monotonic() < end_s:
            assert self.place.settle()
            self.window.tick()
            QApplication.processEvents()
            if not self.page.is_busy and until():
                return
            QTest.qWait(2)
        raise AssertionError(f"the page does not settle: {self.page.said.text()!r}")

    def settle_at(self, name: str) -> None:
        """Wait until the boxes of a step are shown."""
        self.settle(lambda: self.page.entry.at == name)

    def open(self, code: str, who: str = "silva") -> None:
        """Scan a code: fast characters and Return; sign in where that is asked."""
        if code.isascii():
            write(self.page.finder.field, code)
        else:
            self.page.finder.field.setText(code)  # keys have no such letters
        tap(self.page.finder.go)
        self.settle()
        if self.page.sign_in.isVisible():
            self.sign(self.page.sign_in, who)

    def sign(self, panel: object, person: str) -> None:
        """Give a name and the PIN."""
        from console.ui.work.sign_panel import SignPanel

        assert isinstance(panel, SignPanel)
        write(panel.who.field, person)
        assert panel.person == person
        write(panel.pin, PINS[person])
        tap(panel.sign)
        self.settle(lambda: panel.isHidden() or bool(panel.said.text() and panel.sign.isEnabled()))

    def put(self, box: str, text: str) -> None:
        """Write into a box, or tick it."""
        row = self.page.entry.rows[box]
        if not isinstance(row, PictureBox):
            row.write(text)

    def attach(self, row: PictureBox, path: Path) -> None:
        """Attach a picture, and wait until it is kept."""
        have = len(row.kept)
        row.attach(path)
        self.settle(lambda: len(row.kept) > have)

    def check(self) -> str:
        """Touch the one button; returns what the page says."""
        tap(self.page.go)
        self.settle()
        rows = [r for r in self.page.entry.rows.values() if not isinstance(r, PictureBox)]
        wrong = [f"{row.box.id}: {row.said.text()}" for row in rows if not row.said.isHidden()]
        said = self.page.said
        return "; ".join([*wrong, *([] if said.isHidden() else [said.text()])])

    def copy_opening(self, filled: Filled, target: str = "node-1") -> str:
        """Copy the first pages."""
        rows = self.page.entry.rows
        self.put("time/begun", filled.opening.begun)
        self.put("equipment", target)
        names = [name for name in rows if name.startswith("people/") and name.endswith("/name")]
        for box, (name, initials) in zip(names, filled.opening.crew, strict=False):
            self.put(box, name)
            self.put(box.removesuffix("name") + "initials", initials)
        for tool, due in filled.opening.tools.items():
            self.put(f"tool/{tool}", "x")
            if f"tool/{tool}/due" in rows:
                self.put(f"tool/{tool}/due", due)
        return self.check()

    def copy_step(self, filled: Filled, number: int) -> str:
        """Copy one step."""
        written = filled.steps[number]
        assert self.at == written.step
        rows, prefix = self.page.entry.rows, f"step/{written.step}/"
        for box, text in written.boxes.items():
            if prefix + box in rows:
                self.put(prefix + box, text)
        for photo, kept in written.photos.items():
            row = rows[f"{prefix}photo/{photo}"]
            assert isinstance(row, PictureBox)
            for one in kept:
                self.attach(row, self.place.photos.path_of(one.sha256))
        for line, told in enumerate(written.deviations, 1):
            tap(self.page.entry.more)
            self.put(f"line/{line}/about", told.about)
            self.put(f"line/{line}/what", told.finding)
            self.put(f"line/{line}/by", told.by)
            self.put(f"line/{line}/agreed", told.agreed)
        return self.check()

    def compare(self, person: str = "wu") -> None:
        """Attach the scan of each page, and sign as the one who compares."""
        if not self.page.compare.isVisible():
            tap(self.page.check)
        compare = self.page.compare
        for page, row in compare.scans.items():
            if not row.kept:
                self.attach(row, scan_of(self.folder, page))
        tap(compare.go)
        if compare.sign.isVisible():
            self.sign(compare.sign, person)


def scan_of(folder: Path, page: int) -> Path:
    """A scan of a page: grey paper, another grey for each page."""
    path = folder / f"scan-{page}.png"
    Image.new("RGB", (210, 297), (200, 200, page % 256)).save(path)
    return path
