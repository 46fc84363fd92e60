"""The work of a session: the desk that people ask, joined to the log of a data folder.

The desk's own book is ahead of the log by what is on its way to the disk; :attr:`WorkRoom.book`
follows published events alone, and is what a window shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from console.history.boot import boot_id
from console.history.events import EventDraft
from console.history.feed import FeedEntry
from console.history.reader import LogReader
from console.history.trouble import StorageError
from console.work.assets.desk import AssetDesk
from console.work.book import WorkBook
from console.work.desk import WorkDesk
from console.work.events import KINDS, REQUESTED, Draft
from console.work.orders.desk import OrderDesk
from console.work.people.desk import PeopleDesk
from console.work.people.gate import Gate
from console.work.people.secrets import SecretStore
from console.work.reviews.desk import ReviewDesk
from console.work.reviews.kinds import KINDS as REVIEW_KINDS
from drivers.points import Stamp


class WorkRoom:
    """Everything done with people, orders and assets; safe from any thread but :meth:`follow`.

    Call :meth:`restore` once before anything is asked for, and :meth:`close` at the end.
    """

    def __init__(
        self,
        folder: Path,
        record: Callable[[EventDraft], None],
        device_id: Callable[[], str],
        clock: Callable[[], Stamp] = Stamp.now,
    ) -> None:
        self.folder = folder
        self.record = record
        self.desk = WorkDesk(self._tell, clock, log=device_id, boot=boot_id())
        self.gate = Gate(self.desk, SecretStore(folder))
        self.people = PeopleDesk(self.desk)
        self.orders = OrderDesk(self.desk)
        self.assets = AssetDesk(self.desk)
        self.reviews = ReviewDesk(self.desk, self._tell, clock)
        self.book = WorkBook()

    def restore(self) -> None:
        """Take up what the log holds. A log that cannot be read leaves everything as new."""
        try:
            events = LogReader(self.folder).of_kinds(KINDS)
            reviews = LogReader(self.folder).of_kinds(REVIEW_KINDS)
        except StorageError:
            return
        self.desk.take(events)
        self.book.restore(events)
        self.reviews.book.restore(reviews)

    def follow(self, entry: FeedEntry) -> bool:
        """Take a published event into the window's book; only one thread calls this.

        What is not on the disk is not shown. Returns whether the book changed.
        """
        if not entry.recorded:
            return False
        if entry.event.kind in REVIEW_KINDS:
            return self.reviews.book.take(entry.event)
        if entry.event.kind not in KINDS:
            return False
        if entry.event.kind == REQUESTED:
            self.desk.take_request(entry.event)
        return self.book.apply(entry.event)

    def read_anew(self) -> tuple[WorkBook, WorkBook]:
        """Return two books of everything that the log holds now, for the desk and for the window.

        Takes its time: not for the window's thread. Raises StorageError.
        """
        events = LogReader(self.folder).of_kinds(KINDS)
        books = WorkBook(self.desk.roles), WorkBook()
        for book in books:
            book.restore(events)
        return books

    def take_over(self, books: tuple[WorkBook, WorkBook], since: Iterable[FeedEntry]) -> None:
        """Put books read anew in the place of those here; ``since`` was published meanwhile."""
        for_desk, shown = books
        self.desk.take_over(for_desk)
        self.book = shown
        for entry in since:
            self.follow(entry)

    def close(self) -> None:
        """End the thread that hashes PINs."""
        self.gate.close()

    def _tell(self, draft: Draft) -> None:
        self.record(EventDraft(draft.kind, draft.subject, draft.body, draft.time, draft.actor))
