"""What it takes to raise an alarm: delays, counts, setpoints, votes, gates, starts, states."""

from __future__ import annotations

from dataclasses import replace

from console.alarms.severity import Severity
from console.alarms.states import State
from drivers.points import Reason, Schema

from .bench import FOUR, HOT, SCHEMA, Bench, key


def _alarm(condition: str, *, more: str = "") -> str:
    return f'[[alarm]]\nid = "x"\nname = "X"\npriority = 2\n{condition}\n{FOUR}\n{more}'


X = key("x", "")


def test_on_delay_counts_from_when_the_condition_began_and_starts_again() -> None:
    bench = Bench(HOT + "on_delay_s = 10\n")
    assert bench.feed(temperature=51) == []
    assert bench.feed(9, temperature=51) == []
    assert bench.feed(temperature=49.9) == []
    assert bench.feed(temperature=51) == []
    assert bench.feed(9.5, temperature=51) == []
    assert bench.feed(0.5, temperature=51) == ["alarm.raised"]


def test_an_all_right_that_comes_just_as_the_delay_ends_wins() -> None:
    bench = Bench(HOT + "on_delay_s = 10\n")
    bench.feed(temperature=51)
    assert bench.feed(10, temperature=40) == []
    assert bench.tick(60) == []


def test_missing_data_neither_stops_nor_completes_a_delay() -> None:
    bench = Bench(HOT + "on_delay_s = 10\n")
    bench.feed(temperature=51)
    assert bench.feed(12, reasons={"temperature": Reason.STALE}) == []
    assert bench.feed(1, temperature=51) == ["alarm.raised"]


def test_off_delay_and_deadband_hold_it() -> None:
    bench = Bench(HOT + "off_delay_s = 5\n")
    bench.feed(temperature=50)
    assert bench.feed(temperature=49.5) == []
    assert bench.feed(temperature=48) == []
    assert bench.feed(4, temperature=50) == []
    assert bench.feed(temperature=48) == []
    assert bench.feed(4, temperature=49.5) == []
    assert bench.feed(1, temperature=49.5) == ["alarm.cleared"]


def test_a_deadband_holds_only_what_was_raised() -> None:
    bench = Bench(HOT + "on_delay_s = 10\n")
    bench.feed(temperature=51)
    bench.feed(5, temperature=49.5)
    assert bench.feed(6, temperature=51) == []


def test_so_many_excursions_within_a_time() -> None:
    bench = Bench(HOT + "count = 3\nwithin_s = 60\n")
    for _ in range(2):
        assert bench.feed(temperature=51) == []
        assert bench.feed(temperature=40) == []
    assert bench.feed(temperature=51) == ["alarm.raised"]
    assert bench.feed(temperature=40) == []
    assert bench.feed(60, temperature=40) == ["alarm.cleared"]


def test_excursions_that_are_too_far_apart_do_not_count() -> None:
    bench = Bench(HOT + "count = 3\nwithin_s = 60\n")
    for _ in range(5):
        assert bench.feed(31, temperature=51) == []
        assert bench.feed(temperature=40) == []


def test_a_counted_condition_that_stays_is_raised_too() -> None:
    bench = Bench(HOT + "count = 3\nwithin_s = 60\n")
    bench.feed(temperature=51)
    assert bench.feed(60, temperature=51) == ["alarm.raised"]


def test_a_deviation_follows_its_setpoint() -> None:
    levels = "{ upper_caution = { reading = 2, dwell_s = 2, hysteresis = 1 } }"
    bench = Bench(_alarm(f'points = ["temperature"]\nlevels = {levels}\nrelative_to = "setpoint"'))
    assert bench.feed(temperature=41, setpoint=40) == []
    assert bench.feed(temperature=41, setpoint=38) == []
    assert bench.feed(2, temperature=41, setpoint=38) == ["alarm.raised"]
    told = bench.log[-1].body
    assert (told["value"], told["limit"]) == (41, 40), "a person reads where the limit stands now"
    assert bench.feed(temperature=41, setpoint=39.5) == []
    assert bench.feed(temperature=41, setpoint=40) == ["alarm.cleared"]


def test_a_setpoint_that_is_not_known_leaves_a_deviation_as_it_was() -> None:
    levels = "{ upper_caution = { reading = 2 } }"
    bench = Bench(_alarm(f'points = ["temperature"]\nlevels = {levels}\nrelative_to = "setpoint"'))
    assert bench.feed(temperature=45, reasons={"setpoint": Reason.STALE}) == []
    assert bench.feed(temperature=45) == ["alarm.raised"]


