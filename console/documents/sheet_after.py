"""Isolation, and the last pages of a form: close-up, deviations, hand-over, signatures."""

from __future__ import annotations

from collections.abc import Iterator

from console.documents import words as w
from console.documents.model import (
    Blank,
    Block,
    Cell,
    Column,
    Entries,
    Entry,
    Fact,
    Facts,
    Heading,
    Paragraph,
    Table,
    Tick,
    Ticks,
)
from console.documents.sheet import Sheet
from console.text import tr
from console.vocabulary import unit
from procedures.spec import Procedure, Step
from procedures.spec_parts import Measured

_ELECTRIC = frozenset({"electrical", "stored_energy"})
_VOLTS = frozenset({"V", "mV", "kV"})


def isolation_blocks(sheet: Sheet) -> Iterator[Block]:
    """Yield the table of locks and the table in which it is proven that nothing is live."""
    procedure = sheet.procedure
    if procedure is None:
        return
    yield Heading(
        tr("Isolation"),
        anchor="isolation",
        note=tr("the permit lapses when one of these is broken"),
    )
    rows: list[tuple[Cell, ...]] = [
        (title, number, *_blanks(f"isolation/{name}", ("lock", "applied", "verified", "removed")))
        for name, title, number in _locks(sheet, procedure)
    ]
    for n in range(1, 3 if rows else 4):
        blanks = ("point", "step", "lock", "applied", "verified", "removed")
        rows.append(_blanks(f"isolation/more-{n}", blanks))
    yield Table(
        (
            Column(tr("Energy, and where it is cut off"), 2.3),
            Column(tr("Step"), 0.6, "centre"),
            Column(tr("Lock and tag number"), 1.2),
            Column(tr("Hung by, time"), 1.3),
            Column(tr("Verified by, time"), 1.3),
            Column(tr("Taken off by, time"), 1.3),
        ),
        tuple(rows),
    )
    yield from _prove_dead(sheet, procedure)


def _blanks(at: str, names: tuple[str, ...]) -> tuple[Cell, ...]:
    return tuple(Blank(f"{at}/{name}") for name in names)


def _locks(sheet: Sheet, procedure: Procedure) -> Iterator[tuple[str, str, str]]:
    for step in procedure.steps.values():
        for lock in step.locks:
            if lock.act == "hang":
                title = w.said(lock.title, sheet.language) or lock.id
                yield lock.id, title, sheet.numbers[step.id]


def dead_values(procedure: Procedure) -> Iterator[tuple[Step, Measured]]:
    """Yield what proves something dead: voltages with a limit in electrical checks."""
    for name in procedure.order:
        step = procedure.steps[name]
        if step.kind == "check" and _ELECTRIC & set(step.involves):
            for value in step.values:
                if value.unit in _VOLTS and value.high is not None:
                    yield step, value


def _prove_dead(sheet: Sheet, procedure: Procedure) -> Iterator[Block]:
    rows: list[tuple[Cell, ...]] = []
    for step, value in dead_values(procedure):
        at = f"dead/{value.id}"
        what = f"{w.said(value.title, sheet.language)}: {w.limits(value)}"
        boxes: tuple[Cell, ...] = (
            Tick("", f"{at}/live-before"),
            Blank(f"{at}/reading", unit(value.unit)),
            Tick("", f"{at}/live-after"),
            Blank(f"{at}/by"),
            Blank(f"{at}/verified"),
        )
        rows.append((what, sheet.numbers[step.id], *boxes))
    if not rows:
        return
    yield Heading(tr("Prove dead"), 2, note=tr("live – dead – live, with the same tester"))
    yield Table(
        (
            Column(tr("Measured"), 2.3),
            Column(tr("Step"), 0.6, "centre"),
            Column(tr("Live source before"), 0.8),
            Column(tr("Reading"), 1.1),
            Column(tr("Live source after"), 0.8),
            Column(tr("By, time"), 1.2),
            Column(tr("Verified by, time"), 1.2),
        ),
        tuple(rows),
    )


def after_blocks(sheet: Sheet) -> Iterator[Block]:
    """Yield what is written when the work is over."""
    yield from _close_up(sheet)
    yield from _deviations()
    yield from _hand_over()
    yield from _sign_off(sheet)


