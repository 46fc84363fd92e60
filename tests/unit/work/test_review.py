"""What a reviewer is told of a run: one finding for each thing that was not as planned."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.work.review import FINDING_NAMES, Finding, FindingKind, counts, exceptions
from console.work.step_times import LEAST_RUNS, StepTime, step_times, usual_times
from procedures.engine import commands as ask
from procedures.engine.decide import refused_event
from procedures.engine.events import WorkEvent, WorkKind
from procedures.engine.sentence import say
from tests.unit.procedures.bench import Bench, small, through_json

K = FindingKind


def found(bench: Bench) -> tuple[Finding, ...]:
    return exceptions(bench.revision.procedure, [through_json(event) for event in bench.events])


def kinds(bench: Bench) -> list[FindingKind]:
    return [one.kind for one in found(bench)]


def in_measure() -> Bench:
    bench = Bench()
    bench.go_to("measure")
    bench.must(ask.Start("measure", "tom", "en"))
    return bench


def finish(bench: Bench) -> None:
    while bench.step:
        bench.do()
    bench.must(ask.Close("tom"))


def test_a_run_as_planned_has_no_exceptions() -> None:
    bench = Bench()
    assert bench.begin().event
    finish(bench)
    assert found(bench) == ()


def test_a_value_outside_and_one_that_was_typed_again() -> None:
    bench = in_measure()
    for number in (700.0, 820.0, 820.0):
        bench.must(ask.Record("measure", "tom", "level", number))
    outside, again = found(bench)
    assert (outside.kind, outside.step, outside.about) == (K.OUT_OF_LIMIT, "measure", "level")
    assert (outside.after, outside.allowed) == ("700 mm", "790 to 850 mm")
    assert (outside.low, outside.high, outside.unit) == (790, 850, "mm")
    assert (again.kind, again.before, again.after) == (K.RETYPED, "700 mm", "820 mm")
    assert (again.by, again.visit) == ("tom", 1)
    assert again.utc_us == bench.events[-2].body["at"]["utc_us"]  # type: ignore[call-overload,index]


def test_overridden_by_another_person() -> None:
    bench = Bench()
    bench.go_to("cool")
    bench.readings.values["tank.coolant_return_temperature"] = 48.0
    bench.must(ask.Start("cool", "tom", "en"))
    bench.must(ask.OverrideGate("cool", "sue", "cool", "the job waits"))
    (one,) = found(bench)
    assert (one.kind, one.by, one.about, one.text) == (K.OVERRIDDEN, "sue", "cool", "the job waits")
    assert "48" in one.after
    assert "45 Cel" in one.allowed


def test_rejected_skipped_failed_and_repeated() -> None:
    bench = in_measure()
    bench.fill("tom")
    bench.must(ask.Complete("measure", "tom"))
    bench.must(ask.Reject("measure", "vera", "the gauge stood askew"))
    bench.must(ask.Complete("measure", "tom"), ask.SignSecond("measure", "vera", "en"))
    bench.do(answer="again")
    bench.go_to("polish")
    bench.must(ask.Start("polish", "tom", "en"), ask.FailStep("polish", "tom", "no cloth"))
    bench.must(ask.SkipStep("polish", "tom", "clean", "it shines", "sue"))
    told = found(bench)
    assert [(one.kind, one.step) for one in told] == [
        (K.REJECTED, "measure"),
        (K.REPEATED, "drain"),
        (K.REPEATED, "measure"),
        (K.REPEATED, "choose"),
        (K.FAILED, "polish"),
        (K.SKIPPED, "polish"),
    ]
    assert (told[0].by, told[0].text) == ("vera", "the gauge stood askew")
    assert (told[-1].about, told[-1].text, told[-1].second) == ("clean", "it shines", "sue")


def test_too_long_broken_and_released() -> None:
    bench = Bench()
    bench.go_to("drain")
    bench.must(ask.Start("drain", "tom", "en", ("splash",)))
    bench.wait(700)
    bench.readings.values["tank.leak[1].state"] = "leak"
    bench.look()
    bench.readings.values["tank.leak[1].state"] = "dry"
    bench.must(ask.Release("drain", "sue", "a drop from the hose"))
    bench.must(ask.Deviate("tom", "timer", "the phone rang", "use_as_is"))
    late, broken, released, deviation = found(bench)
    assert (late.kind, late.about, late.allowed) == (K.LATE, "timer", "at most 600 s")
    assert late.seconds
    assert late.seconds > 600
    assert (broken.kind, broken.about, broken.by) == (K.BROKEN, "no-leak", "system")
    assert (released.kind, released.by, released.about) == (K.RELEASED, "sue", "no-leak")
    assert (deviation.kind, deviation.text, deviation.after) == (
        K.DEVIATION,
        "the phone rang",
        "use_as_is",
    )


def test_restarts_clocks_and_handover() -> None:
    bench = Bench()
    bench.go_to("drain")
    bench.must(ask.Start("drain", "tom", "en", ("splash",)))
    bench.utc_offset_s = 3600
    bench.must(ask.Note("tom", "somebody set the clock"))
    bench.crash(lost_s=30)
    bench.must(ask.Reopen())
    bench.utc_offset_s = -86400
    bench.crash(reboot=True, lost_s=30)
    bench.must(ask.Reopen(), ask.Suspend("tom", "shift"), ask.TakeOver("tess", "en"))
    told = [(one.kind, one.seconds, one.before, one.after) for one in found(bench)]
    assert told[0] == (K.CLOCK, 3600.0, "", "")
    assert told[1] == (K.REOPENED, 30.0, "", "")
    assert [kind for kind, *_ in told[2:]] == [K.CLOCK, K.REOPENED, K.CLOCK, K.HANDED_OVER]
    assert told[-1][2:] == ("tom", "tess")


def test_aborted_unproven_and_refused() -> None:
    bench = Bench()
    bench.go_to("drain")
    command = ask.Complete("drain", "tom")
    assert bench.run
    told = refused_event(bench.run, command, (say("not_started", step="drain"),), bench.context())
    bench.events.append(told)
    bench.must(ask.Abort("vera", "smell of smoke"))
    bench.must(ask.Start("ms-close", "vera", "en", ("splash",)))
    bench.must(ask.Complete("ms-close", "vera", "the sensor is dead"))
    refused, aborted, unproven = found(bench)
    assert (refused.kind, refused.about) == (K.REFUSED, "Complete")
    assert (aborted.kind, aborted.text, aborted.about) == (K.ABORTED, "smell of smoke", "closed")
    assert (unproven.kind, unproven.text) == (K.UNPROVEN, "the sensor is dead")
    assert counts((refused, aborted, unproven)) == {K.REFUSED: 1, K.ABORTED: 1, K.UNPROVEN: 1}


def test_every_kind_of_finding_has_a_name() -> None:
    assert set(FINDING_NAMES) == set(FindingKind)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=6,
)


@given(st.sampled_from(list(WorkKind)), st.dictionaries(st.text(max_size=8), JSON))
def test_bodies_of_any_shape_are_passed_over(kind: WorkKind, more: dict[str, Any]) -> None:
    bench = Bench()
    assert bench.begin().event
    event: WorkEvent = bench.events[0]
    odd = replace(event, kind=kind, body={**event.body, **more})
    exceptions(small().procedure, [event, odd])
    step_times(small().procedure, [event, odd])


# ---- times ----


def test_the_times_of_a_run_are_those_of_its_own_clock() -> None:
    bench = Bench()
    bench.go_to("drain")
    bench.wait(60)
    bench.must(ask.Start("drain", "tom", "en", ("splash",)))
    bench.wait(100)
    bench.utc_offset_s = -7200
    bench.must(ask.Suspend("tom", "shift"))
    bench.wait(500)
    bench.must(ask.TakeOver("tess", "en"))
    bench.fill("tess")
    bench.must(ask.Deviate("tess", "timer", "handover", "use_as_is"))
    bench.must(ask.Complete("drain", "tess"))
    bench.must(ask.Start("measure", "tess", "en"))
    bench.wait(40)
    bench.must(ask.Note("tess", "x"))
    times = step_times(bench.revision.procedure, map(through_json, bench.events))
    assert [time.step for time in times][-2:] == ["drain", "measure"]
    drain, measure = times[-2:]
    assert drain.waited_s == pytest.approx(60)
    assert drain.suspended_s == pytest.approx(500)
    assert drain.spent_s == pytest.approx(725)
    assert drain.worked_s == pytest.approx(225)
    assert (drain.result, drain.by, drain.planned_s, drain.over_s) == ("done", "tom", None, None)
    assert (measure.result, measure.ended_us) == ("", 0)
    assert measure.spent_s == pytest.approx(40)


def test_planned_against_actual() -> None:
    text = 'kind: wait\n        do: {en: "Wait'
    from tests.unit.procedures.bench import SMALL

    assert text in SMALL
    planned = small(SMALL.replace("kind: wait\n", "kind: wait\n        minutes: 2\n", 1))
    bench = Bench(planned)
    bench.go_to("gloves")
    cool = next(time for time in step_times(planned.procedure, bench.events) if time.step == "cool")
    assert cool.planned_s == 120
    assert cool.over_s == pytest.approx(cool.worked_s - 120)


def test_what_is_unusual_takes_enough_runs() -> None:
    def run(seconds: float) -> list[StepTime]:
        return [StepTime("drain", 1, result="done", spent_s=seconds)]

    few = usual_times(run(seconds) for seconds in (100, 102))
    assert not few["drain"].is_unusual(run(500)[0])
    many = usual_times(run(100 + number) for number in range(LEAST_RUNS * 2))
    assert many["drain"].runs == LEAST_RUNS * 2
    assert many["drain"].mean_s == pytest.approx(104.5)
    assert many["drain"].is_unusual(run(200)[0])
    assert not many["drain"].is_unusual(run(106)[0])
    assert not many["drain"].is_unusual(StepTime("drain", 1, result="skipped"))