VOTE = _alarm('vote = { need = 2, of = { point = "leak[*].state", state = ["leak"] } }')
DRY, WET = 0, 1


def _leaks(*states: int | None) -> tuple[dict[str, float], dict[str, Reason]]:
    keys = [f"leak[{n}].state" for n in (1, 2, 3)]
    values = {k: float(s) for k, s in zip(keys, states, strict=True) if s is not None}
    bad = {k: Reason.SENSOR_FAULT for k, s in zip(keys, states, strict=True) if s is None}
    return values, bad


def test_two_of_three_sensors_must_agree() -> None:
    bench = Bench(VOTE)
    assert bench.feed_points(1, *_leaks(WET, DRY, DRY)) == []
    assert bench.feed_points(1, *_leaks(WET, DRY, WET)) == ["alarm.raised"]
    assert bench.feed_points(1, *_leaks(DRY, DRY, WET)) == ["alarm.cleared"]


def test_a_bad_sensor_counts_as_agreeing_with_one_that_works() -> None:
    bench = Bench(VOTE)
    assert bench.feed_points(1, *_leaks(None, DRY, DRY)) == []
    assert bench.feed_points(1, *_leaks(None, None, DRY)) == []
    assert bench.feed_points(1, *_leaks(None, DRY, WET)) == ["alarm.raised"]


def test_when_every_sensor_is_bad_nothing_is_known() -> None:
    bench = Bench(VOTE)
    bench.feed_points(1, *_leaks(WET, WET, DRY))
    assert bench.feed_points(1, *_leaks(None, None, None)) == ["alarm.changed"]
    found = bench.book.get(X)
    assert (found.current, found.state) == (Severity.UNKNOWN, State.UNACKNOWLEDGED)


GATED = _alarm(
    'points = ["flow"]\nlevels = { lower_critical = { reading = 200 } }\n'
    'only_while = [{ point = "pump[*].speed_percent", above = 99, match = "all" }]'
)
FULL = {"pump[1].speed_percent": 100.0, "pump[2].speed_percent": 100.0}


def test_low_flow_only_while_the_pumps_are_at_full_speed() -> None:
    bench = Bench(GATED)
    assert bench.feed_points(1, {"flow": 100}) == []
    assert bench.feed_points(1, {"flow": 100, "pump[1].speed_percent": 100}) == []
    assert bench.feed_points(1, {"flow": 100, **FULL}) == ["alarm.raised"]
    assert bench.feed_points(1, {"flow": 100}) == ["alarm.cleared"]


def test_a_gate_that_cannot_be_told_is_open() -> None:
    bench = Bench(GATED)
    bad = dict.fromkeys(FULL, Reason.SENSOR_FAULT)
    assert bench.feed_points(1, {"flow": 100}, bad) == ["alarm.raised"]


def test_a_part_without_the_point_of_a_gate_is_not_meant() -> None:
    schema = Schema(tuple(p for p in SCHEMA.points if "speed" not in p.key))
    bench = Bench(GATED, schema)
    assert bench.feed_points(1, {"flow": 100}) == []


def test_all_terms_must_hold_and_what_is_unknown_does_not() -> None:
    both = '{ point = "flow", below = 100 }, { point = "pump[1].state", state = ["running"] }'
    bench = Bench(_alarm(f"all = [{both}]"))
    assert bench.feed_points(1, {"flow": 50, "pump[1].state": 0}) == []
    assert bench.feed_points(1, {"flow": 50}, {"pump[1].state": Reason.STALE}) == []
    assert bench.feed_points(1, {"flow": 50}) == ["alarm.raised"]
    # A term that does not hold settles it, whatever the other is.
    assert bench.feed_points(1, {"flow": 300}, {"pump[1].state": Reason.STALE}) == ["alarm.cleared"]


def test_any_term_is_enough() -> None:
    bench = Bench(
        _alarm('any = [{ point = "flow", below = 100 }, { point = "mode", state = [0] }]')
    )
    assert bench.feed_points(1, {"mode": 0}) == ["alarm.raised"]
    assert bench.feed_points(1, {"flow": 50}) == []
    assert bench.feed_points(1, {}) == ["alarm.cleared"]


STARTING = _alarm(
    'points = ["flow"]\nlevels = { lower_critical = { reading = 200 } }\n'
    "startup_inhibit_s = 60\n"
    'startup = { point = "pump[1].state", state = ["running"] }'
)


