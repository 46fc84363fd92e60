"""Points are a pure function of the log: every mistake by name, and none for what others do."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.training.kinds import TrainingKind
from console.training.result import SAID, Code
from console.training.scoring import shipped_costs
from tests.unit.training.stories import ENDED, SAFE, Told, refused, scored, taken

CALM = "calm-extraction"
LEAK = Told(TrainingKind.FAULT, 100.0, body={"fault": "leak", "target": "tank-1"})
ANSWERED = Told("work.question_answered", 500.0, body={"step": "comes-back", "answer": "stays-out"})


def test_a_clean_run_has_all_points_and_passes() -> None:
    found = scored(CALM, ANSWERED, ENDED)
    assert (found.points, found.passed, found.ended, found.why_not) == (100, True, "finished", "")
    assert found.deductions == []
    assert found.seconds == 600.0


MISTAKES = [
    (refused(10, "limit"), "gate_attempted", "because of limit"),
    (refused(10, "min_time"), "gate_attempted", "because of min_time"),
    (refused(10, "hold", "Start"), "gate_attempted", "because of hold"),
    (refused(10, "no_override", "OverrideGate"), "gate_attempted", "no_override"),
    (refused(10, "hazards", "Start"), "hazard_ignored", "because of hazards"),
    (refused(10, "scan_wrong", "ScanLabel", scan="slot-label", label="x"), "wrong_label", "wrong"),
    (refused(10, "value_missing"), "order", "because of value_missing"),
    (
        Told(
            "work.value_recorded",
            10,
            body={"step": "weigh", "value": "plate", "number": 500, "unit": "kg", "inside": False},
        ),
        "value_outside",
        "plate was 500 kg",
    ),
    (
        Told("work.timer_overrun", 10, "system", {"step": "drip", "about": "lid", "limit_s": 9}),
        "overrun",
        "Longer than 9 s: lid",
    ),
    (
        Told(
            "work.gate_overridden",
            10,
            "colleague-supervisor",
            {"step": "lift-half", "gate": "drop-half", "reason": "in a hurry"},
        ),
        "override",
        "drop-half",
    ),
    (
        Told(TrainingKind.OVERRIDE_ASKED, 10, body={"gate": "drop-half", "granted": False}),
        "override_asked",
        "drop-half",
    ),
    (
        Told("work.step_skipped", 10, body={"step": "weigh", "reason": "done", "text": "no scale"}),
        "skipped",
        "no scale",
    ),
    (Told("work.step_failed", 10, body={"step": "boot", "reason": "dark"}), "failed", "dark"),
    (
        Told("work.step_rejected", 10, "colleague-verifier", {"step": "weigh", "reason": "wet"}),
        "rejected",
        "wet",
    ),
    (
        Told("work.step_done", 10, body={"step": "ms-lower", "unproven": "could not see"}),
        "unproven",
        "could not see",
    ),
]


@pytest.mark.parametrize(("event", "code", "words"), MISTAKES)
def test_every_mistake_costs_what_the_table_says_and_is_named(
    event: Told, code: str, words: str
) -> None:
    found = scored(CALM, event, ANSWERED, ENDED, must=scored_must())
    cost = shipped_costs().cost[Code(code)].points
    assert taken(found) == {code: cost}
    assert found.points == 100 - cost
    assert words in found.deductions[0].sentence


def scored_must() -> tuple[object, ...]:
    """The calm scenario's expected answers but the one about overrides, which costs by itself."""
    from console.training.scenario import scenario_named

    return tuple(one for one in scenario_named(CALM).must if one.id != "no-gate")


@pytest.mark.parametrize("event", [event for event, _, _ in MISTAKES if event.actor == "chen"])
def test_what_a_colleague_does_costs_the_trainee_nothing(event: Told) -> None:
    other = Told(event.kind, event.at_s, "colleague-verifier", event.body)
    found = scored(CALM, other, ANSWERED, ENDED, must=scored_must())
    # What is left unproven is the crew's, whoever signed.
    assert found.points == (97 if event.kind == "work.step_done" else 100)


