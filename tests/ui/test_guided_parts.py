"""Outline, hazards, timer, button to hold and live values of guided work."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QWidget

from console.demo import PausedDemo
from console.session.running.record import RunRecord
from console.ui.guided import hold_button
from console.ui.guided.hazards import HazardPanel
from console.ui.guided.hold_button import HoldButton
from console.ui.guided.outline import Outline
from console.ui.guided.outline_rows import Heading, Line, Mark
from console.ui.guided.ring import TimerRing, ring_state
from console.ui.guided.side import SidePanel
from console.ui.guided.side_clocks import ClockRow
from console.ui.guided.side_figures import is_met_by, need_text
from console.ui.guided.side_gpus import GpuFigures, GpuRow
from console.ui.guided.side_level import LevelState
from console.ui.guided.side_plan import About
from drivers.points import Point, Reading, Reason, Stamp
from procedures.checks import parse_check
from procedures.engine.state import Outcome
from tests.ui import guided_kit as kit
from tests.ui.conftest import Look

LEFT = Qt.MouseButton.LeftButton
PROCEDURE = kit.revision().procedure


# ---- outline -------------------------------------------------------------------------------


@pytest.fixture
def outline(look: Look, qtbot: Any) -> Outline:
    made = Outline()
    qtbot.addWidget(made)
    made.resize(288, 420)
    made.show()
    return made


def shown(outline: Outline, step: str) -> Line:
    return next(row for row in outline.rows if isinstance(row, Line) and row.step == step)


def test_every_step_has_its_mark(outline: Outline) -> None:
    view = kit.view_at("lift-half")
    marks = {"cordon": Outcome("skipped", 1, "chen"), "idle": Outcome("failed", 2, "chen")}
    run = replace(view.run, done={**view.run.done, **marks})
    outline.show_run(replace(view, run=run), "en", name_of=lambda who: kit.PEOPLE[who])
    found = {row.step: row.mark for row in outline.rows if isinstance(row, Line)}
    assert found["find-the-tank"] is Mark.DONE
    assert found["cordon"] is Mark.SKIPPED
    assert found["idle"] is Mark.FAILED
    assert found["lift-half"] is Mark.NOW
    assert found["lift-clear"] is Mark.AHEAD
    assert list(found) == list(PROCEDURE.order)
    assert "failed, M. Chen" in shown(outline, "idle").note
    assert shown(outline, "lift-half").title in outline.accessibleDescription()


def test_a_done_step_tells_who_and_when_by_the_wall_clock(outline: Outline) -> None:
    view = kit.view_at("cordon")
    second = {**view.run.done, "no-alarms": Outcome("done", 4 * kit.STEP_US, "chen", "wu")}
    run = replace(view.run, done=second, clock_us=5 * kit.STEP_US)
    outline.show_run(replace(view, run=run), "en", name_of=lambda who: kit.PEOPLE[who])
    then = time.localtime(kit.NOON_US / 1e6 - 300)
    note = f"{time.strftime('%H:%M:%S', then)}  M. Chen, L. Wu"
    assert shown(outline, "no-alarms").note == note


@pytest.mark.parametrize("step", [PROCEDURE.order[0], "lift-half", PROCEDURE.order[-1]])
@pytest.mark.parametrize("glove", [False, True])
def test_the_present_step_is_in_view(outline: Outline, look: Look, step: str, glove: bool) -> None:
    look.use(glove=glove)
    outline.show_run(kit.view_at(step), "en")
    assert outline.is_now_visible
    assert outline.now_button.isHidden()


def test_scrolled_away_there_is_a_way_back(outline: Outline, qtbot: Any) -> None:
    outline.show_run(kit.view_at(PROCEDURE.order[-1]), "en")
    outline._area.verticalScrollBar().setValue(0)
    assert not outline.is_now_visible
    assert outline.now_button.isVisible()
    qtbot.mouseClick(outline.now_button, LEFT)
    assert outline.is_now_visible


def test_after_another_size_the_present_step_is_still_in_view(outline: Outline, qtbot: Any) -> None:
    outline.show_run(kit.view_at("drip"), "en")
    outline.resize(220, 200)
    qtbot.waitUntil(lambda: outline.is_now_visible, timeout=1000)


def test_the_keyboard_scrolls_it_and_shows_where_it_is(outline: Outline, qtbot: Any) -> None:
    outline.show_run(kit.view_at(PROCEDURE.order[0]), "en")
    outline._area.clearFocus()
    before = outline.grab().toImage()
    outline._area.setFocus()
    qtbot.waitUntil(outline._area.hasFocus, timeout=1000)
    assert outline.grab().toImage() != before
    qtbot.keyClick(outline._area, Qt.Key.Key_PageDown)
    assert outline._area.verticalScrollBar().value() > 0


def test_the_way_to_safe_follows_the_phase_that_was_left(outline: Outline) -> None:
    outline.show_run(kit.aborted("lift-half"), "en")
    rows = list(outline.rows)
    way = next(n for n, r in enumerate(rows) if isinstance(r, Heading) and r.is_way_to_safe)
    before = next(row for row in reversed(rows[:way]) if isinstance(row, Line))
    assert before.step == "lift-clear"
    assert before.mark is Mark.BEYOND
    assert [row.mark for row in rows[way + 1 : way + 3] if isinstance(row, Line)] == [
        Mark.DONE,
        Mark.NOW,
    ]
    assert "to the safe state" in outline.accessibleDescription()


def test_the_outline_is_in_the_language_of_the_run(outline: Outline) -> None:
    outline.show_run(kit.view_at("lift-half"), "zh_CN")
    assert shown(outline, "lift-half").title == PROCEDURE.steps["lift-half"].title["zh_CN"]


def test_a_step_begun_again_says_how_often(outline: Outline) -> None:
    view = kit.view_at("outlets-off")
    run = replace(view.run, visits={**view.run.visits, "shut-down": 3})
    outline.show_run(replace(view, run=run), "en")
    assert shown(outline, "shut-down").visits == 3


def test_nothing_is_laid_out_again_for_the_same_run(outline: Outline) -> None:
    view = kit.view_at("lift-half")
    outline.show_run(view, "en")
    rows = outline.rows
    outline.show_run(replace(view, waits="x"), "en")
    assert outline.rows is rows


# ---- hazards -------------------------------------------------------------------------------

MANY = ("debris", "splash", "shock", "hot-fluid", "closing-lid")


@pytest.fixture
def hazards(look: Look, qtbot: Any) -> HazardPanel:
    made = HazardPanel()
    qtbot.addWidget(made)
    made.resize(560, 700)
    made.show_hazards(PROCEDURE, MANY[:2], "en")
    made.ask(True)
    made.show()
    qtbot.waitExposed(made)
    return made


def test_danger_comes_first(hazards: HazardPanel) -> None:
    hazards.show_hazards(PROCEDURE, MANY, "en")
    signals = [warned.signal for warned in hazards.shown]
    assert signals == ["danger", "warning", "warning", "caution", "caution"]
    assert hazards.shown[1].consequence == PROCEDURE.hazards["splash"].consequence["en"]


def test_every_card_says_all_of_it(hazards: HazardPanel) -> None:
    for card, warned in zip(hazards._cards, hazards.shown, strict=True):
        for text in (warned.consequence, warned.avoid, warned.signal.upper()):
            assert text in card.accessibleName()


def test_one_button_acknowledges_what_fits(hazards: HazardPanel, qtbot: Any) -> None:
    qtbot.waitUntil(lambda: hazards.is_all_seen, timeout=1000)
    with qtbot.waitSignal(hazards.acknowledged, timeout=1000):
        qtbot.mouseClick(hazards.button, LEFT)


def test_what_was_never_on_the_screen_cannot_be_acknowledged(
    hazards: HazardPanel, qtbot: Any
) -> None:
    hazards.resize(420, 330)
    hazards.show_hazards(PROCEDURE, MANY, "en")
    qtbot.wait(20)
    heard: list[bool] = []
    hazards.acknowledged.connect(lambda: heard.append(True))
    presses = 0
    while not hazards.is_all_seen:
        assert hazards.button.text() == "Show the rest"
        qtbot.mouseClick(hazards.button, LEFT)
        presses += 1
        assert presses < 20
        assert not heard
    assert presses >= 2
    qtbot.mouseClick(hazards.button, LEFT)
    assert heard == [True]


def test_other_hazards_have_to_be_read_anew(hazards: HazardPanel, qtbot: Any) -> None:
    qtbot.waitUntil(lambda: hazards.is_all_seen, timeout=1000)
    hazards.resize(420, 330)
    hazards.show_hazards(PROCEDURE, MANY, "en")
    assert not hazards.is_all_seen


def test_without_hazards_there_is_no_panel(hazards: HazardPanel) -> None:
    hazards.show_hazards(PROCEDURE, (), "en")
    assert hazards.isHidden()


def test_words_that_are_not_translated_are_marked(hazards: HazardPanel) -> None:
    hazards.show_hazards(PROCEDURE, ["shock"], "fr")
    assert hazards.shown[0].language == "en"
    hazards.show_hazards(PROCEDURE, ["shock"], "zh_CN")
    assert hazards.shown[0].language == ""


def test_the_button_is_a_target_for_a_glove(hazards: HazardPanel, look: Look, qtbot: Any) -> None:
    assert hazards.button.height() >= hold_button.TARGET_PX


# ---- the button to hold --------------------------------------------------------------------

HOLD_S = 0.12


@pytest.fixture
def button(look: Look, qtbot: Any) -> HoldButton:
    made = HoldButton("Energise feed A", hold_s=HOLD_S)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    return made


@pytest.fixture
def fired(button: HoldButton) -> list[bool]:
    found: list[bool] = []
    button.fired.connect(lambda: found.append(True))
    return found


def test_held_long_enough_it_fires_once(button: HoldButton, fired: list[bool], qtbot: Any) -> None:
    qtbot.mousePress(button, LEFT)
    assert button.isDown()
    qtbot.waitUntil(lambda: bool(fired), timeout=2000)
    qtbot.wait(int(HOLD_S * 2000))
    qtbot.mouseRelease(button, LEFT)
    assert fired == [True]


def test_let_go_before_it_does_nothing(button: HoldButton, fired: list[bool], qtbot: Any) -> None:
    qtbot.mousePress(button, LEFT)
    qtbot.wait(40)
    assert 0 < button.share < 1
    qtbot.mouseRelease(button, LEFT)
    assert button.share == 0
    qtbot.wait(int(HOLD_S * 1500))
    assert not fired


def _leave(button: HoldButton, qtbot: Any) -> None:
    qtbot.mouseMove(button, QPoint(button.width() + 30, 5))


def _hide(button: HoldButton, _qtbot: Any) -> None:
    button.hide()


def _disable(button: HoldButton, _qtbot: Any) -> None:
    button.setEnabled(False)


def _defocus(button: HoldButton, _qtbot: Any) -> None:
    button.setFocus()
    button.clearFocus()


@pytest.mark.parametrize("how", [_hide, _disable, _defocus])
def test_hiding_disabling_or_losing_the_focus_cancels(
    button: HoldButton, fired: list[bool], qtbot: Any, how: Callable[[HoldButton, Any], None]
) -> None:
    button.setFocus()
    qtbot.mousePress(button, LEFT)
    how(button, qtbot)
    qtbot.wait(int(HOLD_S * 1500))
    assert not fired


@pytest.mark.parametrize("key", [Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter])
def test_keys_are_held_too(button: HoldButton, fired: list[bool], qtbot: Any, key: Qt.Key) -> None:
    button.setFocus()
    qtbot.keyPress(button, key)
    qtbot.waitUntil(lambda: bool(fired), timeout=2000)
    qtbot.keyRelease(button, key)
    assert fired == [True]
    qtbot.keyPress(button, key)
    qtbot.keyRelease(button, key)
    qtbot.wait(int(HOLD_S * 1500))
    assert fired == [True]


def test_a_click_of_a_program_does_not_fire(
    button: HoldButton, fired: list[bool], qtbot: Any
) -> None:
    button.click()
    qtbot.wait(int(HOLD_S * 1500))
    assert not fired


def test_a_window_that_was_stuck_counts_for_little(
    button: HoldButton, fired: list[bool], qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    button._hold_s = 60.0
    qtbot.mousePress(button, LEFT)
    later_s = time.monotonic() + 3600
    monkeypatch.setattr("console.ui.guided.hold_button.time.monotonic", lambda: later_s)
    qtbot.wait(60)
    assert not fired
    assert button.share < 0.05


def test_it_says_that_it_is_to_be_held(button: HoldButton) -> None:
    assert button.accessibleName() == "Energise feed A"
    assert "hold" in button.accessibleDescription()
    assert button.sizeHint().height() >= hold_button.TARGET_PX


# ---- the timer -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("elapsed_s", "ends", "figure", "above", "loud"),
    [
        (0, (900, None, None), "15:00", "Still to wait", (False, False)),
        (899.2, (900, None, None), "00:01", "Still to wait", (False, False)),
        (900, (900, None, None), "15:00", "So far", (False, False)),
        (500, (300, 1500, 2400), "31:40", "Time left", (False, False)),
        (200, (300, 1500, 2400), "01:40", "Still to wait", (False, False)),
        (1500, (None, 1500, 2400), "15:00", "Time left", (True, False)),
        (2400, (None, 1500, 2400), "00:00", "Too long by", (True, True)),
        (2530, (None, None, 2400), "02:10", "Too long by", (True, True)),
    ],
)
def test_the_ring_tells_the_time_that_matters(
    elapsed_s: float,
    ends: tuple[float | None, float | None, float | None],
    figure: str,
    above: str,
    loud: tuple[bool, bool],
    look: Look,
) -> None:
    state = ring_state(elapsed_s, *ends)
    assert state is not None
    assert (state.figure, state.above) == (figure, above)
    assert (state.is_loud, state.is_over) == loud
    assert 0 <= state.share <= 1


def test_without_ends_there_is_no_ring(look: Look, qtbot: Any) -> None:
    ring = TimerRing()
    qtbot.addWidget(ring)
    ring.show_time(10, None, None, None)
    assert ring.state is None
    ring.show_time(10, 60, None, None)
    assert "00:50" in ring.accessibleDescription()


# ---- live values ---------------------------------------------------------------------------


@pytest.fixture
def site(demo_of: Callable[..., PausedDemo]) -> PausedDemo:
    return demo_of(tanks=1, hosts=2, gpus=2, seconds=20)


@pytest.fixture
def side(look: Look, qtbot: Any) -> SidePanel:
    made = SidePanel()
    qtbot.addWidget(made)
    made.resize(336, 900)
    made.show()
    return made


def show(side: SidePanel, site: PausedDemo, step: str, **more: Any) -> None:
    view = kit.view_at(step, mono_s=site.clock().mono_s, **more)
    side.show_step(site.session, view, PROCEDURE.steps[step])


@pytest.mark.parametrize(
    ("step", "about"),
    [
        ("lift-half", About.LEVEL),
        ("lift-clear", About.LEVEL),
        ("level-before", About.LEVEL),
        ("idle", About.GPUS),
        ("burn-in", About.GPUS),
        ("cool-enough", About.TANK),
        ("find-the-slot", About.TANK),
    ],
)
def test_the_side_shows_what_the_step_is_about(
    side: SidePanel, site: PausedDemo, step: str, about: About
) -> None:
    show(side, site, step)
    assert side.plan is not None
    assert side.plan.about is about
    assert side.gauge.isVisible() is (about is About.LEVEL)
    assert side.gpus.isVisible() is (about is About.GPUS)


def test_every_step_of_every_procedure_can_be_shown(side: SidePanel, site: PausedDemo) -> None:
    from procedures.document import library_ids

    for name in library_ids():
        procedure = kit.revision(name).procedure
        kinds = {"tank": (kit.TANK,), "gpu": (kit.HOST, f"{kit.HOST}/gpu0")}
        bound = {
            s: kinds[spec.kind] for s, spec in procedure.subjects.items() if spec.kind in kinds
        }
        for step in procedure.steps.values():
            view = kit.view_at(step.id, name=name, subjects=bound, mono_s=site.clock().mono_s)
            side.show_step(site.session, view, step)
            assert side.figures.rows or side.gpus.rows or not bound


def test_nothing_live_says_so(side: SidePanel, site: PausedDemo) -> None:
    show(side, site, "lift-half", subjects={})
    assert side.plan is not None
    assert side.plan.about is About.NOTHING
    assert "Nothing" in side.head.accessibleName()


def test_the_drop_is_measured_against_its_prediction(side: SidePanel, site: PausedDemo) -> None:
    view = kit.lifted(site, "lift-half", 0.5)
    side.show_step(site.session, view, PROCEDURE.steps["lift-half"])
    state = side.gauge.state
    assert state.drop is not None
    assert state.predicted is not None
    assert state.drop == pytest.approx(state.predicted, rel=0.15)
    assert state.tolerance_percent == 40
    assert state.is_inside
    assert state.level == site.session.view(kit.TANK).good("level")
    words = side.gauge.accessibleDescription()
    assert "Fallen by" in words


def test_a_server_that_hangs_shows_less_than_predicted(side: SidePanel, site: PausedDemo) -> None:
    view = kit.lifted(site, "lift-half", 0.1)
    side.show_step(site.session, view, PROCEDURE.steps["lift-half"])
    state = side.gauge.state
    assert state.deviation_percent is not None
    assert state.deviation_percent < -40
    assert not state.is_inside


def test_before_the_lift_there_is_no_drop_and_no_zero(side: SidePanel, site: PausedDemo) -> None:
    show(side, site, "lift-half")
    assert side.gauge.state.drop is None
    assert side.gauge.state.predicted is not None
    assert side.gauge.state.why == "not lifted yet"
    assert "--- mm" in side.gauge.accessibleDescription()


def test_a_silent_tank_is_never_shown_as_a_number(side: SidePanel, site: PausedDemo) -> None:
    show(side, site, "cool-enough")
    assert not any(row.is_bad for row in side.figures.rows if row.name != "Critical alarms")
    site._elapsed_s += 60
    side.refresh()
    rows = [
        row
        for row in side.figures.rows
        if row.reading and row.reading.point.key != "alarms_critical"
    ]
    assert rows
    assert {row.text for row in rows} == {"---"}
    assert all("stale" in row.age and "min" in row.age for row in rows)
    assert not any(row.is_met for row in side.figures.rows)
    show(side, site, "lift-half")
    assert side.gauge.state.level is None
    assert side.gauge.state.why == "stale"


def test_the_gpus_show_their_resistance_before(side: SidePanel, site: PausedDemo) -> None:
    gpu = f"{kit.HOST}/gpu0"
    show(side, site, "burn-in", record=RunRecord(heat_before={gpu: 0.042}))
    rows = side.gpus.rows
    assert [row.name for row in rows] == ["GPU 0", "GPU 1"]
    assert rows[0].before_k_w == 0.042
    assert rows[1].before_k_w is None
    assert rows[0].core is not None
    assert rows[0].core.value is not None
    assert "42.0" in side.gpus.accessibleDescription()


def test_gpus_that_do_not_fit_are_counted(look: Look, qtbot: Any) -> None:
    made = GpuFigures()
    qtbot.addWidget(made)
    made.show_rows([GpuRow(f"GPU {i}", None, None, None, None) for i in range(8)])
    assert made.minimumSizeHint().height() < made.sizeHint().height()
    made.resize(336, made.minimumSizeHint().height())
    assert not made.grab().isNull()


def test_the_clock_of_the_lid_goes_on(side: SidePanel, site: PausedDemo) -> None:
    view = kit.view_at("cables-off", mono_s=site.clock().mono_s)
    run = replace(view.run, clocks={"lid-open": view.run.clock_us - 100_000_000})
    side.show_step(site.session, replace(view, run=run), PROCEDURE.steps["cables-off"])
    assert side.clocks.rows == (ClockRow("Lid open", 100, 2400, 1500),)
    site._elapsed_s += 1450
    side.refresh()
    (row,) = side.clocks.rows
    assert row.spent_s == 1550
    assert row.is_loud
    assert not row.is_over


def test_a_low_panel_keeps_the_numbers_and_drops_the_curve(
    side: SidePanel, site: PausedDemo, qtbot: Any
) -> None:
    show(side, site, "cool-enough")
    assert side.curve is not None
    assert side.curve.isVisible()
    side.resize(336, 420)
    qtbot.wait(10)
    assert not side.curve.isVisible()
    assert side.figures.rows


def test_the_curve_is_of_what_the_step_is_about(side: SidePanel, site: PausedDemo) -> None:
    show(side, site, "lift-half")
    assert side.curve is not None
    assert [curve.key for curve in side.curve.curves] == ["level", "level_expected"]
    show(side, site, "burn-in")
    assert [curve.part for curve in side.curve.curves] == [f"{kit.HOST}/gpu0"] * 2


def test_a_refresh_is_cheap(side: SidePanel, site: PausedDemo) -> None:
    for step in ("cool-enough", "burn-in", "lift-half"):
        show(side, site, step)
        spent_s = []
        for _ in range(30):
            start_s = time.perf_counter()
            side.refresh()
            spent_s.append(time.perf_counter() - start_s)
        assert min(spent_s) < 0.003


# ---- what is needed ------------------------------------------------------------------------

CELSIUS = Point("t", "T", "Cel", 1)
LID = Point("lid.state", "Lid", states={0: "closed", 1: "open"})
NOW = Stamp(0, 0.0)


@pytest.mark.parametrize(
    ("check", "words"),
    [
        ("tank.t <= 50 Cel", "needs ≤ 50 °C"),
        ("tank.t between 10 and 20.5 Cel", "needs 10 – 20.5 °C"),
        ("tank.lid.state == open", "needs open"),
        ("tank.lid.state != open", "needs ≠ open"),
        ("work.alarms_critical == 0", "needs = 0"),
    ],
)
def test_a_need_in_words(check: str, words: str, look: Look) -> None:
    assert need_text(parse_check(check).either[0]) == words


@pytest.mark.parametrize(
    ("check", "reading", "met"),
    [
        ("tank.t <= 50 Cel", Reading(CELSIUS, 50.0, Reason.NONE, NOW), True),
        ("tank.t <= 122 [degF]", Reading(CELSIUS, 50.5, Reason.NONE, NOW), False),
        ("tank.t <= 50 Cel", Reading(CELSIUS, 20.0, Reason.OUT_OF_RANGE, NOW), False),
        ("tank.t <= 50 Cel", Reading(CELSIUS, None, Reason.STALE, NOW), False),
        ("tank.t <= 50 Cel", None, False),
        ("tank.t <= 50 mm", Reading(CELSIUS, 20.0, Reason.NONE, NOW), False),
        ("tank.lid.state == open", Reading(LID, 1.0, Reason.NONE, NOW), True),
        ("tank.lid.state == open", Reading(LID, 0.0, Reason.NONE, NOW), False),
    ],
)
def test_only_a_good_value_meets_a_need(check: str, reading: Reading | None, met: bool) -> None:
    assert is_met_by(parse_check(check).either[0], reading) is met


@pytest.mark.parametrize(
    ("state", "target", "deviation", "inside"),
    [
        (LevelState(800, 20, 22, 15), 798, -9.09, True),
        (LevelState(800, 10, 22, 15), 788, -54.5, False),
        (LevelState(800, 20, None, 15), None, None, False),
        (LevelState(800, 20, 0.0, 15), 820, None, False),
        (LevelState(800, None, 22, 15), None, None, False),
        (LevelState(None, 20, 22, 15), None, -9.09, True),
        (LevelState(800, 20, 22, None), 798, -9.09, False),
    ],
)
def test_where_the_level_should_be(
    state: LevelState, target: float | None, deviation: float | None, inside: bool
) -> None:
    assert state.target == target
    found = state.deviation_percent
    assert found is None if deviation is None else math.isclose(found or 0, deviation, rel_tol=0.01)
    assert state.is_inside is inside


@pytest.mark.parametrize("theme_id", ["light", "dark", "contrast", "contrast-dark"])
def test_everything_can_be_painted_in_every_look(
    look: Look, qtbot: Any, site: PausedDemo, theme_id: str
) -> None:
    look.use(theme_id, glove=True, language="zh_CN")
    side, outline, hazards, ring = SidePanel(), Outline(), HazardPanel(), TimerRing()
    side.show_step(site.session, kit.lifted(site, "lift-half", 0.5), PROCEDURE.steps["lift-half"])
    outline.show_run(kit.aborted("lift-half"), "zh_CN")
    hazards.show_hazards(PROCEDURE, MANY, "zh_CN")
    ring.show_time(2500, 300, 1500, 2400)
    parts: tuple[QWidget, ...] = (side, outline, hazards, ring, HoldButton("通电", hold_s=1))
    for part in parts:
        qtbot.addWidget(part)
        part.resize(part.sizeHint())
        image = part.grab().toImage()
        colours = {
            image.pixel(x, y)
            for x in range(0, image.width(), 7)
            for y in range(0, image.height(), 7)
        }
        assert len(colours) > 1
