"""The first pages of a form: what it is about, who and what must be there, what can hurt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from console.documents import words as w
from console.documents.model import (
    Beside,
    Blank,
    Block,
    Cell,
    Column,
    Entries,
    Entry,
    Fact,
    Facts,
    Hazards,
    HazardSign,
    Heading,
    Paragraph,
    Sign,
    Signs,
    Table,
    TankPlan,
    Tick,
    Ticks,
)
from console.documents.sheet import Sheet
from console.text import tr
from console.work.words import state_words
from procedures.spec import Procedure
from procedures.spec_parts import Hazard


def before_blocks(sheet: Sheet) -> Iterator[Block]:
    """Yield everything that is read before the first step."""
    yield from _scope(sheet)
    yield from _using(sheet)
    if sheet.procedure is not None:
        yield from _people(sheet, sheet.procedure)
        yield from _gear(sheet, sheet.procedure)
        yield from _supplies(sheet, sheet.procedure)
        yield from _hazards(sheet, sheet.procedure)
        yield from _alarms(sheet, sheet.procedure)


def _scope(sheet: Sheet) -> Iterator[Block]:
    yield Heading(tr("Scope"), anchor="scope")
    facts = Facts(tuple(_facts(sheet)), columns=2)
    purpose = (
        Paragraph(w.said(sheet.procedure.purpose, sheet.language)) if sheet.procedure else None
    )
    left: tuple[Block, ...] = (purpose, facts) if purpose else (facts,)
    plan = tank_plan(sheet)
    if plan is None:
        yield from left
    else:
        yield Beside(left, (plan,), 72)
    yield Entries(
        (
            Entry(tr("Window from"), "scope/from", width_mm=38),
            Entry(tr("until"), "scope/until", width_mm=38),
            Entry(tr("Services that stop"), "scope/services", width_mm=86),
        )
    )
    names = (tr("Lead"), tr("Facility"), tr("Safety"), tr("Emergency"))
    ids = ("lead", "facility", "safety", "emergency")
    yield Entries(
        tuple(
            Entry(tr("{who}: name, telephone", who=name), f"contact/{id_}", width_mm=86)
            for name, id_ in zip(names, ids, strict=True)
        )
    )


def _facts(sheet: Sheet) -> Iterator[Fact]:
    order, target = sheet.order, sheet.target
    if sheet.procedure is not None:
        yield Fact(tr("Procedure"), w.said(sheet.procedure.title, sheet.language))
    if order is None:
        yield Fact(
            tr("Made for"), tr("any equipment that the procedure is for; write it down here")
        )
        return
    yield Fact(tr("What is to be done"), order.title)
    yield Fact(tr("Reason"), reason_words(sheet))
    yield Fact(tr("Equipment"), equipment_words(sheet))
    if order.serial or (target.host and target.gpu):
        yield Fact(tr("Serial number"), order.serial or "---")
    yield Fact(tr("State, priority"), f"{state_words(order.state)}, {order.priority}")
    yield Fact(tr("Due (UTC)"), w.day(order.due_us))
    yield Fact(tr("Assigned"), ", ".join(person_name(sheet, one) for one in order.assigned))
    provider = w.provider_name(order.provider)
    warranty = tr("under warranty") if order.warranty else tr("no warranty claimed")
    yield Fact(tr("Done by, warranty"), f"{provider}, {warranty}")
    worst = worst_hazard(sheet)
    if worst is not None:
        yield Fact(tr("Worst hazard"), w.signal_name(worst.signal))
    if order.no_procedure:
        yield Fact(tr("No procedure"), order.no_procedure)
    if order.parent:
        yield Fact(tr("Came out of"), order.parent)
    for note in order.notes:
        yield Fact(tr("Note of {who}", who=person_name(sheet, note.by)), note.text)


def reason_words(sheet: Sheet) -> str:
    """Return what an order came from, in words."""
    if sheet.order is None:
        return ""
    source = sheet.order.source
    what = source.what or "---"
    match str(source.origin):
        case "alarm":
            return tr("alarm {what}", what=what)
        case "xid":
            return tr("Xid {what}", what=what)
        case "check":
            return tr("check: {what}", what=what)
        case "plan":
            return tr("plan: {what}", what=what)
        case _:
            return tr("opened by {who}", who=person_name(sheet, sheet.order.opened_by))


def equipment_words(sheet: Sheet) -> str:
    """Return what an order is about, with its place: ``host-3 (Server 3), tank-1, slot 3``."""
    target = sheet.target
    told = [target.id]
    if target.host and target.host.name != target.host.id:
        told.append(target.host.name)
    if target.tank is not None:
        named = target.tank.name != target.tank.id
        tank = f"{target.tank.id} ({target.tank.name})" if named else target.tank.id
        told += [tank] if target.tank.id != target.id else [target.tank.name]
        told += [target.tank.hall]
    if target.slot is not None:
        told.append(tr("slot {slot}", slot=target.slot))
    return ", ".join(dict.fromkeys(part for part in told if part))


def place_words(sheet: Sheet) -> str:
    """Return the same in as few words as tell it: ``host-3, tank-1, slot 3``."""
    target = sheet.target
    told = [target.id, target.tank.id if target.tank else ""]
    if target.slot is not None:
        told.append(tr("slot {slot}", slot=target.slot))
    return ", ".join(dict.fromkeys(part for part in told if part))


def person_name(sheet: Sheet, who: str) -> str:
    """Return a person's name with the id; what is no id of the roster stays."""
    people = sheet.store.people
    found = people.get(who) if people is not None and who else None
    return f"{found.name} ({found.id})" if found else who


