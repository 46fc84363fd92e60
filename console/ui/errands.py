"""Work beside the window: each piece in a thread of its own, its result back by a queued signal.

A result of a question that is no longer asked never comes.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject, Qt, Signal

from console.history.trouble import StorageError

_logger = logging.getLogger(__name__)


class Errand:
    """One question on its way; once cancelled it delivers nothing more, not even a word."""

    def __init__(self, deliver: Callable[[object], None]) -> None:
        self._deliver = deliver
        self._lock = threading.Lock()
        self._cancelled = False

    @property
    def cancelled(self) -> bool:
        """Whether nobody waits for it any more."""
        return self._cancelled

    def cancel(self) -> None:
        """Deliver nothing from now on."""
        with self._lock:
            self._cancelled = True

    def deliver(self, result: object) -> None:
        """Hand over a result, or the next part of one."""
        with self._lock:
            if not self._cancelled:
                self._deliver(result)


class Errands(QObject):
    """Asks without ever waiting; ``answered`` carries what the work delivers.

    A new question of a sort cancels the one before. It ends with its parent.
    """

    answered = Signal(object)
    _arrived = Signal(object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._errands: dict[str, Errand] = {}
        self._arrived.connect(self._hand_on, Qt.ConnectionType.QueuedConnection)
        errands = self._errands
        self.destroyed.connect(lambda: _cancel_all(errands))

    def send(
        self, sort: str, work: Callable[[Errand], None], failed: Callable[[str], object]
    ) -> None:
        """Do work in a thread; ``failed`` makes the answer of a trouble told in a sentence."""
        self.cancel(sort)
        errand = Errand(lambda result: self._arrived.emit((errand, result)))
        self._errands[sort] = errand
        threading.Thread(
            target=_run, args=(errand, work, failed), name=f"log-{sort}", daemon=True
        ).start()

    def cancel(self, sort: str) -> None:
        """Give a question up."""
        old = self._errands.get(sort)
        if old is not None:
            old.cancel()

    def _hand_on(self, parcel: tuple[Errand, object]) -> None:
        errand, result = parcel
        if not errand.cancelled:  # it may have been on the way when the question was withdrawn
            self.answered.emit(result)


def _run(errand: Errand, work: Callable[[Errand], None], failed: Callable[[str], object]) -> None:
    """Do the work of an errand; whatever goes wrong comes back as an answer."""
    try:
        work(errand)
    except StorageError as trouble:
        errand.deliver(failed(trouble.sentence))
    except OSError as error:
        errand.deliver(failed(error.strerror or str(error)))
    except Exception as error:  # a fault of this program must not leave the page waiting
        _logger.exception("reading the log failed")
        errand.deliver(failed(f"{type(error).__name__}: {error}"))


def _cancel_all(errands: Mapping[str, Errand]) -> None:
    """Not a method: it runs while the object that owned the errands is going away."""
    for errand in errands.values():
        errand.cancel()
