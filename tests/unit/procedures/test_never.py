"""Whatever anybody asks in whatever order, whatever the equipment says, whenever the power fails.

A referee that knows nothing of the engine watches the world and the events: no gate is passed that
is not met, nobody signs twice, no minimum is undercut, no hold point walked past, no event lost,
and there is always a way to safe.
"""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.points import Reason
from procedures.engine import commands as ask
from procedures.engine.apply import apply, replay
from procedures.engine.decide import decide
from procedures.engine.events import WorkKind

from .bench import PEOPLE, Bench, small, through_json
from .crew import RIGHT, attack, leave, request, right_thing, wait, work
from .referee import LEAK, LID, TEMPERATURE, Referee

REVISION = small()
STEPS = sorted(REVISION.procedure.steps)
PERSON = st.sampled_from([*PEOPLE, "stranger", ""])
STEP = st.sampled_from(["now"] * len(STEPS) * 3 + STEPS)
TEXT = st.sampled_from(["", " ", "because"])
NUMBER = st.sampled_from([700.0, 820.0, float("nan"), float("inf")])
LANGUAGE = st.sampled_from(["en", "zh_CN", "tlh"])
COMMANDS = st.one_of(
    st.builds(ask.Start, STEP, PERSON, LANGUAGE, st.sampled_from([(), ("splash",)])),
    st.builds(ask.Complete, STEP, PERSON, TEXT),
    st.builds(ask.SignSecond, STEP, PERSON, LANGUAGE),
    st.builds(ask.Reject, STEP, PERSON, TEXT),
    st.builds(ask.ReleaseHold, STEP, PERSON),
    st.builds(
        ask.OverrideGate, STEP, PERSON, st.sampled_from(["cool", "hard", "still", "lid-open"]), TEXT
    ),
    st.builds(ask.ByHand, STEP, PERSON, st.sampled_from(["cool", "hard"]), NUMBER),
    st.builds(ask.ChooseStep, STEP, PERSON),
    st.builds(ask.Record, STEP, PERSON, st.just("level"), NUMBER),
    st.builds(ask.TakePhoto, STEP, PERSON, st.just("drip"), st.sampled_from(["", "a" * 64])),
    st.builds(ask.ScanLabel, STEP, PERSON, st.just("label"), st.sampled_from(["tank-1", "tank-2"])),
    st.builds(ask.ConfirmItem, STEP, PERSON, st.sampled_from(["left", "right"])),
    st.builds(ask.Choose, STEP, PERSON, st.sampled_from(["go-on", "again"])),
    st.builds(ask.FailStep, STEP, PERSON, TEXT),
    st.builds(ask.SkipStep, STEP, PERSON, st.sampled_from(["clean", "lazy"]), TEXT, PERSON),
    st.builds(ask.Release, STEP, PERSON, TEXT),
    st.builds(
        ask.Deviate, PERSON, st.sampled_from(["timer", "lid", "level"]), TEXT, st.just("defer")
    ),
    st.builds(ask.Suspend, PERSON, TEXT),
    st.builds(ask.TakeOver, PERSON, LANGUAGE),
    st.builds(ask.Abort, PERSON, TEXT),
    st.builds(ask.Note, PERSON, TEXT),
    st.builds(ask.Close, PERSON),
    st.just(ask.Reopen()),
)
HAND = st.sampled_from(["tom", "tess", "sam"])
WORLD = st.one_of(
    st.tuples(st.just(TEMPERATURE), st.sampled_from([40.0, 48.0, 60.0, Reason.STALE])),
    st.tuples(st.just(LEAK), st.sampled_from(["dry", "dry", "leak", Reason.NO_COMMS])),
    st.tuples(st.just(LID), st.sampled_from(["open", "closed", Reason.SENSOR_FAULT])),
    st.tuples(st.just("fresh"), st.booleans()),
)
NEXT = st.tuples(st.just("ask"), st.just(RIGHT))
CREW = st.tuples(
    st.just("crew"), st.tuples(st.integers(1, 6), st.sampled_from([0.0, 15.0, 25.0, 70.0, 130.0]))
)
HAPPENS = st.one_of(
    NEXT,
    NEXT,
    CREW,
    CREW,
    CREW,
    st.tuples(st.just("attack"), st.sampled_from(["stale", "hot", "leaking", "impatient"])),
    st.tuples(st.just("attack"), st.sampled_from(["hasty", "shift", "skip", "grab", "alone"])),
    st.tuples(st.just("hand"), HAND),
    st.tuples(st.just("ask"), COMMANDS),
    st.tuples(st.just("ask"), COMMANDS),
    st.tuples(st.just("world"), WORLD),
    st.tuples(st.just("world"), WORLD),
    st.tuples(st.just("wait"), st.sampled_from([1.0, 5.0, 21.0, 130.0, 700.0])),
    st.tuples(st.just("crash"), st.tuples(st.booleans(), st.sampled_from([0.0, 30.0, 400.0]))),
    st.tuples(st.just("clock"), st.sampled_from([-3600.0, -30.0])),
)
MAIN = st.sampled_from(REVISION.procedure.order)


