"""A console that runs a procedure and is killed: says each step only once it is on the disk.

It forks one console for every line it reads (``FOLDER RUN END_US``), so that three hundred of them
need the imports once. A console says ``pid N``, then ``at EVENTS STATUS STEP VISIT`` for the run as
it was found and after every event that was applied.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from console.history.feed import FeedEntry
from console.session.running.desk import RunDesk
from drivers.simulator.options import PlantOptions
from procedures.engine.state import Run
from tests.integration.run_kit import UNSTEADY, begin, crew_of, on_paused, script, short

TIMES = 120.0
TINY = PlantOptions(tanks=1, hosts=1, gpus_per_host=1, seed=7)


def main() -> None:
    """Fork a console for each line; the parent kills it, or it comes to the end of its run."""
    short(TIMES)
    for line in sys.stdin:
        folder, run, end_us = line.split()
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                work(Path(folder), run, int(end_us))
                code = 0
            except Exception:  # noqa: BLE001  the process ends here, and the test must see why
                traceback.print_exc()
            finally:
                os._exit(code)
        say(f"pid {pid}")
        _, status = os.waitpid(pid, 0)
        say(f"ended {os.waitstatus_to_exitcode(status)}")


def say(text: str) -> None:
    """Write a line at once."""
    os.write(1, f"{text}\n".encode())


def state_of(run: Run) -> str:
    """Return all that the test compares of a run."""
    step = run.current
    where = f"{step.step} {step.visit} {step.status}" if step else "- 0 -"
    return f"{run.events} {run.status} {where}"


def work(folder: Path, name: str, end_us: int) -> None:
    """Begin the run or go on with it, to its end."""
    revision = short(TIMES)
    # A whole run takes less time than samples take to be written: the level before the lift may
    # die with the console, and then its gates are the supervisor's.
    lost = {"overrides": dict.fromkeys(("drop-half", "drop-whole"), "The level before is lost")}
    told = script(burn_in=UNSTEADY, lift_half=lost, lift_clear=lost)
    with on_paused(folder, before_s=0.0, options=TINY, end_us=end_us) as (stage, driver):
        crew = crew_of(stage, revision, told)
        found = driver.desk.view(name)
        if found is None:
            begin(driver, revision, run=name)
        else:
            say(f"at {state_of(found.run)}")
            crew.catch_up(found.run)
        heard = teller(driver.desk, name)
        type(driver)(driver.session, driver.desk, driver.pace, heard).drive(name, crew)


def teller(desk: RunDesk, name: str) -> Callable[[FeedEntry], None]:
    """Return what says how the run stands after each of its events."""

    def heard(entry: FeedEntry) -> None:
        if entry.recorded and entry.event.body.get("run") == name:
            view = desk.view(name)
            if view is not None:
                say(f"at {state_of(view.run)}")

    return heard


if __name__ == "__main__":
    main()
