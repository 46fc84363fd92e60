"""One way out at work: a thread for each priority, so that nothing urgent waits behind the rest."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable

from console.history.events import JSON, Kind
from console.notify.message import Failure, Message, Sender

ROOM = 20
"""Messages of one priority that may wait; what comes beyond is counted and lost."""
_SAY_AGAIN_S = 600.0
_log = logging.getLogger(__name__)
Record = Callable[[Kind, dict[str, JSON]], None]


class _Lane:
    """A bounded queue and, from the first message on, a thread that works it off."""

    def __init__(self, name: str, deliver: Callable[[Message], None]) -> None:
        self._name = name
        self._deliver = deliver
        self._changed = threading.Condition()
        self._waiting: deque[Message] = deque()
        self._closed = False
        self._thread: threading.Thread | None = None

    def offer(self, message: Message) -> bool:
        """Take a message; False when there is no room. Never waits."""
        with self._changed:
            if self._closed or len(self._waiting) >= ROOM:
                return False
            self._waiting.append(message)
            self._changed.notify()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
            return True

    def close(self) -> None:
        """Take nothing more and end after what waits."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def empty(self) -> int:
        """Throw away what waits; returns how many messages that were."""
        with self._changed:
            count = len(self._waiting)
            self._waiting.clear()
            return count

    def join(self, deadline_s: float) -> bool:
        """Wait for the thread's end until a moment (monotonic); returns whether it has ended."""
        if self._thread is None:
            return True
        self._thread.join(max(deadline_s - time.monotonic(), 0.0))
        return not self._thread.is_alive()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._closed)
                if not self._waiting:
                    return
                message = self._waiting.popleft()
            self._deliver(message)


class Outlet:
    """Sends messages one way and records, once, that it fails and that it works again."""

    def __init__(self, name: str, sender: Sender, record: Record) -> None:
        self.name = name
        self._sender = sender
        self._record = record
        self._stop = threading.Event()
        self._lanes: dict[int, _Lane] = {}
        self._lock = threading.Lock()
        self._failure: Failure | None = None
        self._failed = 0
        self._dropped = 0
        self._said_s = float("-inf")

    @property
    def failure(self) -> Failure | None:
        """Why it fails at present; None while it works, as far as is known."""
        return self._failure

    def offer(self, message: Message) -> None:
        """Send a message in its own time; never waits. Called by one thread."""
        lane = self._lanes.get(message.priority)
        if lane is None:
            name = f"notify {self.name} {message.priority}"
            lane = self._lanes[message.priority] = _Lane(name, self._deliver)
        if not lane.offer(message):
            self._dropped += 1
        self._say_dropped()

    def close(self) -> None:
        """Take nothing more; what waits may still go."""
        for lane in self._lanes.values():
            lane.close()

    def give_up(self, give_up_s: float) -> None:
        """Let messages go until a moment (monotonic), give up the rest and record how many."""
        for lane in list(self._lanes.values()):
            lane.join(give_up_s)
        self._stop.set()
        self._dropped += sum(lane.empty() for lane in list(self._lanes.values()))
        self._said_s = float("-inf")
        self._say_dropped()

    def join(self, deadline_s: float) -> bool:
        """Wait until a moment (monotonic); returns whether all threads have ended."""
        for lane in list(self._lanes.values()):
            lane.join(deadline_s)
        return all(lane.join(0.0) for lane in list(self._lanes.values()))

    def _deliver(self, message: Message) -> None:
        failure = attempt(self.name, self._sender, message, self._stop)
        with self._lock:
            self._note(failure)

    def _note(self, failure: Failure | None) -> None:
        if failure is None:
            if self._failed:
                self._record(Kind.NOTIFY_RESTORED, {"outlet": self.name, "failed": self._failed})
            self._failure, self._failed = None, 0
            return
        if not self._failed:
            values = dict(failure.values)
            body: dict[str, JSON] = {"outlet": self.name, "code": failure.code, "values": values}
            self._record(Kind.NOTIFY_FAILED, body)
        self._failure = failure
        self._failed += 1

    def _say_dropped(self) -> None:
        """Record the first message lost at once, what follows together."""
        now_s = time.monotonic()
        if self._dropped and now_s >= self._said_s + _SAY_AGAIN_S:
            self._said_s = now_s
            self._record(Kind.NOTIFY_DROPPED, {"outlet": self.name, "count": self._dropped})
            self._dropped = 0


def attempt(name: str, sender: Sender, message: Message, stop: threading.Event) -> Failure | None:
    """Send one message; an error of ours is a failure too, so that the next one still goes."""
    try:
        return sender.send(message, stop)
    except Exception as error:  # noqa: BLE001  ours: seen in the log
        _log.exception("a message by %s met an unexpected error", name)
        return Failure("fault", {"why": type(error).__name__})
