"""Equipment by serial number: where each thing is, and its whole life."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal

from console.session.session import Session
from console.text import tr
from console.ui.controls import Choice
from console.ui.plain_table import Line
from console.ui.setup_parts import FactList
from console.ui.work.acts import Act
from console.ui.work.equipment_acts import equipment_acts, new_equipment_acts
from console.ui.work.equipment_rows import (
    COLUMNS,
    KIND_NAMES,
    LIFE_COLUMNS,
    NARROW_HIDES,
    SORTS,
    Wanted,
    asset_facts,
    asset_lines,
    life_lines,
    where_words,
)
from console.ui.work.equipment_seen import unregistered
from console.ui.work.things_view import Detail, ReadTable, ThingsView
from console.work.book import WorkBook


class EquipmentView(ThingsView):
    """Every asset, found by any word of it."""

    open_subject = Signal(str, str)
    narrow_hides = NARROW_HIDES

    def __init__(self, session: Session) -> None:
        self.facts = FactList(tr("What is known"))
        self.life = ReadTable(tr("Life of this serial number"), LIFE_COLUMNS)
        self.detail = Detail(self.facts, self.life, stretch=1)
        super().__init__(
            session,
            tr("Equipment"),
            COLUMNS,
            tr("Serial number, model, tank"),
            self.detail,
        )
        kinds = [("", tr("All kinds")), *((kind, tr(name)) for kind, name in KIND_NAMES.items())]
        self.kind = Choice(tr("Kind"), kinds)
        self.sort = Choice(tr("Order"), [(key, tr(name)) for key, name in SORTS.items()])
        for choice in (self.kind, self.sort):
            self.add_choice(choice)
            choice.currentIndexChanged.connect(self.look_again)

    def wanted(self) -> Wanted:
        return Wanted(self.search.text(), self.kind.key, self.sort.key)

    def lines(self, book: WorkBook) -> tuple[Line, ...]:
        return asset_lines(book, self.wanted(), self.session.now().utc_us)

    def nothing(self) -> str:
        if self.place is not None and not self.place.room.book.assets.all():
            return tr("No equipment is registered yet. Take over what is seen, or register it.")
        return super().nothing()

    def show_thing(self, book: WorkBook, key: str) -> None:
        asset = book.assets.get(key) if key else None
        for part in (self.facts, self.life):
            part.setVisible(asset is not None)
        if asset is None:
            self.detail.head(tr("Nothing chosen"), tr("Choose a row to see its whole life."))
            return
        now_us = self.session.now().utc_us
        self.detail.head(asset.serial, where_words(book, asset))
        self.facts.show_facts(asset_facts(book, asset, now_us))
        self.life.show_lines(life_lines(book, asset, now_us))

    def acts_of(self, book: WorkBook, key: str) -> Sequence[Act]:
        asset = book.assets.get(key) if key else None
        if asset is None:
            return ()
        return (*equipment_acts(self.session, asset), self._whole_life(asset.serial))

    def _whole_life(self, serial: str) -> Act:
        """Open the page of everything that happened to a thing, wherever it was."""
        return Act(
            "life",
            tr("Whole life"),
            "",
            lambda _by, _answers: "",
            opens=lambda: self.open_subject.emit("life", serial),
        )

    def always_of(self, book: WorkBook) -> Sequence[Act]:
        return new_equipment_acts(self.session, unregistered(self.session, book))
