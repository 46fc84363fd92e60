"""An alarm in a few words, as strip and tiles say it."""

from __future__ import annotations

from console.alarms.book import Alarm
from console.text import tr
from console.ui import formats


def condition(alarm: Alarm) -> str:
    """Return an alarm as a few words: ``Coolant return temperature high``."""
    if alarm.level == "device.lost":
        return tr("No answer")
    if alarm.level == "gpu.lost":
        return tr("GPU lost")
    name = formats.translated_name(str(alarm.body.get("name", alarm.point)))
    if alarm.level == "sensor.failed":
        return tr("{name}: sensor fault", name=name)
    if alarm.point.endswith("state"):
        return name
    high = alarm.level.startswith("upper")
    return tr("{name} high", name=name) if high else tr("{name} low", name=name)
