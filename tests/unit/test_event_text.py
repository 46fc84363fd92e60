"""Events in words, for screen and terminal, in both languages, whatever the body holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.event_text import EventText, event_text
from console.history.events import EventDraft, Kind
from console.text import use_language
from drivers.points import Stamp

LIMIT: dict[str, Any] = {
    "point": "coolant_return_temperature",
    "name": "Coolant return temperature",
    "level": "upper_critical",
    "limit": 55.0,
    "value": 55.23,
    "unit": "Cel",
}
LOW = LIMIT | {"name": "Coolant flow", "level": "lower_caution", "limit": 200, "value": 187.04}
WRITE: dict[str, Any] = {
    "point": "coolant_setpoint_temperature",
    "name": "Coolant temperature setpoint",
    "unit": "Cel",
    "value": 42.0,
    "reason": "commissioning",
}
ALARM: dict[str, Any] = {
    "alarm": "coolant-return-high",
    "item": "coolant_return_temperature",
    "name": "Coolant return temperature high",
    "point": "coolant_return_temperature",
    "limit": 55.0,
    "value": 55.23,
    "unit": "Cel",
    "severity": "critical",
    "priority": 2,
}
TRIPPED = LIMIT | {"name": "Pump 2 state", "level": "upper_critical", "state": "tripped"}


@pytest.fixture(autouse=True)
def _english_again() -> Iterator[None]:
    yield
    use_language("en")


def told(kind: str, body: Mapping[str, Any], subject: str = "tank-3") -> EventText:
    names = {"tank-3": "Tank 3", "node-1/gpu0": "Node 1 GPU 0"}
    draft = EventDraft(kind, subject, body, Stamp(1, 1.0))
    return event_text(draft, lambda part: names.get(part, part))


@pytest.mark.parametrize(
    ("kind", "body", "sentence"),
    [
        (
            Kind.LIMIT_CROSSED,
            LIMIT,
            "Tank 3: Coolant return temperature above the critical limit: 55.2 °C (limit 55 °C)",
        ),
        (
            Kind.ALARM_RAISED,
            ALARM,
            "Tank 3: Coolant return temperature high: 55.2 °C (limit 55 °C)",
        ),
        (
            Kind.ALARM_RAISED,
            {"alarm": "pump-failed", "name": "Pump failed", "state": "tripped"},
            "Tank 3: Pump failed: tripped",
        ),
        (
            Kind.ALARM_CHANGED,
            ALARM | {"severity": "fatal", "value": None},
            "Tank 3: Coolant return temperature high, now fatal",
        ),
        (
            Kind.ALARM_SHELVED,
            ALARM | {"duration_s": 1800, "reason": "nuisance"},
            "Tank 3: Coolant return temperature high shelved for 30 min: nuisance",
        ),
        (
            Kind.ALARM_UNSHELVED,
            ALARM | {"because": "expired"},
            "Tank 3: Coolant return temperature high back from the shelf: its time was up",
        ),
        (
            Kind.ALARM_OUT_OF_SERVICE,
            {"alarm": "leak", "work_order": "WO-9", "reason": "new cable"},
            "Tank 3: leak out of service: WO-9, new cable",
        ),
        (
            Kind.LIMIT_CLEARED,
            LIMIT | {"value": None},
            "Tank 3: Coolant return temperature: critical limit no longer watched",
        ),
        (
            Kind.GPU_LOST,
            {"serial": "1650", "seen": False},
            "Tank 3: Expected GPU is not here: 1650",
        ),
        (Kind.GPU_LOST, {"serial": "1650"}, "Tank 3: GPU lost: 1650"),
        (Kind.GPU_RESTORED, {"serial": "1650"}, "Tank 3: GPU is back"),
        (
            Kind.GPU_RESTORED,
            {"serial": "1651", "was_serial": "1650"},
            "Tank 3: Another GPU is here now: 1651",
        ),
        (
            Kind.ALARM_RAISED,
            {
                "alarm": "gpu-margin-low",
                "name": "GPU thermal margin low",
                "value": -3.0,
                "limit": -2,
                "unit": "K",
                "priority": 3,
            },
            "Tank 3: GPU thermal margin low: \N{MINUS SIGN}3 K (limit \N{MINUS SIGN}2 K)",
        ),
        (
            Kind.GPU_REPORTED,
            {"text": "NVML did not answer", "serial": "1650"},
            "Tank 3: NVML did not answer (1650)",
        ),
        (
            Kind.GPU_XID_REPEATED,
            {"code": 13, "count": 40},
            "Tank 3: Xid 13 was reported 40 times",
        ),
        (
            Kind.GPU_XID,
            {"code": 9999, "serial": "165"},
            "Tank 3: Xid 9999, which this version does not know (165)",
        ),
        (
            Kind.GPU_UNEXPECTED,
            {"expected_serial": "A", "found_serial": None, "expected_uuid": "u", "found_uuid": "v"},
            "Tank 3: Found v where u was expected",
        ),
        (
            Kind.GPU_UNEXPECTED,
            {"expected_serial": "A"},
            "Tank 3: Another GPU than the site file names",
        ),
        (
            Kind.GPU_SILENT,
            {"uuid": "GPU-1"},
            "Tank 3: The GPU does not answer; its server does (GPU-1)",
        ),
        (
            Kind.LIMIT_CLEARED,
            LIMIT | {"value": 53.9},
            (
                "Tank 3: Coolant return temperature no longer above the critical limit: "
                "53.9 °C (limit 55 °C)"
            ),
        ),
        (
            Kind.LIMIT_CROSSED,
            LOW | {"unit": "L/min"},
            "Tank 3: Coolant flow below the caution limit: 187 L/min (limit 200 L/min)",
        ),
        (Kind.LIMIT_CROSSED, TRIPPED, "Tank 3: Pump 2 state: tripped"),
        (
            Kind.LIMIT_ACKNOWLEDGED,
            {"point": "level", "name": "Fluid level", "level": "lower_fatal"},
            "Tank 3: Fluid level: fatal limit acknowledged",
        ),
        (
            Kind.LIMIT_ACKNOWLEDGED,
            {"point": "", "level": "device.lost"},
            "Tank 3: Acknowledged: Device lost",
        ),
        (Kind.DEVICE_LOST, {"url": "u", "message": "timed out"}, "Tank 3: No answer: timed out"),
        (Kind.DEVICE_LOST, {}, "Tank 3: No answer"),
        (Kind.DEVICE_RESTORED, {"url": "u"}, "Tank 3: Answers again"),
        (
            Kind.SENSOR_FAILED,
            {"point": "level", "name": "Fluid level", "reason": "sensor_fault"},
            "Tank 3: Fluid level: sensor fault",
        ),
        (Kind.FAULT_INJECTED, {"fault": "pump_trip"}, "Tank 3: Fault injected: pump trip"),
        (Kind.APPLICATION_STARTED, {"devices": 12}, "Console started, watching 12 devices"),
        (Kind.APPLICATION_STARTED, {}, "Console started"),
        (Kind.STORAGE_DEGRADED, {"sentence": "The disk is full."}, "The disk is full."),
        (Kind.STORAGE_RESTORED, {"events_lost": 3}, "Recording goes on; 3 events were lost"),
        (Kind.STORAGE_RESTORED, {}, "Recording goes on; nothing was lost"),
        (
            Kind.WRITE_DONE,
            WRITE | {"before": 40.0, "after": 42.0},
            "Tank 3: Coolant temperature setpoint set to 42 °C, was 40 °C",
        ),
        (
            Kind.WRITE_REFUSED,
            WRITE | {"message": "writing is not armed"},
            "Tank 3: Coolant temperature setpoint not set to 42 °C: writing is not armed",
        ),
        (Kind.WRITE_ARMED, {"reason": "commissioning"}, "Tank 3: commissioning"),
        ("door.opened", {"by": "M. Chen", "count": 2}, "Tank 3: by M. Chen, count 2"),
        (Kind.LIMIT_CROSSED, {"level": "sideways"}, "Tank 3: level sideways"),
    ],
)
def test_an_event_in_one_sentence(kind: str, body: Mapping[str, Any], sentence: str) -> None:
    assert told(kind, body).sentence.replace("\N{NO-BREAK SPACE}", " ") == sentence


def test_numbers_take_the_decimal_separator_of_the_screen() -> None:
    draft = EventDraft(Kind.LIMIT_CROSSED, "tank-3", LIMIT, Stamp(1, 1.0))
    assert "55,2\N{NO-BREAK SPACE}°C" in event_text(draft, decimal_point=",").what


def test_a_number_and_its_unit_are_never_parted() -> None:
    assert (
        "55.2\N{NO-BREAK SPACE}°C (limit\N{NO-BREAK SPACE}55\N{NO-BREAK SPACE}°C)"
        in told(Kind.LIMIT_CROSSED, LIMIT).what
    )


@pytest.mark.parametrize(
    ("kind", "body", "sentence"),
    [
        (Kind.LIMIT_CROSSED, LIMIT, "Tank 3：回液温度高于严重上限：55.2 °C（限值 55 °C）"),
        (Kind.LIMIT_CROSSED, TRIPPED, "Tank 3：2 号泵状态：跳闸"),
        (Kind.FAULT_CLEARED, {"fault": "slow_leak"}, "Tank 3：故障解除：缓慢漏液"),
    ],
)
def test_an_event_in_chinese(kind: str, body: Mapping[str, Any], sentence: str) -> None:
    use_language("zh_CN")
    assert told(kind, body).sentence.replace("\N{NO-BREAK SPACE}", " ") == sentence


@pytest.mark.parametrize(
    ("kind", "body", "priority"),
    [
        (Kind.ALARM_RAISED, ALARM, 2),
        (Kind.ALARM_RAISED, ALARM | {"priority": 9}, None),
        (Kind.ALARM_CLEARED, ALARM, None),
        (Kind.LIMIT_CROSSED, LIMIT, None),
        (Kind.DEVICE_CONNECTED, {}, None),
        ("door.opened", {}, None),
    ],
)
def test_the_priority_is_that_of_the_alarm_it_opens(
    kind: str, body: Mapping[str, Any], priority: int | None
) -> None:
    assert told(kind, body).priority == priority


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
MEMBERS = st.sampled_from(
    [
        *(
            "point",
            "name",
            "level",
            "limit",
            "value",
            "unit",
            "state",
            "reason",
            "message",
            "fault",
        ),
        *("devices", "sentence", "events_lost", "samples", "sequence", "found_sequence", "serial"),
    ]
)


@given(
    kind=st.sampled_from([*Kind, "new.kind", ""]),
    body=st.dictionaries(MEMBERS | st.text(max_size=8), JSON),
    subject=st.text(max_size=20),
)
def test_no_body_is_too_odd_to_be_told(kind: str, body: dict[str, Any], subject: str) -> None:
    text = event_text(EventDraft(kind, subject, body, Stamp(1, 1.0)))
    assert isinstance(text.sentence, str)


def test_the_cause_that_hides_an_alarm_is_named_in_the_readers_language() -> None:
    use_language("zh_CN")
    hidden = {"alarm": "x", "name": "GPU lost", "by": "rule:y", "reason": "Facility flow low"}
    assert "Facility" not in told(Kind.ALARM_SUPPRESSED, hidden).what
    by_hand = hidden | {"by": "work:WO-1", "reason": "Facility flow low"}
    assert "Facility flow low" in told(Kind.ALARM_SUPPRESSED, by_hand).what
