"""A console in small, to be killed: prints the id of every event once it is shown as recorded."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

from console.history.events import EventDraft
from console.history.history import History
from drivers.points import Stamp
from tests.unit.history.kit import SCHEMA, snapshot


def main(folder: Path, pause_s: float) -> None:
    history = History(folder)
    history.start()
    for name in ("a", "b", "c"):
        threading.Thread(target=tell, args=(history, name, pause_s), daemon=True).start()
    number = 0
    while True:
        entries, number = history.feed.since(number)
        for entry in entries:
            if entry.recorded:
                sys.stdout.write(f"{entry.id}\n")
                sys.stdout.flush()
        history.keep(snapshot(time.time(), 46.0, 850.0, schema=SCHEMA))
        time.sleep(0.0005)


def tell(history: History, name: str, pause_s: float) -> None:
    count = 0
    while True:
        count += 1
        history.record(EventDraft("device.lost", name, {"count": count}, Stamp.now()))
        time.sleep(pause_s)


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]))
