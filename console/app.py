"""The composition root: what each command starts, in which order, and how it ends."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from console.crash import log_to
from console.history.events import EventDraft, Kind
from console.session import Session, Summary
from console.site import LoadedSite, check_site, load_site, read_site_text
from drivers.points import Stamp
from drivers.simulator.faults import FaultEvent
from drivers.simulator.options import PlantOptions
from drivers.simulator.process import SimulatorProcess

if TYPE_CHECKING:
    from console.session.workplace import Workplace

Tick = Callable[[Session], None]
STOP_S = 2.0


def default_data(site_id: str) -> Path:
    """Return where a site's data is kept unless the command line says otherwise."""
    return data_root() / site_id


def data_root() -> Path:
    """Return the folder that holds one folder per site."""
    from platformdirs import user_data_path

    return user_data_path("tankside", appauthor=False)


def open_site(path: Path, data: Path | None) -> Session:
    """Return a session over a site file, not yet started; raises FileError."""
    return session_over(load_site(path), data)


def session_over(loaded: LoadedSite, data: Path | None) -> Session:
    """Return a session over a loaded site; its log file takes what goes wrong from now on."""
    from console.training.inbox import take_results

    folder = data or default_data(loaded.site.site.id)
    log_to(folder)
    session = Session(loaded, folder)
    session.furnish = lambda place: take_results(place, folder, session.clock)
    return session


@contextmanager
def demo_site(options: PlantOptions, data: Path | None) -> Iterator[Session]:
    """Start the simulated equipment and yield a session over it; the equipment ends with it.

    Raises SimulatorError when the simulator cannot be started.
    """
    tools = DemoTools(options)
    ready = tools.simulator.start()
    try:
        loaded = check_site(read_site_text(ready.site_toml), Path("demo site"))
        session = tools.session = session_over(loaded, data)
        session.tools, session.is_demo = tools, True
        _with_orders(session)
        yield session
    finally:
        tools.simulator.stop()


def _with_orders(session: Session) -> None:
    """Let the demo begin with work on its board, where its log is new."""
    from console.session.furnish_orders import tell_orders

    before = session.furnish

    def furnish(place: Workplace) -> None:
        if before is not None:
            before(place)
        tell_orders(session, place)

    session.furnish = furnish


class DemoTools:
    """What a demo can do that a real site cannot: break things."""

    def __init__(self, options: PlantOptions) -> None:
        self.simulator = SimulatorProcess(options, self._note)
        self.session: Session | None = None

    def inject(self, fault: str, target: str | None = None) -> None:
        """Ask for a fault; it is recorded when it is there."""
        self.simulator.inject(fault, target)

    def clear(self, fault: str, target: str | None = None) -> None:
        """Ask for a fault's end."""
        self.simulator.clear(fault, target)

    def handle(self, act: str, host: str, amount: float = 1.0) -> None:
        """Ask for one act of hands on a host (:data:`drivers.simulator.handling.ACTS`)."""
        self.simulator.handle(act, host, amount)

    def _note(self, event: FaultEvent) -> None:
        if self.session is None:
            return
        kind = Kind.FAULT_INJECTED if event.active else Kind.FAULT_CLEARED
        body: Mapping[str, str | float] = {"fault": event.name, "at_s": event.at_s}
        self.session.history.record(EventDraft(kind, event.target, body, Stamp.now()))


def run_headless(session: Session, seconds: float | None, tick: Tick, every_s: float) -> Summary:
    """Watch a site without a window until the time is up or Ctrl-C; returns what was done."""
    ended = threading.Event()
    with _interrupts(ended.set):
        session.start()
        try:
            _watch(session, seconds, tick, every_s, ended)
        finally:
            session.stop(STOP_S)
    return session.summary()


def _watch(
    session: Session, seconds: float | None, tick: Tick, every_s: float, ended: threading.Event
) -> None:
    end_s = None if seconds is None else session.now().mono_s + seconds
    while not ended.is_set():
        left_s = every_s if end_s is None else min(every_s, end_s - session.now().mono_s)
        if left_s <= 0 or ended.wait(left_s):
            return
        session.refresh()
        tick(session)


@contextmanager
def _interrupts(stop: Callable[[], None]) -> Iterator[None]:
    """Take Ctrl-C and SIGTERM as an orderly end."""

    def handler(_number: int, _frame: FrameType | None) -> None:
        stop()

    before = {number: signal.signal(number, handler) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)