def test_one_impatient_press_is_one_attempt_and_two_are_two() -> None:
    twice = scored(CALM, refused(10, "limit"), refused(10.4, "limit"), ANSWERED, ENDED)
    again = scored(CALM, refused(10, "limit"), refused(20, "limit"), ANSWERED, ENDED)
    assert (twice.gates_attempted, again.gates_attempted) == (1, 2)


def test_a_kind_of_mistake_costs_no_more_than_its_most_and_is_still_listed() -> None:
    events = [refused(10.0 * n, "limit") for n in range(1, 30)]
    found = scored(CALM, *events, ANSWERED, ENDED)
    cost = shipped_costs().cost[Code.GATE_ATTEMPTED]
    assert taken(found)["gate_attempted"] == cost.most
    assert found.gates_attempted == 29


def test_slowness_counts_the_hands_and_not_what_the_work_waits_for() -> None:
    waited = [
        Told("work.step_started", 100, body={"step": "drip"}),
        Told("work.step_done", 30_000, body={"step": "drip"}),
    ]
    calm = scored(CALM, *waited, ANSWERED, Told("work.finished", 30_500))
    assert (round(calm.worked_s), taken(calm)) == (600, {})
    slow = scored(CALM, ANSWERED, Told("work.finished", 2400 * 1.5))
    assert taken(slow) == {"slow": 2 * shipped_costs().cost[Code.SLOW].points}
    assert sum(one.code is Code.SLOW for one in slow.deductions) == 1


def test_a_step_over_its_own_par_is_named() -> None:
    steps = [
        Told("work.step_started", 10, body={"step": "lift-half"}),
        Told("work.step_done", 400, body={"step": "lift-half"}),
    ]
    found = scored(CALM, *steps, ANSWERED, ENDED)
    assert [(one.code, one.step) for one in found.deductions] == [(Code.SLOW_STEP, "lift-half")]


def test_work_left_in_the_middle_never_passes() -> None:
    found = scored(CALM, ANSWERED, pass_mark=1)
    assert not found.passed
    assert "The work was left in the middle" in [one.sentence for one in found.deductions]


@pytest.mark.parametrize(
    ("at_s", "who", "passes"),
    [(150.0, "chen", True), (219.9, "chen", True), (230.0, "chen", False), (150, "wu", False)],
)
def test_the_leak_must_be_answered_by_the_trainee_in_time(
    at_s: float, who: str, passes: bool
) -> None:
    aborted = Told("work.aborted", at_s, who, {"step": "lift-half", "reason": "leak"})
    found = scored("leak-during-lift", LEAK, aborted, SAFE)
    assert found.passed is passes
    stop = next(one for one in found.reactions if one.id == "stop")
    assert stop.is_met is passes
    assert stop.seconds == (at_s - 100.0 if who == "chen" else None)


def test_an_abort_before_the_fault_is_no_answer_to_it() -> None:
    early = Told("work.aborted", 50.0, body={"step": "lift-half", "reason": "afraid"})
    found = scored("leak-during-lift", early, LEAK, SAFE)
    assert not found.passed
    assert "Not done: Break the lift off" in found.why_not


def test_a_fault_that_never_came_asks_for_nothing() -> None:
    early = Told("work.aborted", 50.0, body={"step": "cordon", "reason": "no permit"})
    assert scored("leak-during-lift", early, SAFE).passed


def label(at_s: float, text: str, *, taken_in: bool) -> Told:
    if taken_in:
        body = {"step": "find-the-slot", "scan": "slot-label", "label": text}
        return Told("work.label_scanned", at_s, body=body)
    more = {"scan": "slot-label", "label": text, "step": "find-the-slot"}
    return refused(at_s, "scan_wrong", "ScanLabel", **more)


