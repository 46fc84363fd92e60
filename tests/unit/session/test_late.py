"""A filled form keeps to the rules of the screen: at written times, by written names."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.session.late.faults import CopyError
from console.session.late.pad import LatePad
from console.session.late.times import read_time
from console.session.late.written import Names, WrittenDeviation, WrittenStep
from drivers.points import Reason
from procedures.engine import commands as ask
from procedures.engine.apply import replay
from procedures.engine.events import WorkKind
from procedures.engine.state import RunStatus
from tests.unit.late_small import (
    BOUND,
    CLOSED_AT,
    COPIER,
    FORM,
    VERIFIER,
    Given,
    changed,
    clock,
    explained,
    filled,
    opening,
    pad,
    without,
)
from tests.unit.procedures.bench import GOOD, PEOPLE, START_US, Bench

SCANS = {page: f"{page:064x}" for page in range(1, 7)}


def _entered(steps: list[WrittenStep], upon: LatePad | None = None) -> LatePad:
    made = upon or pad()
    made.begin(opening(), BOUND)
    for step in steps:
        made.enter(step)
    return made


def _upto(name: str) -> list[WrittenStep]:
    steps = filled()
    return steps[: [one.step for one in steps].index(name)]


def _step(name: str) -> WrittenStep:
    return next(one for one in filled() if one.step == name)


def _faults(made: LatePad, step: WrittenStep) -> dict[str, str]:
    before = made.pending
    with pytest.raises(CopyError) as refused:
        made.enter(step)
    assert made.pending == before, "nothing of a refused entry counts"
    return {one.box: getattr(one.why, "code", "words") for one in refused.value.faults}


# ---- the same record ----


def test_a_whole_form_becomes_a_finished_run_that_says_it_is_late() -> None:
    made = _entered(filled())
    made.close("tom", CLOSED_AT)
    assert made.run is not None
    assert made.run.status is RunStatus.FINISHED
    assert made.run.late == FORM
    assert any(one.about == "late" and one.text == FORM for one in made.run.irregularities)
    assert made.run.values == {"level": 820.0}


def test_its_record_is_that_of_the_screen_but_for_the_late_marks() -> None:
    bench = Bench()
    bench.begin()
    for at_s in (60, 120, 180, 240):
        bench.wait(at_s - bench.true_s, 1.0)
        bench.do()
    bench.wait(300 - bench.true_s, 1.0)
    bench.do()
    bench.wait(60, 1.0)
    assert bench.run is not None
    late = _entered(filled()[:5], pad(Given(lambda _s: GOOD | {"tank.lid.state": _lid(_s)})))
    assert late.run is not None
    one, other = late.run, bench.run
    assert one.done.keys() == other.done.keys()
    assert [(o.result, o.by, o.second) for o in one.done.values()] == [
        (o.result, o.by, o.second) for o in other.done.values()
    ]
    assert (one.scans, one.values, one.clocks.keys()) == (
        other.scans,
        other.values,
        other.clocks.keys(),
    )
    assert [i for i in one.irregularities if i.about != "late"] == list(other.irregularities)


def _lid(at_s: float) -> str:
    return "open" if 310 <= at_s < 740 else "closed"


def test_events_carry_when_it_occurred_and_who_copied_and_compared() -> None:
    made = _entered(filled()[:2])
    events = made.verified(VERIFIER, SCANS, START_US + 10**10)
    for event in events:
        late = event.body["late"]
        assert isinstance(late, dict)
        assert event.body["occurred_us"] == event.utc_us
        assert (late["form"], late["copied_by"], late["verified_by"]) == (FORM, COPIER, VERIFIER)
        assert late["scan"] == SCANS[int(late["page"])]
    assert replay(events) == made.run


# ---- missing and out of limits ----


@pytest.mark.parametrize(
    ("name", "box", "code"),
    [
        ("find", "scan/label", "scan_missing"),
        ("gloves", "item/right", "item_missing"),
        ("measure", "value/level", "value_missing"),
        ("choose", "answer/go-on", "no_answer"),
        ("find", "done", "words"),
        ("find", "initials", "words"),
        ("mats", "expect", "words"),
        ("open-lid", "hold/name", "words"),
        ("open-lid", "hold/time", "words"),
        ("open-lid", "second/initials", "second_missing"),
        ("measure", "second/initials", "words"),
        ("cool", "gate/hard", "words"),
        ("open-lid", "gate/lid-open", "words"),
    ],
)
def test_an_empty_box_stops_its_step(name: str, box: str, code: str) -> None:
    made = _entered(_upto(name))
    assert code in _faults(made, without(_step(name), box)).values()


def test_a_missing_photo_stops_its_step() -> None:
    made = _entered(_upto("drain"))
    assert _faults(made, replace(_step("drain"), photos={})) == {"done": "photo_missing"}


@pytest.mark.parametrize(
    ("name", "boxes", "code"),
    [
        ("find", {"scan__label": "tank-2"}, "scan_wrong"),
        ("cool", {"gate__hard": "51"}, "limit"),
        ("cool", {"gate__hard": "warm"}, "words"),
        ("drain", {"done": clock(420)}, "min_time"),
        ("drain", {"done": clock(1500)}, "overrun"),
        ("open-lid", {"initials": "TE", "second__initials": "tess"}, "same_person"),
        ("open-lid", {"hold__name": "vera"}, "role"),
        ("open-lid", {"hold__name": "nobody"}, "words"),
        ("measure", {"initials": "TE", "second__initials": "te"}, "same_person"),
        ("find", {"initials": "VE"}, "role"),
    ],
)
def test_what_the_screen_would_refuse_is_refused(
    name: str, boxes: dict[str, str], code: str
) -> None:
    made = _entered(_upto(name))
    assert code in _faults(made, changed(_step(name), **boxes)).values()


def test_a_value_outside_its_limits_takes_the_way_of_its_author() -> None:
    made = _entered(_upto("measure"))
    made.enter(changed(_step("measure"), value__level="700"))
    assert made.step == "drain"
    assert made.run is not None
    assert any(one.kind == WorkKind.VALUE_RECORDED for one in made.run.irregularities)


def test_a_deviation_lets_a_time_that_ran_out_pass_and_is_kept() -> None:
    made = _entered(_upto("drain"))
    late = changed(_step("drain"), done=clock(1200))
    line = WrittenDeviation("timer", "The hoist jammed", "TO")
    made.enter(explained(late, line))
    assert made.run is not None
    assert any(one.kind == WorkKind.DEVIATED for one in made.run.irregularities)


def test_steps_whose_order_is_free_are_entered_in_the_order_of_the_pen() -> None:
    made = _entered(_upto("gloves"))
    made.enter(changed(_step("mats"), done=clock(180)))
    assert made.step == "gloves"
    made.enter(changed(_step("gloves"), done=clock(240)))
    assert made.step == "open-lid"
    with pytest.raises(CopyError):
        made.enter(_step("drain"))


def test_only_who_may_lets_a_gate_pass() -> None:
    made = _entered(_upto("cool"))
    hot = changed(_step("cool"), gate__cool="48")
    assert "limit" in _faults(made, hot).values()
    own = WrittenDeviation("cool", "Long sleeves", "TO", "TO")
    assert "role" in _faults(made, explained(hot, own)).values()
    made.enter(explained(hot, replace(own, agreed="SU")))
    assert made.run is not None
    assert any(one.kind == WorkKind.GATE_OVERRIDDEN for one in made.run.irregularities)


# ---- what was recorded, and what was not ----


def test_telemetry_is_believed_before_what_was_written() -> None:
    made = _entered(_upto("cool"), pad(Given(lambda _s: GOOD | _hot(55.0))))
    assert "limit" in _faults(made, _step("cool")).values()


def _hot(degrees: float) -> dict[str, float | str | Reason]:
    return {"tank.coolant_return_temperature": degrees}


def test_a_minute_without_seconds_counts_from_when_the_gate_was_met() -> None:
    past = Given(lambda s: GOOD | _hot(55.0 if s < 150 else 40.0))
    made = _entered(_upto("cool"), pad(past))
    exact = changed(_step("cool"), done=clock(140))
    assert "limit" in _faults(made, exact).values()
    made.enter(changed(_step("cool"), done=clock(175)))
    assert made.run is not None
    assert made.run.done["cool"].at_us == 175_000_000


def test_steady_is_judged_second_by_second() -> None:
    past = Given(lambda s: GOOD | _hot(55.0 if s < 110 else 40.0))
    made = _entered(_upto("cool"), pad(past))
    assert _faults(made, changed(_step("cool"), done=clock(125)))["done"] == "steady"
    made.enter(changed(_step("cool"), done=clock(131)))


def test_a_leak_that_was_recorded_holds_the_step_until_somebody_explains() -> None:
    def world(at_s: float) -> dict[str, float | str | Reason]:
        leak = {"tank.leak[1].state": "wet" if 320 < at_s < 330 else "dry"}
        return {**GOOD, **leak, "tank.lid.state": _lid(at_s)}

    made = _entered(_upto("open-lid"), pad(Given(world)))
    assert _faults(made, _step("open-lid")) == {"deviation": "words"}
    line = WrittenDeviation("no-leak", "A drop from the hoist", "TO", "SU")
    made.enter(explained(_step("open-lid"), line))
    assert made.run is not None
    kinds = {one.kind for one in made.run.irregularities}
    assert {WorkKind.STEP_HELD, WorkKind.STEP_RELEASED} <= kinds


def test_what_nobody_recorded_and_paper_has_no_box_for_is_named_as_unproven() -> None:
    made = _entered(filled()[:5])
    assert made.run is not None
    unproven = {i.about for i in made.run.irregularities if i.kind == WorkKind.GATE_UNPROVEN}
    assert unproven == {"no-leak"}


def test_a_live_run_never_leaves_a_gate_unproven() -> None:
    bench = Bench()
    bench.begin()
    bench.do()
    bench.must(ask.Start("cool", "tom", "en"))
    bench.readings.values.clear()
    assert bench.refused(ask.LeaveUnproven("cool", "tom", "cool", "why not")) == {"not_late"}
    assert bench.refused(ask.ByHand("cool", "tom", "cool", 40.0)) == {"fitted"}


def test_the_way_back_is_copied_too_and_says_what_it_could_not_prove() -> None:
    made = _entered(_upto("drain"))
    made.way_back("TO", clock(400), "Smoke at the rack")
    assert made.step == "ms-close"
    bare = WrittenStep("ms-close", {"done": clock(430), "initials": "TO"})
    assert _faults(made, bare)
    made.enter(changed(bare, unproven="Nobody went near it"))
    made.enter(WrittenStep("ms-tell", {"done": clock(460), "initials": "TO", "expect": "x"}))
    made.close("TO", clock(500))
    assert made.run is not None
    assert made.run.status is RunStatus.SAFE
    assert any(one.about == "unproven" for one in made.run.irregularities)


# ---- times ----


@pytest.mark.parametrize("text", ["", "noon", "25:00", "12:60", "2026-13-01 10:00", "1e3"])
def test_what_is_no_time_is_told(text: str) -> None:
    with pytest.raises(CopyError):
        read_time(text, "done", after_us=START_US, now_us=START_US + 10**12)


def test_a_time_before_the_one_above_is_told_and_not_taken_for_the_next_day() -> None:
    made = _entered(_upto("cool"))
    assert _faults(made, changed(_step("cool"), done=clock(-7200))) == {"done": "words"}


def test_a_time_that_has_not_come_is_told() -> None:
    made = pad(now_s=100)
    made.begin(opening(), BOUND)
    made.enter(_step("find"))
    assert _faults(made, _step("cool")) == {"done": "words"}


def test_midnight_passes() -> None:
    day_us = 86_400_000_000
    late = read_time("2026-11-20 23:50", "a", after_us=None, now_us=START_US + 10 * day_us)
    found = read_time("00:10", "b", after_us=late.utc_us, now_us=START_US + 10 * day_us)
    assert found.utc_us - late.utc_us == 20 * 60_000_000


def test_work_cannot_have_begun_before_its_form_was_printed() -> None:
    made = pad(printed_us=START_US + 3_600_000_000)
    with pytest.raises(CopyError, match="before the form was printed"):
        made.begin(opening(), BOUND)


# ---- names ----


def test_initials_belong_to_one_person() -> None:
    made = pad()
    with pytest.raises(CopyError, match="two people"):
        made.begin(opening(crew=[("tom", "T"), ("tess", "T")]), BOUND)


def test_a_name_is_found_by_id_name_or_initials_and_nobody_else_is() -> None:
    names = Names(PEOPLE, {"V.B.": "vera"})
    assert [names.find(t) for t in ("vera", "VERA", "v.b.", "VB", "", "x")] == [
        "vera",
        "vera",
        "vera",
        "",
        "",
        "",
    ]


# ---- verifying ----


@pytest.mark.parametrize("who", [COPIER, COPIER.upper(), "stranger", ""])
def test_who_copied_and_who_is_nobody_cannot_verify(who: str) -> None:
    made = _entered(filled()[:1])
    with pytest.raises(CopyError):
        made.verified(who, SCANS, START_US)


def test_without_the_scan_of_each_page_nothing_is_verified() -> None:
    made = _entered(filled()[:1])
    with pytest.raises(CopyError, match="scan of page 2"):
        made.verified(VERIFIER, {1: "b" * 64}, START_US)


def test_an_entry_is_taken_back_until_it_is_on_its_way() -> None:
    made = _entered(filled()[:2])
    made.undo()
    assert made.step == "cool"
    made.recorded()
    made.undo()
    assert made.step == "cool"
    assert made.pending == ()


# ---- whatever is written ----

BOXES = sorted({box for step in filled() for box in step.boxes})
TEXTS = st.sampled_from(
    ["", "x", "TO", "VE", "SU", "TE", "nobody", "40", "51", "700", "820", "nan", "tank-1", "tank-2"]
    + [clock(at) for at in range(0, 3600, 300)]
)
LINES = st.builds(
    WrittenDeviation,
    st.sampled_from(["timer", "lid", "level", "cool", "no-leak", "expect", "other"]),
    st.sampled_from(["", "because"]),
    st.sampled_from(["", "TO", "VE"]),
    st.sampled_from(["", "TO", "VE", "SU"]),
)
CHANGES = st.dictionaries(st.sampled_from(BOXES), TEXTS, max_size=3)
TRIES = st.lists(st.tuples(CHANGES, st.lists(LINES, max_size=2)), max_size=3)


@given(
    tries=st.lists(TRIES, min_size=10, max_size=10),
    degrees=st.sampled_from([None, 40.0, 47.0, 55.0]),
    verifier=st.sampled_from([COPIER, VERIFIER, "vera", "stranger"]),
)
@settings(max_examples=60, deadline=None)
def test_no_form_is_closed_with_anything_unexplained(
    tries: list[Any], degrees: float | None, verifier: str
) -> None:
    world = Given(lambda s: GOOD | _hot(degrees or 40.0) | {"tank.lid.state": _lid(s)})
    made = pad(world if degrees else None)
    made.begin(opening(), BOUND)
    for right, wrong in zip(filled(), tries, strict=True):
        for changes, lines in wrong:
            _try(made, replace(right, boxes=right.boxes | changes, deviations=lines))
        _try(made, right)
    _try_close(made)
    _referee(made)
    try:
        events = made.verified(verifier, SCANS, START_US)
    except CopyError:
        assert verifier in {COPIER, "stranger"}
    else:
        assert verifier != COPIER
        assert replay(events) == made.run


def _try(made: LatePad, step: WrittenStep) -> None:
    try:
        made.enter(step)
    except CopyError:
        return


def _try_close(made: LatePad) -> None:
    for name in ("tom", "TO"):
        try:
            made.close(name, clock(3500))
        except CopyError:
            continue


def _referee(made: LatePad) -> None:
    """Look at the events alone: was every step that is done done as its author wants?"""
    run = made.run
    assert run is not None
    if run.status is RunStatus.FINISHED:
        assert set(made.form.revision.procedure.order) <= set(run.done)
    seen: dict[tuple[str, int], list[Any]] = {}
    for event in made.pending:
        body = event.body
        if "visit" in body:
            seen.setdefault((str(body["step"]), int(str(body["visit"]))), []).append(event)
    for (name, _visit), events in seen.items():
        done = next((one for one in events if one.kind == WorkKind.STEP_DONE), None)
        if done is not None:
            _done_right(made, name, events, done)


def _done_right(made: LatePad, name: str, events: list[Any], done: Any) -> None:
    spec = made.form.revision.procedure.steps[name]
    of = lambda kind, member: {e.body[member]: e.body for e in events if e.kind == kind}  # noqa: E731
    assert {item.id for item in spec.items} <= set(of(WorkKind.ITEM_CONFIRMED, "item"))
    assert {scan.id for scan in spec.scans} <= set(of(WorkKind.LABEL_SCANNED, "scan"))
    assert {photo.id for photo in spec.photos} <= set(of(WorkKind.PHOTO_TAKEN, "photo"))
    values = of(WorkKind.VALUE_RECORDED, "value")
    for value in spec.values:
        assert value.id in values
        assert values[value.id]["inside"] or done.body["next"] == "drain"
    if spec.timer and spec.timer.min_s:
        started = next(e for e in events if e.kind == WorkKind.STEP_STARTED)
        assert (done.utc_us - started.utc_us) / 1e6 >= spec.timer.min_s
    explained_by = {
        **of(WorkKind.GATE_BY_HAND, "gate"),
        **of(WorkKind.GATE_OVERRIDDEN, "gate"),
        **of(WorkKind.GATE_UNPROVEN, "gate"),
    }
    for told in done.body["gates"]:
        gate = next(one for one in spec.verify if one.id == told["gate"])
        is_skipped = told["state"] == "not_fitted" and gate.not_fitted == "skip"
        assert told["state"] == "met" or is_skipped or gate.id in explained_by
        assert told["state"] != "unmet" or gate.id in of(WorkKind.GATE_OVERRIDDEN, "gate")
    if spec.sign.second:
        assert done.body["second"] not in {"", done.body["executor"]}
