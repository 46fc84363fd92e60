"""How recording is going: the status that people see, and the events that say when it changed."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from console.history.events import JSON, EventDraft, Head, Kind
from console.history.feed import EventFeed
from console.history.samples import Dropped
from console.history.status import StorageReason, StorageState, StorageStatus
from console.history.trouble import StorageError
from console.text import tr
from drivers.points import Stamp

if TYPE_CHECKING:
    from console.history.telemetry_store.trend import Damage

_HUNG_S = 3.0  # a disk that has not answered for so long is reported
_logger = logging.getLogger(__name__)


class StorageHealth:
    """Kept by the writer thread; :attr:`status` may be read by any."""

    def __init__(self, folder: Path, feed: EventFeed, clock: Callable[[], Stamp]) -> None:
        self.trouble: StorageError | None = None
        self._folder = folder
        self._feed = feed
        self._clock = clock
        self._status = self._state(StorageState.STARTING)
        self._note: StorageStatus | None = None  # what was set aside, for as long as this runs
        self._busy: tuple[float, Stamp] | None = None

    @property
    def status(self) -> StorageStatus:
        """The state, also when the writer hangs in the disk and cannot say so itself."""
        busy = self._busy
        if busy is None or time.monotonic() - busy[0] < _HUNG_S:
            return self._status
        return StorageStatus(
            StorageState.DEGRADED, StorageReason.ERROR, self._hung_sentence(), busy[1]
        )

    def begin(self) -> None:
        """Say that the disk is about to be used."""
        self._busy = (time.monotonic(), self._clock())

    def answered(self) -> None:
        """Say that the disk has answered and is used again: a long backlog is no hanging disk."""
        self.end()
        self.begin()

    def end(self) -> None:
        """Say that it has answered; an answer that took long is recorded."""
        busy, self._busy = self._busy, None
        lasted_s = time.monotonic() - busy[0] if busy else 0.0
        if busy is None or lasted_s < _HUNG_S or self.trouble is not None:
            return
        reason = StorageReason.ERROR.value
        body: dict[str, JSON] = {
            "reason": reason,
            "path": str(self._folder),
            "sentence": self._hung_sentence(),
        }
        self._feed.offer(EventDraft(Kind.STORAGE_DEGRADED, "storage", body, busy[1]))
        restored: dict[str, JSON] = {"reason": reason, "lasted_s": round(lasted_s, 1)}
        self.tell(Kind.STORAGE_RESTORED, restored)

    def degrade(self, trouble: StorageError, *, events_go_on: bool) -> None:
        """Say what is wrong: in the status, and once as an event."""
        before, self.trouble = self.trouble, trouble
        self._feed.set_failing(not events_go_on)
        if before is None or (before.reason, before.path) != (trouble.reason, trouble.path):
            _logger.error("%s", trouble.sentence)
            self._status = self._state(StorageState.DEGRADED, trouble.reason, trouble.sentence)
            self.tell(Kind.STORAGE_DEGRADED, _body_of(trouble))

    def recover(self) -> None:
        """Say that everything can be written, and if it could not before, that this is over."""
        over, self.trouble = self.trouble, None
        if over is not None:
            self._feed.set_failing(False)
            body: dict[str, JSON] = {"reason": over.reason.value, "events_lost": self._feed.lost}
            self.tell(Kind.STORAGE_RESTORED, body)
        if self._status.state is not StorageState.RECORDING:
            self._status = self._note or self._state(StorageState.RECORDING)

    def close(self) -> None:
        """Say that nothing more is recorded."""
        self._status = self._state(StorageState.CLOSED)

    def set_aside(self, trouble: StorageError, aside: Path, head: Head | None) -> None:
        """Say that a damaged file was renamed; recorded before all else in the new log."""
        sentence = tr(
            "{file} was damaged ({detail}). It was set aside as {name} and a new one was started; "
            "keep the old one for examination.",
            file=trouble.path,
            detail=trouble.detail,
            name=aside.name,
        )
        _logger.error("%s", sentence)
        body = {**_body_of(trouble), "sentence": sentence, "set_aside_as": aside.name}
        body |= _body_of_head(head) if head else {}
        self._feed.jump_queue(self._draft(Kind.LOG_SET_ASIDE, trouble.path.stem, body))
        self._note = self._state(StorageState.RECORDING, StorageReason.DAMAGED, sentence)
        if self._status.state is StorageState.RECORDING:
            self._status = self._note

    def end_is_missing(self, end: Head, found: Head | None) -> None:
        """Say that the log no longer reaches where it had come to; recorded before all else."""
        number = found.sequence if found and found.device_id == end.device_id else 0
        _logger.error("the log had reached event %d and ends at %d", end.sequence, number)
        body = {**_body_of_head(end), "found_sequence": number}
        self._feed.jump_queue(self._draft(Kind.LOG_SHORTENED, "log", body))

    def samples_dropped(self, dropped: Dropped) -> None:
        """Say how many samples found no room."""
        body: dict[str, JSON] = {
            "samples": dropped.samples,
            "snapshots": dropped.snapshots,
            "from_utc_us": dropped.from_utc_us,
            "until_utc_us": dropped.until_utc_us,
        }
        self.tell(Kind.SAMPLES_DROPPED, body)

    def telemetry_damaged(self, first: Damage, body: Mapping[str, JSON]) -> None:
        """Say which stretch of the past cannot be read any more."""
        _logger.error("%s is damaged: %s %s: %s", first.file, first.part, first.key, first.detail)
        self.tell(Kind.TELEMETRY_DAMAGED, body)

    def tell(self, kind: Kind, body: Mapping[str, JSON]) -> None:
        """Put an event about the storage in the queue."""
        self._feed.offer(self._draft(kind, "storage", body))

    def _draft(self, kind: Kind, subject: str, body: Mapping[str, JSON]) -> EventDraft:
        return EventDraft(kind, subject, body, self._clock())

    def _hung_sentence(self) -> str:
        return tr(
            "The disk that holds {folder} does not answer, so recording waits. If this lasts, "
            "check the disk and restart the console.",
            folder=self._folder,
        )

    def _state(
        self,
        state: StorageState,
        reason: StorageReason = StorageReason.NONE,
        sentence: str = "",
    ) -> StorageStatus:
        return StorageStatus(state, reason, sentence, self._clock())


def _body_of(trouble: StorageError) -> dict[str, JSON]:
    return {
        "reason": trouble.reason.value,
        "path": str(trouble.path),
        "detail": trouble.detail,
        "sentence": trouble.sentence,
    }


def _body_of_head(head: Head) -> dict[str, JSON]:
    return {"device_id": head.device_id, "sequence": head.sequence, "hash": head.hash}
