"""From published events to messages on their way, beside the session and never in it.

A thread of its own reads the same feed as the window does, so that it neither waits for the
window nor holds it up. Where nobody is to be told, there is no thread.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from console.history.events import JSON, Event, EventDraft, Kind
from console.history.feed import EventFeed, FeedEntry
from console.notify.budget import QUIET_S
from console.notify.command import CommandSender
from console.notify.desktop import DesktopSender, Present, has_tool
from console.notify.message import Failure, Sender
from console.notify.outlet import Outlet
from console.notify.policy import Notice, Notifier, What
from console.notify.webhook import WebhookSender
from console.notify.words import Speaker, failure_text
from console.notify_rules import CommandRule, NotifyRules, OutletRule, WebhookRule
from drivers.points import Stamp

TICK_S = 0.2
_SUBJECT = "notify"
_SEND_SHARE = 0.6
"""Of the time to stop: what messages on their way may still use."""
_MOST_LATE = 60_000
"""More than can wait for a disk that takes nothing."""
_MOST_FAULTS = 20
_log = logging.getLogger(__name__)


def sender_of(rule: OutletRule, folder: Path) -> Sender:
    """Return what sends by a rule; relative files are named from ``folder``."""
    if isinstance(rule, CommandRule):
        return CommandSender(rule.run, folder, rule.timeout_s)
    if isinstance(rule, WebhookRule):
        return WebhookSender(
            rule.url,
            timeout_s=rule.timeout_s,
            token_file=folder / rule.token_file if rule.token_file else None,
            ca_file=folder / rule.ca if rule.ca else None,
        )
    return DesktopSender(rule.timeout_s)


def senders_of(rules: NotifyRules, folder: Path) -> Mapping[str, Sender]:
    """Return what sends by each of the rules, by the name it has in the log."""
    return {name: sender_of(rule, folder) for name, rule in rules.outlets()}


class NoticeService:
    """Tells of alarms outside the window, as a site's rules say; safe from any thread.

    No method waits but :meth:`close`, and that as long as it is told to.
    """

    def __init__(
        self,
        rules: NotifyRules,
        senders: Mapping[str, Sender],
        speaker: Speaker,
        feed: EventFeed,
        record: Callable[[EventDraft], None],
        clock: Callable[[], Stamp] = Stamp.now,
    ) -> None:
        self._rules = rules
        self._senders = senders
        self._speaker = speaker
        self._feed = feed
        self._record_draft = record
        self._clock = clock
        self._outlets = {
            name: Outlet(name, sender, self._record) for name, sender in senders.items()
        }
        self._notifier = Notifier(dict(rules.outlets()), rules.gather_s)
        self._seen = 0
        self._late: dict[str, bool] = {}
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._faults: set[str] = set()

    @property
    def is_on(self) -> bool:
        """Whether anybody is to be told at all."""
        return bool(self._outlets)

    @property
    def troubles(self) -> Sequence[tuple[str, str]]:
        """What fails at present: the way out, and why in the reader's language."""
        found = [(outlet.name, outlet.failure) for outlet in self._outlets.values()]
        return [(name, _text(failure)) for name, failure in found if failure is not None]

    @property
    def wants_window(self) -> bool:
        """Whether a window must show the notifications of the desktop."""
        return self._rules.desktop is not None and not has_tool()

    def show_with(self, present: Present) -> None:
        """Let a window show the notifications of the desktop."""
        for sender in self._senders.values():
            if isinstance(sender, DesktopSender):
                sender.present = present

    def start(self, restored: Sequence[Event] = ()) -> None:
        """Begin, knowing what a restart took up of alarms; does nothing after :meth:`end`."""
        with self._lock:
            if not self.is_on or self._ended.is_set() or self._thread is not None:
                return
            work = partial(self._run, restored)
            self._thread = threading.Thread(target=work, name="notify", daemon=True)
            self._thread.start()

    def end(self) -> None:
        """Take nothing more in and begin to end; what waits to be gathered goes at once."""
        with self._lock:
            self._ended.set()

    def close(self, timeout_s: float) -> bool:
        """Wait for the end within the time; returns whether every thread has ended.

        A message that has not gone by then is given up: its program is killed, its connection
        dropped, and the log says how many there were.
        """
        self.end()
        now_s = time.monotonic()
        give_up_s, deadline_s = now_s + timeout_s * _SEND_SHARE, now_s + timeout_s
        if self._thread is not None:
            self._thread.join(timeout_s)
        for outlet in self._outlets.values():
            outlet.give_up(give_up_s)
        ended = [outlet.join(deadline_s) for outlet in self._outlets.values()]
        return all(ended) and not (self._thread is not None and self._thread.is_alive())

    def _run(self, restored: Sequence[Event]) -> None:
        self._guarded(partial(self._notifier.restore, restored))
        while not self._ended.wait(TICK_S):
            self._guarded(lambda: self._turn(time.monotonic()))
        at_last_s = time.monotonic() + self._rules.gather_s + QUIET_S
        self._guarded(lambda: self._turn(at_last_s))
        for outlet in self._outlets.values():
            outlet.close()

    def _guarded(self, work: Callable[[], None]) -> None:
        """Do something; what goes wrong with one event or message must not lose the next."""
        try:
            work()
        except Exception as error:  # noqa: BLE001  ours: seen in the log, once
            if repr(error) not in self._faults and len(self._faults) < _MOST_FAULTS:
                self._faults.add(repr(error))
                _log.exception("telling of alarms met an unexpected error")

    def _turn(self, now_s: float) -> None:
        entries, number = self._feed.since(self._seen)
        missed = number - self._seen - len(entries)
        self._seen = number
        if missed > 0:
            self._record(Kind.NOTIFY_DROPPED, {"count": missed})
        for entry in entries:
            if self._is_new(entry):
                self._guarded(partial(self._notifier.take, entry.event, now_s))
        for name, notice in self._notifier.due(now_s):
            self._guarded(partial(self._tell, name, notice))

    def _tell(self, name: str, notice: Notice) -> None:
        if notice.what is What.HELD_BACK:
            counts: dict[str, JSON] = {"priority": notice.priority, "count": notice.count}
            self._record(Kind.NOTIFY_HELD_BACK, {"outlet": name} | counts)
        self._outlets[name].offer(self._speaker.message(notice, self._clock().utc_us))

    def _is_new(self, entry: FeedEntry) -> bool:
        """Whether it was not published before: what the disk was late to take comes twice."""
        if entry.recorded:
            return self._late.pop(entry.id, False) is False
        self._late[entry.id] = True
        if len(self._late) > _MOST_LATE:
            self._late.pop(next(iter(self._late)))
        return True

    def _record(self, kind: Kind, body: dict[str, JSON]) -> None:
        self._record_draft(EventDraft(kind, _SUBJECT, body, self._clock()))


def _text(failure: Failure) -> str:
    return failure_text(failure.code, failure.values)
