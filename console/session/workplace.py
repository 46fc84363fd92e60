"""Everything that people do at one console: who they are, orders, and guided work.

The log is read beside the window (:meth:`Workplace.open`); until ``is_ready`` there is nothing to
show and nothing to ask. From then on one thread uses it: the one that calls ``session.refresh``,
which hands on what was published and lets runs look at the equipment once a second.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from console.history.events import JSON, EventDraft
from console.history.feed import FeedEntry
from console.history.kinds import Kind as LogKind
from console.history.reader import LogReader
from console.history.status import StorageState
from console.history.trouble import StorageError
from console.session.automatic import Automatic
from console.session.elsewhere import RunElsewhere, runs_elsewhere
from console.session.running.binding import Bound
from console.session.running.desk import NewRun, Proof, RunDesk
from console.session.running.record import RUN_KINDS
from console.session.sync_desk import SyncDesk
from console.session.time_doubt import CONFIRM, TimeDoubt
from console.session.time_doubt import KINDS as CLOCK_KINDS
from console.session.work import WorkRoom
from console.text import tr
from console.work.book import WorkBook
from console.work.events import Kind, Refused
from console.work.orders.desk import SYSTEM
from console.work.orders.rules import State
from console.work.people.roster import Person as Colleague
from console.work.photos import PhotoStore, StoredPhoto
from procedures.engine import commands as cmd
from procedures.engine.decide import Decision
from procedures.engine.people import Person
from procedures.revision import Revision

if TYPE_CHECKING:
    from console.session.session import Session

T = TypeVar("T")
IDLE_S = 15 * 60.0
"""After so long without a command nobody is at the console any more: it asks for the PIN again."""
_TICK_S = 1.0
_AT_WORK = frozenset({State.IN_PROGRESS, State.RETURNED})
_LOOK_S = 0.02
_WITHOUT_TIME = (cmd.Abort, cmd.Note, cmd.Suspend)
"""What is taken while the time is in doubt: the way to safety, a note, leaving it to others."""


@dataclass(slots=True)
class _Waiting:
    """An answer that is being made elsewhere, and who is told of it in the window's thread."""

    future: Future[Any]
    done: Callable[[Any], None]
    refused: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class _Reread:
    """Everything that the log holds, read anew."""

    books: tuple[WorkBook, WorkBook]
    elsewhere: Sequence[RunElsewhere]


