"""An alarm in a few words."""

from __future__ import annotations

import pytest

from console.alarms.events import AlarmEvent, AlarmKind
from console.alarms.journal import AlarmBook
from console.ui.conditions import condition
from drivers.points import Stamp

_GRADED = [4, 3, 2, 2]
_FLAT = [3, 3, 3, 3]


@pytest.mark.parametrize(
    ("alarm", "body", "words"),
    [
        ("gpu-lost", {"name": "GPU lost", "priorities": _FLAT}, "GPU lost"),
        ("gpu-hot", {"name": "GPU temperature high"}, "GPU temperature high · critical"),
        (
            "above-limit",
            {"name": "Above its limit", "point": "power", "point_name": "Power"},
            "Power: above its limit · critical",
        ),
        (
            "equipment-state",
            {"name": "Equipment reports a fault", "point": "alarms", "flag": "frost"},
            "alarms: frost · critical",
        ),
        (
            "sensor-failed",
            {
                "name": "Sensor fault",
                "point": "level",
                "point_name": "Level",
                "priorities": _FLAT,
            },
            "Level: sensor fault",
        ),
        ("of-a-newer-version", {}, "of-a-newer-version · critical"),
    ],
)
def test_every_alarm_has_its_words(alarm: str, body: dict[str, object], words: str) -> None:
    book = AlarmBook()
    whole = {"alarm": alarm, "severity": "critical", "priorities": _GRADED, **body}
    book.apply(AlarmEvent(AlarmKind.RAISED, "node-1/gpu0", whole, Stamp(0, 0.0)))  # type: ignore[arg-type]
    assert [condition(status) for status in book.alarms()] == [words]
