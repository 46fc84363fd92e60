"""A console that is killed: alarms in every state that outlives it."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from console.demo import paused_demo

FAULTS = (
    "controller_silent:tank-1@20",
    "pump_trip:tank-2@20",
    "sensor_sentinel:tank-3@5",
    "slow_leak:tank-3@5+20",
    "gpu_lost:node-2@20",
    "gpu_xid:node-3@30",
)


def main() -> None:
    """Raise, treat, say so once it is on disk, and wait to be killed."""
    demo = paused_demo(Path(sys.argv[1]), tanks=3, hosts=3, gpus=2, seconds=90, faults=FAULTS)
    session = demo.session
    session.refresh()
    by_alarm = {status.key.alarm: status for status in session.book.alarms()}
    session.acknowledge([by_alarm["tank-silent"]], "m.chen")
    session.alarms.shelve(by_alarm["sensor-failed"].key, 1800, "being repaired", "m.chen")
    session.alarms.take_out_of_service(by_alarm["gpu-lost"].key, "WO-7", "sent in", "m.chen")
    session.acknowledge([by_alarm["leak"]], "m.chen")  # over, and latched: to be reset
    silent = session.alarms.keys("tank-2", "tank-silent")
    session.alarms.suppress(silent, "WO-8", "controller is being exchanged", "m.chen")
    demo.advance(2)
    session.refresh()
    for status in sorted(session.book.statuses(), key=lambda status: status.key):
        print(status.key.subject, status.key.alarm, status.state.value, flush=True)  # noqa: T201  the parent reads it
    print("ready", flush=True)  # noqa: T201  the parent reads it
    time.sleep(60)


if __name__ == "__main__":
    main()