def test_entering_what_the_label_reads_is_right_though_the_console_refuses_it() -> None:
    found = scored("wrong-slot-label", label(5, "tank-1/slot-2", taken_in=False), SAFE)
    assert (found.points, found.passed) == (100, True)


@pytest.mark.parametrize("taken_in", [True, False])
def test_entering_what_the_console_wants_to_read_fails(taken_in: bool) -> None:
    text = "tank-1/slot-1" if taken_in else "tank-1/slot-9"
    found = scored("wrong-slot-label", label(5, text, taken_in=taken_in), SAFE)
    assert not found.passed
    assert f"Entered {text}; the label reads tank-1/slot-2" in found.why_not


def test_the_alarm_must_be_one_that_was_raised_since() -> None:
    pump = Told(TrainingKind.FAULT, 100.0, body={"fault": "pump", "target": "tank-1"})
    noted = Told("work.noted", 200.0, body={"text": "pump 1 tripped"})

    def alarm(kind: str, at_s: float, name: str) -> Told:
        return Told(f"alarm.{kind}", at_s, "root", {"alarm": name}, "tank-1")

    old = [alarm("raised", 10, "level-low"), alarm("acknowledged", 120, "level-low")]
    new = [alarm("raised", 105, "pump-tripped"), alarm("acknowledged", 130, "pump-tripped")]
    seen = {
        name: next(one for one in found.reactions if one.id == "seen")
        for name, found in {
            "old": scored("pump-fails-during-drip", pump, *old, noted, ENDED),
            "new": scored("pump-fails-during-drip", pump, *old, *new, noted, ENDED),
        }.items()
    }
    assert not seen["old"].is_met
    assert (seen["new"].is_met, seen["new"].seconds) == (True, 30.0)


def test_the_result_can_be_read_by_a_program_and_says_everything() -> None:
    found = scored(CALM, refused(10, "limit"), ENDED)
    told = json.loads(json.dumps(found.as_dict()))
    assert told["points"] == found.points
    assert [one["text"] for one in told["deductions"]] == [one.sentence for one in found.deductions]
    assert {one["id"]: one["met"] for one in told["must"]}["outside"] is False


def test_every_deduction_has_words() -> None:
    assert set(SAID) == set(Code)


EVENTS = st.sampled_from([event for event, _, _ in MISTAKES] + [LEAK, ANSWERED, ENDED, SAFE])


@given(st.lists(EVENTS, max_size=25))
def test_points_stay_within_bounds_and_what_is_critical_never_passes(events: list[Told]) -> None:
    found = scored(CALM, *events)
    assert 0 <= found.points <= 100
    assert found.passed == (
        found.points >= found.pass_mark and not any(one.critical for one in found.deductions)
    )
    assert found.points == max(0, 100 - sum(one.points for one in found.deductions))


MISTAKE = st.sampled_from([event for event, _, _ in MISTAKES])


@given(st.lists(MISTAKE, max_size=12), MISTAKE)
def test_another_mistake_never_makes_it_better(events: list[Told], one: Told) -> None:
    before = scored(CALM, *events, ANSWERED, ENDED)
    after = scored(CALM, *events, one, ANSWERED, ENDED)
    assert after.points <= before.points


BODIES = st.dictionaries(
    st.sampled_from(["step", "gate", "reasons", "asked", "scan", "label", "command", "inside"]),
    st.one_of(st.none(), st.text(max_size=8), st.integers(), st.lists(st.text(max_size=3))),
    max_size=5,
)


@given(st.lists(st.tuples(st.sampled_from([e.kind for e, _, _ in MISTAKES]), BODIES), max_size=6))
def test_a_log_of_another_shape_is_scored_all_the_same(
    told: list[tuple[str, dict[str, object]]],
) -> None:
    events = [Told(kind, 10.0 + n, body=body) for n, (kind, body) in enumerate(told)]
    assert 0 <= scored("wrong-slot-label", *events).points <= 100
