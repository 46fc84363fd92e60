"""Choosing curves: from tank to server to GPU to point, or by a few letters of any of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from console.text import tr
from console.ui import formats
from console.ui.controls import Button, Field
from console.ui.points_table import group_name
from console.ui.trend_catalogue import Catalogue, Place, key_of, name_of
from console.ui.trend_list import Row, RowKind, TallList
from console.ui.trend_model import MOST_CURVES
from console.ui.trend_strips import Chosen, Name

_PLACE, _POINT, _MAIN, _CLEAR = "place:", "point:", "main:", "clear:"


class TrendChooser(QWidget):
    """``toggled`` carries part and key of a point, ``main`` a part whose main points are wanted."""

    toggled = Signal(str, str)
    main = Signal(str)
    cleared = Signal()

    def __init__(self, catalogue: Catalogue, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._catalogue = catalogue
        self._chosen: tuple[Chosen, ...] = ()
        self._where = ""
        self._full = False
        self.search = Field(tr("Find a point"), tr("Find a tank, a GPU, a point"))
        self.back = Button("\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}")
        self.list = TallList(tr("Points to choose from"))
        head = QHBoxLayout()
        head.setSpacing(4)
        head.addWidget(self.back)
        head.addWidget(self.search, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(head)
        column.addWidget(self.list, 1)
        self.search.textChanged.connect(lambda _text: self._show(top=True))
        self.search.returnPressed.connect(self.list.setFocus)
        self.back.clicked.connect(self._go_back)
        self.list.tapped.connect(self._tapped)
        self._show(top=True)

    @property
    def where(self) -> str:
        """The part whose points are listed, '' at the top."""
        return self._where

    def show_chosen(self, chosen: Sequence[Chosen]) -> None:
        """Tick these points."""
        self._chosen = tuple(chosen)
        self._full = False
        self._show()

    def open(self, part: str) -> None:
        """List what is in a place."""
        self._where = part
        self.search.clear()
        self._show(top=True)

    def tell_full(self) -> None:
        """Say why a tap did nothing."""
        self._full = True
        self._show(top=True)

    def reload(self) -> None:
        """Show what the catalogue has now."""
        self._show()

    # ---- what is listed --------------------------------------------------------------------

    def _show(self, *, top: bool = False) -> None:
        searching = bool(self.search.text().strip())
        self.back.setVisible(bool(self._where) and not searching)
        if self._where:
            name = self._catalogue.place(self._where).name
            self.back.setAccessibleName(tr("Back from {place}", place=name))
        if searching:
            rows = list(self._found())
        elif self._where:
            rows = list(self._inside(self._where))
        else:
            rows = list(self._top())
        if self._full:
            words = tr("{most} curves are the most: take one away first", most=MOST_CURVES)
            rows.insert(0, Row("h:full", words, RowKind.HEADING))
        self.list.show_rows(rows, top=top)

    def _top(self) -> Iterator[Row]:
        if self._chosen:
            count = tr("Shown: {n} of {most}", n=len(self._chosen), most=MOST_CURVES)
            yield Row("h:shown", count, RowKind.HEADING)
            for pen, one in enumerate(self._chosen):
                key = _POINT + key_of(one.name)
                name = formats.point_name(one.point)
                yield Row(key, name, RowKind.TICK, one.part_name, ticked=True, pen=pen)
        if self._chosen:
            yield Row(_CLEAR, tr("Take all curves away"), RowKind.ACTION)
        yield from _places(tr("Tanks"), self._catalogue.tanks())
        yield from _places(tr("Servers in no tank"), self._catalogue.hosts(None))
        yield from _places(tr("Recorded, no longer in the site"), self._catalogue.gone())

    def _inside(self, part: str) -> Iterator[Row]:
        yield Row("h:here", self._catalogue.place(part).name, RowKind.HEADING)
        yield Row(_MAIN + part, tr("Show the main points"), RowKind.ACTION)
        if self._catalogue.is_host(part):
            yield from _places(tr("GPUs"), self._catalogue.gpus(part))
            return
        groups: dict[str, list[Row]] = {}
        for group, point in self._catalogue.points(part):
            name = formats.point_name(point)
            row = self._tick((part, point.key), name, formats.unit(point.unit))
            groups.setdefault(group, []).append(row)
        for group, rows in groups.items():
            if group and len(groups) > 1:
                yield Row(f"h:{group}", group_name(group), RowKind.HEADING)
            yield from rows
        if self._catalogue.is_tank(part):
            yield from _places(tr("Servers in it"), self._catalogue.hosts(part))

    def _found(self) -> Iterator[Row]:
        places, points, whole = self._catalogue.find(self.search.text())
        yield from _places(tr("Places"), places)
        if points:
            yield Row("h:points", tr("Points"), RowKind.HEADING)
        for place, point in points:
            yield self._tick((place.id, point.key), formats.point_name(point), place.name)
        if not whole:
            yield Row("h:more", tr("There are more: write another word"), RowKind.HEADING)
        if not places and not points:
            yield Row("h:none", tr("Nothing is called that"), RowKind.HEADING)

    def _tick(self, name: Name, text: str, detail: str) -> Row:
        pens = {one.name: pen for pen, one in enumerate(self._chosen)}
        pen = pens.get(name)
        key = _POINT + key_of(name)
        return Row(key, text, RowKind.TICK, detail, ticked=pen is not None, pen=pen)

    # ---- what is done ----------------------------------------------------------------------

    def _tapped(self, key: str) -> None:
        if key.startswith(_POINT):
            self.toggled.emit(*name_of(key.removeprefix(_POINT)))
        elif key.startswith(_PLACE):
            self.open(key.removeprefix(_PLACE))
        elif key.startswith(_MAIN):
            self.main.emit(key.removeprefix(_MAIN))
        elif key == _CLEAR:
            self.cleared.emit()

    def _go_back(self) -> None:
        self._where = self._catalogue.above(self._where)
        self._show(top=True)
        self.list.setFocus()


def _places(title: str, places: Sequence[Place]) -> Iterator[Row]:
    if places:
        yield Row(f"h:{title}", title, RowKind.HEADING)
    for place in places:
        yield Row(_PLACE + place.id, place.name, RowKind.OPEN, place.within)
