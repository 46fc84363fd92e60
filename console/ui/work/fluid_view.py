"""The fluid of each tank: what was put in and taken out, litre by litre, and of which batches."""

from __future__ import annotations

from collections.abc import Sequence

from console.session.session import Session
from console.text import tr
from console.ui import formats
from console.ui.plain_table import Cell, Column, Ink, Line
from console.ui.setup_parts import FactList
from console.ui.work.acts import Act, Answers, Ask, decimal_number
from console.ui.work.equipment_rows import when
from console.ui.work.things_view import Detail, ReadTable, ThingsView
from console.work.assets.fluid import ADDS, Entry, Why
from console.work.book import WorkBook
from console.work.events import Refused
from console.work.words import WHY_NAMES

RECORD = "fluid.record"
_NOBODY_TOLD = "not known"
_L = "\N{NO-BREAK SPACE}L"
COLUMNS = (
    Column(lambda: tr("Tank"), "Tank 12", grows=True),
    Column(lambda: tr("By the books"), "not known", right=True),
    Column(lambda: tr("Topped up"), "1 234.5 L", right=True),
    Column(lambda: tr("Dragged out"), "Dragged out", right=True),
    Column(lambda: tr("Other losses"), "Other losses", right=True),
    Column(lambda: tr("Fluid batch"), "GTL-2026-014", grows=True),
)
ENTRY_COLUMNS = (
    Column(lambda: tr("When"), "2026-11-21 12:04"),
    Column(lambda: tr("What"), "dragged out, WO-K7QDM-2026-0001", grows=True),
    Column(lambda: tr("Change"), "−1 234.5 L", right=True),
)
_LOSSES = (Why.DRAIN, Why.SAMPLE, Why.SPILL, Why.VAPOUR)


def litres(amount: float | None, *, signed: bool = False) -> str:
    """Return litres with one decimal, or that they are not known."""
    if amount is None:
        return tr(_NOBODY_TOLD)
    plus = "+" if signed and amount > 0 else ""
    return f"{plus}{formats.decimal(amount, 1)}{_L}"


class FluidView(ThingsView):
    """Every tank with its account."""

    side = (480, 820, 0.46)

    def __init__(self, session: Session) -> None:
        self.facts = FactList(tr("Balance"))
        self.batches = FactList(tr("Batches, taking the tank for well mixed"))
        self.entries = ReadTable(tr("Account"), ENTRY_COLUMNS)
        self.detail = Detail(self.facts, self.batches, self.entries, stretch=2)
        super().__init__(session, tr("Fluid"), COLUMNS, tr("Tank"), self.detail)

    def lines(self, book: WorkBook) -> tuple[Line, ...]:
        words = self.search.text().casefold().split()
        tanks = dict.fromkeys([*(tank.id for tank in self.session.tanks), *book.fluid.tanks()])
        named = [(tank, self.session.name_of(tank)) for tank in tanks]
        return tuple(
            _line(book, tank, name)
            for tank, name in named
            if all(word in f"{tank} {name}".casefold() for word in words)
        )

    def show_thing(self, book: WorkBook, key: str) -> None:
        for part in (self.facts, self.batches, self.entries):
            part.setVisible(bool(key))
        if not key:
            self.detail.head(tr("Nothing chosen"), tr("Choose a tank to see its account."))
            return
        self.detail.head(self.session.name_of(key), key)
        self.facts.show_facts(_facts(book, key))
        batches = sorted(book.fluid.batches(key).items(), key=lambda one: -one[1])
        self.batches.show_facts(tuple((batch, litres(held)) for batch, held in batches))
        self.batches.setVisible(bool(batches))
        self.entries.show_lines(_entry_lines(book, key, self.session.now().utc_us))

    def acts_of(self, book: WorkBook, key: str) -> Sequence[Act]:
        if not key:
            return ()
        return (
            self._act("add", tr("Add fluid"), key, [w for w in Why if w in ADDS], book),
            self._act("remove", tr("Remove fluid"), key, [w for w in Why if w not in ADDS], book),
        )

    def _act(self, key: str, title: str, tank: str, whys: Sequence[Why], book: WorkBook) -> Act:
        def asks() -> Sequence[Ask]:
            is_first = book.fluid.balance_l(tank) is None
            first = whys[0] if whys[0] not in ADDS or is_first else Why.TOP_UP
            found = [
                Ask(
                    "why",
                    tr("Why"),
                    str(first),
                    choices=tuple((str(why), tr(WHY_NAMES[why])) for why in whys),
                ),
                Ask("litres", tr("Litres"), hint="12.5"),
                Ask("measured", tr("How known"), "no", choices=_how()),
            ]
            if whys[0] in ADDS:
                found.append(Ask("batch", tr("Fluid batch"), book.fluid.main_batch(tank)))
            else:
                found.append(Ask("asset", tr("With which server"), hint=tr("its serial number")))
            return [*found, Ask("order", tr("Order"), hint="WO-…")]

        def do(by: str, answers: Answers) -> str:
            return self._record(by, tank, answers)

        return Act(key, title, RECORD, do, asks, lambda: self.session.name_of(tank), tr("Record"))

    def _record(self, by: str, tank: str, answers: Answers) -> str:
        place = self.place
        if place is None:
            raise Refused(tr("The work log is not open yet."))
        order = answers["order"]
        if order and place.room.desk.book.orders.get(order) is None:
            raise Refused(tr("There is no order {number}.", number=order))
        left_l = place.room.assets.fluid(
            by,
            tank,
            Why(answers["why"]),
            decimal_number(answers["litres"]),
            batch=answers.get("batch", ""),
            measured=answers["measured"] == "yes",
            order=order,
            asset=answers.get("asset", ""),
        )
        return tr("Recorded: by the books there are {litres}.", litres=litres(left_l))


