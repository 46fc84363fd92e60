"""What can be done with parts: receive, reserve, issue, carry, count, scrap. No widget."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from console.session.session import Session
from console.text import tr
from console.ui.work.acts import Act, Answers, Ask, whole_number
from console.ui.work.parts_rows import totals
from console.work.assets.desk import AssetDesk, Pieces
from console.work.assets.stock import Level, Part
from console.work.book import WorkBook
from console.work.events import Refused

MOVE, COUNT = "stock.move", "stock.count"
_MOST_ORDERS = 300
_MAIN = "main"


def part_acts(session: Session, book: WorkBook, part: Part) -> list[Act]:
    """Return what can be done with a part number."""
    place = session.workplace
    if place is None:
        return []
    desk = place.room.assets
    return [*_PartActs(desk, book, part).all(), _define(desk, part)]


def new_part_acts(session: Session) -> list[Act]:
    """Return what makes part numbers known."""
    place = session.workplace
    return [_define(place.room.assets, None)] if place is not None else []


class _PartActs:
    """The acts of one part number."""

    def __init__(self, desk: AssetDesk, book: WorkBook, part: Part) -> None:
        self._desk = desk
        self._book = book
        self._part = part

    def all(self) -> Sequence[Act]:
        desk = self._desk
        issue, give_back = self._with_order(desk.issue), self._with_order(desk.give_back)
        return (
            self._act("receive", tr("Receive"), self._receive, self._pieces, self._maybe_order),
            self._act("reserve", tr("Reserve"), self._reserve, self._counted, self._order),
            self._act("release", tr("Release"), self._release, self._counted, self._order),
            self._act("issue", tr("Issue"), issue, self._pieces, self._order),
            self._act("return", tr("Give back"), give_back, self._pieces, self._order),
            self._act("carry", tr("Carry"), self._carry, self._pieces, self._other_store),
            self._act("count", tr("Count anew"), self._count, self._found, permission=COUNT),
            self._act("scrap", tr("Scrap"), self._scrap, self._pieces, self._why, permission=COUNT),
        )

    def _act(
        self,
        key: str,
        title: str,
        do: Callable[[str, Answers], Level],
        *asks: Callable[[], Ask],
        permission: str = MOVE,
    ) -> Act:
        def told(by: str, answers: Answers) -> str:
            level = do(by, answers)
            return tr(
                "Recorded: {store} has {on_hand}, {free} of them free.",
                store=level.store,
                on_hand=level.on_hand,
                free=level.available,
            )

        return Act(
            key,
            title,
            permission,
            told,
            lambda: [self._store(), *(ask() for ask in asks)],
            lambda: f"{self._part.id}  {self._part.name}",
        )

    # ---- questions ----

    def _store(self) -> Ask:
        stores = self._book.stock.stores()
        held = [s for s in stores if self._book.stock.level(self._part.id, s).on_hand > 0]
        first = next(iter([*held, *stores]), _MAIN)
        return Ask("store", tr("Store"), first, ", ".join(stores))

    def _pieces(self) -> Ask:
        if self._part.serialised:
            return Ask("serials", tr("Serial numbers"), hint=tr("scan them one after the other"))
        return self._counted()

    @staticmethod
    def _counted() -> Ask:
        return Ask("count", tr("How many"), "1")

    @staticmethod
    def _found() -> Ask:
        return Ask("found", tr("Counted"), hint=tr("how many lie there"))

    def _order(self) -> Ask:
        return Ask("order", tr("Order"), hint="WO-…", choices=_orders(self._book))

    def _maybe_order(self) -> Ask:
        none = (("", tr("for no order")),)
        return Ask("order", tr("Order"), choices=(*none, *_orders(self._book)))

    @staticmethod
    def _other_store() -> Ask:
        return Ask("to_store", tr("To which store"))

    @staticmethod
    def _why() -> Ask:
        return Ask("because", tr("Why"))

    # ---- doing ----

    def _of(self, answers: Answers) -> Pieces:
        if "serials" in answers:
            return Pieces(self._part.id, answers["store"], 0, serials_of(answers["serials"]))
        return Pieces(self._part.id, answers["store"], whole_number(answers["count"]))

    def _receive(self, by: str, answers: Answers) -> Level:
        return self._desk.receive(by, self._of(answers), order=answers["order"])

    def _reserve(self, by: str, answers: Answers) -> Level:
        return self._desk.reserve(by, self._of(answers), _an_order(answers))

    def _release(self, by: str, answers: Answers) -> Level:
        return self._desk.release(by, self._of(answers), _an_order(answers))

    def _with_order(
        self, do: Callable[[str, Pieces, str], Level]
    ) -> Callable[[str, Answers], Level]:
        return lambda by, answers: do(by, self._of(answers), _an_order(answers))

    def _carry(self, by: str, answers: Answers) -> Level:
        return self._desk.transfer(by, self._of(answers), answers["to_store"])

    def _count(self, by: str, answers: Answers) -> Level:
        if not answers["store"]:
            raise Refused(tr("Say which store and how many."))
        found = whole_number(answers["found"])
        return self._desk.count(by, self._part.id, answers["store"], found)

    def _scrap(self, by: str, answers: Answers) -> Level:
        if not answers["because"]:
            raise Refused(tr("This needs a reason."))
        return self._desk.scrap(by, self._of(answers), answers["because"])


def serials_of(text: str) -> tuple[str, ...]:
    """Return serial numbers written or scanned one after the other."""
    return tuple(part for part in re.split(r"[\s,;]+", text) if part)


def _define(desk: AssetDesk, part: Part | None) -> Act:
    yes_no = (("no", tr("no, they are counted")), ("yes", tr("yes, each")))

    def asks() -> Sequence[Ask]:
        about = [
            Ask("name", tr("Name"), part.name if part else ""),
            Ask("minimum", tr("Least to have"), str(part.minimum) if part else "0"),
        ]
        if part is not None:
            return about
        kind = Ask("serialised", tr("Do pieces bear serial numbers"), "no", choices=yes_no)
        return [Ask("part", tr("Part number")), *about, kind]

    def do(by: str, answers: Answers) -> str:
        number = part.id if part else answers["part"]
        desk.define(
            by,
            number,
            answers["name"] or number,
            serialised=part.serialised if part else answers["serialised"] == "yes",
            minimum=whole_number(answers["minimum"] or "0"),
        )
        return tr("Recorded. It shows as soon as it is on the disk.")

    if part is None:
        return Act("define", tr("New part number"), COUNT, do, asks, done=tr("Save"))
    return Act("describe", tr("Describe"), COUNT, do, asks, lambda: part.id, done=tr("Save"))


def _orders(book: WorkBook) -> tuple[tuple[str, str], ...]:
    """Return the open orders to choose from; where there are too many, the number is written."""
    found = book.orders.open()
    if len(found) > _MOST_ORDERS:
        return ()
    return tuple((order.number, f"{order.number}  {order.title}"[:80]) for order in found)


def _an_order(answers: Answers) -> str:
    if not answers["order"]:
        raise Refused(tr("There is no open order for it yet."))
    return answers["order"]


def short_words(book: WorkBook) -> str:
    """Return how many parts are below what there should be, in a sentence; empty for none."""
    short = sum(one.is_short for one in totals(book))
    return tr("Parts below their minimum: {n}", n=short) if short else ""
