"""Bringing this laptop's log together with others while its console records: asked for, told of.

A sync waits for sticks and networks, so it has a thread of its own; what came in is taken over by
the workplace when it is done (:meth:`Workplace.reread`).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from console.history.reader import LogReader
from console.history.sync.ledger import Enrolled
from console.history.sync.notes import enrolled_draft, sync_drafts
from console.history.sync.service import SyncReport, SyncService
from console.history.sync.strangers import strangers_at
from console.history.sync.target import without_password
from console.history.trouble import StorageError
from console.text import tr
from console.work.events import Refused
from drivers.files import FileError

if TYPE_CHECKING:
    from console.session.session import Session

ENROL = "laptop.enrol"
"""The act of ``resources/roles.toml`` that lets another laptop's log be taken in."""
_KEY_DIGITS = 64
_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SyncState:
    """How a sync is going. ``target`` is without its password, ``came`` counts events by laptop.

    ``ended_us`` (UTC) is 0 while it runs or before the first; then there is ``report`` or a
    sentence in ``trouble``. ``strangers`` left their logs there and are not let in here.
    """

    target: str = ""
    is_running: bool = False
    came: dict[str, int] = field(default_factory=dict)
    report: SyncReport | None = None
    trouble: str = ""
    ended_us: int = 0
    strangers: tuple[Enrolled, ...] = ()


class SyncDesk:
    """One sync at a time; ``state`` may be read in any thread. ``done`` is told in its thread."""

    def __init__(self, session: Session, done: Callable[[], None] = lambda: None) -> None:
        self._session = session
        self._done = done
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self.state = SyncState()

    def begin(self, target: str, by: str) -> None:
        """Begin a sync with a folder, a stick or a central log; raises Refused while one runs."""
        if not target.strip():
            raise Refused(tr("Say where the logs meet: a folder, a stick or a central log."))
        with self._lock:
            if self.state.is_running:
                raise Refused(tr("A sync is running; it says here when it is done."))
            self.state = SyncState(without_password(target.strip()), is_running=True)
        self._thread = threading.Thread(
            target=self._run, args=(target.strip(), by), name="sync", daemon=True
        )
        self._thread.start()

    def enrol(self, device_id: str, public_key: str, name: str, by: str) -> Enrolled:
        """Let a laptop's log be taken in; raises Refused, FileError, StorageError.

        Waits for the log's writer, so it is not for the window's thread.
        """
        told = checked(device_id, public_key, name)
        self._service().enrol(told, by)
        self._session.history.record(enrolled_draft(told, by, self._session.now()))
        with self._lock:
            left = tuple(one for one in self.state.strangers if one.device_id != told.device_id)
            self.state = replace(self.state, strangers=left)
        return told

    def close(self, timeout_s: float = 0.5) -> None:
        """Wait a moment for a sync; one that hangs ends with the process and goes on next time."""
        if self._thread is not None:
            self._thread.join(timeout_s)

    def _run(self, target: str, by: str) -> None:
        session = self._session
        try:
            before = LogReader(session.data).newest_own()
            report = self._service().sync(target)
            last_kind = before.kind if before else ""
            for draft in sync_drafts(report, target, by, session.now(), last_kind=last_kind):
                session.history.record(draft)
            known = {session.history.device_id, *LogReader(session.data).laptops()}
            strangers = strangers_at(target, session.site.site.id, known)
            self._end(report=report, strangers=tuple(strangers))
        except StorageError as error:
            self._end(trouble=error.sentence)
        except (FileError, OSError) as error:
            self._end(trouble=str(error))
        except CancelledError:  # the console is being closed; the next sync goes on from there
            self._end(trouble=tr("The log does not take anything now."))
        except Exception as error:  # a fault of this program must not leave the panel waiting
            _logger.exception("a sync failed")
            self._end(trouble=f"{type(error).__name__}: {error}")

    def _service(self) -> SyncService:
        session = self._session
        return SyncService(
            session.history, session.site.site.id, lambda: session.now().utc_us, self._came
        )

    def _came(self, device: str, count: int) -> None:
        with self._lock:
            came = dict(self.state.came)
            came[device] = came.get(device, 0) + count
            self.state = replace(self.state, came=came)

    def _end(
        self,
        report: SyncReport | None = None,
        trouble: str = "",
        strangers: tuple[Enrolled, ...] = (),
    ) -> None:
        with self._lock:
            self.state = replace(
                self.state,
                is_running=False,
                report=report,
                trouble=trouble,
                strangers=strangers,
                ended_us=self._session.now().utc_us,
            )
        self._done()


def checked(device_id: str, public_key: str, name: str) -> Enrolled:
    """Return a laptop as a person wrote it down; raises Refused for what cannot be one."""
    key, device = public_key.strip().lower(), device_id.strip().lower()
    if not device or len(device) > 80 or not device.isprintable():
        raise Refused(tr("The id of a laptop is what its own panel shows."))
    if len(key) != _KEY_DIGITS or set(key) - set("0123456789abcdef"):
        raise Refused(tr("The key of a laptop has 64 hex digits."))
    if not name.strip():
        raise Refused(tr("Give the laptop the name that people call it by."))
    return Enrolled(device, key, name.strip())
