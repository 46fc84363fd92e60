"""Training in the window: the watermark, hands at the tank, colleagues, the result."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from console.cli.train_stage import TrainingStage, training_stage
from console.demo import PausedDemo
from console.session.running import NewRun, bind
from console.settings import SettingsFile
from console.training.people import trainee_named
from console.training.scenario import Scenario, scenario_named
from console.ui import theme
from console.ui.training.bar import FAST
from console.ui.training.demo_hands import DemoHands
from console.ui.training.window import TrainingWindow, build_training
from console.ui.window import build_window
from procedures.engine import commands as cmd
from procedures.engine.state import StepStatus

PIN = "480216"


class Desk:
    """A trainee at the window: what they press, and time that passes."""

    def __init__(self, stage: TrainingStage, window: TrainingWindow, qtbot: QtBot) -> None:
        self.stage = stage
        self.training = window
        self.window = window.window
        self.qtbot = qtbot

    @property
    def whole(self) -> QWidget:
        found = self.window.centralWidget()
        assert found is not None
        return found

    @property
    def step(self) -> str:
        run = self.stage.trainer.run
        return run.current.step if run and run.current else ""

    @property
    def seconds(self) -> tuple[str, ...]:
        run = self.stage.trainer.run
        return run.current.seconds if run and run.current else ()

    @property
    def page_name(self) -> str:
        return self.window.page.name if self.window.page else ""

    def verdict(self) -> tuple[bool, str] | None:
        score = self.stage.trainer.score
        return (score.passed, score.ended) if score else None

    def look(self) -> None:
        assert self.stage.trainer.place.settle()
        self.window.tick()
        self.training.refresh()
        QApplication.processEvents()

    def wait(self, seconds: float) -> None:
        for _ in range(round(seconds)):
            self.training.drive(1.0)
            self.look()

    def begin(self) -> None:
        self.training.page.begin.click()
        self.training.page.sign.given.emit("chen", PIN)
        self.look()
        self.look()

    def ask(self, command: cmd.Command) -> None:
        decision = self.stage.trainer.place.ask(self.stage.trainer.run_id, command)
        assert decision.is_allowed, decision.refusals
        self.look()

    def press(self, text: str) -> None:
        button = next(
            one
            for one in self.training.bar.hands.buttons
            if one.text() == text and one.isVisibleTo(self.training.bar)
        )
        self.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        self.look()


@pytest.fixture(name="scenario")
def _scenario() -> Scenario:
    return scenario_named("wrong-slot-label")


@pytest.fixture(name="desk")
def _desk(scenario: Scenario, tmp_path: Path, qtbot: QtBot) -> Iterator[Desk]:
    who = trainee_named(None, "chen")
    with training_stage(scenario, who, tmp_path / "training", hurry=True) as stage:
        settings = SettingsFile(tmp_path / "settings.toml")
        training = build_training(stage.trainer, settings=settings)
        window = training.window
        for timer in window.timers:
            timer.stop()
        qtbot.addWidget(window)
        window.resize(1280, 880)
        window.show()
        desk = Desk(stage, training, qtbot)
        desk.look()
        yield desk
        window.removeEventFilter(training)


def inked(image: QImage, other: QImage) -> int:
    """How many of some pixels differ between two pictures of one size."""
    points = [(x, y) for x in range(0, image.width(), 4) for y in range(0, image.height(), 4)]
    return sum(image.pixel(x, y) != other.pixel(x, y) for x, y in points)


def test_every_page_has_the_watermark_and_the_strip_is_never_covered(desk: Desk) -> None:
    mark, strip = desk.window.watermark, desk.window.strip
    whole = desk.whole
    for name in ("training", "site", "tank", "log", "guided", "settings"):
        desk.window.open(name)
        desk.look()
        shown = desk.window.grab().toImage()
        mark.hide()
        bare = desk.window.grab().toImage()
        mark.show()
        assert inked(shown, bare) > 300, name
        top = desk.window.strip.height()
        above = (shown.copy(0, 0, 1280, top), bare.copy(0, 0, 1280, top))
        assert inked(*above) == 0, name
    assert mark.geometry().top() == strip.height()
    assert mark.size().width() == whole.width()


def test_the_watermark_takes_no_mouse_and_follows_the_window(desk: Desk) -> None:
    mark = desk.window.watermark
    assert mark.testAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
    under = desk.whole.childAt(QPoint(400, 400))
    assert under is not None
    assert under is not mark
    desk.window.resize(1500, 900)
    desk.look()
    assert mark.width() == desk.whole.width()


@pytest.mark.parametrize("theme_id", theme.theme_ids())
def test_texts_stay_as_easy_to_read_under_the_watermark(desk: Desk, theme_id: str) -> None:
    """A letter of the watermark across a text leaves the contrast that the text needs."""
    theme.apply(theme_id)
    tokens = theme.theme()
    for ink in (tokens.text, tokens.muted, tokens.value):
        for ground in (tokens.background, tokens.panel):
            under = _blend(ground, tokens.text)
            assert _contrast(_blend(ink, tokens.text), under) > 4.5 * 0.87


def _blend(ground: QColor, ink: QColor) -> QColor:
    from console.ui.training.watermark import ALPHA

    share = ALPHA / 255
    pairs = zip(_rgb(ground), _rgb(ink), strict=True)
    red, green, blue = (round(a * (1 - share) + b * share) for a, b in pairs)
    return QColor(red, green, blue)


def _rgb(colour: QColor) -> tuple[int, int, int]:
    return colour.red(), colour.green(), colour.blue()


def _contrast(one: QColor, other: QColor) -> float:
    from console.ui.paint import luminance

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_title_strip_and_look_of_the_palette_say_training(desk: Desk) -> None:
    assert desk.window.windowTitle().startswith("TRAINING")
    assert desk.window.strip.training.isVisibleTo(desk.window)
    before = QColor(theme.theme().text)
    desk.window.grab()
    assert theme.theme().text == before  # painting the mark leaves the theme's own colour alone


def test_a_real_site_has_no_mark_and_no_word(qtbot: QtBot, demo: PausedDemo) -> None:
    window = build_window(demo.session)
    qtbot.addWidget(window)
    assert "TRAINING" not in window.windowTitle()
    assert not window.strip.training.isVisibleTo(window)
    assert window.findChild(QWidget, "watermark") is None


def test_brief_then_pin_then_the_work(desk: Desk) -> None:
    page = desk.training.page
    assert desk.window.page is page
    assert not desk.training.bar.isVisibleTo(desk.window)
    page.begin.click()
    page.sign.given.emit("chen", "000111")
    desk.look()
    desk.look()
    assert desk.stage.trainer.run_id == ""
    assert page.sign.isVisibleTo(page)
    page.sign.given.emit("chen", PIN)
    desk.look()
    desk.look()
    assert desk.stage.trainer.place.hands == "chen"
    assert desk.page_name == "guided"
    assert desk.training.bar.isVisibleTo(desk.window)


def test_hands_at_the_tank_move_the_simulated_equipment(desk: Desk) -> None:
    desk.begin()
    session = desk.stage.trainer.session

    def lid() -> str | None:
        view = session.view("tank-1")
        value = view.good("lid.state")
        return None if value is None else view.schema["lid.state"].words(value)

    assert lid() == "closed"
    desk.press("Open the lid")
    desk.wait(4)
    assert lid() == "open"
    level = session.view("tank-1").good("level")
    assert level is not None
    desk.press("Hoist to half")
    desk.press("Hoist clear")
    assert "clear of the fluid" in desk.training.bar.hands.hand.place
    desk.wait(30)
    after = session.view("tank-1").good("level")
    assert after is not None
    assert level - after == pytest.approx(20, abs=4)  # 12 L over 0.6 m2
    desk.press("Lower")
    desk.press("Close the lid")
    desk.wait(4)
    assert lid() == "closed"


def test_the_label_is_what_it_reads_not_what_the_screen_wants(desk: Desk) -> None:
    desk.begin()
    desk.ask(cmd.Start("find-the-tank", "chen", "en"))
    front = desk.training.bar.front
    assert "reads tank-1" in front.words.text()
    front.scan.click()
    desk.look()
    desk.ask(cmd.Complete("find-the-tank", "chen"))
    desk.ask(cmd.Start("find-the-slot", "chen", "en"))
    assert "reads tank-1/slot-2" in front.words.text()
    front.scan.click()
    desk.look()
    assert "must read tank-1/slot-1" in desk.training.bar.status.accessibleName()
    assert desk.step == "find-the-slot"


def test_the_result_says_what_happened_and_the_window_ends(desk: Desk) -> None:
    desk.begin()
    desk.ask(cmd.Abort("chen", "The label reads slot 2"))
    while desk.step:
        run = desk.stage.trainer.run
        assert run is not None
        assert run.current is not None
        if run.current.status is StepStatus.READY:
            desk.ask(cmd.Start(desk.step, "chen", "en"))
        else:
            desk.ask(cmd.Complete(desk.step, "chen"))
    desk.ask(cmd.Close("chen"))
    desk.wait(2)
    score = desk.stage.trainer.score
    assert score is not None
    assert score.passed
    assert desk.window.page is desk.training.page
    assert desk.training.page.result.accessibleName().startswith("Passed: 100 of 100 points")
    assert not desk.training.bar.isVisibleTo(desk.window)
    before_s = desk.stage.trainer.session.now().mono_s
    desk.wait(3)
    assert desk.stage.trainer.session.now().mono_s == before_s


def test_leaving_takes_two_presses_and_is_not_passed(desk: Desk) -> None:
    desk.begin()
    bar = desk.training.bar
    bar.leave.click()
    assert desk.verdict() is None
    bar.leave.click()
    desk.look()
    assert desk.verdict() == (False, "")


def test_time_goes_faster_only_while_the_work_waits(desk: Desk) -> None:
    desk.begin()
    bar = desk.training.bar
    assert not bar.faster.isEnabled()
    for step in ("find-the-tank",):
        desk.ask(cmd.Start(step, "chen", "en"))
        assert not bar.faster.isEnabled()
    assert bar.factor == 1.0
    trainer = desk.stage.trainer
    began_s = trainer.session.now().mono_s
    desk.wait(3)
    assert trainer.session.now().mono_s - began_s == pytest.approx(3, abs=1.1)
    assert FAST > 1


class TestCalm:
    """The calm extraction: colleagues and waiting."""

    @pytest.fixture(name="scenario")
    def _scenario(self) -> Scenario:
        return scenario_named("calm-extraction")

    def test_a_colleague_is_seen_to_come_and_then_signs(self, desk: Desk) -> None:
        desk.begin()
        for step in ("find-the-tank", "find-the-slot"):
            desk.ask(cmd.Start(step, "chen", "en"))
            desk.training.bar.front.scan.click()
            desk.look()
            desk.ask(cmd.Complete(step, "chen"))
        desk.ask(cmd.Start("plan-the-lift", "chen", "en"))
        assert "Mass on the plate: " in desk.training.bar.front.words.text()
        desk.ask(cmd.Record("plan-the-lift", "chen", "plate-mass", 43))
        desk.ask(cmd.Complete("plan-the-lift", "chen"))
        desk.ask(cmd.Start("no-alarms", "chen", "en"))
        desk.wait(3)
        desk.ask(cmd.Complete("no-alarms", "chen"))
        desk.ask(cmd.Start("cordon", "chen", "en"))
        desk.press("Take out of the scheduler")
        desk.ask(cmd.Complete("cordon", "chen"))
        desk.ask(cmd.Start("idle", "chen", "en"))
        bar, trainer = desk.training.bar, desk.stage.trainer
        desk.wait(3)
        assert bar.faster.isEnabled()
        bar.faster.click()
        before_s = trainer.session.now().mono_s
        desk.training.drive(1.0)
        assert trainer.session.now().mono_s - before_s > 5
        for _ in range(60):
            desk.training.drive(1.0)
            desk.look()
            if not trainer.is_waiting:
                break
        assert not bar.faster.isChecked()
        desk.ask(cmd.Complete("idle", "chen"))
        desk.ask(cmd.Start("shut-down", "chen", "en"))
        desk.press("Shut down")
        desk.ask(cmd.Complete("shut-down", "chen"))
        desk.ask(cmd.Start("outlets-off", "chen", "en", ("shock",)))
        desk.wait(2)
        assert trainer.doing is not None
        assert "Colleague (verifier) looks and signs" in bar.status.accessibleName()
        assert desk.seconds == ()
        desk.wait(7)
        assert set(desk.seconds) == {"colleague-verifier"}

    def test_a_photo_is_taken_of_what_is_in_front(self, desk: Desk) -> None:
        from console.ui.training.in_front import _picture

        desk.begin()
        one, two = _picture("Locks", 1), _picture("Locks", 2)
        assert one.startswith(b"\x89PNG")
        assert one != two


class Tools:
    """The tools of a demo, over its paused plant."""

    def __init__(self, demo: PausedDemo) -> None:
        self._demo = demo

    def inject(self, fault: str, target: str | None = None) -> None:
        self._demo.plant.inject(fault, target)

    def clear(self, fault: str, target: str | None = None) -> None:
        self._demo.plant.clear(fault, target)

    def handle(self, act: str, host: str, amount: float = 1.0) -> None:
        self._demo.plant.handle(act, host, amount)


def test_a_demo_has_hands_while_a_procedure_is_on_the_screen(
    qtbot: QtBot, demo: PausedDemo
) -> None:
    session = demo.session
    session.tools = Tools(demo)
    place = session.open_work(wait=True)
    assert place.settle()
    window = build_window(session)
    qtbot.addWidget(window)
    for timer in window.timers:
        timer.stop()
    window.show()
    assert window.findChild(DemoHands) is None
    revision = place.runs.procedures.in_force("extract-server")
    assert revision is not None
    bound = bind(session, revision.procedure, "node-1")
    tools = {tool.id: session.now().utc_us + 10**12 for tool in revision.procedure.requires.tools}
    new = NewRun("chen", ("chen", "wu", "okafor"), "en", tools)
    run, decision = place.runs.begin(revision, bound, new)
    assert decision.is_allowed
    assert place.settle()
    window.open("guided", run)
    hands = window.findChild(DemoHands)
    assert isinstance(hands, DemoHands)
    assert hands.isVisibleTo(window)
    assert hands.hand.hosts == ("node-1",)
    qtbot.mouseClick(hands.buttons[0], Qt.MouseButton.LeftButton)
    demo.advance(4)
    window.tick()
    assert hands.buttons[0].text() == "Close the lid"
    window.open("tank")
    assert not hands.isVisibleTo(window)
