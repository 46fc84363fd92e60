"""A month of a busy site in a data folder, and reports made of it: for tests and for looking at."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from console.documents.completion import CompletionSheet
from console.documents.completion_data import read_completion
from console.documents.period import PeriodSheet
from console.documents.period_data import read_period
from console.documents.report_times import Clock
from console.documents.report_words import Told
from console.documents.sheet import LogEnd, Printing
from console.history.events import EventDraft
from console.history.history import History
from console.work.assets.desk import Pieces
from console.work.assets.fluid import Why
from console.work.assets.places import Place
from console.work.events import Kind
from console.work.orders.desk import NewOrder, OrderChanges
from console.work.orders.model import Origin, Provider, Source
from console.work.orders.rules import State
from drivers.points import Stamp
from tests.unit.documents.kit import FORM
from tests.unit.work.kit import NOON_US, Site

DAY_S = 86_400.0
DAYS = 31
MODELS = (("H100", "B7", 24), ("H100", "B9", 8), ("H200", "", 16))
STORE, SEAL, BOARD = "main", "seal-filter-cover", "gpu-board"


def record(folder: Path, drafts: list[EventDraft]) -> None:
    """Put drafts into the log of a folder."""
    history = History(folder)
    history.start()
    for draft in drafts:
        history.record(draft)
    assert history.close(30)


def month(seed: int = 3) -> list[EventDraft]:
    """Everything that happened at a site of 48 GPUs in 31 days, in the order of time."""
    chance = random.Random(seed)
    site = Site()
    serials = equip(site)
    _people(site)
    drafts: list[EventDraft] = []
    for day in range(DAYS):
        for number in range(2 if day % 3 else 3):
            _one_order(site, chance, serials, day * 3 + number)
        site.clock.advance(DAY_S * 0.4)
        drafts += _alarms(site, chance, day)
        _fluid(site, chance, day)
        site.clock.advance(DAY_S * 0.6)
    drafts += [EventDraft(d.kind, d.subject, d.body, d.time, d.actor) for d in site.told]
    return sorted(drafts, key=lambda draft: draft.time.utc_us)


def equip(site: Site) -> list[str]:
    serials: list[str] = []
    for model, batch, count in MODELS:
        for n in range(count):
            serial = f"{model}-{batch or 'X'}-{n:03d}"
            number = len(serials)
            site.assets.register("chen", serial, "gpu", model=model, batch=batch)
            place = f"server:node-{number // 8 + 1}/{number % 8}"
            site.assets.move("chen", serial, Place.parse(place))
            serials.append(serial)
    site.assets.define("okafor", SEAL, "Seal of the filter cover", minimum=20)
    site.assets.receive("silva", Pieces(SEAL, STORE, 30))
    site.assets.define("okafor", BOARD, "GPU board", serialised=True)
    spares = tuple(f"SPARE-{n:02d}" for n in range(12))
    site.assets.receive("silva", Pieces(BOARD, STORE, 0, spares))
    for tank in ("tank-1", "tank-2"):
        site.assets.fluid("chen", tank, Why.FILL, 1200.0, batch="F-2026-07", measured=True)
    return serials


def _people(site: Site) -> None:
    site.add("lovelace", "technician")
    for person, days in (("chen", 400), ("wu", 20), ("lovelace", -3)):
        until_us = NOON_US + round(days * DAY_S * 1e6)
        body: dict[str, Any] = {"qualification": "immersion-extraction", "until_us": until_us}
        site.desk.tell(Kind.PERSON_QUALIFIED, person, body, "adeyemi")
    body = {"qualification": "electrical", "until_us": NOON_US + round(90 * DAY_S * 1e6)}
    site.desk.tell(Kind.PERSON_QUALIFIED, "chen", body, "adeyemi")


def _one_order(site: Site, chance: random.Random, serials: list[str], number: int) -> None:
    there = [s for s in serials if "server:" in str(site.book.assets.get(s).place)]
    serial = chance.choice(there[:24] if chance.random() < 0.7 else there)
    origin = chance.choice((Origin.XID, Origin.ALARM, Origin.PLAN, Origin.HAND))
    is_fault = origin in {Origin.XID, Origin.ALARM}
    new = NewOrder(
        f"Look after {serial}" if is_fault else f"Planned round {number}",
        "node-1/gpu0",
        chance.choice((1, 2, 3, 4)),
        Source(origin, "79" if origin is Origin.XID else "gpu-hot"),
        serial=serial if is_fault else "",
        due_us=site.clock.wall_us + round(chance.choice((0.2, 3)) * DAY_S * 1e6),
    )
    order = site.orders.open("silva", new).number
    site.clock.advance(chance.uniform(300, 9000))
    site.orders.change("silva", order, OrderChanges(assigned=("chen",)))
    site.orders.without_procedure("silva", order, "a new kind of work")
    site.move("silva", order, State.PLANNED)
    if chance.random() < 0.12:
        return
    site.move("okafor", order, State.READY)
    site.move("chen", order, State.IN_PROGRESS)
    site.orders.start_labour("chen", order)
    site.clock.advance(chance.uniform(600, 4000))
    if is_fault and chance.random() < 0.2:
        _exchange(site, serial, order)
    site.orders.stop_labour("chen", order)
    site.move("chen", order, State.REVIEW)
    site.clock.advance(chance.uniform(100, 9000))
    if chance.random() < 0.1:
        site.move("okafor", order, State.RETURNED, "a photo is missing")
        site.move("chen", order, State.IN_PROGRESS)
        site.move("chen", order, State.REVIEW)
    site.move("okafor", order, State.CLOSED)


def _exchange(site: Site, serial: str, order: str) -> None:
    """Take a GPU out, put a spare in, and use a seal."""
    site.assets.issue("chen", Pieces(SEAL, STORE, 1), order)
    stored = site.book.assets.stored(BOARD, STORE)
    old = site.book.assets.get(serial)
    if not stored or old is None or old.place is None or old.place.kind != "server":
        return
    site.assets.issue("chen", Pieces(BOARD, STORE, 0, (stored[0].serial,)), order)
    place = old.place
    site.assets.move("chen", serial, Place.parse("away:maker"), order=order, because="failed")
    site.assets.move("chen", stored[0].serial, place, order=order)
    site.orders.cost("chen", order, Provider.OEM, 95_000, "EUR", "Board")


def _alarms(site: Site, chance: random.Random, day: int) -> list[EventDraft]:
    names = (("level-low", "Fluid level low"), ("gpu-hot", "GPU hot"), ("leak", "Leak"))
    found = []
    for _ in range(chance.choice((0, 2, 4, 9 if day % 7 == 0 else 5))):
        at_us = site.clock.wall_us + round(chance.uniform(0, 0.4) * DAY_S * 1e6)
        alarm, name = chance.choice(names)
        priority = chance.choice((2, 3, 3, 4))
        body: dict[str, Any] = {
            "alarm": alarm,
            "name": name,
            "latching": False,
            "active": "critical",
            "severity": "critical",
            "priority": priority,
            "priorities": [priority] * 4,
        }
        part = f"tank-{chance.choice((1, 2))}"
        found.append(EventDraft("alarm.raised", part, body, Stamp(at_us, at_us / 1e6)))
        end_us = at_us + round(chance.uniform(20, 4000) * 1e6)
        over = {**body, "active": "ok", "severity": "ok"}
        found.append(EventDraft("alarm.cleared", part, over, Stamp(end_us, end_us / 1e6)))
    return found


def _fluid(site: Site, chance: random.Random, day: int) -> None:
    why = (Why.DRAG_OUT, Why.VAPOUR, Why.SAMPLE, Why.SPILL)[day % 4]
    litres = round(chance.uniform(0.2, 2.5), 1)
    site.assets.fluid("chen", f"tank-{day % 2 + 1}", why, litres)
    if day % 10 == 9:
        site.assets.fluid("chen", "tank-1", Why.TOP_UP, 12.0, batch="F-2026-09", measured=True)


def printing_of(end: LogEnd, language: str = "en", utc_us: int = NOON_US) -> Printing:
    return Printing(FORM, utc_us, "okafor", language, "demo-site", "Demo site", end)


def period_sheet(folder: Path, language: str = "en", days: float = DAYS) -> PeriodSheet:
    end_us = NOON_US + round(DAYS * DAY_S * 1e6)
    period = read_period(folder, end_us - round(days * DAY_S * 1e6), end_us)
    told = Told(language, Clock(), period.book.people)
    return PeriodSheet(printing_of(period.log.end, language, end_us), period, told)


def completion_sheet(
    folder: Path, number: str, language: str = "en", clock: Clock | None = None
) -> CompletionSheet:
    report = read_completion(folder, number)
    printing = printing_of(report.log.end, language, report.span_us[1])
    return CompletionSheet(printing, report, Told(language, clock or Clock(), report.book.people))