def worst_hazard(sheet: Sheet) -> Hazard | None:
    """Return the hazard with the strongest signal word."""
    order = ("danger", "warning", "caution", "notice")
    hazards = sheet.procedure.hazards.values() if sheet.procedure else ()
    return min(hazards, key=lambda one: order.index(one.signal), default=None)


def tank_plan(sheet: Sheet) -> TankPlan | None:
    """Return the drawing of the tank with the slot marked; None where no tank is known."""
    tank = sheet.target.tank
    if tank is None or sheet.site is None or tank.slots < 1:
        return None
    hosts = [host for host in sheet.site.hosts_in(tank.id) if host.slot]
    slot = sheet.target.slot
    marked = (
        tr("slot {slot} is marked: {name}", slot=slot, name=sheet.target.id)
        if slot
        else tr("no single slot is meant")
    )
    alt = tr(
        "{tank} from above, {count} slots, {used} in use (grey); {marked}.",
        tank=tank.name,
        count=tank.slots,
        used=len(hosts),
        marked=marked,
    )
    names = tuple((host.slot or 0, host.id) for host in hosts)
    return TankPlan(tank.name, tank.slots, slot, names, alt)


def _using(sheet: Sheet) -> Iterator[Block]:
    yield Heading(tr("How to use this form"), anchor="using")
    yield Paragraph(
        tr(
            "Put a stroke through the ring at the number of a step when you begin it, and a second"
            " one across it when it is done."
            " Write in every box; strike out what does not apply and initial it. Times are local,"
            " hh:mm. Outside a limit, or not as expected: stop, take the way that the step names,"
            " or write it under Deviations and let a supervisor decide. Nobody signs for anybody"
            " else. When in doubt go the way back that stands at the head of the section."
        ),
        "body",
    )
    if sheet.procedure is not None:
        yield Paragraph(
            tr(
                "The console checks gates by itself; on paper you read the value at the"
                " equipment and write it down. A box that stays empty is not met."
            ),
            "strong",
        )


def _people(sheet: Sheet, procedure: Procedure) -> Iterator[Block]:
    yield Heading(tr("People"), anchor="people")
    rows: list[tuple[Cell, ...]] = []
    for n, need in enumerate(procedure.requires.people, 1):
        papers = ", ".join(w.qualification_name(name) for name in need.qualifications)
        for k in range(1, need.count + 1):
            at = f"people/{n}-{k}"
            role = w.role_name(need.role)
            rows.append((role, papers or "---", Blank(f"{at}/name"), Blank(f"{at}/initials")))
    rows.append(("", "", Blank("people/more/name"), Blank("people/more/initials")))
    yield Table(
        (
            Column(tr("Role"), 1.2),
            Column(tr("Must hold"), 1.8),
            Column(tr("Name in capitals"), 2.2),
            Column(tr("Initials"), 0.9),
        ),
        tuple(rows),
    )
    if procedure.requires.permits:
        ticks = tuple(
            Tick(w.said(permit.text, sheet.language), f"permit/{permit.id}")
            for permit in procedure.requires.permits
        )
        yield Heading(tr("Permits"), 2)
        yield Ticks(ticks)
        yield Entries(
            (
                Entry(tr("Permit number"), "permit/number", width_mm=50),
                Entry(tr("Issued by"), "permit/issued", width_mm=55),
                Entry(tr("Accepted by"), "permit/accepted", width_mm=55),
            )
        )


def _gear(sheet: Sheet, procedure: Procedure) -> Iterator[Block]:
    requires = procedure.requires
    if requires.ppe:
        yield Heading(tr("Wear"), anchor="ppe")
        yield Signs(tuple(Sign(p, w.ppe_name(p), f"ppe/{p}") for p in requires.ppe))
    if not requires.tools:
        return
    yield Heading(tr("Tools"), anchor="tools")
    rows = []
    for tool in requires.tools:
        due: Cell = Blank(f"tool/{tool.id}/due", "yyyy-mm-dd") if tool.calibrated else "---"
        number: Cell = Blank(f"tool/{tool.id}/number") if tool.calibrated else "---"
        title = Tick(w.said(tool.title, sheet.language), f"tool/{tool.id}")
        rows.append((title, str(tool.count), number, due))
    yield Table(
        (
            Column(tr("Tool"), 3),
            Column(tr("Count"), 0.6, "centre"),
            Column(tr("Its number"), 1.4),
            Column(tr("Calibrated until"), 1.4),
        ),
        tuple(rows),
    )