def test_a_start_is_given_time() -> None:
    bench = Bench(STARTING)
    bench.feed_points(1, {"pump[1].state": 0})
    assert bench.feed_points(1, {"flow": 100}) == []
    assert bench.feed_points(59, {"flow": 100}) == []
    assert bench.feed_points(1, {"flow": 100}) == ["alarm.raised"]


def test_what_runs_already_when_the_console_starts_is_not_given_time() -> None:
    assert Bench(STARTING).feed_points(1, {"flow": 100}) == ["alarm.raised"]


def test_a_start_does_not_silence_what_is_raised() -> None:
    bench = Bench(STARTING)
    bench.feed_points(1, {"flow": 100, "pump[1].state": 0})
    assert bench.book.get(key("x", "flow")).active is Severity.CRITICAL
    assert bench.feed_points(1, {"flow": 100}) == []
    assert bench.book.get(key("x", "flow")).active is Severity.CRITICAL


def test_states_and_bits_alarm_by_the_severities_of_their_map() -> None:
    bench = Bench(_alarm('points = ["*"]\nseverities = true'))
    assert bench.feed(alarms=0b1001) == ["alarm.raised", "alarm.raised"]
    fan, frost = bench.book.get(key("x", "alarms/0")), bench.book.get(key("x", "alarms/3"))
    assert (fan.latched, frost.latched) == (Severity.CAUTION, Severity.CRITICAL)
    assert frost.body["state"] == "frost"
    assert bench.feed(alarms=0b1000) == ["alarm.cleared"]
    assert bench.feed(alarms=0b1000, mode=1) == ["alarm.raised"]


def test_a_number_that_counts_as_new_only_when_it_changes() -> None:
    bench = Bench(
        _alarm('all = [{ point = "mode", state = [0, 1], changed = true }]', more="latching = true")
    )
    assert bench.feed(mode=1) == []  # it may have stood there for a month
    bench.feed(mode=2)
    assert bench.feed(mode=1) == ["alarm.raised"]
    assert bench.feed(mode=1) == ["alarm.cleared"]
    assert bench.book.get(X).state is State.LATCHED_UNACKNOWLEDGED
    assert bench.feed(mode=0) == ["alarm.raised"]


def test_why_a_value_is_not_good_can_alarm() -> None:
    bench = Bench(_alarm('points = ["*"]\nreasons = ["sensor_fault"]\nseverity = "caution"'))
    assert bench.feed(reasons={"flow": Reason.STALE}) == []
    assert bench.feed(reasons={"flow": Reason.SENSOR_FAULT}) == ["alarm.raised"]
    assert bench.feed() == ["alarm.cleared"]


def test_what_is_calculated_has_no_sensor_to_fail() -> None:
    schema = Schema((replace(SCHEMA["flow"], register="calculated"),))
    bench = Bench(_alarm('points = ["*"]\nreasons = ["sensor_fault"]'), schema)
    assert bench.feed_points(1, {}, {"flow": Reason.SENSOR_FAULT}) == []


def test_an_event_is_recorded_and_alarms_nobody() -> None:
    bench = Bench('[[event]]\nid = "o"\nname = "O"\nany = [{ point = "flow", below = 100 }]')
    assert bench.feed(flow=50) == ["condition.began"]
    assert bench.feed(flow=50) == []
    assert bench.restart() == []
    assert bench.feed(flow=300) == ["condition.ended"]
    assert bench.book.statuses() == []


def test_a_clock_that_runs_backwards_shortens_no_delay() -> None:
    bench = Bench(HOT + "on_delay_s = 10\n")
    bench.feed(temperature=51)
    assert bench.feed(-50, temperature=51) == []
    assert bench.feed(55, temperature=51) == []
    assert bench.feed(5, temperature=51) == ["alarm.raised"]


def test_the_first_definition_that_fits_a_limit_has_it() -> None:
    other = HOT.replace('"hot"', '"other"').replace('["temperature"]', '["*"]')
    bench = Bench(HOT + other)
    assert bench.feed(temperature=51) == ["alarm.raised"]
    assert bench.log[-1].body["alarm"] == "hot"


def test_an_event_says_what_was_measured() -> None:
    bench = Bench()
    bench.feed(temperature=56.25)
    body = bench.log[-1].body
    assert {k: body[k] for k in ("point", "point_name", "value", "unit", "level", "limit")} == {
        "point": "temperature",
        "point_name": "Temperature",
        "value": 56.25,
        "unit": "Cel",
        "level": "upper_critical",
        "limit": 55.0,
    }
