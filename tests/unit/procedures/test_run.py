"""The small procedure by hand: each rule of the engine once, both ways."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.points import Reason
from procedures.engine import commands as ask
from procedures.engine.apply import ReplayError, apply, replay
from procedures.engine.decide import decide, refused_event
from procedures.engine.events import KIND_LABELS, WorkKind
from procedures.engine.observe import expected_alarms
from procedures.engine.people import Person
from procedures.engine.sentence import say
from procedures.engine.standing import standing
from procedures.engine.state import RunStatus

from .bench import SMALL, START_US, Bench, codes, small, through_json


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_a_whole_run_ends_finished(bench: Bench) -> None:
    bench.go_to("close-lid")
    bench.do()
    assert bench.refused(ask.Complete("close-lid", "tom")) == {"no_step"}
    bench.must(ask.Close("tom"))
    assert bench.run
    assert bench.run.status is RunStatus.FINISHED
    body = bench.events[-1].body
    assert body["values"] == {"level": 820.0}
    assert body["irregularities"] == []
    assert bench.refused(ask.Note("tom", "late")) == {"over"}


def test_every_event_names_run_time_and_what_was_shown(bench: Bench) -> None:
    bench.go_to("drain")
    for event in bench.events:
        assert event.body["run"] == "run-1"
        assert event.subject == "tank-1"
        assert set(event.body["at"]) == {"utc_us", "mono_us", "boot", "session"}  # type: ignore[arg-type]
    done = [e for e in bench.events if e.kind == WorkKind.STEP_DONE and e.body["step"] == "cool"]
    assert done[0].body["language"] == "en"
    assert len(str(done[0].body["shown"])) == 64
    seen = done[0].body["gates"][0]  # type: ignore[index]
    assert seen["state"] == "met"  # type: ignore[index,call-overload]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"status": "draft"}, "draft"),
        ({"status": "superseded"}, "draft"),
        ({"asset": ask.Asset("x", "rack", "single_phase")}, "asset"),
        ({"asset": ask.Asset("x", "tank", "air")}, "asset"),
        ({"subjects": {}}, "subject"),
        ({"crew": ("tom",)}, "people"),
        ({"crew": ("tom", "nobody")}, "stranger"),
        ({"by": "vera", "crew": ("tom", "sue")}, "not_crew"),
        ({"tools": {}}, "tool"),
        ({"tools": {"gauge": START_US}}, "calibration"),
        ({"tools": {"gauge": None}}, "calibration"),
        ({"language": "de"}, "language"),
    ],
)
def test_what_is_missing_at_the_start_is_told(
    bench: Bench, changes: dict[str, object], code: str
) -> None:
    decision = bench.begin(**changes)
    assert decision.event is None
    assert code in codes(decision.refusals)


def test_a_draft_may_run_in_training_only(bench: Bench) -> None:
    assert bench.begin(status="draft", training=True).event


def test_one_person_fills_one_place(bench: Bench) -> None:
    assert "people" in codes(bench.begin(by="tess", crew=("tess",)).refusals)
    assert bench.begin(by="tess", crew=("tess", "tom")).event


def test_an_expired_qualification_counts_as_none(bench: Bench) -> None:
    bench.people = {
        name: replace(person, qualifications={"lid": START_US})
        for name, person in bench.people.items()
    }
    assert "people" in codes(bench.begin().refusals)


def test_equipment_in_use_is_not_begun_on_twice(bench: Bench) -> None:
    bench.begin()
    other = Bench()
    assert bench.run
    begin = ask.Begin(
        "run-2",
        "tom",
        ask.Asset("tank-1", "tank", "single_phase"),
        "approved",
        {"tank": ("tank-1",)},
        tuple(other.people),
        "en",
        {"gauge": START_US * 2},
    )
    found = decide(None, begin, other.revision, other.context((bench.run,)))
    assert codes(found.refusals) == {"exclusive"}


def test_a_gate_that_is_unmet_unknown_stale_or_absent_does_not_pass(bench: Bench) -> None:
    bench.go_to("cool")
    bench.must(ask.Start("cool", "tom", "en"))
    temperature = "tank.coolant_return_temperature"
    bench.wait(60)
    for value in (50.1, Reason.STALE, Reason.SENSOR_FAULT, Reason.OUT_OF_RANGE):
        bench.readings.values[temperature] = value
        bench.look()
        assert bench.refused(ask.Complete("cool", "tom")) <= {"limit", "bad"}
    bench.readings.values[temperature] = 40.0
    bench.wait(30)
    bench.readings.absent = {temperature}
    assert bench.refused(ask.Complete("cool", "tom")) == {"absent"}
    bench.readings.absent = set()
    del bench.readings.values[temperature]
    assert bench.refused(ask.Complete("cool", "tom")) == {"not_read"}


def test_a_value_that_nobody_renews_grows_old(bench: Bench) -> None:
    bench.go_to("cool")
    bench.must(ask.Start("cool", "tom", "en"))
    bench.wait(60)
    bench.fresh = False
    bench.true_s += 11
    assert bench.refused(ask.Complete("cool", "tom")) == {"old"}


def test_another_unit_is_converted_and_a_foreign_one_is_unknown(bench: Bench) -> None:
    bench.go_to("cool")
    bench.must(ask.Start("cool", "tom", "en"))
    bench.readings.units["tank.coolant_return_temperature"] = "[degF]"
    bench.readings.values["tank.coolant_return_temperature"] = 105.0
    bench.wait(30)
    bench.readings.values["tank.coolant_return_temperature"] = 123.0
    bench.look()
    assert bench.refused(ask.Complete("cool", "tom")) == {"limit"}
    bench.readings.units["tank.coolant_return_temperature"] = "kPa"
    assert bench.refused(ask.Complete("cool", "tom")) == {"unit"}


def test_a_gate_must_be_met_without_a_gap(bench: Bench) -> None:
    bench.go_to("cool")
    bench.must(ask.Start("cool", "tom", "en"))
    bench.wait(15)
    assert bench.refused(ask.Complete("cool", "tom")) == {"steady"}
    bench.readings.values["tank.coolant_return_temperature"] = 46.0
    bench.look()
    bench.readings.values["tank.coolant_return_temperature"] = 44.0
    bench.wait(15)
    assert bench.refused(ask.Complete("cool", "tom")) == {"steady"}
    bench.true_s += 60  # nobody looked: what was in between is not known
    bench.look()
    assert bench.refused(ask.Complete("cool", "tom")) == {"steady"}
    bench.wait(20)
    bench.must(ask.Complete("cool", "tom"))


def test_an_override_is_the_authors_another_persons_and_recorded(bench: Bench) -> None:
    bench.go_to("cool")
    bench.readings.values["tank.coolant_return_temperature"] = 48.0
    bench.must(ask.Start("cool", "tom", "en"))
    bench.wait(30)
    assert bench.refused(ask.OverrideGate("cool", "vera", "cool", "hurry")) == {"role"}
    assert bench.refused(ask.OverrideGate("cool", "sue", "hard", "hurry")) == {"no_override"}
    assert bench.refused(ask.OverrideGate("cool", "sue", "cool", " ")) == {"reason"}
    assert bench.refused(ask.OverrideGate("cool", "sue", "none", "x")) == {"unknown_name"}
    bench.must(ask.OverrideGate("cool", "sue", "cool", "gloves for 60 degrees"))
    bench.must(ask.Complete("cool", "tom"))
    assert bench.run
    assert [one.about for one in bench.run.irregularities] == ["cool"]


def test_who_overrode_cannot_then_take_over_and_sign(bench: Bench) -> None:
    bench.go_to("cool")
    bench.people["sue"] = Person(
        "sue", "Sue", frozenset({"technician", "supervisor"}), {"lid": 2**62}
    )
    bench.readings.values["tank.coolant_return_temperature"] = 48.0
    bench.must(ask.Start("cool", "tom", "en"), ask.OverrideGate("cool", "sue", "cool", "x"))
    bench.must(ask.Suspend("tom", "waiting"), ask.TakeOver("sue", "en"))
    bench.wait(30)
    assert bench.refused(ask.Complete("cool", "sue")) == {"limit"}


def test_a_hold_point_needs_its_role_and_another_person(bench: Bench) -> None:
    bench.go_to("open-lid")
    assert bench.refused(ask.Start("open-lid", "tom", "en", ("splash",))) == {"hold"}
    assert bench.refused(ask.ReleaseHold("open-lid", "vera")) == {"role"}
    bench.people["sue"] = Person(
        "sue", "Sue", frozenset({"technician", "supervisor"}), {"lid": 2**62}
    )
    bench.must(ask.ReleaseHold("open-lid", "sue"))
    assert bench.refused(ask.Start("open-lid", "sue", "en", ("splash",))) == {"same_person"}
    bench.must(ask.Start("open-lid", "tom", "en", ("splash",)))


def test_hazards_are_acknowledged_before_the_start(bench: Bench) -> None:
    bench.go_to("open-lid")
    bench.must(ask.ReleaseHold("open-lid", "sue"))
    assert bench.refused(ask.Start("open-lid", "tom", "en")) == {"hazards"}


def test_a_concurrent_second_signs_before_and_is_another(bench: Bench) -> None:
    bench.go_to("open-lid")
    bench.must(ask.ReleaseHold("open-lid", "sue"))
    assert bench.refused(ask.SignSecond("open-lid", "vera", "en", ("splash",))) == {"not_started"}
    bench.must(ask.Start("open-lid", "tess", "en", ("splash",)))
    bench.readings.values["tank.lid.state"] = "open"
    assert bench.refused(ask.Complete("open-lid", "tess")) == {"second_missing"}
    assert bench.refused(ask.SignSecond("open-lid", "tess", "en", ("splash",))) == {"same_person"}
    assert bench.refused(ask.SignSecond("open-lid", "TESS", "en")) == {"stranger"}
    assert bench.refused(ask.SignSecond("open-lid", "tom", "en")) == {"role"}
    bench.must(ask.SignSecond("open-lid", "vera", "en", ("splash",)))
    assert bench.refused(ask.SignSecond("open-lid", "vera", "en", ("splash",))) == {
        "signed_already"
    }
    bench.must(ask.Complete("open-lid", "tess"))


def test_a_witness_who_takes_over_is_a_witness_no_longer(bench: Bench) -> None:
    bench.go_to("open-lid")
    bench.must(ask.ReleaseHold("open-lid", "sue"))
    bench.must(ask.Start("open-lid", "tom", "en", ("splash",)))
    bench.must(ask.SignSecond("open-lid", "tess", "en", ("splash",)))
    bench.must(ask.Suspend("tom", "shift"), ask.TakeOver("tess", "zh_CN"))
    bench.readings.values["tank.lid.state"] = "open"
    assert bench.refused(ask.Complete("open-lid", "tess")) == {"second_missing"}
    bench.must(
        ask.SignSecond("open-lid", "vera", "en", ("splash",)), ask.Complete("open-lid", "tess")
    )


def test_an_independent_second_signs_after_or_rejects(bench: Bench) -> None:
    bench.go_to("measure")
    bench.must(ask.Start("measure", "tess", "en"), ask.Record("measure", "tess", "level", 800))
    assert bench.refused(ask.SignSecond("measure", "vera", "en")) == {"no_second"}
    bench.must(ask.Complete("measure", "tess"))
    assert bench.step == "measure"
    assert bench.refused(ask.Complete("measure", "tess")) == {"waits_second"}
    assert bench.refused(ask.SignSecond("measure", "tess", "en")) == {"same_person"}
    assert bench.refused(ask.Reject("measure", "vera", "")) == {"reason"}
    bench.must(ask.Reject("measure", "vera", "gauge upside down"))
    bench.must(ask.Record("measure", "tess", "level", 801), ask.Complete("measure", "tess"))
    bench.must(ask.SignSecond("measure", "sue", "en"))
    assert bench.step == "choose"


def test_who_began_a_step_is_no_second_of_it(bench: Bench) -> None:
    bench.go_to("measure")
    bench.must(ask.Start("measure", "tess", "en"))
    bench.must(ask.Suspend("tess", "shift"), ask.TakeOver("tom", "en"))
    bench.must(ask.Record("measure", "tom", "level", 800), ask.Complete("measure", "tom"))
    assert bench.refused(ask.SignSecond("measure", "tess", "en")) == {"same_person"}


def test_a_minimum_time_cannot_be_signed_away(bench: Bench) -> None:
    bench.go_to("drain")
    bench.must(ask.Start("drain", "tom", "en", ("splash",)))
    bench.must(ask.TakePhoto("drain", "tom", "drip", "a" * 64))
    bench.wait(119)
    assert bench.refused(ask.Complete("drain", "tom")) == {"min_time"}
    bench.wait(1)
    bench.must(ask.Complete("drain", "tom"))


def test_a_maximum_time_needs_a_deviation(bench: Bench) -> None:
    bench.go_to("drain")
    bench.must(ask.Start("drain", "tom", "en", ("splash",)))
    bench.must(ask.TakePhoto("drain", "tom", "drip", "a" * 64))
    bench.wait(604)
    assert bench.refused(ask.Complete("drain", "tom")) == {"overrun"}
    assert [e.kind for e in bench.events].count(WorkKind.TIMER_OVERRUN) == 1
    bench.must(ask.Deviate("tom", "timer", "phone call", "use_as_is"))
    bench.must(ask.Complete("drain", "tom"))


def test_a_clock_across_steps_is_told_once_and_excused_by_a_deviation(bench: Bench) -> None:
    bench.go_to("close-lid")
    bench.wait(900)
    told = [e.body["about"] for e in bench.events if e.kind == WorkKind.TIMER_OVERRUN]
    assert told == ["lid"]
    bench.must(ask.Start("close-lid", "tom", "en"))
    bench.readings.values["tank.lid.state"] = "closed"
    assert bench.refused(ask.Complete("close-lid", "tom")) == {"overrun"}
    bench.must(ask.Deviate("tom", "lid", "stuck hinge", "repair"), ask.Complete("close-lid", "tom"))
    assert bench.run
    assert bench.run.clocks == {}
    assert bench.run.clocks_ended["lid"] > 900e6


def test_a_broken_invariant_holds_the_step(bench: Bench) -> None:
    bench.go_to("drain")
    bench.must(ask.Start("drain", "tom", "en", ("splash",)))
    bench.readings.values["tank.leak[1].state"] = "leak"
    assert bench.look() == [WorkKind.STEP_HELD]
    assert bench.look() == []
    assert bench.refused(ask.TakePhoto("drain", "tom", "drip", "a" * 64)) == {"held"}
    assert bench.refused(ask.Release("drain", "sue", "seen")) == {"held"}
    bench.readings.values["tank.leak[1].state"] = "dry"
    assert bench.refused(ask.Release("drain", "tom", "seen")) == {"role"}
    bench.must(ask.Release("drain", "sue", "a drop on the sensor"))
    bench.must(ask.TakePhoto("drain", "tom", "drip", "a" * 64))


def test_a_leak_of_this_moment_stops_the_signature_before_anybody_looked(bench: Bench) -> None:
    bench.go_to("drain")
    bench.must(ask.Start("drain", "tom", "en", ("splash",)))
    bench.must(ask.TakePhoto("drain", "tom", "drip", "a" * 64))
    bench.wait(125)
    bench.readings.values["tank.leak[1].state"] = "leak"
    assert bench.refused(ask.Complete("drain", "tom")) == {"limit"}


def test_an_invariant_that_is_unknown_is_not_kept(bench: Bench) -> None:
    bench.go_to("drain")
    bench.must(ask.Start("drain", "tom", "en", ("splash",)))
    bench.readings.values["tank.leak[1].state"] = Reason.NO_COMMS
    assert bench.look() == [WorkKind.STEP_HELD]


def test_a_value_outside_leads_back_so_often_and_no_more(bench: Bench) -> None:
    bench.go_to("measure")
    for _ in range(2):
        bench.do(level=700.0)
        assert bench.step == "drain"
        bench.do()
    bench.must(ask.Start("measure", "tom", "en"), ask.Record("measure", "tom", "level", 700))
    bench.must(ask.Complete("measure", "tom"))
    assert bench.refused(ask.SignSecond("measure", "vera", "en")) == {"goto_spent"}
    bench.must(ask.Reject("measure", "vera", "read again"))
    bench.must(ask.Record("measure", "tom", "level", 800), ask.Complete("measure", "tom"))
    bench.must(ask.SignSecond("measure", "vera", "en"))
    assert bench.step == "choose"


def test_the_live_value_is_kept_beside_the_typed_one(bench: Bench) -> None:
    bench.go_to("measure")
    bench.must(ask.Start("measure", "tom", "en"), ask.Record("measure", "tom", "level", 815))
    assert bench.events[-1].body["live"] == [
        {"part": "tank", "value": 820.0, "unit": "mm", "reason": "none"}
    ]
    assert bench.refused(ask.Record("measure", "tom", "level", float("nan"))) == {"value_odd"}
    assert bench.refused(ask.Record("measure", "tom", "depth", 1.0)) == {"unknown_name"}


def test_answers_branch(bench: Bench) -> None:
    bench.go_to("choose")
    bench.do(answer="again")
    assert bench.step == "drain"
    assert bench.run
    assert "measure" not in bench.run.done
    bench.go_to("choose")
    bench.do()
    assert bench.step == "polish"


def test_a_free_order_is_free_within_its_phase_only(bench: Bench) -> None:
    bench.go_to("gloves")
    assert bench.refused(ask.ChooseStep("drain", "tom")) == {"wrong_step"}
    bench.must(ask.ChooseStep("mats", "tom"))
    bench.do()
    assert bench.step == "gloves"
    assert bench.refused(ask.ChooseStep("mats", "tom")) == {"wrong_step"}
    bench.do()
    assert bench.step == "open-lid"


def test_a_step_is_skipped_only_as_its_author_allows(bench: Bench) -> None:
    bench.go_to("drain")
    assert bench.refused(ask.SkipStep("drain", "tom", "clean", "x", "sue")) == {"no_skip"}
    bench.go_to("polish")
    assert bench.refused(ask.SkipStep("polish", "tom", "lazy", "x", "sue")) == {"reason"}
    assert bench.refused(ask.SkipStep("polish", "tom", "clean", "", "sue")) == {"reason"}
    assert bench.refused(ask.SkipStep("polish", "tom", "clean", "x")) == {"skip_second"}
    assert bench.refused(ask.SkipStep("polish", "tom", "clean", "x", "tom")) == {"skip_second"}
    assert bench.refused(ask.SkipStep("polish", "tom", "clean", "x", "vera")) == {"role"}
    bench.must(ask.SkipStep("polish", "tom", "clean", "it shines", "sue"))
    assert bench.step == "close-lid"


def test_a_failure_goes_back_as_often_as_the_author_says(bench: Bench) -> None:
    bench.go_to("polish")
    bench.must(ask.Start("polish", "tom", "en"), ask.FailStep("polish", "tom", "cloth torn"))
    assert bench.step == "polish"
    bench.must(ask.Start("polish", "tom", "en"))
    assert bench.refused(ask.FailStep("polish", "tom", "again")) == {"goto_spent"}


def test_only_the_executor_signs_and_only_the_step_of_now(bench: Bench) -> None:
    bench.go_to("polish")
    bench.must(ask.Start("polish", "tom", "en"))
    assert bench.refused(ask.Start("polish", "tess", "en")) == {"started"}
    assert bench.refused(ask.Complete("polish", "tess")) == {"executor"}
    assert bench.refused(ask.Complete("drain", "tom")) == {"wrong_step"}
    assert bench.refused(ask.Complete("polish", "stranger")) == {"stranger"}


def test_suspended_work_waits_for_somebody_to_take_it(bench: Bench) -> None:
    bench.go_to("drain")
    bench.must(ask.Start("drain", "tom", "en", ("splash",)))
    bench.must(ask.Suspend("tom", "lid open", "do not lift", "lock 7"))
    assert bench.events[-1].body["remaining"][:2] == ["drain", "measure"]  # type: ignore[index]
    assert bench.refused(ask.Complete("drain", "tom")) == {"suspended"}
    assert bench.refused(ask.TakeOver("vera", "en")) == {"role"}
    bench.must(ask.Note("vera", "still suspended"), ask.TakeOver("tess", "zh_CN"))
    assert bench.run
    assert bench.run.current
    assert bench.run.current.executor == "tess"
    assert bench.run.current.language == "zh_CN"
    assert bench.refused(ask.TakeOver("tess", "en")) == {"not_suspended"}


@pytest.mark.parametrize("reboot", [False, True])
def test_after_a_crash_the_step_the_times_and_the_gates_are_the_same(reboot: bool) -> None:
    bench = Bench()
    bench.go_to("drain")
    bench.must(ask.Start("drain", "tom", "en", ("splash",)))
    bench.wait(50)
    before = bench.run
    bench.crash(reboot=reboot, lost_s=60)
    assert bench.run == before
    assert bench.refused(ask.TakePhoto("drain", "tom", "drip", "a" * 64)) == {"reopen"}
    assert bench.look() == []
    bench.must(ask.Reopen())
    assert bench.refused(ask.Reopen()) == {"open"}
    bench.must(ask.TakePhoto("drain", "tom", "drip", "a" * 64))
    assert bench.refused(ask.Complete("drain", "tom")) == {"min_time"}
    bench.wait(10)
    bench.must(ask.Complete("drain", "tom"))


def test_only_a_look_at_the_equipment_reopens_a_run(bench: Bench) -> None:
    bench.go_to("drain")
    bench.must(ask.Start("drain", "tom", "en", ("splash",)))
    bench.crash(lost_s=5)
    bench.readings.values["tank.leak[1].state"] = "leak"
    bench.must(ask.Note("tom", "the power was out"))
    told = refused_event(bench.run, ask.Complete("drain", "tom"), (say("reopen"),), bench.context())  # type: ignore[arg-type]
    bench.run = apply(bench.run, told)
    assert not bench.run.is_open_in(bench.session)
    assert bench.look() == []
    assert bench.refused(ask.Complete("drain", "tom")) == {"reopen"}
    bench.true_s += 7
    bench.must(ask.Reopen())
    assert bench.events[-1].body["gap_s"] == 12  # since somebody looked, not since the note
    assert bench.run.is_open_in(bench.session)
    assert bench.refused(ask.Complete("drain", "tom")) == {"held"}


def test_after_a_restart_the_way_to_safety_waits_for_no_look(bench: Bench) -> None:
    bench.go_to("drain")
    bench.must(ask.Start("drain", "tom", "en", ("splash",)))
    bench.crash()
    bench.must(ask.Abort("vera", "smell of smoke"))
    assert bench.refused(ask.Start("ms-close", "vera", "en", ("splash",))) == {"reopen"}
    bench.must(ask.Reopen(), ask.Start("ms-close", "vera", "en", ("splash",)))


def test_a_clock_that_went_back_is_doubted_whatever_is_written_first() -> None:
    bench = Bench()
    bench.go_to("drain")
    bench.must(ask.Start("drain", "tom", "en", ("splash",)))
    bench.utc_offset_s = -86400
    bench.crash(reboot=True, lost_s=100)
    bench.must(ask.Note("tom", "the clock is wrong"), ask.Reopen())
    assert bench.run
    assert bench.run.current
    assert bench.run.current.is_time_doubtful


def test_what_broke_while_nobody_looked_holds_the_step(bench: Bench) -> None:
    bench.go_to("drain")
    bench.must(ask.Start("drain", "tom", "en", ("splash",)))
    bench.crash(lost_s=5)
    bench.readings.values["tank.leak[1].state"] = "leak"
    bench.must(ask.Reopen())
    assert bench.refused(ask.Complete("drain", "tom")) == {"held"}


def test_a_wall_clock_that_went_back_shortens_no_minimum_and_doubts_a_maximum() -> None:
    bench = Bench()
    bench.go_to("drain")
    bench.must(ask.Start("drain", "tom", "en", ("splash",)))
    bench.wait(50)
    bench.utc_offset_s = -86400
    bench.crash(reboot=True, lost_s=100)
    bench.must(ask.Reopen(), ask.TakePhoto("drain", "tom", "drip", "a" * 64))
    bench.wait(60)
    assert bench.refused(ask.Complete("drain", "tom")) == {"min_time", "clock_doubt"}
    bench.wait(120)
    assert bench.refused(ask.Complete("drain", "tom")) == {"clock_doubt"}
    bench.must(ask.Deviate("tom", "timer", "the clock was wrong", "use_as_is"))
    bench.must(ask.Complete("drain", "tom"))


def test_an_abort_leads_to_the_declared_safe_state(bench: Bench) -> None:
    bench.go_to("drain")
    bench.must(ask.Start("drain", "tom", "en", ("splash",)))
    assert bench.refused(ask.Abort("tom", " ")) == {"reason"}
    bench.must(ask.Abort("vera", "smell of smoke"))
    assert bench.refused(ask.Abort("vera", "again")) == {"aborting"}
    bench.readings.values["tank.lid.state"] = Reason.NO_COMMS
    bench.must(ask.Start("ms-close", "vera", "en", ("splash",)))
    assert bench.refused(ask.Complete("ms-close", "vera")) == {"unproven"}
    bench.must(ask.Complete("ms-close", "vera", unproven="sensor dead, lid seen closed"))
    bench.must(ask.Start("ms-tell", "vera", "en"), ask.Complete("ms-tell", "vera"))
    bench.must(ask.Close("vera"))
    assert bench.run
    assert bench.run.status is RunStatus.SAFE
    assert bench.events[-1].body["safe_state"] == "closed"
    assert {one.kind for one in bench.run.irregularities} == {WorkKind.ABORTED, WorkKind.STEP_DONE}


def test_suspended_and_held_work_can_be_aborted_all_the_same(bench: Bench) -> None:
    bench.go_to("drain")
    bench.must(ask.Start("drain", "tom", "en", ("splash",)))
    bench.readings.values["tank.leak[1].state"] = "leak"
    bench.look()
    bench.must(ask.Suspend("tom", "leak"), ask.Abort("vera", "leak"))
    bench.must(ask.Start("ms-close", "tom", "en", ("splash",)))


def test_alarms_are_expected_in_their_phases_only(bench: Bench) -> None:
    bench.go_to("mats")
    assert bench.run
    assert expected_alarms(bench.run, bench.revision) == frozenset()
    bench.go_to("drain")
    expected = frozenset({("tank-1", "lid-open-running")})
    assert expected_alarms(bench.run, bench.revision) == expected
    bench.must(ask.Abort("tom", "x"))
    assert expected_alarms(bench.run, bench.revision) == expected
    for _ in range(2):
        bench.do()
        assert expected_alarms(bench.run, bench.revision) == expected
    bench.must(ask.Close("tom"))
    assert expected_alarms(bench.run, bench.revision) == frozenset()


def test_an_abort_from_a_phase_without_alarms_holds_none_back(bench: Bench) -> None:
    bench.go_to("mats")
    bench.must(ask.Abort("tom", "x"))
    for _ in range(2):
        bench.do()
        assert bench.run
        assert expected_alarms(bench.run, bench.revision) == frozenset()


def test_the_standing_says_why_not_yet_in_the_words_of_the_refusal(bench: Bench) -> None:
    bench.go_to("drain")
    assert bench.run
    bench.must(ask.Start("drain", "tom", "en", ("splash",)))
    bench.wait(60)
    told = standing(bench.run, bench.revision, bench.context(), "tom")
    decision = bench.ask(ask.Complete("drain", "tom"))
    assert told.needs == decision.refusals
    assert told.timer
    assert (told.timer.to_min_s, told.timer.to_max_s) == (60.0, 540.0)
    assert [clock.clock.id for clock in told.clocks] == ["lid"]
    assert [one.is_kept for one in told.invariants] == [True]


def test_equipment_that_was_not_bound_has_no_points_and_bound_equipment_must_answer() -> None:
    bench = Bench()
    bench.go_to("close-lid")
    bench.do()
    assert bench.step == ""
    bench = Bench()
    bench.begin(subjects={"tank": ("tank-1",), "spare_meter": ("pdu-1",)})
    bench.go_to("close-lid")
    bench.must(ask.Start("close-lid", "tom", "en"))
    bench.readings.values["tank.lid.state"] = "closed"
    assert bench.refused(ask.Complete("close-lid", "tom")) == {"not_read"}


def test_a_refusal_can_be_recorded_and_changes_nothing(bench: Bench) -> None:
    bench.go_to("drain")
    assert bench.run
    command = ask.Complete("drain", "tom")
    decision = bench.ask(command)
    event = refused_event(bench.run, command, decision.refusals, bench.context())
    assert event.body["command"] == "Complete"
    after = apply(bench.run, event)
    assert replace(after, events=bench.run.events, at=bench.run.at) == bench.run


LIE = "expect: {en: They lie., zh_CN: 已铺好。}\n"
CLOSE = "do: {en: Close the lid., zh_CN: 关闭箱盖。}\n        verify:\n"
LOCKED = SMALL.replace(LIE, f"{LIE}        locks: [{{id: feed, act: hang}}]\n").replace(
    CLOSE,
    CLOSE.replace("        verify", "        locks: [{id: feed, act: remove}]\n        verify"),
    1,
)


def test_a_personal_lock_is_taken_off_by_who_hung_it() -> None:
    bench = Bench(small(LOCKED))
    bench.go_to("close-lid")
    assert bench.run
    assert bench.run.locks == {"feed": "tom"}
    bench.must(ask.Start("close-lid", "tess", "en"))
    bench.readings.values["tank.lid.state"] = "closed"
    assert bench.refused(ask.Complete("close-lid", "tess")) == {"lock_owner"}
    bench.must(ask.Suspend("tess", "it is his lock"), ask.TakeOver("tom", "en"))
    bench.must(ask.Complete("close-lid", "tom"))
    assert bench.run.locks == {}


def test_an_abort_leaves_the_locks_and_says_so() -> None:
    bench = Bench(small(LOCKED))
    bench.go_to("drain")
    bench.must(ask.Abort("vera", "smoke"))
    for _ in range(2):
        bench.do("tess")
    bench.must(ask.Close("vera"))
    assert bench.events[-1].body["locks"] == {"feed": "tom"}


def test_a_picture_is_a_picture_and_no_film(bench: Bench) -> None:
    bench.go_to("drain")
    bench.must(ask.Start("drain", "tom", "en", ("splash",)))
    photo = ask.TakePhoto("drain", "tom", "drip", "a" * 64)
    assert bench.refused(replace(photo, sha256="a" * 63)) == {"photo_odd"}
    assert bench.refused(replace(photo, media_type="application/pdf")) == {"photo_odd"}
    assert bench.refused(replace(photo, size=200_000_000)) == {"photo_large"}
    assert bench.step == "drain"


def test_a_draft_in_training_carries_its_whole_text(bench: Bench) -> None:
    bench.begin(status="draft", training=True)
    assert bench.events[0].body["canonical"] == bench.revision.canonical
    other = Bench()
    other.begin()
    assert "canonical" not in other.events[0].body


def test_who_watches_has_understood_the_hazards_too(bench: Bench) -> None:
    bench.go_to("open-lid")
    bench.must(ask.ReleaseHold("open-lid", "sue"))
    bench.must(ask.Start("open-lid", "tom", "en", ("splash",)))
    assert bench.refused(ask.SignSecond("open-lid", "vera", "en")) == {"hazards"}


def test_replay_refuses_what_is_not_one_run(bench: Bench) -> None:
    bench.go_to("cool")
    assert replay([]) is None
    with pytest.raises(ReplayError, match="begins twice"):
        replay([bench.events[0], bench.events[0]])
    with pytest.raises(ReplayError, match="not of this run"):
        replay(bench.events[1:])
    broken = replace(bench.events[1], body={"run": "run-1"})
    with pytest.raises(ReplayError, match="cannot be read"):
        replay([bench.events[0], broken])


def test_another_revision_is_a_mistake_of_the_caller(bench: Bench) -> None:
    bench.begin()
    other = small(bench.revision.canonical.replace('"max_s":600.0', '"max_s":601.0'))
    with pytest.raises(ValueError, match="is of revision"):
        decide(bench.run, ask.Note("tom", "x"), other, bench.context())


def test_every_kind_has_a_label_and_says_work() -> None:
    assert set(KIND_LABELS) == set(WorkKind)
    assert all(kind.startswith("work.") for kind in WorkKind)


def test_events_survive_a_file(bench: Bench) -> None:
    bench.go_to("close-lid")
    assert replay(map(through_json, bench.events)) == bench.run


BY_HAND = SMALL.replace(
    "            check: tank.coolant_return_temperature <= 50 Cel\n  - id: prepare",
    "            check: tank.coolant_return_temperature <= 50 Cel\n"
    "            not_fitted: by_hand\n  - id: prepare",
).replace("            for_s: 20\n", "            for_s: 20\n            not_fitted: by_hand\n")


def test_what_the_equipment_lacks_is_measured_by_hand_within_the_same_limit() -> None:
    bench = Bench(small(BY_HAND))
    bench.go_to("cool")
    bench.must(ask.Start("cool", "tom", "en"))
    assert bench.refused(ask.ByHand("cool", "tom", "cool", 40.0)) == {"fitted"}
    bench.readings.absent = {"tank.coolant_return_temperature"}
    assert bench.refused(ask.Complete("cool", "tom")) == {"by_hand"}
    bench.must(ask.ByHand("cool", "tom", "cool", 55.0), ask.ByHand("cool", "tom", "hard", 44.0))
    assert bench.refused(ask.Complete("cool", "tom")) == {"by_hand"}
    bench.must(ask.ByHand("cool", "tom", "cool", 44.0))
    bench.wait(601)
    assert bench.refused(ask.Complete("cool", "tom")) == {"by_hand"}
    bench.must(ask.ByHand("cool", "tom", "cool", 44.0), ask.ByHand("cool", "tom", "hard", 44.0))
    bench.must(ask.Complete("cool", "tom"))
