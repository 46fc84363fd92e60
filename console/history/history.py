"""Everything that is kept: events and telemetry go in here, and no caller ever waits for a disk."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import TypeVar

from console.history.events import EventDraft
from console.history.feed import EventFeed
from console.history.health import StorageHealth
from console.history.logfile import LogFile
from console.history.samples import SampleQueue
from console.history.status import Counters, StorageStatus
from console.history.store import Store
from console.history.writer import Writer
from drivers.points import Snapshot, Stamp

SNAPSHOT_ROOM = 36_000
"""Ten minutes of sixty parts at 1 Hz, some 40 MB; what a longer trouble brings is lost."""
EVENT_ROOM = 50_000
T = TypeVar("T")
_logger = logging.getLogger(__name__)


class History:
    """One data folder and the writer thread that owns the only read-write connection to it.

    :meth:`record` and :meth:`keep` may be called from any thread, take microseconds and never
    raise or block, whatever the disk does. What is wrong is in :attr:`status` and, as events, in
    :attr:`feed`. Nothing touches the disk before :meth:`start`.
    """

    def __init__(
        self,
        folder: Path,
        *,
        clock: Callable[[], Stamp] = Stamp.now,
        queue_limit: int = SNAPSHOT_ROOM,
        event_limit: int = EVENT_ROOM,
        retry_s: float = 2.0,
    ) -> None:
        self.folder = folder
        self.feed = EventFeed(room=event_limit)
        self._samples = SampleQueue(queue_limit)
        self._health = StorageHealth(folder, self.feed, clock)
        store = Store(folder, clock)
        self._writer = Writer(store, self.feed, self._samples, self._health, retry_s)
        self._thread = threading.Thread(target=self._writer.run, name="history", daemon=True)

    def start(self) -> None:
        """Start recording in the background; raises RuntimeError when called twice."""
        self._thread.start()

    def close(self, timeout_s: float = 2.0) -> bool:
        """Write what there is and close, within the time-out even where the disk hangs.

        Returns whether everything that was told is on the disk; False after a start that never
        was, a disk in trouble, or a time-out (then the thread ends with the process).
        """
        self._writer.stop()
        if self._thread.ident is None:
            return False
        self._thread.join(timeout_s)
        if self._thread.is_alive():
            _logger.error("the history writer did not end within %s s", timeout_s)
            return False
        return self._writer.complete

    def record(self, draft: EventDraft) -> None:
        """Take an event in, to be numbered, chained and written in the order of these calls."""
        try:
            self.feed.offer(draft)
            self._writer.wake()
        except Exception:  # a faulty event must not stop who tells it
            _logger.exception("an event could not be taken in: %r", draft)

    def keep(self, snapshot: Snapshot) -> bool:
        """Take a snapshot in; False when there is no room and it is lost (and counted)."""
        return self._samples.put(snapshot)

    def submit(self, job: Callable[[LogFile], T]) -> Future[T]:
        """Have something done to the log by its one writer, in its turn and quickly.

        The future ends with the result or with what the job raised (StorageError among it); it is
        cancelled where recording ends first.
        """
        future: Future[T] = Future()

        def run(log: LogFile) -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(job(log))
            except BaseException as error:  # noqa: BLE001  it is for who waits, not for the writer
                future.set_exception(error)

        self._writer.submit(run)
        return future

    @property
    def status(self) -> StorageStatus:
        """How recording is going, with a sentence for a person where it is not."""
        return self._health.status

    @property
    def counters(self) -> Counters:
        """What has been written and what has not."""
        return self._writer.counters

    @property
    def device_id(self) -> str:
        """The id of this folder's chain of events, or nothing before it is known."""
        return self._writer.device_id
