"""The writer thread: the only owner of read-write connections, and the one that heals itself."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from queue import SimpleQueue

from console.history.events import Event
from console.history.feed import EventFeed
from console.history.health import StorageHealth
from console.history.logfile import LogFile
from console.history.samples import SampleQueue
from console.history.status import Counters, StorageReason
from console.history.store import Store
from console.history.trouble import StorageError, explain

_BATCH_S = 0.8  # with the commit, a sample is on the disk within a second of its arrival
_EVENTS_AT_ONCE = 500
_SNAPSHOTS_AT_ONCE = 2000
_CONNECTION_STAYS = {StorageReason.FULL, StorageReason.IN_USE}  # else it is opened afresh
_logger = logging.getLogger(__name__)


class Writer:
    """Moves events to the log as they come and snapshots to the telemetry within a second.

    Any trouble becomes a status with a sentence and an event; the work is tried again every
    ``retry_s`` and goes on where it stopped. :meth:`run` never raises.
    """

    def __init__(
        self,
        store: Store,
        feed: EventFeed,
        samples: SampleQueue,
        health: StorageHealth,
        retry_s: float = 2.0,
    ) -> None:
        self._store = store
        self._feed = feed
        self._samples = samples
        self._health = health
        self._retry_s = retry_s
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._batch_at_s = 0.0
        self._end_is_known = False
        self._jobs: SimpleQueue[Callable[[LogFile], None]] = SimpleQueue()
        self._written = [0, 0, 0]  # events, snapshots, samples
        self._commit_ms = 0.0
        self.complete = False

    @property
    def counters(self) -> Counters:
        """What has been written and what has not."""
        events, snapshots, samples = self._written
        return Counters(
            events_written=events,
            events_waiting=self._feed.waiting,
            events_lost=self._feed.lost,
            snapshots_written=snapshots,
            samples_written=samples,
            dropped=self._samples.dropped,
            queue_depth=len(self._samples),
            last_commit_ms=self._commit_ms,
        )

    @property
    def device_id(self) -> str:
        """The id of the chain being written, or nothing before the log has been opened."""
        head = self._store.log.head
        return head.device_id if head else ""

    def wake(self) -> None:
        """Say that an event waits."""
        self._wake.set()

    def submit(self, job: Callable[[LogFile], None]) -> None:
        """Have something done to the log by its one writer; the job itself never raises."""
        self._jobs.put(job)
        self._wake.set()

    def stop(self) -> None:
        """Ask the thread to write what there is and end."""
        self._stopping.set()
        self._wake.set()

    def run(self) -> None:
        """Work until stopped, then write the rest and close."""
        while not self._stopping.is_set():
            self._wake.wait(min(max(self._batch_at_s - time.monotonic(), 0.0), _BATCH_S))
            self._wake.clear()
            self._turn()
        self._finish()

    def _finish(self) -> None:
        self._report_dropped(at_once=True)
        self._batch_at_s = 0.0
        self._turn()
        left = self._feed.close() + self._samples.close()
        self._store.close()
        self.complete = left == 0
        self._health.close()

    def _turn(self) -> None:
        """Do what is due; every failure ends here."""
        self._report_dropped()
        due = time.monotonic() >= self._batch_at_s
        if self._health.trouble and not due and not self._only_telemetry_fails():
            return
        self._health.begin()
        try:
            self._write(due)
        except StorageError as trouble:
            self._give_way(trouble)
        except Exception as error:  # a fault of this program must not end recording
            _logger.exception("the history writer failed; it starts again")
            fault = OSError(f"{type(error).__name__}: {error}")
            self._give_way(explain(fault, self._store.folder))
        finally:
            self._health.end()

    def _write(self, due: bool) -> None:
        if due:
            self._batch_at_s = time.monotonic() + _BATCH_S
            with contextlib.suppress(StorageError):  # met again below, after the events are safe
                self._healed(self._look_for_the_end)
        self._healed(self._write_events)
        while not self._jobs.empty():
            self._jobs.get()(self._store.log)
            self._healed(self._write_events)
        if due:
            self._healed(self._write_samples)
            self._healed(self._roll_up)
            self._health.recover()
            self._store.keep_reserve()
            self._healed(self._write_events)

    def _healed(self, work: Callable[[], None]) -> None:
        """Do the work, once more after setting aside a damaged file; raises StorageError."""
        try:
            work()
        except StorageError as trouble:
            if trouble.reason is not StorageReason.DAMAGED:
                raise
            self._health.set_aside(trouble, *self._store.set_aside(trouble.path))
            work()

    def _look_for_the_end(self) -> None:
        """On the first opening, see whether the log still holds what it held when it was left.

        If not, going on would number new events like lost ones: a new chain begins instead.
        """
        if self._end_is_known:
            return
        self._store.open_log()
        self._store.telemetry.open()
        end = self._store.missing_end()
        if end is not None:
            self._health.end_is_missing(end, self._store.log.head)
            self._confirm(self._store.log.begin_new_chain(self._feed.first_waiting(1)[0]))
        self._end_is_known = True

    def _write_events(self) -> None:
        self._store.open_log()
        while batch := self._feed.first_waiting(_EVENTS_AT_ONCE):
            began_s = time.monotonic()
            events = self._store.append_events(batch)
            self._commit_ms = (time.monotonic() - began_s) * 1e3
            self._confirm(events)
            self._health.answered()

    def _confirm(self, events: list[Event]) -> None:
        self._feed.confirm(events)
        self._written[0] += len(events)

    def _write_samples(self) -> None:
        self._store.telemetry.open()
        while True:
            batch = self._samples.first(_SNAPSHOTS_AT_ONCE)
            samples = self._store.telemetry.append(batch, self._store.log.head)
            self._samples.done(len(batch))
            self._written[1] += len(batch)
            self._written[2] += samples
            self._health.answered()
            if len(batch) < _SNAPSHOTS_AT_ONCE:
                return
            self._write_events()  # a long backlog does not keep events waiting

    def _roll_up(self) -> None:
        self._store.telemetry.open()
        self._store.telemetry.work()
        for damage in self._store.new_damage():
            self._health.telemetry_damaged(damage.first, damage.body())
        self._health.answered()

    def _report_dropped(self, *, at_once: bool = False) -> None:
        dropped = self._samples.report(at_once=at_once)
        if dropped is not None:
            self._health.samples_dropped(dropped)

    def _give_way(self, trouble: StorageError) -> None:
        """Let go of what failed, say so, and try again later."""
        self._batch_at_s = time.monotonic() + self._retry_s
        if trouble.reason not in _CONNECTION_STAYS:
            self._store.close_files()
        telemetry_only = self._store.telemetry.owns(trouble.path)
        self._health.degrade(trouble, events_go_on=telemetry_only)

    def _only_telemetry_fails(self) -> bool:
        trouble = self._health.trouble
        return trouble is not None and self._store.telemetry.owns(trouble.path)