class Workplace:
    """People, orders, equipment and runs of one session.

    ``room`` holds orders, people and equipment, ``runs`` the guided work. ``version`` rises with
    every change of either, so that a page knows whether to look again. ``furnish`` is done once
    the log has been read and before anybody may ask: it fills the log of a demo.
    """

    def __init__(
        self, session: Session, furnish: Callable[[Workplace], None] = lambda _place: None
    ) -> None:
        self._session = session
        self._furnish = furnish
        self.record = session.history.record
        self.room = WorkRoom(
            session.data, session.history.record, lambda: session.history.device_id, session.clock
        )
        self.photos = PhotoStore(session.data, keep_exif=session.site.photos.keep_exif)
        self._hands_free = ThreadPoolExecutor(1, thread_name_prefix="photos")
        self.runs = RunDesk(session, self.roster, is_order_over=self._is_order_over)
        self._automatic = Automatic(session, self.room, self.runs)
        self._has_looked = False
        self.time = TimeDoubt()
        """Whether the time of this laptop is in doubt, by its log."""
        self.room.gate.why_not = lambda: self.time.sentence
        self.elsewhere: Sequence[RunElsewhere] = ()
        """Work that runs on other laptops, as it was told at the last sync."""
        self._has_synced = threading.Event()
        self.sync = SyncDesk(session, self._has_synced.set)
        """Brings this log together with those of other laptops."""
        self._rereading: Future[_Reread] | None = None
        self._meanwhile: list[FeedEntry] = []
        self._read_again = False
        self._readers = ThreadPoolExecutor(1, thread_name_prefix="reread")
        self.version = 0
        self._busy: tuple[int, frozenset[str]] = (-1, frozenset())
        self.trouble = ""
        """Why the work cannot be read, in a sentence; empty where it can."""
        self._ready = threading.Event()
        self._ending = threading.Event()
        self._reader: threading.Thread | None = None
        self._early: list[FeedEntry] = []
        self._waiting: list[_Waiting] = []
        self._hands = ""
        self.lapsed = ""
        """The id of who was signed out last because nothing was done for too long."""
        self._asked_s = 0.0
        self._ticked_s = float("-inf")

    # ---- beginning and end ----

    def open(self, *, wait: bool = False) -> None:
        """Read the log, beside the caller unless it waits."""
        if wait:
            self._restore()
            return
        self._reader = threading.Thread(target=self._restore, name="work", daemon=True)
        self._reader.start()

    def close(self) -> None:
        """End the threads; what is not done is done by the next console."""
        self._ending.set()
        if self._reader is not None:
            self._reader.join()
        self.sync.close()
        for pool in (self._hands_free, self._readers):
            pool.shutdown(wait=True, cancel_futures=True)
        self.runs.close()
        self.room.close()

    @property
    def is_ready(self) -> bool:
        """Whether the log has been read."""
        return self._ready.is_set()

    # ---- in the window's thread ----

    def follow(self, entries: Sequence[FeedEntry]) -> bool:
        """Take what was published and look at the runs; returns whether anything moved."""
        if not self.is_ready:
            self._early.extend(entries)
            return False
        if self._early:
            entries, self._early = [*self._early, *entries], []
        moved = [self.room.follow(entry) for entry in entries]
        moved += [self._follow_time(entry) for entry in entries]
        moved.append(self._take_reread(entries))
        changed = self.runs.follow(entries) or any(moved)
        if not self._has_looked:
            self._has_looked = True
            self._automatic.look()
        self._automatic.follow(entries)
        self._give_back(entries)
        self._answer()
        now_s = self._session.now().mono_s
        if now_s - self._ticked_s >= _TICK_S:
            self._ticked_s = now_s
            self.runs.tick()
        self.version += changed
        return changed

    def later(
        self, future: Future[T], done: Callable[[T], None], refused: Callable[[str], None]
    ) -> None:
        """Tell of an answer in this thread: ``done`` with it, or ``refused`` with the sentence."""
        self._waiting.append(_Waiting(future, done, refused))

    def reread(self) -> None:
        """Take what other laptops recorded, beside this thread; shown in a later :meth:`follow`.

        Doing it twice changes nothing. Call it after every sync.
        """
        if not self.is_ready:
            return  # everything is being read anyway
        if self._rereading is not None:
            self._read_again = True
            return
        self._read_again, self._meanwhile = False, []
        self._rereading = self._readers.submit(self._read_anew)

    @property
    def is_rereading(self) -> bool:
        """Whether what came in is still being read."""
        return self._rereading is not None

    # ---- who is here ----

    @property
    def hands(self) -> str:
        """The id of the person at this console; empty where nobody has signed in lately."""
        is_idle = self.idle_left_s <= 0
        if self._hands and (is_idle or self._hands not in self.room.desk.present):
            self.lapsed = self._hands if is_idle else ""
            self.sign_out()
        return self._hands

    @property
    def idle_left_s(self) -> float:
        """For how many more seconds nothing may be done before nobody is at the console."""
        return self._asked_s + IDLE_S - self._session.now().mono_s

    @property
    def person(self) -> Colleague | None:
        """The person at this console."""
        return self.room.desk.book.people.get(self.hands) if self.hands else None

    def sign_in(
        self, person: str, pin: str, done: Callable[[], None], refused: Callable[[str], None]
    ) -> None:
        """Let a person take this console over; told in a later :meth:`follow`."""

        def entered(signed: Any) -> None:
            if self._hands and self._hands != signed.person.id:
                self.room.gate.sign_out(self._hands)
            self._hands = signed.person.id
            self.lapsed = ""
            self.touch()
            self.version += 1
            done()

        self.later(self.room.gate.sign_in(person, pin), entered, refused)

    def sign_out(self) -> None:
        """Leave the console."""
        if self._hands:
            self.room.gate.sign_out(self._hands)
            self._hands = ""
            self.version += 1

    def touch(self) -> None:
        """Note that the person at this console did something."""
        self._asked_s = self._session.now().mono_s

    def roster(self) -> Mapping[str, Person]:
        """Return the active people as the engine of procedures knows people."""
        return {
            one.id: Person(one.id, one.name, one.roles, one.qualifications)
            for one in self.room.desk.book.people.active()
        }

    # ---- the time ----

    def confirm_time(
        self,
        second: str,
        pin: str,
        shown_us: int,
        done: Callable[[], None],
        refused: Callable[[str], None],
    ) -> None:
        """Say, with a second person who gives the PIN, that the time shown (UTC) is right.

        One of the two must be permitted to (``time.confirm``). Raises Refused.
        """
        first = self.hands
        if not first:
            raise Refused(tr("Sign in first: nobody else may sign for you."))
        desk = self.room.desk
        both = desk.who(first), desk.who(second)
        if both[0].id == both[1].id:
            raise Refused(tr("It takes two people: somebody else gives the second PIN."))
        if not any(desk.roles.permits(one.roles, CONFIRM) for one in both):
            raise Refused(tr("One of the two must be a supervisor."))
        self.touch()

        def proven(_person: Colleague) -> None:
            second = both[1].id
            body: dict[str, JSON] = {"second": second, "shown_utc_us": shown_us}
            now = self._session.now()
            self.record(EventDraft(LogKind.CLOCK_CONFIRMED, "clock", body, now, both[0].id))
            done()

        self.later(self.room.gate.prove(both[1].id, pin), proven, refused)

    def _refuse_doubtful(self, run: str, command: cmd.Command) -> None:
        """Refuse what signs while the time is in doubt; never the way to safety."""
        sentence = self.time.sentence
        if not sentence or isinstance(command, _WITHOUT_TIME):
            return
        found = next((one for one in self.runs.runs() if one.id == run), None)
        if found is None or found.phase_holds:
            raise Refused(sentence)

    def _follow_time(self, entry: FeedEntry) -> bool:
        """Take what is told of the clock; a confirmation counts once it is on the disk."""
        kind = entry.event.kind
        if kind not in CLOCK_KINDS or (kind == LogKind.CLOCK_CONFIRMED and not entry.recorded):
            return False
        return self.time.take(entry.event)

    def busy(self) -> frozenset[str]:
        """Return the tanks and racked servers where somebody works: a run or an order in progress.

        Worked out once for every change of orders and runs.
        """
        if self._busy[0] != self.version and self.is_ready:
            runs = [run for run in self.runs.open() if not run.late]
            parts = {part for run in runs for several in run.subjects.values() for part in several}
            parts |= {
                order.about for order in self.room.book.orders.open() if order.state in _AT_WORK
            }
            tanks = [self._session.tank_of(part) for part in parts]
            found = {tank.id for tank in tanks if tank}
            found |= {part.partition("/")[0] for part in parts}
            self._busy = self.version, frozenset(found)
        return self._busy[1]

    # ---- guided work ----

    def begin(self, revision: Revision, bound: Bound, new: NewRun) -> tuple[str, Decision]:
        """Begin a run in the name of who is at this console (``new.by``); raises Refused."""
        if not self.hands or new.by != self.hands:
            raise Refused(tr("Sign in first: nobody else may sign for you."))
        if self.time.sentence:
            raise Refused(self.time.sentence)
        self.touch()
        proof = Proof("signed_in", self._session.now().utc_us)
        return self.runs.begin(revision, bound, new, proof=proof)

    def ask(self, run: str, command: cmd.Command) -> Decision:
        """Ask something of a run in the name of who is at this console (``command.by``).

        Raises Refused where the command names somebody else, and for a photo that is not kept. An
        abort is taken from anybody, with or without a PIN: safety waits for no proof, the event
        says that there was none.
        """
        by = getattr(command, "by", "")
        if isinstance(command, cmd.Abort) and by != self.hands:
            proof = Proof("nobody", self._session.now().utc_us)
            return self.runs.ask(run, command, proof=proof)
        if not self.hands or by != self.hands:
            raise Refused(tr("Sign in first: nobody else may sign for you."))
        self._refuse_doubtful(run, command)
        if isinstance(command, cmd.TakePhoto):
            self.photos.path_of(command.sha256)
        self.touch()
        return self.runs.ask(run, command, proof=Proof("signed_in", self._session.now().utc_us))

    def take_photo(
        self, path: Path, done: Callable[[StoredPhoto], None], refused: Callable[[str], None]
    ) -> None:
        """Keep a picture file, beside this thread: a large one takes a moment to be looked at."""
        self.later(self._hands_free.submit(self.photos.take, path), done, refused)

    def ask_as(
        self,
        run: str,
        command: cmd.Command,
        pin: str,
        done: Callable[[Decision], None],
        refused: Callable[[str], None],
    ) -> None:
        """Ask in the name of ``command.by``, who proves it with a PIN: second signatures, holds."""

        def proven(_person: Colleague) -> None:
            self.touch()
            done(self.runs.ask(run, command, proof=Proof("pin", self._session.now().utc_us)))

        try:
            self._refuse_doubtful(run, command)
        except Refused as refusal:
            refused(str(refusal))
            return
        by = str(getattr(command, "by", ""))
        self.later(self.room.gate.prove(by, pin), proven, refused)

    # ---- helpers ----

    def _is_order_over(self, run: str) -> bool:
        """Whether a run was begun for orders, and none of them is open any more."""
        orders = [order for order in self.room.book.orders.all() if run in order.runs]
        return bool(orders) and all(order.state.is_over for order in orders)

    def _give_back(self, entries: Sequence[FeedEntry]) -> None:
        """Give back what is suppressed under the number of an order that is over now."""
        for entry in entries:
            if not entry.recorded or entry.event.kind != Kind.ORDER_MOVED:
                continue
            order = self.room.book.orders.get(entry.event.subject)
            if order is not None and order.state.is_over:
                self._session.alarms.release(order.number, SYSTEM, str(order.state))

    def _restore(self) -> None:
        """Wait for the log to be open, then read it; a disk that refuses says so in ``trouble``."""
        while not self._session.history.device_id:
            if self._session.history.status.state is StorageState.DEGRADED:
                self.trouble = self._session.history.status.sentence
            if self._ending.wait(_LOOK_S):
                return
        try:
            self.room.restore()
            self.runs.restore()
            self._automatic.restore()
            self.elsewhere = self._read_elsewhere()
            self.time.restore(LogReader(self._session.data).of_kinds(CLOCK_KINDS, taken_in=False))
            self._furnish(self)
        except StorageError as error:
            self.trouble = error.sentence
            return
        self.trouble = ""
        self.version += 1
        self._ready.set()

    def _read_elsewhere(self) -> Sequence[RunElsewhere]:
        reader = LogReader(self._session.data)
        names = reader.laptops()
        if not names:
            return ()
        return runs_elsewhere(reader.each_of_kinds(RUN_KINDS, own=False), names)

    def _read_anew(self) -> _Reread:
        return _Reread(self.room.read_anew(), self._read_elsewhere())

    def _take_reread(self, entries: Sequence[FeedEntry]) -> bool:
        """Take over what was read beside this thread; returns whether it is there now."""
        if self._has_synced.is_set():
            self._has_synced.clear()
            self.reread()
        if self._rereading is None:
            return False
        self._meanwhile.extend(entries)
        if not self._rereading.done():
            return False
        future, self._rereading = self._rereading, None
        try:
            found = future.result()
        except StorageError as error:
            self.trouble = error.sentence
            return True
        self.trouble = ""
        self.room.take_over(found.books, self._meanwhile)
        self.elsewhere = found.elsewhere
        self._meanwhile = []
        if self._read_again:
            self.reread()
        return True

    def _answer(self) -> None:
        ready = [one for one in self._waiting if one.future.done()]
        self._waiting = [one for one in self._waiting if not one.future.done()]
        for one in ready:
            try:
                answer = one.future.result()
            except Refused as refusal:
                one.refused(str(refusal))
            else:
                one.done(answer)

    def settle(self, timeout_s: float = 10.0) -> bool:
        """Wait until all that was asked is on the disk and told; for tests and headless runs."""
        end_s, quiet = time.monotonic() + timeout_s, 0
        while time.monotonic() < end_s:
            self._session.refresh()
            is_quiet = (
                self.runs.is_settled
                and not self._waiting
                and self._rereading is None
                and not self._session.history.feed.waiting
            )
            quiet = quiet + 1 if is_quiet else 0
            if quiet == 2:  # what the first look published or asked for is taken by the second
                return True
            time.sleep(0.0 if is_quiet else 0.005)
        return False
