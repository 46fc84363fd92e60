"""A console that keeps snapshots as fast as it can be told to, to be stopped or killed."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np

from console.history.history import History
from console.history.telemetry_store import roller
from drivers.points import Point, Schema, Snapshot, Stamp

SCHEMA = Schema((Point("count", "Count"), Point("sm_clock", "Clock", "MHz")))


def main(folder: Path, first: int, roll_after_s: float) -> None:
    roller.ROLL_AFTER_S = roll_after_s  # archives are rewritten all the time
    history = History(folder)
    history.start()
    number = first
    while True:
        number += 1
        time_ = Stamp.now()
        values = np.array([float(number), 1000.0 + number % 7])
        if history.keep(Snapshot("t", SCHEMA, values, np.zeros(2, np.uint8), time_, number)):
            sys.stdout.write(f"{number} {time_.mono_s}\n")
            sys.stdout.flush()
        time.sleep(0.002)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]))
