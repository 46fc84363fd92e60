"""Parts in stores: how many there are, for whom, and what became of them."""

from __future__ import annotations

from collections.abc import Sequence

from console.session.session import Session
from console.text import tr
from console.ui.controls import Choice
from console.ui.plain_table import Line, PlainTable
from console.ui.setup_parts import FactList
from console.ui.work.acts import Act
from console.ui.work.parts_acts import new_part_acts, part_acts
from console.ui.work.parts_rows import (
    ACCOUNT_COLUMNS,
    COLUMNS,
    NARROW_HIDES,
    SERIAL_COLUMNS,
    SHOWS,
    Wanted,
    account_lines,
    part_lines,
    promised_facts,
    serial_lines,
    store_facts,
)
from console.ui.work.things_view import TITLES, Detail, ReadTable, ThingsView
from console.work.book import WorkBook

_PIECE, _MOST_PIECES = 28, 4
"""How tall a serial number is, pixels, and how many show without scrolling."""


class PartsView(ThingsView):
    """Every part number with its stock."""

    narrow_hides = NARROW_HIDES

    def __init__(self, session: Session) -> None:
        self.stores = FactList(tr("In stores"))
        self.promised = FactList(tr("Reserved for"))
        self.serials = PlainTable(tr("Serial numbers"), SERIAL_COLUMNS, dense=True)
        self.account = ReadTable(tr("Account"), ACCOUNT_COLUMNS)
        parts = (self.stores, self.promised, self.serials, self.account)
        self.detail = Detail(*parts, stretch=3)
        super().__init__(session, tr("Parts"), COLUMNS, tr("Part number or name"), self.detail)
        self.show_only = Choice(tr("Which parts"), [(key, tr(name)) for key, name in SHOWS.items()])
        self.store = Choice(tr("Store"), [("", tr("All stores"))])
        for choice in (self.show_only, self.store):
            self.add_choice(choice)
            choice.currentIndexChanged.connect(self.look_again)

    def wanted(self) -> Wanted:
        return Wanted(self.search.text(), self.show_only.key, self.store.key)

    def lines(self, book: WorkBook) -> tuple[Line, ...]:
        self._offer_stores(book.stock.stores())
        return part_lines(book, self.wanted())

    def nothing(self) -> str:
        if self.place is not None and not self.place.room.book.stock.parts():
            return tr("No part numbers are known yet. Begin with a new part number.")
        return super().nothing()

    def show_thing(self, book: WorkBook, key: str) -> None:
        part = book.stock.part(key) if key else None
        for widget in (self.stores, self.promised, self.serials, self.account):
            widget.setVisible(part is not None)
        if part is None:
            self.detail.head(tr("Nothing chosen"), tr("Choose a part to see where it lies."))
            return
        kind = tr("each bears a serial number") if part.serialised else tr("counted")
        least = tr("at least {n}", n=part.minimum) if part.minimum else ""
        told = [part.name if part.name != part.id else "", kind, least]
        self.detail.head(part.id, " \N{MIDDLE DOT} ".join(filter(None, told)))
        self.stores.show_facts(store_facts(book, part))
        promised = promised_facts(book, part)
        self.promised.show_facts(promised)
        self.promised.setVisible(bool(promised))
        self.serials.show_lines(serial_lines(book, part) if part.serialised else ())
        self.serials.setVisible(bool(self.serials.lines))
        self.serials.setFixedHeight(TITLES + _PIECE * min(len(self.serials.lines), _MOST_PIECES))
        self.account.show_lines(account_lines(book, part, self.session.now().utc_us))

    def acts_of(self, book: WorkBook, key: str) -> Sequence[Act]:
        part = book.stock.part(key) if key else None
        return part_acts(self.session, book, part) if part is not None else ()

    def always_of(self, book: WorkBook) -> Sequence[Act]:
        return new_part_acts(self.session)

    def _offer_stores(self, stores: Sequence[str]) -> None:
        known = [self.store.itemData(n) for n in range(1, self.store.count())]
        for store in stores:
            if store not in known:
                self.store.addItem(store, store)
