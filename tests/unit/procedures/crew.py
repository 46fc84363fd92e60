"""People at work: those who do the right thing, and those who want to get done."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from drivers.points import Reason
from procedures.engine import commands as ask
from procedures.engine.standing import standing
from procedures.engine.state import Run, StepRun

from .bench import PEOPLE, Bench
from .referee import LEAK, LID, TEMPERATURE, Referee

RIGHT = "the right thing"


def right_thing(bench: Bench) -> ask.Command | None:
    """Return what somebody who knows the procedure would ask next."""
    run = bench.run
    assert run is not None
    if not run.is_open_in(bench.session):
        return ask.Reopen()
    if run.suspended_by:
        return ask.TakeOver("tess", "en")
    return ask.Close(bench.hand) if run.current is None else _of_step(bench, run, run.current)


def _of_step(bench: Bench, run: Run, step: StepRun) -> ask.Command:
    spec = bench.revision.procedure.steps[step.step]
    if step.held:
        return ask.Release(step.step, "sue", "looked")
    if step.status == "performed":
        return ask.SignSecond(step.step, "vera", "en")
    if step.status == "open":
        return next(_missing(bench, run, step))
    if spec.hold and not step.hold_released_by:
        return ask.ReleaseHold(step.step, "sue")
    return ask.Start(step.step, bench.hand, "en", spec.hazards)


def _missing(bench: Bench, run: Run, step: StepRun) -> Iterator[ask.Command]:
    name, spec, hand = step.step, bench.revision.procedure.steps[step.step], bench.hand
    if spec.scans and not step.scans:
        yield ask.ScanLabel(name, hand, "label", "tank-1")
    if spec.photos and not step.photos:
        yield ask.TakePhoto(name, hand, "drip", "b" * 64)
    if spec.values and not step.values:
        yield ask.Record(name, hand, "level", 820.0)
    yield from (
        ask.ConfirmItem(name, hand, item.id) for item in spec.items if item.id not in step.items
    )
    if spec.ask and not step.answer:
        yield ask.Choose(name, hand, "go-on")
    if spec.sign.second and spec.sign.second.mode == "concurrent" and not step.seconds:
        yield ask.SignSecond(name, "vera", "en", spec.hazards)
    told = standing(run, bench.revision, bench.context(), step.executor).needs
    late = [need.values["about"] for need in told if need.code in {"overrun", "clock_doubt"}]
    yield from (ask.Deviate(hand, str(about), "took longer", "use_as_is") for about in late)
    yield ask.Complete(name, step.executor, "seen")


def named(command: Any, step: str) -> Any:
    """Return a command about the step to do now where that is meant."""
    return replace(command, step=step) if getattr(command, "step", "") == "now" else command


def request(bench: Bench, referee: Referee, command: Any) -> None:
    """Ask for something, with the referee looking."""
    wanted = right_thing(bench) if command == RIGHT else named(command, bench.step)
    if wanted is not None and bench.run is not None and not bench.run.is_over:
        bench.ask(wanted)
    referee.judge()


def wait(bench: Bench, referee: Referee, seconds: float) -> None:
    """Let time pass, everybody looking on the way."""
    until = bench.true_s + seconds
    while bench.true_s < until:
        bench.true_s = min(until, bench.true_s + 5)
        bench.context()
        referee.tick()
        bench.look()
    referee.judge()


def work(bench: Bench, referee: Referee, pause_s: float = 130.0) -> None:
    """Put the world right, do the right thing, and give it some time."""
    lid = "open" if bench.step not in {"close-lid", "ms-close"} else "closed"
    bench.fresh = True
    bench.readings.values |= {TEMPERATURE: 40.0, LEAK: "dry", LID: lid}
    bench.look()
    referee.tick()
    request(bench, referee, RIGHT)
    wait(bench, referee, pause_s)


def attack(bench: Bench, referee: Referee, way: str) -> None:
    """Try to get done in a way that must not work; the referee sees whether it does."""
    before = dict(bench.readings.values)
    {
        "stale": _let_readings_grow_old,
        "hot": _heat,
        "impatient": _hardly_wait,
        "leaking": _leak,
        "shift": _change_shift,
        "skip": _skip_alone,
        "alone": _sign_alone,
        "hasty": _everybody_at_once,
        "grab": _override_and_take_over,
    }[way](bench, referee)
    bench.look()
    referee.tick()
    for _ in range(3):
        request(bench, referee, RIGHT)
    bench.fresh = True
    bench.readings.values = before


def _let_readings_grow_old(bench: Bench, referee: Referee) -> None:
    bench.fresh = False
    wait(bench, referee, 25.0)


def _heat(bench: Bench, _referee: Referee) -> None:
    bench.readings.values[TEMPERATURE] = 60.0


def _hardly_wait(bench: Bench, referee: Referee) -> None:
    request(bench, referee, RIGHT)
    bench.readings.values[TEMPERATURE] = 60.0
    bench.look()
    referee.tick()
    bench.readings.values[TEMPERATURE] = 40.0
    wait(bench, referee, 12.0)


def _leak(bench: Bench, _referee: Referee) -> None:
    bench.readings.values[LEAK] = "leak"


def _change_shift(bench: Bench, referee: Referee) -> None:
    request(bench, referee, ask.Suspend(bench.hand, "shift"))
    request(bench, referee, ask.TakeOver("tess", "en"))


def _skip_alone(bench: Bench, referee: Referee) -> None:
    request(bench, referee, ask.SkipStep("now", bench.hand, "clean", "x", bench.hand))


def _sign_alone(bench: Bench, referee: Referee) -> None:
    request(bench, referee, ask.ReleaseHold("now", bench.hand))
    for _ in range(4):
        request(bench, referee, RIGHT)
        request(bench, referee, ask.SignSecond("now", bench.hand, "en", ("splash",)))


def _everybody_at_once(bench: Bench, referee: Referee) -> None:
    run = bench.run
    name = run.current.step if run is not None and run.current else ""
    hazards = bench.revision.procedure.steps[name].hazards if name else ()
    for person in PEOPLE:
        request(bench, referee, ask.Start("now", person, "en", hazards))
    for person in PEOPLE:
        request(bench, referee, ask.Complete("now", person))


def _override_and_take_over(bench: Bench, referee: Referee) -> None:
    bench.readings.values[TEMPERATURE] = 48.0
    bench.look()
    request(bench, referee, ask.OverrideGate("now", "sam", "cool", "hurry"))
    request(bench, referee, ask.Suspend(bench.hand, "shift"))
    request(bench, referee, ask.TakeOver("sam", "en"))


def leave(bench: Bench) -> None:
    """Abort now, whatever the state, with every sensor dead, and come to the safe state."""
    run = bench.run
    assert run is not None
    aside = Bench(bench.revision)
    aside.run, aside.events = run, list(bench.events)
    aside.true_s, aside.booted_s = bench.true_s, bench.booted_s
    aside.boot, aside.session = bench.boot, bench.session
    aside.utc_offset_s = bench.utc_offset_s
    aside.readings.values = dict.fromkeys(aside.readings.values, Reason.NO_COMMS)
    if run.phase_holds:  # even before anybody looked at the equipment after a restart
        aside.must(ask.Abort("vera", "way out"))
    if not run.is_open_in(aside.session):
        aside.must(ask.Reopen())
    if run.suspended_by and not run.phase_holds:
        aside.must(ask.TakeOver("vera", "en"))
    while aside.step:
        _safe_step(aside)
    aside.must(ask.Close("vera"))
    assert aside.run is not None
    assert aside.run.status == "safe"


def _safe_step(aside: Bench) -> None:
    assert aside.run is not None
    now = aside.run.current
    assert now is not None
    hazards = aside.revision.procedure.steps[now.step].hazards
    if now.status == "ready":
        aside.must(ask.Start(now.step, "vera", "en", hazards))
    executor = now.executor or "vera"
    aside.must(ask.Complete(now.step, executor, "no sensor answers"))
