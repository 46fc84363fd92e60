"""The rows of the GPU table: what each column says, and how each is put in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
)

from console.text import tr
from console.ui import formats
from console.ui.gpu_margin import MARGIN, TEMPERATURE
from console.ui.gpu_roster import GpuRoster
from console.ui.gpu_state import (
    CORRECTED,
    ECC_MODE,
    MEMORY_TEMPERATURE,
    POWER,
    REMAP_FAILURE,
    REMAP_PENDING,
    REMAPPED,
    THROTTLE,
    UNCORRECTED,
    XID,
    GpuState,
    kelvins,
)

_Index = QModelIndex | QPersistentModelIndex
_Role = Qt.ItemDataRole
_NO_PARENT = QModelIndex()
_THIN = "\N{NARROW NO-BREAK SPACE}"
Key = float | str | tuple[float, ...] | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its title, what it says of a GPU, and what it is put in order by.

    ``key`` is None where there is nothing to go by. ``sample`` is the longest usual text. Numbers
    of a ``point`` are set right, ``largest_first`` where those matter more; ``counts`` of none and
    ``quiet`` texts are grey; ``wide`` columns give way to the details; the one that ``grows`` takes
    what room is left.
    """

    title: Callable[[], str]
    text: Callable[[GpuState], str]
    key: Callable[[GpuState], Key]
    sample: Callable[[], str]
    point: str = ""
    largest_first: bool = True
    counts: bool = False
    quiet: bool = False
    wide: bool = False
    grows: bool = False

    @property
    def measured(self) -> bool:
        """Whether it holds numbers."""
        return bool(self.point)


def _measured(title: Callable[[], str], point: str, sample: str) -> Column:
    return Column(
        title,
        lambda state: _nothing(state) or state.text(point, unit=True),
        lambda state: state.value(point),
        lambda: sample,
        point,
    )


def _nothing(state: GpuState) -> str:
    """Dashes where nothing at all is known: the state says why, once a row is enough."""
    return formats.NOTHING if state.lost or state.silent else ""


def _margin_text(state: GpuState) -> str:
    if state.margin_k is None:
        return _nothing(state) or tr("unknown")
    return f"{kelvins(state.margin_k)}{_THIN}K"


def _ecc_text(state: GpuState) -> str:
    """Uncorrected errors where there are any: they matter more than any number of others."""
    uncorrected, corrected = state.first(UNCORRECTED), state.first(CORRECTED)
    if uncorrected is None and corrected is None:
        off = state.value(ECC_MODE) == 0
        return _nothing(state) or (tr("off") if off else state.text(UNCORRECTED[0]))
    if uncorrected:
        return tr("{n} uncorrected", n=formats.decimal(uncorrected, 0))
    if corrected:
        return tr("{n} corrected", n=formats.decimal(corrected, 0))
    return tr("none")


def _ecc_key(state: GpuState) -> Key:
    uncorrected, corrected = state.first(UNCORRECTED), state.first(CORRECTED)
    if uncorrected is None and corrected is None:
        return None
    return (_or_less(uncorrected), _or_less(corrected))


def _remap_text(state: GpuState) -> str:
    if state.value(REMAP_FAILURE):
        return tr("remap failed")
    rows = _rows(state)
    if rows is None:
        return _nothing(state) or state.text(REMAPPED[0])
    number = formats.decimal(rows, 0) if rows else tr("none")
    return tr("{n}, reset due", n=number) if state.value(REMAP_PENDING) else number


def _remap_key(state: GpuState) -> Key:
    flags = state.value(REMAP_FAILURE), state.value(REMAP_PENDING)
    rows = _rows(state)
    if rows is None and flags == (None, None):
        return None
    return (*map(_or_less, flags), _or_less(rows))


def _rows(state: GpuState) -> float | None:
    """Rows remapped for either kind of error, None where neither is known."""
    known = [value for key in REMAPPED if (value := state.value(key)) is not None]
    return sum(known) if known else None


def _or_less(value: float | None) -> float:
    """What is not known comes below none."""
    return -1.0 if value is None else value


def _xid_text(state: GpuState) -> str:
    if state.value(XID) is None:
        return _nothing(state) or state.text(XID)
    return str(state.xid) if state.xid else tr("none")


