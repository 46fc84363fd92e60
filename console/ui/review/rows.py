"""What the queue shows of each thing that waits, in words. No Qt."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from console.session.session import Session
from console.session.workplace import Workplace
from console.text import tr
from console.ui.work import order_words as words
from console.work.reviews.queue import GRADE_NAMES, ITEM_NAMES, Grade, Item, ItemKind
from console.work.words import conflict_words

EVERYTHING, HIGH, CLEAN, ORDERS, OTHERS = "", "high", "clean", "orders", "others"
FILTER_NAMES = {
    EVERYTHING: "Everything",
    HIGH: "High risk",
    CLEAN: "No exceptions",
    ORDERS: "Orders",
    OTHERS: "Other things",
}
"""What the queue is narrowed to; a key of the catalogue each."""
BY_RISK, BY_AGE = "risk", "age"
_BARS = {Grade.HIGH: 3, Grade.MIDDLE: 2, Grade.LOW: 1, Grade.UNKNOWN: 0}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the queue. ``bars`` is its risk, 0 (not known) to 3; ``marked`` by hand."""

    key: str
    title: str
    under: str
    age: str
    told: str
    bars: int
    is_clean: bool
    marked: bool = False

    @property
    def sentence(self) -> str:
        """The line as one sentence, for a screen reader."""
        mark = tr("marked") if self.marked else ""
        return ", ".join(filter(None, (self.title, self.under, self.told, self.age, mark)))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the queue is narrowed to, and whether the oldest come first."""

    text: str = ""
    only: str = EVERYTHING
    by_age: bool = False


def rows_of(
    session: Session,
    place: Workplace,
    items: Sequence[Item],
    wanted: Wanted,
    marked: Collection[str] = (),
) -> tuple[Row, ...]:
    """Return the lines that are wanted."""
    needles, now_us = wanted.text.casefold().split(), session.now().utc_us
    chosen = [item for item in items if _is_wanted(item, wanted.only)]
    if wanted.by_age:
        chosen.sort(key=lambda item: (item.since_us, item.key))
    rows = (_row(session, place, item, now_us, item.key in marked) for item in chosen)
    return tuple(
        row
        for row in rows
        if all(one in f"{row.title} {row.under} {row.told}".casefold() for one in needles)
    )


def _is_wanted(item: Item, only: str) -> bool:
    if only == HIGH:
        return item.grade is Grade.HIGH
    if only == CLEAN:
        return item.is_clean and item.kind in {ItemKind.ORDER, ItemKind.RUN}
    if only == ORDERS:
        return item.kind is ItemKind.ORDER
    return only != OTHERS or item.kind is not ItemKind.ORDER


def _row(session: Session, place: Workplace, item: Item, now_us: int, marked: bool) -> Row:
    age_s = max(now_us - item.since_us, 0) / 1e6
    return Row(
        item.key,
        title_of(place, item),
        _under(session, item),
        words.span_text(age_s) if item.since_us else "",
        told_of(item),
        _BARS[item.grade],
        item.is_clean and item.kind in {ItemKind.ORDER, ItemKind.RUN},
        marked,
    )


def title_of(place: Workplace, item: Item) -> str:
    """Return what it is called."""
    if item.kind is ItemKind.CONFLICT:
        conflict = place.room.book.conflicts.get(item.id)
        return conflict_words(conflict) if conflict else item.title
    if item.kind in {ItemKind.RUN, ItemKind.PROCEDURE}:
        name = item.title if item.kind is ItemKind.RUN else item.about
        revision = place.runs.procedures.in_force(name)
        title = words.words_of(revision.procedure.title) if revision else name
        return title or name
    return item.title


def _under(session: Session, item: Item) -> str:
    if item.kind is ItemKind.ORDER:
        number = words.short_number(item.id)
        place = words.place_name(session, item.about)
        state = tr("Returned") if item.is_returned else ""
        return words.DOT.join(filter(None, (state, place, number)))
    what = tr(ITEM_NAMES[item.kind])
    about = session.name_of(item.about) if item.about else ""
    return words.DOT.join(filter(None, (what, about if about != item.title else "")))


def told_of(item: Item) -> str:
    """Return how many exceptions there are, or how grave it is where there are none to count."""
    if item.kind not in {ItemKind.ORDER, ItemKind.RUN}:
        return tr("risk {grade}", grade=tr(GRADE_NAMES[item.grade]))
    if item.exceptions is None:
        return tr("being counted")
    if item.exceptions == 0:
        return tr("no exceptions")
    return tr("1 exception") if item.exceptions == 1 else tr("{n} exceptions", n=item.exceptions)