def _close_up(sheet: Sheet) -> Iterator[Block]:
    yield Heading(tr("Close-up"), anchor="close-up")
    texts = (
        ("people", tr("Everybody is clear of the equipment")),
        ("tools", tr("Tools counted: as many as before")),
        ("locks", tr("Every lock and tag is off, or listed under Hand-over")),
        ("level", tr("Fluid level is as it should be")),
        ("alarms", tr("No alarm is active that this work explains")),
        ("lid", tr("Lids and guards are closed")),
        ("floor", tr("Floor is dry, mats and waste are taken away")),
        ("tested", tr("Tested: the equipment does what it should")),
    )
    yield Ticks(tuple(Tick(text, f"close/{name}") for name, text in texts), columns=2)
    yield Entries(
        (
            Entry(tr("Fluid level"), "close/level-read", unit="mm", width_mm=30),
            Entry(tr("Active alarms"), "close/alarms-read", width_mm=30),
            Entry(tr("Result of the test"), "close/result", width_mm=92),
        )
    )


def _deviations() -> Iterator[Block]:
    yield Heading(
        tr("Deviations"), anchor="deviations", note=tr("what was done otherwise, and why")
    )
    rows = tuple(_blanks(f"deviation/{n}", ("step", "what", "by", "agreed")) for n in range(1, 5))
    yield Table(
        (
            Column(tr("Step"), 0.6),
            Column(tr("What, and why"), 4),
            Column(tr("By, time"), 1.2),
            Column(tr("Agreed by, time"), 1.2),
        ),
        rows,
        named=False,
    )
    yield Heading(tr("Parts used, time"), 2)
    parts = tuple(_blanks(f"used/{n}", ("part", "old", "new", "store")) for n in range(1, 4))
    yield Table(
        (
            Column(tr("Part number"), 1.6),
            Column(tr("Serial number taken out"), 1.8),
            Column(tr("Serial number put in"), 1.8),
            Column(tr("From store"), 1.2),
        ),
        parts,
        named=False,
    )
    yield Entries(
        (
            Entry(tr("Work begun"), "time/begun", width_mm=38),
            Entry(tr("Work ended"), "time/ended", width_mm=38),
            Entry(tr("Out of use from"), "time/down", width_mm=38),
            Entry(tr("until"), "time/up", width_mm=38),
        )
    )


def _hand_over() -> Iterator[Block]:
    yield Heading(tr("Hand-over"), anchor="hand-over", note=tr("what is not finished, what hangs"))
    rows = tuple((Blank(f"hand-over/{n}"),) for n in range(1, 4))
    yield Table((Column(""),), rows, named=False)


def _sign_off(sheet: Sheet) -> Iterator[Block]:
    yield Heading(tr("Signatures"), anchor="signatures")
    meanings = (
        ("executor", tr("Did the work as written here; deviations are noted")),
        ("verifier", tr("Looked at the result; it is as it should be")),
        ("supervisor", tr("Read this record; the equipment may be used again")),
    )
    rows = tuple(
        (meaning, *_blanks(f"sign/{name}", ("name", "role", "signature", "time")))
        for name, meaning in meanings
    )
    yield Table(
        (
            Column(tr("Meaning"), 2.2),
            Column(tr("Name in capitals"), 1.6),
            Column(tr("Role"), 1.0),
            Column(tr("Signature"), 1.6),
            Column(tr("Date, time"), 1.1),
        ),
        rows,
    )
    yield Heading(
        tr("Copied into the console"), 2, note=tr("as a late entry, with the scan of this")
    )
    yield Entries(
        (
            Entry(tr("Copied by"), "late/by", width_mm=55),
            Entry(tr("Compared by"), "late/verified", width_mm=55),
            Entry(tr("Date, time"), "late/time", width_mm=44),
        )
    )
    yield from _origin(sheet)


def _origin(sheet: Sheet) -> Iterator[Block]:
    printing, revision = sheet.printing, sheet.revision
    yield Heading(tr("Where this form comes from"), 2)
    facts = [
        Fact(tr("Printed on"), f"{w.moment(printing.utc_us)}, {printing.by}"),
        Fact(tr("Log"), printing.log.device or "---"),
        Fact(tr("Events in the log before this"), str(printing.log.count)),
    ]
    if revision is not None:
        facts.append(Fact(tr("Author of the procedure"), revision.procedure.author))
    yield Facts(tuple(facts), columns=2)
    yield Paragraph(tr("Hash of the last event: {hash}", hash=printing.log.hash), "small")
    if revision is not None:
        told = tr("Revision of the procedure: {digest}", digest=revision.digest)
        yield Paragraph(told, "small")
        if revision.procedure.sources:
            sources = "; ".join(revision.procedure.sources)
            yield Paragraph(tr("Sources: {sources}", sources=sources), "small")