COLUMNS = (
    Column(
        lambda: tr("State"),
        lambda s: s.word,
        lambda s: s.need,
        lambda: "Core temperature",
        grows=True,
    ),
    Column(
        lambda: tr("Tank"),
        lambda s: s.place.tank or tr("Rack"),
        lambda s: s.place.tank_order,
        lambda: "Tank 88",
    ),
    Column(
        lambda: tr("Slot"),
        lambda s: "" if s.place.slot is None else str(s.place.slot),
        lambda s: s.place.slot,
        lambda: "88",
    ),
    Column(
        lambda: tr("Host"),
        lambda s: s.place.host,
        lambda s: s.place.host_order,
        lambda: "Node 88",
    ),
    Column(
        lambda: tr("GPU"),
        lambda s: str(s.place.number),
        lambda s: s.place.number,
        lambda: "8",
    ),
    Column(
        lambda: tr("Margin"),
        _margin_text,
        lambda s: s.margin_k,
        lambda: "\N{MINUS SIGN}88 K",
        MARGIN,
        largest_first=False,
    ),
    _measured(lambda: tr("Core"), TEMPERATURE, "88 °C"),
    _measured(lambda: tr("Memory"), MEMORY_TEMPERATURE, "88 °C"),
    _measured(lambda: tr("Power"), POWER, "888 W"),
    Column(
        lambda: tr("Throttling"),
        lambda s: _nothing(s) or s.text(THROTTLE),
        lambda s: s.value(THROTTLE),
        lambda: "application",
        quiet=True,
        wide=True,
    ),
    Column(
        lambda: tr("ECC"),
        lambda s: _nothing(s) or _ecc_text(s),
        _ecc_key,
        lambda: "uncorrected",
        UNCORRECTED[0],
        wide=True,
        counts=True,
    ),
    Column(
        lambda: tr("Remapped"),
        lambda s: _nothing(s) or _remap_text(s),
        _remap_key,
        lambda: "888",
        REMAPPED[0],
        wide=True,
        counts=True,
    ),
    Column(
        lambda: tr("Last Xid"),
        _xid_text,
        lambda s: s.value(XID),
        lambda: "888",
        XID,
        counts=True,
    ),
    Column(
        lambda: tr("Serial"),
        lambda s: s.serial or formats.NOTHING,
        lambda s: s.serial or None,
        lambda: "1650888888888",
        quiet=True,
        wide=True,
    ),
)
STATE = 0


class GpuModel(QAbstractTableModel):
    """All GPUs of a roster; the row is the position in it. ``UserRole`` gives the state."""

    def __init__(self, roster: GpuRoster) -> None:
        super().__init__()
        self._roster = roster
        self._titles = [column.title() for column in COLUMNS]

    def state(self, row: int) -> GpuState:
        """Return the GPU of a row."""
        return self._roster.states[row]

    def rowCount(self, parent: _Index = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._roster.states)

    def columnCount(self, parent: _Index = _NO_PARENT) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def data(self, index: _Index, role: int = _Role.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._roster.states):
            return None
        state, column = self._roster.states[index.row()], COLUMNS[index.column()]
        if role == _Role.DisplayRole:
            return column.text(state)
        if role == _Role.UserRole:
            return state
        if role == _Role.TextAlignmentRole and column.measured:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        if role == _Role.AccessibleTextRole:
            return f"{self._titles[index.column()]}: {column.text(state)}"
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = _Role.DisplayRole
    ) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == _Role.DisplayRole:
            return self._titles[section]
        return None

    def renew(self) -> None:
        """Take other GPUs in: the roster has been made anew."""
        self.beginResetModel()
        self.endResetModel()

    def tell(self, changed: Iterable[int]) -> None:
        """Announce that the GPUs in these rows look different, in as few runs as they form."""
        rows = sorted(changed)
        start = 0
        for i in range(1, len(rows) + 1):
            if i == len(rows) or rows[i] != rows[i - 1] + 1:
                last = self.index(rows[i - 1], len(COLUMNS) - 1)
                self.dataChanged.emit(self.index(rows[start], 0), last)
                start = i


class GpuOrder(QSortFilterProxyModel):
    """The rows in the order of a column, all of them or the abnormal ones.

    Rows never move under a finger: :meth:`renew` puts them in order again.
    """

    def __init__(self, model: GpuModel) -> None:
        super().__init__()
        self._model = model
        self._abnormal_only = False
        self.setDynamicSortFilter(False)
        self.setSourceModel(model)

    def set_abnormal_only(self, *, wanted: bool) -> None:
        """Leave out normal GPUs, or show all."""
        if wanted != self._abnormal_only:
            self.beginFilterChange()
            self._abnormal_only = wanted
            self.endFilterChange()

    def renew(self) -> None:
        """Filter and sort by what is known now."""
        if self._abnormal_only:
            self.beginFilterChange()
            self.endFilterChange()
        self.sort(self.sortColumn(), self.sortOrder())

    def state(self, row: int) -> GpuState:
        """Return the GPU in a row as shown."""
        return self._model.state(self.mapToSource(self.index(row, 0)).row())

    def row_of(self, position: int) -> int | None:
        """Return the row in which a GPU of the roster is shown, None where it is left out."""
        found = self.mapFromSource(self._model.index(position, 0))
        return found.row() if found.isValid() else None

    def filterAcceptsRow(self, source_row: int, source_parent: _Index) -> bool:
        return not self._abnormal_only or self._model.state(source_row).abnormal

    def lessThan(self, left: _Index, right: _Index) -> bool:
        key = COLUMNS[left.column()].key
        one, other = key(self._model.state(left.row())), key(self._model.state(right.row()))
        if one is None or other is None:
            # Missing comes last whichever way: Qt asks the other way round for falling order.
            if self.sortOrder() is Qt.SortOrder.DescendingOrder:
                return one is None and other is not None
            return one is not None
        return one < other  # type: ignore[operator]  # the keys of one column are of one kind
