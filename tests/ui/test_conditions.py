"""An alarm in a few words."""

from __future__ import annotations

import pytest

from console.alarms.book import AlarmBook
from console.history.events import EventDraft, Kind
from console.ui.conditions import condition
from drivers.points import Stamp

_STATE = {"point": "row_remap_pending", "level": "upper_caution", "name": "Row remap pending"}


@pytest.mark.parametrize(
    ("kind", "body", "words"),
    [
        (Kind.GPU_LOST, {}, "GPU lost"),
        (Kind.GPU_SILENT, {}, "GPU does not answer"),
        (Kind.GPU_UNEXPECTED, {"slot": 1}, "Other GPU than expected"),
        (Kind.DEVICE_LOST, {}, "No answer"),
        (Kind.LIMIT_CROSSED, {**_STATE, "state": "yes"}, "Row remap pending"),
        (
            Kind.LIMIT_CROSSED,
            {
                "point": "recovery_action",
                "level": "upper_caution",
                "name": "Recovery action",
                "state": "reset the GPU",
            },
            "Recovery action: reset the GPU",
        ),
        (
            Kind.LIMIT_CROSSED,
            {"point": "thermal_margin", "level": "lower_critical", "name": "Thermal margin"},
            "Thermal margin low",
        ),
        (
            Kind.LIMIT_CROSSED,
            {"point": "core_temperature", "level": "upper_fatal", "name": "Core temperature"},
            "Core temperature high",
        ),
    ],
)
def test_every_alarm_has_its_words(kind: Kind, body: dict[str, object], words: str) -> None:
    book = AlarmBook()
    book.apply(EventDraft(kind, "node-1/gpu0", body, Stamp(0, 0.0)))  # type: ignore[arg-type]
    assert [condition(alarm) for alarm in book.alarms()] == [words]