def happen(bench: Bench, referee: Referee, what: str, how: Any) -> None:
    """Let one thing happen."""
    match what:
        case "ask":
            request(bench, referee, how)
        case "hand":
            bench.hand = how
        case "attack":
            attack(bench, referee, how)
        case "crew":
            for _ in range(how[0]):
                work(bench, referee, how[1])
        case "wait":
            wait(bench, referee, how)
        case "crash":
            bench.crash(reboot=how[0], lost_s=how[1])
        case _:
            change(bench, what, how)
    bench.look()
    referee.tick()
    referee.judge()


def change(bench: Bench, what: str, how: Any) -> None:
    """Change the world or its clock."""
    if what == "clock":
        bench.utc_offset_s += how
    elif how[0] == "fresh":
        bench.fresh = how[1]
    else:
        bench.readings.values[how[0]] = how[1]


def advanced(start: str) -> tuple[Bench, Referee]:
    """Return a bench that a good crew has brought to a step, and a referee who saw it."""
    bench = Bench(REVISION)
    assert bench.begin().event
    referee = Referee(bench)
    for _ in range(200):
        if bench.step == start:
            break
        work(bench, referee)
    assert bench.step == start
    return bench, referee


@settings(max_examples=150, deadline=None)
@given(MAIN, HAND, st.lists(HAPPENS, min_size=20, max_size=80))
def test_nothing_forbidden_ever_happens(
    start: str, hand: str, happenings: list[tuple[str, Any]]
) -> None:
    bench, referee = advanced(start)
    bench.hand = hand
    from_disk = replay(through_json(event) for event in bench.events)
    for what, how in happenings:
        read = len(bench.events)
        happen(bench, referee, what, how)
        referee.judge()
        for event in bench.events[read:]:
            from_disk = apply(from_disk, through_json(event))
        run = bench.run
        assert run is not None
        assert run.events == len(bench.events)
        assert run == from_disk
        if run.is_over:
            break
        leave(bench)
    assert bench.run == replay(through_json(event) for event in bench.events)


@settings(max_examples=40, deadline=None)
@given(MAIN, st.lists(HAPPENS, max_size=30), st.integers(0, 30))
def test_any_prefix_of_the_events_goes_on_as_if_nothing_had_been(
    start: str, happenings: list[tuple[str, Any]], cut: int
) -> None:
    """A command has the same answer in the live state and in the state replayed from disk."""
    bench, referee = advanced(start)
    for number, (what, how) in enumerate(happenings):
        if number == cut:
            assert bench.run is not None
            resumed = replay(through_json(event) for event in bench.events)
            command = right_thing(bench)
            assert command
            live = decide(bench.run, command, REVISION, bench.context())
            assert decide(resumed, command, REVISION, bench.context()) == live
        happen(bench, referee, what, how)
        referee.judge()
        if bench.run is not None and bench.run.is_over:
            break


def test_a_good_crew_comes_to_the_end() -> None:
    """The strategy is worth something: without trouble it walks the whole procedure."""
    bench, referee = advanced("close-lid")
    for _ in range(20):
        work(bench, referee)
    referee.judge()
    assert bench.run is not None
    assert bench.run.status == "finished"
    assert WorkKind.STEP_WITNESSED in {event.kind for event in bench.events}
