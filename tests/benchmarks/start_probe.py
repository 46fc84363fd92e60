"""One start, timed from within: ``bare`` or ``tankside SITE.toml DATA``; prints one line of JSON.

Seconds are counted from the moment the caller started the process, given in ``STARTED_S``.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import psutil

STARTED_S = float(os.environ["STARTED_S"])


def since_start() -> float:
    return time.time() - STARTED_S


def resident_mib() -> float:
    return float(psutil.Process().memory_info().rss) / 2**20


def bare() -> dict[str, float]:
    """The alternative: a window with one empty pyqtgraph plot and nothing else."""
    import pyqtgraph
    from PySide6.QtWidgets import QApplication, QMainWindow

    app = QApplication([])
    window = QMainWindow()
    window.setCentralWidget(pyqtgraph.PlotWidget())
    window.resize(1280, 800)
    window.show()
    app.processEvents()
    return {"window_s": since_start(), "resident_mib": resident_mib()}


def tankside(site: Path, data: Path) -> dict[str, float]:
    """The console as ``tankside open`` starts it, until the first value is live."""
    from console.app import open_site
    from console.ui.window import application, build_window

    app = application()
    session = open_site(site, data)
    window = build_window(session)
    window.resize(1280, 800)
    window.show()
    app.processEvents()
    found = {"window_s": since_start()}
    session.start()
    tank = session.tanks[0].id
    while session.view(tank).good("coolant_return_temperature") is None:
        app.processEvents()
        time.sleep(0.001)
    window.tick()
    app.processEvents()
    found["first_live_s"] = since_start()
    end = time.monotonic() + 2  # pages are built and trends begin
    while time.monotonic() < end:
        app.processEvents()
        time.sleep(0.005)
    found["resident_mib"] = resident_mib()
    session.stop()
    return found


if __name__ == "__main__":
    words = sys.argv[1:]
    result = bare() if words == ["bare"] else tankside(Path(words[1]), Path(words[2]))
    sys.stdout.write(json.dumps(result) + "\n")
