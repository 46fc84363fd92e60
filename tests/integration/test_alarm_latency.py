"""From a register that changes to the alarm: at most one poll and a little more.

How long it took is printed (``pytest -s``); what is asserted holds on a slow machine too.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from console.history.events import EventDraft, Kind
from console.session import Session
from console.site import check_site
from tests.integration.register_flipper import POINTS

TANKS, PERIOD_S = 200, 1.0


def map_text() -> str:
    head = """schema = "regmap/1"
id = "sixty"
vendor = "Tests"
model = "Sixty registers"
device_class = "immersion_tank"
provenance = "example"
source = "written for this test"
[transport]
unit_id = 1
timeout_ms = 500
max_read_registers = 60
"""
    point = """
[[point]]
key = "{key}"
name = "Value {n}"
area = "input"
address = {n}
type = "u16"
display = [0, 100]
[point.limits]
upper_critical = {{ reading = 80, dwell_s = 0, hysteresis = 1 }}
"""
    return head + "".join(point.format(key=f"value[{n + 1}].reading", n=n) for n in range(POINTS))


def site_of(ports: list[int]) -> dict[str, Any]:
    tank = {"map": "sixty.toml", "period_s": PERIOD_S}
    tanks = [
        {**tank, "id": f"t{n}", "name": f"T{n}", "url": f"tcp://127.0.0.1:{port}?unit=1"}
        for n, port in enumerate(ports)
    ]
    return {"site": {"id": "s", "name": "S"}, "tank": tanks}


@pytest.mark.slow
def test_an_alarm_follows_its_register_within_a_poll(tmp_path: Path) -> None:
    (tmp_path / "sixty.toml").write_text(map_text())
    command = [sys.executable, "-m", "tests.integration.register_flipper", str(TANKS)]
    flipped: dict[str, float] = {}
    raised: dict[str, float] = {}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as child:
        if child.stdin is None or child.stdout is None:
            pytest.fail("no pipes")
        ports = json.loads(child.stdout.readline())
        session = Session(check_site(site_of(ports), tmp_path / "site.toml"), tmp_path / "data")
        record = session.history.record

        def timed(draft: EventDraft) -> None:
            if draft.kind == Kind.ALARM_RAISED:
                raised.setdefault(draft.subject, time.monotonic())
            record(draft)

        session.alarms._record = timed
        session.start()
        try:
            child.stdin.write("go\n")
            for line in child.stdout:
                if line == "done\n":
                    break
                number, moment = line.split()
                flipped[f"t{number}"] = float(moment)
            time.sleep(2 * PERIOD_S)
            cpu_s, span_s = time.process_time(), time.monotonic()
            time.sleep(3.0)
            share = (time.process_time() - cpu_s) / (time.monotonic() - span_s)
        finally:
            session.stop(5.0)
            child.stdin.write("end\n")
    took_s = np.array([raised[tank] - moment for tank, moment in flipped.items()])
    assert len(took_s) == TANKS
    p50, p99, worst = (float(np.percentile(took_s, p)) for p in (50, 99, 100))
    told = f"{TANKS} tanks x {POINTS} points at 1 Hz: p50 {p50:.3f} s, p99 {p99:.3f} s"
    print(f"\n{told}, worst {worst:.3f} s; the console takes {share:.0%} of a core")  # noqa: T201
    assert (took_s >= 0).all()
    assert p50 < PERIOD_S
