"""The guided screen at its sizes: nothing cut off, targets for gloves, every part named."""

from __future__ import annotations

import string
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from console.demo import PausedDemo
from console.ui.controls import Button
from console.ui.guided.gate_facts import gate_facts
from console.ui.guided.gates import GateRow
from console.ui.guided.words import limit_text, limits_words
from console.ui.setup_parts import Words
from console.ui.theme import glove_target
from procedures.engine.evaluate import State, Verdict
from procedures.engine.needs import GateState
from procedures.engine.sentence import PATTERNS, say
from tests.house import widgets
from tests.ui.guided_hands import Extraction, Screen, begin_run, guided_window, make_pictures

SIZES = [(1280, 800), (1024, 640)]
STEPS = ("find-the-tank", "lock-out", "cool-enough", "dress")


def cut_words(screen: Screen) -> list[str]:
    """Return words that have less room than they take."""
    return [
        words.text()
        for words in screen.page.findChildren(Words)
        if words.isVisible() and words.heightForWidth(words.width()) > words.height() + 1
    ]


def beyond(screen: Screen) -> list[str]:
    """Return what of the page's own parts stands over the edge of the window."""
    page = screen.page
    whole = QRect(QPoint(0, 0), page.size())
    parts: list[QWidget] = [page.top, page.bottom, page.outline, page.stack, page.side]
    parts += [b for b in page.bottom.findChildren(QAbstractButton) if b.isVisible()]
    return [
        part.accessibleName()
        for part in parts
        if not whole.contains(QRect(part.mapTo(page, QPoint(0, 0)), part.size()))
    ]


def narrow_rows(screen: Screen) -> list[str]:
    """Return lines that are wider than the place they are in."""
    room = screen.page.centre.width()
    return [
        row.accessibleName()
        for row in screen.page.centre.rows
        if row.isVisible() and row.width() > room
    ]


@pytest.mark.parametrize("size", SIZES)
def test_nothing_is_cut_off_in_gloves(
    demo_of: Callable[..., PausedDemo], tmp_path: Path, qapp: QApplication, size: tuple[int, int]
) -> None:
    demo = demo_of(tanks=1, hosts=1, gpus=2, seconds=60)
    with guided_window(demo, begin_run(demo), size, glove=True) as screen:
        work = Extraction(screen, make_pictures(tmp_path))
        screen.sign_in()
        for step in STEPS:
            work.go(lambda s, step=step: s.step == step)  # type: ignore[misc]
            screen.start()
            screen.settle()
            assert cut_words(screen) == []
            assert beyond(screen) == []
            assert narrow_rows(screen) == []
            assert_targets(screen)
            assert widgets.unnamed(screen.page) == []
            screen.page.more()
            screen.settle()
            assert cut_words(screen) == []
            assert beyond(screen) == []
            screen.page.put(None)
            screen.page._close_sheet()


def assert_targets(screen: Screen) -> None:
    """The one button is 20 mm tall, backing out is as tall and far away from it."""
    bottom = screen.page.bottom
    assert bottom.primary.height() >= glove_target()
    assert bottom.back_out.height() >= glove_target()
    gap = bottom.primary.geometry().left() - bottom.back_out.geometry().right()
    assert gap > glove_target()
    for button in screen.page.centre.findChildren(Button):
        if button.isVisible():
            assert button.height() >= glove_target(), button.text()


@pytest.mark.parametrize("theme", ["light", "dark", "contrast", "contrast-dark"])
def test_the_one_button_is_20_mm_without_gloves_too(
    demo_of: Callable[..., PausedDemo], qapp: QApplication, theme: str
) -> None:
    demo = demo_of(tanks=1, hosts=1, gpus=1, seconds=20)
    with guided_window(demo, begin_run(demo), (1024, 640), theme=theme) as screen:
        assert screen.page.bottom.primary.height() >= glove_target()
        assert beyond(screen) == []


def test_limits_read_as_people_write_them() -> None:
    assert limit_text("<= 50 Cel") == "≤ 50\N{NARROW NO-BREAK SPACE}°C"
    assert limit_text("between -15 and 15 mm").endswith("15\N{NARROW NO-BREAK SPACE}mm")
    assert limit_text("== dry") == "dry"
    assert limits_words("at least 5 kg") == "≥ 5\N{NARROW NO-BREAK SPACE}kg"
    assert limits_words("5 to 120 kg") == "5 to 120\N{NARROW NO-BREAK SPACE}kg"


def test_every_sentence_of_the_engine_can_be_said(demo: PausedDemo, qapp: QApplication) -> None:
    run = begin_run(demo)
    with guided_window(demo, run) as screen:
        now = screen.page.now
        assert now is not None
        for code, pattern in PATTERNS.items():
            names = [name for _, name, _, _ in string.Formatter().parse(pattern) if name]
            values: dict[str, object] = dict.fromkeys(names, "7")
            said = now.names.sentence(say(code, **values), now.spec)
            assert said
            assert "{" not in said


def test_what_the_equipment_does_not_measure_is_measured_by_hand(
    demo: PausedDemo, qapp: QApplication
) -> None:
    run = begin_run(demo)
    with guided_window(demo, run) as screen:
        now = screen.page.now
        assert now is not None
        spec = now.view.revision.procedure.steps["cool-enough"]
        gate = spec.verify[0]
        absent = Verdict(State.NOT_FITTED, (say("absent", part="tank", point="x"),))
        why = (say("by_hand", point=gate.check),)
        facts = gate_facts(GateState(gate, absent, 0.0, "", why), now.names, spec)
        assert facts.mark == "by_hand"
        assert "by hand" in facts.why
        assert facts.live == "---"
        row = GateRow(gate, "Coolant return temperature", screen.page.hands)
        states = replace(now.view.standing, gates=(GateState(gate, absent, 0.0, "", why),))
        row.show_state(replace(now, view=replace(now.view, standing=states), hands="chen"))
        assert row.entry is not None
        assert not row.entry.isHidden()
        row.deleteLater()
