"""Alarms that no value tells: lost links, what drivers report; what a restart makes of all."""

from __future__ import annotations

import numpy as np
import pytest

from console.alarms.events import AlarmEvent
from console.alarms.severity import Severity
from console.alarms.states import State
from drivers.points import Happening, Reason, Snapshot

from .bench import FOUR, HOT, SCHEMA, Bench, key

LINKS = (
    f"""
[[alarm]]
id = "silent"
name = "Silent"
on = "tank"
link = "lost"
on_delay_s = 5
priority = 2
{FOUR}
[[alarm]]
id = "gone"
name = "Gone"
on = "gpu"
link = "lost"
priority = 3
{FOUR}
[[alarm]]
id = "hangs"
name = "Hangs"
on = "gpu"
link = "silent"
priority = 3
{FOUR}
[[alarm]]
id = "reset"
name = "Reset"
on = "gpu"
happening = {{ kind = "xid", having = {{ code = [48, 95] }} }}
latching = true
priority = 3
{FOUR}
[[alarm]]
id = "other"
name = "Other"
on = "gpu"
happening = {{ kind = "unexpected", until = "as_expected" }}
priority = 4
{FOUR}
"""
    + HOT
)
SILENT = key("silent", "")


def _link(bench: Bench, *, lost: bool) -> list[str]:
    return bench.take(bench.engine.link_changed("t", lost=lost, now=bench.now, message="no answer"))


def _gpu(
    bench: Bench,
    reason: Reason = Reason.NONE,
    *happenings: Happening,
    past: bool = False,
    temperature: float = 40.0,
) -> list[str]:
    bench.pass_time(1)
    values = np.full(len(SCHEMA), np.nan if reason else temperature)
    reasons = np.full(len(SCHEMA), int(reason), np.uint8)
    told = Snapshot("h/gpu0", SCHEMA, values, reasons, bench.now, happenings=happenings, past=past)
    return bench.take(bench.engine.feed("h", told))


def _happening(bench: Bench, kind: str, **body: int) -> Happening:
    return Happening(kind, body, bench.now)


def test_a_silent_device_alarms_by_the_clock_and_clears_when_it_answers() -> None:
    bench = Bench(LINKS)
    assert _link(bench, lost=True) == []
    assert bench.tick(4) == []
    assert bench.tick(1) == ["alarm.raised"]
    assert bench.log[-1].body["message"] == "no answer"
    assert bench.book.get(SILENT).latched is Severity.CRITICAL
    assert _link(bench, lost=False) == ["alarm.cleared"]


def test_a_short_silence_alarms_nobody() -> None:
    bench = Bench(LINKS)
    _link(bench, lost=True)
    bench.tick(4)
    _link(bench, lost=False)
    assert bench.tick(60) == []


def test_a_gpu_is_gone_or_hangs() -> None:
    bench = Bench(LINKS)
    assert _gpu(bench) == []
    assert _gpu(bench, Reason.DEVICE_LOST) == ["alarm.raised"]
    assert bench.log[-1].body["alarm"] == "gone"
    assert _gpu(bench, Reason.DEVICE_LOST) == []
    assert _gpu(bench, Reason.NO_COMMS) == ["alarm.cleared", "alarm.raised"]
    assert bench.log[-1].body["alarm"] == "hangs"
    assert _gpu(bench) == ["alarm.cleared"]


def test_a_report_that_nothing_ends_is_latched() -> None:
    bench = Bench(LINKS)
    assert _gpu(bench, Reason.NONE, _happening(bench, "xid", code=13)) == []
    assert _gpu(bench, Reason.NONE, _happening(bench, "xid", code=48)) == [
        "alarm.raised",
        "alarm.cleared",
    ]
    found = bench.book.get(key("reset", "", "h/gpu0"))
    assert (found.state, found.body["code"]) == (State.LATCHED_UNACKNOWLEDGED, 48)


def test_a_report_that_another_ends() -> None:
    bench = Bench(LINKS)
    assert _gpu(bench, Reason.NONE, _happening(bench, "unexpected")) == ["alarm.raised"]
    assert _gpu(bench, Reason.NONE, _happening(bench, "unexpected")) == []
    assert _gpu(bench, Reason.NONE, _happening(bench, "as_expected")) == ["alarm.cleared"]


def test_what_is_of_the_past_is_no_news() -> None:
    bench = Bench(LINKS)
    assert _gpu(bench, Reason.DEVICE_LOST, _happening(bench, "xid", code=48), past=True) == []


