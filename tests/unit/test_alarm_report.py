"""The report of the alarms: from the log, as text, CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

import pytest

from console.alarm_report import DAY_US, as_csv, as_dict, as_text, read_report
from console.alarms.events import AlarmEvent
from tests.unit.alarms_engine.bench import START_US, Bench


@dataclass
class Log:
    """A log that holds what an engine made."""

    held: list[AlarmEvent] = field(default_factory=list)

    def of_kinds(self, kinds: Collection[str]) -> list[AlarmEvent]:
        return [event for event in self.held if str(event.kind) in kinds]

    def events(self) -> Iterator[AlarmEvent]:
        yield from self.held


def busy(times: int) -> Log:
    """Return the log of an alarm that came and went so many times, 50 s each."""
    bench = Bench()
    for _ in range(times):
        bench.feed(25.0, temperature=52)
        bench.feed(25.0, temperature=40)
        status = bench.book.alarms()[0]
        bench.take(bench.engine.acknowledge(status.key, "a", bench.now, status.latched))
    return Log(bench.log)


def test_a_flood_is_in_the_figures() -> None:
    log = busy(30)
    found = read_report(log, 1, log.held[-1].utc_us + 1)  # type: ignore[arg-type]
    assert found.announced == 30
    assert found.flood_s > 500
    peak = next(figure for figure in found.figures if figure.key == "peak_in_10_min")
    assert peak.value == 12
    assert [one.count for one in found.top_ten] == [30]


def test_the_period_begins_where_the_log_does() -> None:
    log = busy(30)
    until_us = log.held[-1].utc_us + 1
    found = read_report(log, 30, until_us)  # type: ignore[arg-type]
    assert found.since_us == log.held[0].utc_us
    assert not found.is_long_enough
    rate = next(figure for figure in found.figures if figure.key == "alarms_per_10_min")
    assert rate.value == pytest.approx(12.0, rel=0.05)
    assert rate.verdict == "too much"


def test_an_empty_log_is_a_quiet_ten_minutes() -> None:
    found = read_report(Log(), 30, START_US)  # type: ignore[arg-type]
    assert found.announced == 0
    assert found.until_us - found.since_us == 600_000_000


def test_older_events_count_only_for_what_stands() -> None:
    log = busy(5)
    later_us = log.held[-1].utc_us + 2 * DAY_US
    found = read_report(log, 1, later_us)  # type: ignore[arg-type]
    assert found.announced == 0


def test_text_csv_and_json_tell_the_same() -> None:
    log = busy(12)
    found = read_report(log, 1, log.held[-1].utc_us + 1)  # type: ignore[arg-type]
    text = as_text(found)
    assert "Alarms a day per operator" in text
    assert "too much" in text
    assert "t: Hot (temperature)" in text
    rows = list(csv.DictReader(io.StringIO(as_csv(found))))
    in_csv = {row["name"]: float(row["value"]) for row in rows if row["section"] == "figure"}
    in_json = json.loads(json.dumps(as_dict(found)))["figures"]
    assert in_csv == {name: figure["value"] for name, figure in in_json.items()}
    assert in_csv["peak_in_10_min"] == 12