def _supplies(sheet: Sheet, procedure: Procedure) -> Iterator[Block]:
    requires, number = procedure.requires, sheet.order.number if sheet.order else ""
    kept = _kept_parts(sheet, {spare.part for spare in requires.spares})
    if requires.spares or kept:
        yield Heading(tr("Spare parts"), anchor="spares")
        rows: list[tuple[Cell, ...]] = []
        for spare in requires.spares:
            stock = stock_words(sheet, spare.part, number)
            title = Tick(w.said(spare.title, sheet.language), f"spare/{spare.id}")
            for n in range(1, min(spare.count, 20) + 1 if spare.serial else 2):
                boxes = (
                    (Blank(f"spare/{spare.id}/{n}/old"), Blank(f"spare/{spare.id}/{n}/new"))
                    if spare.serial
                    else ("---", "---")
                )
                first = (title, str(spare.count), stock) if n == 1 else ("", "", "")
                rows.append((*first, *boxes))
        rows += kept
        yield Table(
            (
                Column(tr("Part"), 2.4),
                Column(tr("Count"), 0.6, "centre"),
                Column(tr("In store"), 1.3),
                Column(tr("Serial number taken out"), 1.8),
                Column(tr("Serial number put in"), 1.8),
            ),
            tuple(rows),
        )
    if requires.fluids:
        yield Heading(tr("Fluids"), 2)
        fluids = []
        for fluid in requires.fluids:
            name = w.said(fluid.title, sheet.language) or w.fluid_name(fluid.fluid)
            batch = tr(", of the batch in the tank") if fluid.same_batch else ""
            fluids.append(
                (
                    Tick(f"{name}{batch}", f"fluid/{fluid.fluid}"),
                    w.amount(fluid.litres, "L"),
                    Blank(f"fluid/{fluid.fluid}/batch"),
                    Blank(f"fluid/{fluid.fluid}/used", "L"),
                )
            )
        columns = (
            Column(tr("Fluid"), 3),
            Column(tr("At hand"), 0.8, "centre"),
            Column(tr("Batch"), 1.3),
            Column(tr("Used"), 1.0),
        )
        yield Table(columns, tuple(fluids))


def _kept_parts(sheet: Sheet, named: set[str]) -> list[tuple[Cell, ...]]:
    """Return rows for what stores keep for this order and the procedure does not name."""
    stock = sheet.store.stock
    if stock is None or sheet.order is None:
        return []
    rows: list[tuple[Cell, ...]] = []
    for part, store, count in stock.reservations(sheet.order.number):
        known = stock.part(part)
        if part in named:
            continue
        name = f"{known.name} ({part})" if known and known.name != part else part
        lies = tr("{store}: {count}", store=store, count=stock.level(part, store).on_hand)
        at = f"kept/{part}/{store}"
        title = Tick(name, at)
        rows.append((title, str(count), lies, Blank(f"{at}/old"), Blank(f"{at}/new")))
    return rows


def stock_words(sheet: Sheet, part: str, order: str) -> str:
    """Return where a part lies and how many, those kept for this order too."""
    stock = sheet.store.stock
    if stock is None or not part or stock.part(part) is None:
        return part or "---"
    told = [part]
    for store in stock.stores():
        level = stock.level(part, store)
        kept = stock.reserved(part, store, order) if order else 0
        if level.on_hand or kept:
            more = tr(", {count} kept for this", count=kept) if kept else ""
            told.append(f"{store}: {level.on_hand}{more}")
    return "\n".join(told) if len(told) > 1 else tr("{part}: none", part=part)


def _hazards(sheet: Sheet, procedure: Procedure) -> Iterator[Block]:
    if procedure.hazards:
        yield Heading(
            tr("What can hurt"),
            anchor="hazards",
            note=tr("again before each step that it is about"),
        )
        yield Hazards(hazard_signs(sheet, procedure.hazards))


def _alarms(sheet: Sheet, procedure: Procedure) -> Iterator[Block]:
    """Yield which alarms this work trips by itself: on paper nobody holds them back."""
    if not procedure.expects_alarms:
        return
    yield Heading(tr("Alarms that this work trips"), 2)
    titles = {phase.id: n for n, phase in enumerate(procedure.phases, 1)}
    rows = tuple(
        (
            alarm.alarm,
            ", ".join(str(titles[name]) for name in alarm.phases),
            w.said(alarm.why, sheet.language),
        )
        for alarm in procedure.expects_alarms
    )
    columns = (Column(tr("Alarm"), 1.4), Column(tr("Sections"), 1.6), Column(tr("Reason"), 3))
    yield Table(columns, rows)
    yield Paragraph(
        tr("Without the console nobody holds them back: tell who watches, before and after."),
        "small",
    )


def hazard_signs(sheet: Sheet, hazards: Mapping[str, Hazard]) -> tuple[HazardSign, ...]:
    """Return hazards as they are drawn, the worst first."""
    order = ("danger", "warning", "caution", "notice")
    return tuple(
        HazardSign(
            hazard.pictogram,
            hazard.signal,
            w.signal_name(hazard.signal),
            w.said(hazard.consequence, sheet.language),
            w.said(hazard.avoid, sheet.language),
        )
        for hazard in sorted(hazards.values(), key=lambda one: order.index(one.signal))
    )