def _how() -> tuple[tuple[str, str], ...]:
    return (("no", tr("estimated")), ("yes", tr("measured")))


def _line(book: WorkBook, tank: str, name: str) -> Line:
    ledger = book.fluid
    balance_l = ledger.balance_l(tank)
    lost_l = sum(ledger.total_l(tank, why) for why in _LOSSES)
    batches = sorted(ledger.batches(tank), key=lambda b: -ledger.batches(tank)[b])
    return Line(
        tank,
        (
            Cell(name),
            Cell(litres(balance_l), Ink.QUIET if balance_l is None else Ink.VALUE),
            Cell(litres(ledger.total_l(tank, Why.TOP_UP))),
            Cell(litres(ledger.total_l(tank, Why.DRAG_OUT))),
            Cell(litres(lost_l)),
            Cell(", ".join(batches) or "–", Ink.QUIET),
        ),
    )


def _facts(book: WorkBook, tank: str) -> tuple[tuple[str, str], ...]:
    ledger = book.fluid
    facts = [(tr("By the books"), litres(ledger.balance_l(tank)))]
    facts += [(tr(WHY_NAMES[why]), litres(ledger.total_l(tank, why))) for why in Why]
    dragged = [one.litres for one in ledger.entries(tank) if one.why is Why.DRAG_OUT]
    if dragged:
        mean_l = sum(dragged) / len(dragged)
        facts.append((tr("dragged out each time"), litres(mean_l)))
    told = [fact for fact in facts[1:] if not fact[1].startswith(formats.decimal(0, 1))]
    if facts[0][1] == tr(_NOBODY_TOLD):
        told.append((tr("The first filling was never recorded"), ""))
    return (facts[0], *told)


def _entry_lines(book: WorkBook, tank: str, now_us: int) -> tuple[Line, ...]:
    people = {person.id: person.name for person in book.people.everybody()}
    entries = list(enumerate(book.fluid.entries(tank)))
    return tuple(
        Line(
            str(number),
            (
                Cell(when(entry.utc_us, now_us), Ink.QUIET),
                Cell(_entry_words(entry, people.get(entry.by, entry.by))),
                Cell(litres(entry.change_l, signed=True)),
            ),
        )
        for number, entry in reversed(entries)
    )


def _entry_words(entry: Entry, by: str) -> str:
    how = tr("measured") if entry.measured else tr("estimated")
    more = (tr(WHY_NAMES[entry.why]), how, entry.batch, entry.asset, entry.order, by)
    return " \N{MIDDLE DOT} ".join(filter(None, more))
