"""From what a controller sent to the rows that say what was made of it. No widget in here."""

from __future__ import annotations

from collections.abc import Sequence

from console.text import tr
from console.ui import formats
from console.ui.plain_table import Cell, Column, Ink, Line
from drivers.modbus.decodings import Decoding, Row, decode_all
from drivers.modbus.device import Inspection
from drivers.modbus.planner import Block
from drivers.modbus.pointspec import PointSpec
from drivers.modbus.rawwords import locator
from drivers.points import Quality, Reading, Reason, Snapshot

_MOST_WORDS = 4
_OLD = frozenset({Reason.STALE, Reason.NO_COMMS})
"""The words are still those of the last answer, but nobody may take them for live."""

REGISTER_COLUMNS = (
    Column(lambda: tr("Point"), "Coolant return temp", grows=True),
    Column(lambda: tr("Printed"), "412002"),
    Column(lambda: tr("On the wire"), "discrete 202"),
    Column(lambda: tr("Raw words"), "0000 0000"),
    Column(lambda: tr("Type"), "u16.12"),
    Column(lambda: tr("Value"), "274 678.5 kWh", right=True),
    Column(lambda: tr("Quality"), "not supported"),
)
ON_THE_WIRE = 2
"""The column of the wire address, for where there is no room for it."""
DECODING_COLUMNS = (
    Column(lambda: tr("Read as"), "unixtime"),
    Column(lambda: tr("Bytes"), "ABCD"),
    Column(lambda: tr("Value"), "30411584", grows=True, right=True),
)


def register_lines(inspection: Inspection, view: Snapshot) -> tuple[Line, ...]:
    """Return a row for each point of a map: those read in order of address, then calculated ones.

    ``view`` is what may be shown of the same poll: stale values are no values there.
    """
    locate = locator(inspection.blocks)
    regmap = inspection.regmap
    specs = sorted(regmap.readable, key=lambda s: (s.area.read_function, s.address, s.bit or 0))
    lines = []
    for spec in specs:
        start = locate(spec.area, spec.address, spec.words)
        raw = Cell(tr("not read"), Ink.QUIET)
        if start is not None:
            words = inspection.words[start : start + spec.words].tolist()
            is_old = view[spec.key].reason in _OLD
            raw = Cell(raw_text(words, spec), Ink.QUIET if is_old else Ink.PLAIN)
        lines.append(_line(view[spec.key], spec, raw))
    calculated = (*regmap.voted, *regmap.derived)
    return (*lines, *(_line(view[spec.key], None, Cell("")) for spec in calculated))


def raw_text(words: Sequence[int], spec: PointSpec) -> str:
    """Return words in hexadecimal as sent; a bit as 0 or 1."""
    if spec.area.is_bits:
        return " ".join(str(int(word)) for word in words)
    return " ".join(f"{int(word):04X}" for word in words)


def _line(reading: Reading, spec: PointSpec | None, raw: Cell) -> Line:
    is_bad = reading.quality is Quality.BAD
    if spec is None:
        place = (Cell(tr("calculated"), Ink.QUIET), Cell(""), raw, Cell(""))
    else:
        wire = Cell(f"{spec.area.value} {spec.address}", Ink.QUIET)
        place = (Cell(spec.doc_address or "–"), wire, raw, Cell(kind_of(spec), Ink.QUIET))
    return Line(
        reading.point.key,
        (
            Cell(formats.point_name(reading.point)),
            *place,
            Cell(formats.with_unit(reading), Ink.BAD if is_bad else Ink.VALUE),
            Cell(
                formats.reason_text(reading.reason),
                Ink.QUIET if reading.quality is Quality.GOOD else Ink.PLAIN,
            ),
        ),
    )


def kind_of(spec: PointSpec) -> str:
    """Return a point's type as maps write it, with the bit where it is one."""
    return f"{spec.type}.{spec.bit}" if spec.bit is not None else spec.type


def words_of(inspection: Inspection, spec: PointSpec) -> tuple[int, ...]:
    """Return the words of a point and those that follow in the same read, at most four."""
    start = locator(inspection.blocks)(spec.area, spec.address, spec.words)
    if start is None:
        return ()
    end = start + _room(inspection.blocks, start)
    return tuple(int(word) for word in inspection.words[start : min(end, start + _MOST_WORDS)])


def _room(blocks: Sequence[Block], start: int) -> int:
    """How many words are left of the read that a position lies in."""
    for block in blocks:
        if start < block.count:
            return block.count - start
        start -= block.count
    return 0


def decodings_of(words: Sequence[int], address: int) -> tuple[Line, ...]:
    """Return a row for each reading of registers that makes sense, then those that hardly do."""
    rows = decode_all(words, address)
    return decoding_lines(rows[0]) if rows else ()


def decoding_lines(row: Row) -> tuple[Line, ...]:
    """Return the decodings of one register and those that follow."""
    known = [d for d in row.decodings if d.value is not None]
    ordered = sorted(known, key=lambda d: not d.plausible)
    return tuple(_decoding(d) for d in ordered)


def _decoding(found: Decoding) -> Line:
    ink = Ink.VALUE if found.plausible else Ink.QUIET
    value = found.value
    text = f"{value:.7g}" if isinstance(value, float) else str(value)
    if found.kind == "unixtime":
        text = text[:16].replace("T", " ")
    cells = (Cell(found.kind), Cell(found.order, Ink.QUIET), Cell(text, ink))
    return Line(f"{found.kind} {found.order}", cells)


def block_text(block: Block) -> str:
    """Return a read as it is made: ``FC4  input 0–24``."""
    span = _span(block.address, block.count)
    return f"FC{block.area.read_function}  {block.area.value} {span}"


def when_text(block: Block, *, once: bool = False) -> str:
    """Return how many registers a read takes and how often it is made."""
    when = tr("every cycle")
    if once:
        when = tr("once per connection")
    elif block.every_s:
        when = tr("every {seconds} s", seconds=f"{block.every_s:g}")
    return f"{block.count} · {when}"


def _span(address: int, count: int) -> str:
    return f"{address}\N{EN DASH}{address + count - 1}" if count > 1 else str(address)