def test_another_gpu_in_the_slot_brings_its_own_limits() -> None:
    bench = Bench(LINKS)
    assert _gpu(bench, temperature=56.0) == ["alarm.raised"]
    bench.pass_time(1)
    cooler = type(SCHEMA)(SCHEMA.points[1:])
    values, reasons = np.full(len(cooler), 40.0), np.zeros(len(cooler), np.uint8)
    kinds = bench.take(
        bench.engine.feed("h", Snapshot("h/gpu0", cooler, values, reasons, bench.now))
    )
    assert kinds == ["alarm.cleared"]
    assert bench.log[-1].body["because"] == "no longer defined"
    assert bench.book.get(key(subject="h/gpu0")).state is State.RETURNED


def test_a_restart_restores_every_state_and_knows_no_value_yet() -> None:
    bench = Bench(LINKS)
    bench.feed(temperature=61)
    bench.take(bench.engine.acknowledge(key(), "Chen", bench.now))
    assert bench.restart() == ["alarm.changed"]
    found = bench.book.get(key())
    assert (found.state, found.active, found.current) == (
        State.ACKNOWLEDGED,
        Severity.FATAL,
        Severity.UNKNOWN,
    )
    assert bench.feed(temperature=61) == ["alarm.changed"]
    assert bench.feed() == ["alarm.cleared"]
    assert bench.book.get(key()).state is State.NORMAL


def test_what_is_over_when_the_console_comes_back_clears() -> None:
    bench = Bench(LINKS)
    bench.feed(temperature=61)
    bench.restart()
    assert bench.feed() == ["alarm.cleared"]
    assert bench.book.get(key()).state is State.RETURNED


def test_a_silence_outlives_a_restart_until_the_device_answers() -> None:
    bench = Bench(LINKS)
    _link(bench, lost=True)
    bench.tick(5)
    assert bench.restart() == []
    assert _link(bench, lost=True) == []
    assert bench.tick(60) == []
    assert _link(bench, lost=False) == ["alarm.cleared"]


def test_a_gpu_that_was_lost_before_a_restart_is_still_lost_after_it() -> None:
    bench = Bench(LINKS)
    _gpu(bench, Reason.DEVICE_LOST)
    bench.restart()
    assert _gpu(bench, Reason.DEVICE_LOST) == []
    assert _gpu(bench) == ["alarm.cleared"]


def test_what_is_no_longer_in_the_site_does_not_alarm_for_ever() -> None:
    bench = Bench(LINKS)
    bench.feed(temperature=61)
    bench.log = [
        AlarmEvent(e.kind, "removed", e.body, e.time) for e in bench.log if e.kind == "alarm.raised"
    ]
    assert bench.restart() == ["alarm.cleared"]
    assert bench.book.get(key(subject="removed")).state is State.RETURNED


def test_on_the_same_boot_the_monotonic_clock_ends_a_shelf_too() -> None:
    bench = Bench(LINKS)
    bench.take(bench.engine.shelve(key(), 600, "r", "Chen", bench.now))
    shelved = bench.log[-1]

    class Logged:
        kind, subject, body, utc_us = shelved.kind, shelved.subject, shelved.body, shelved.utc_us
        mono_us, boot_id, actor = round(shelved.time.mono_s * 1e6), "boot", "Chen"

    bench.log = [Logged()]  # type: ignore[list-item]
    bench.mono_s += 601
    bench.utc_us += 1_000_000  # somebody put the wall clock back by ten minutes
    assert bench.restart(boot_id="boot") == ["alarm.unshelved"]


@pytest.mark.parametrize("boot_id", ["", "another boot"])
def test_without_the_same_boot_the_wall_clock_must_do(boot_id: str) -> None:
    bench = Bench(LINKS)
    bench.take(bench.engine.shelve(key(), 600, "r", "Chen", bench.now))
    bench.mono_s = 5.0
    bench.utc_us += 300_000_000
    assert bench.restart(boot_id=boot_id) == []
    assert bench.tick(299) == []
    assert bench.tick(1) == ["alarm.unshelved"]


def test_a_silent_host_is_still_silent_after_a_restart() -> None:
    host = LINKS.replace('on = "tank"\nlink = "lost"', 'on = "host"\nlink = "lost"')
    bench = Bench(host)
    bench.take(bench.engine.link_changed("h", lost=True, now=bench.now))
    assert bench.tick(5) == ["alarm.raised"]
    assert bench.restart() == []
    assert bench.take(bench.engine.link_changed("h", lost=False, now=bench.now)) == [
        "alarm.cleared"
    ]


def test_a_deadband_outlives_a_restart() -> None:
    bench = Bench(LINKS)
    bench.feed(temperature=51)
    bench.restart()
    assert bench.feed(temperature=49.5) == ["alarm.changed"]
    assert bench.book.get(key()).current is Severity.CAUTION
    assert bench.feed(temperature=49) == ["alarm.cleared"]
