"""What the sync page says: how a sync goes, who is let in, what contradicts what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from console.event_text import event_text
from console.history.sync.ledger import Enrolled
from console.history.sync.overview import Claim, KeptAnchor, KeptApart, Laptop, SyncOverview
from console.history.trust.keys import fingerprint
from console.session.sync_desk import SyncState
from console.text import tr
from console.ui import formats
from console.ui.plain_table import Cell, Column, Ink, Line
from console.ui.setup_parts import Facts

_SHORT = 8
LAPTOPS = (
    Column(lambda: tr("Laptop"), "laptop of hall B", grows=True),
    Column(lambda: tr("Key"), "8888 8888 8888 8888 8"),
    Column(lambda: tr("Events here"), "888 888", right=True),
    Column(lambda: tr("Last told of"), "2026-11-21 12:04:11"),
)
APART = (
    Column(lambda: tr("Laptop"), "laptop of hall B"),
    Column(lambda: tr("Number"), "888 888", right=True),
    Column(lambda: tr("What is here"), "", grows=True),
    Column(lambda: tr("What contradicts it"), "", grows=True),
)
ANCHORS = (
    Column(lambda: tr("Log of"), "laptop of hall B", grows=True),
    Column(lambda: tr("Up to event"), "888 888", right=True),
    Column(lambda: tr("Held by"), "central log xxx"),
    Column(lambda: tr("Came"), "2026-11-21 12:04:11"),
    Column(lambda: tr("Hash"), "1a2b3c4d…"),
)


def names_of(overview: SyncOverview) -> Mapping[str, str]:
    """Return what each laptop is called, by id."""
    names = {one.device.device_id: one.device.name for one in overview.laptops}
    return {**names, overview.device_id: tr("this laptop"), "central": tr("central log")}


def state_lines(state: SyncState, names: Mapping[str, str], now_us: int) -> Iterator[str]:
    """Yield how a sync goes or went, a line each."""
    came = sum(state.came.values())
    if state.is_running:
        yield tr("Bringing together with {target} …", target=state.target)
        if came:
            yield tr("{count} events taken so far", count=came)
        return
    if not state.ended_us:
        return
    time = formats.clock(state.ended_us, now_us)
    if state.report is None:
        yield tr("{time}: {why}", time=time, why=state.trouble)
        return
    report = state.report
    taken = sum(report.taken.values())
    yield tr("{time}: done. {sent} events sent, {taken} taken", time=time, sent=report.sent,
             taken=taken)  # fmt: skip
    for device, count in sorted(report.taken.items()):
        if count:
            yield tr("{count} of {name}", count=count, name=_name(device, names))
    for device, why in sorted(report.refused.items()):
        if device in {one.device_id for one in state.strangers}:
            told = tr("nobody has let it in yet. Choose it below and compare its key.")
        else:
            told = why.partition(".tsl: ")[2] or why
        yield tr("Not taken, {name}: {why}", name=_name(device, names), why=told)
    if report.kept_apart:
        yield tr("{count} events contradict others and are kept apart",
                 count=len(report.kept_apart))  # fmt: skip


def own_facts(overview: SyncOverview) -> Facts:
    """Return what people compare of this laptop."""
    head = overview.head.sequence if overview.head else 0
    return (
        (tr("Key"), overview.fingerprint or tr("none yet")),
        (tr("Id"), overview.device_id or formats.NOTHING),
        (tr("Events"), formats.decimal(head, 0)),
        (tr("Heads held elsewhere"), str(len(overview.anchors))),
    )


def laptop_lines(overview: SyncOverview, strangers: tuple[Enrolled, ...]) -> tuple[Line, ...]:
    """Return a row for each laptop: first those that nobody has let in."""
    unknown = [
        Line(
            one.device_id,
            (
                Cell(tr("not let in: {name}", name=one.name or _short(one.device_id))),
                Cell(fingerprint(one.public_key)),
                Cell("0", Ink.QUIET),
                Cell("", Ink.QUIET),
            ),
        )
        for one in strangers
    ]
    return (*unknown, *(_laptop(one) for one in overview.laptops))


def _laptop(one: Laptop) -> Line:
    told = formats.clock(one.told_us, 0) if one.told_us else formats.NOTHING
    cells = (
        Cell(one.device.name),
        Cell(one.fingerprint, Ink.QUIET),
        Cell(formats.decimal(one.head.sequence, 0), Ink.VALUE),
        Cell(told, Ink.QUIET),
    )
    return Line(one.device.device_id, cells)


def apart_lines(overview: SyncOverview) -> tuple[Line, ...]:
    """Return what contradicts what, a row each."""
    names = names_of(overview)
    return tuple(
        Line(
            f"{one.device_id}:{one.sequence}:{number}",
            (
                Cell(_name(one.device_id, names)),
                Cell(str(one.sequence)),
                Cell(_here_words(one), Ink.QUIET),
                Cell(_claim_words(one.claimed)),
            ),
        )
        for number, one in enumerate(overview.kept_apart)
    )


def anchor_lines(overview: SyncOverview) -> tuple[Line, ...]:
    """Return which heads came back from elsewhere, newest first."""
    names = names_of(overview)
    return tuple(_anchor(one, names, number) for number, one in enumerate(overview.anchors))


def _anchor(one: KeptAnchor, names: Mapping[str, str], number: int) -> Line:
    head = one.anchor.head
    kind, _, who = one.anchor.source.partition(" ")
    held = _name(who, names) if kind == "receipt" and who else one.anchor.source
    cells = (
        Cell(_name(head.device_id, names)),
        Cell(formats.decimal(head.sequence, 0), Ink.VALUE),
        Cell(held),
        Cell(formats.clock(one.utc_us, 0), Ink.QUIET),
        Cell(f"{head.hash[:_SHORT]}…", Ink.QUIET),
    )
    return Line(f"{number}:{head.device_id}:{head.sequence}", cells)


def _here_words(one: KeptApart) -> str:
    if one.here is None:
        return tr("the events before it do not fit")
    told = event_text(one.here, str, formats.decimal_point())
    return f"{told.kind}: {told.sentence}"


def _claim_words(claim: Claim | None) -> str:
    if claim is None:
        return tr("not readable")
    told = event_text(claim, str, formats.decimal_point())
    return f"{told.kind}: {told.sentence}"


def _name(device: str, names: Mapping[str, str]) -> str:
    return names.get(device) or _short(device)


def _short(device: str) -> str:
    return f"{device[:_SHORT]}…" if len(device) > _SHORT else device
