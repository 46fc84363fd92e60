"""The sound: a pattern for each priority, silence that is no acknowledgement."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from console.ui import sounder as module
from console.ui.sounder import PATTERNS, Pattern, Sounder
from tests.unit.alarms_engine.bench import Bench, key


class Ears:
    """A bench, a sounder on its book, and how often it beeped."""

    def __init__(self, *, wanted: bool = True) -> None:
        self.bench = Bench()
        self.beeps = 0
        self.wanted = wanted
        self.sounder = Sounder(lambda: self.bench.book, lambda: self.wanted, beep=self._beep)

    def _beep(self) -> None:
        self.beeps += 1

    def hear(self, temperature: float) -> None:
        self.bench.feed(temperature=temperature)
        self.sounder.refresh()


def test_off_unless_wanted(qtbot: QtBot) -> None:
    ears = Ears(wanted=False)
    ears.hear(55)
    assert (ears.beeps, ears.sounder.sounds) == (0, False)
    ears.wanted = True
    ears.sounder.refresh()
    assert (ears.beeps, ears.sounder.sounds) == (1, True)


def test_sounds_until_acknowledged(qtbot: QtBot) -> None:
    ears = Ears()
    ears.hear(52)
    assert ears.sounder.priority == 3
    hot = ears.bench.book.get(key())
    ears.bench.take(ears.bench.engine.acknowledge(key(), "a", ears.bench.now, hot.latched))
    ears.sounder.refresh()
    assert not ears.sounder.sounds


def test_silence_is_not_acknowledge_and_ends_with_something_worse(qtbot: QtBot) -> None:
    ears = Ears()
    ears.hear(52)
    ears.sounder.silence()
    ears.hear(52)
    assert not ears.sounder.sounds
    assert not ears.bench.book.get(key()).acknowledged
    ears.hear(56)
    assert ears.sounder.priority == 2


def test_silence_ends_when_it_is_raised_again(qtbot: QtBot) -> None:
    ears = Ears()
    ears.hear(52)
    ears.sounder.silence()
    ears.hear(40)
    assert not ears.sounder.sounds
    ears.hear(52)
    assert ears.sounder.priority == 3


def test_a_more_urgent_alarm_is_heard_at_once(qtbot: QtBot) -> None:
    ears = Ears()
    ears.hear(52)
    before = ears.beeps
    ears.hear(61)
    assert ears.sounder.priority == 1
    assert ears.beeps == before + 1


def test_the_number_of_beeps_tells_the_priority(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BETWEEN_MS", 1)
    monkeypatch.setattr(
        module, "PATTERNS", {p: Pattern(found.beeps, 60_000) for p, found in PATTERNS.items()}
    )
    for temperature, beeps in ((52, 2), (56, 3), (61, 4)):
        ears = Ears()
        ears.hear(temperature)
        qtbot.wait(60)
        assert ears.beeps == beeps
        ears.sounder.silence()


def test_every_priority_has_a_pattern_of_its_own() -> None:
    assert len({pattern.beeps for pattern in PATTERNS.values()}) == len(PATTERNS) == 4
