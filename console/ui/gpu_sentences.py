"""What the GPU drawer says in sentences: findings with what to do, Xids, what happened before."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from console.event_text import event_text
from console.health.gpu_findings import Finding
from console.history.events import Event, EventDraft, Kind
from console.text import tr
from console.ui import formats
from console.ui.gpu_history import XidRecord
from console.ui.gpu_sections import Words
from console.ui.gpu_state import XID, GpuState
from drivers.gpu.actions import Action, Extraction
from drivers.gpu.advice import advice_for_xid
from drivers.gpu.xids import UNKNOWN_MEANING, xid
from drivers.points import Reason

_GAP = 12
_SOON = 2
_MOST_XIDS = 12
_MOST_EVENTS = 12
URGENCY = {1: "now", 2: "today", 3: "this week", 4: "for the record"}
"""When to do something, by severity; a key of the catalogue each."""
EXTRACTION = {
    Extraction.NO: "The GPU stays in the tank.",
    Extraction.SECOND: "The GPU comes out only if this comes back within 24 h.",
    Extraction.YES: "The GPU has to come out.",
}
"""Whether the GPU has to come out; a key of the catalogue each."""
Happened = Event | EventDraft


def finding_words(found: Sequence[Finding], state: GpuState) -> Words:
    """Return the findings, most urgent first: what, why, and what to do step by step."""
    words = Words()
    told: set[str] = set()
    if state.mismatch:
        words.line(_other_gpu(), bold=True)
    for number, finding in enumerate(found):
        todo = finding.todo
        above = _GAP if number or state.mismatch else 0
        when = tr(URGENCY[finding.severity])
        words.title(finding.title_text(), when, above=above, loud=finding.severity <= _SOON)
        words.line(finding.why_text(), muted=True)
        if todo.id in told:
            words.line(tr("As above: {what}", what=tr(todo.title)), above=4)
        else:
            _steps(words, todo)
        words.line(tr(EXTRACTION[finding.extraction]), above=4)
        told.add(todo.id)
    if not found and not state.mismatch:
        words.line(_nothing_to_do(state), muted=True)
    return words


def _steps(words: Words, todo: Action) -> None:
    words.line(tr(todo.title), above=4, bold=True)
    words.steps([tr(step) for step in todo.steps])
    if todo.evidence:
        kept = ", ".join(tr(thing) for thing in todo.evidence)
        words.line(tr("Keep: {things}", things=kept), above=4, muted=True)


def _other_gpu() -> str:
    return tr("See which GPU sits here. Then correct the site file, or put the expected one back.")


def _nothing_to_do(state: GpuState) -> str:
    if state.silent:
        return tr("Not known: nobody answers for this GPU.")
    if state.abnormal:
        return tr("No rule says what to do about this.")
    return tr("Nothing has to be done.")


def xid_words(
    records: Sequence[XidRecord],
    last: int,
    state: GpuState,
    now_us: int,
    name_of: Callable[[str], str],
) -> Words:
    """Return the Xids of a GPU, newest first; ``last`` is the one its source shows, 0 for none.

    Where the log does not have that one, nobody knows when it came.
    """
    words = Words()
    timeless = bool(last) and all(record.code != last for record in records)
    if timeless:
        words.title(_xid_name(last), tr("time unknown"))
        words.line(tr("It stood there when the console first looked."), muted=True)
        _meaning(words, last)
    for number, record in enumerate(records[:_MOST_XIDS]):
        when = formats.clock(record.first_us, now_us)
        above = _GAP if number or timeless else 0
        words.title(_xid_name(record.code), when, above=above)
        if record.count > 1:
            until = formats.clock(record.last_us, now_us)
            words.line(tr("{n} times until {time}", n=record.count, time=until), muted=True)
        if record.subject != state.place.part:
            words.line(tr("It sat in {place} then.", place=name_of(record.subject)), muted=True)
        _meaning(words, record.code)
        if record.text:
            words.line(record.text, muted=True)
    if not records and not timeless:
        words.line(_no_xid(state), muted=True)
    return words


def _xid_name(code: int) -> str:
    return tr("Xid {n}", n=code)


def _meaning(words: Words, code: int) -> None:
    """What a code means and asks for by itself; what it asks for now is among the findings."""
    known, advice = xid(code), advice_for_xid(code)
    words.line(tr(known.meaning if known else UNKNOWN_MEANING))
    words.line(tr("What to do: {what}", what=tr(advice.action.title)))
    words.line(tr(EXTRACTION[advice.extraction]))


def _no_xid(state: GpuState) -> str:
    reading = state.reading(XID)
    if reading is not None and reading.reason is Reason.NOT_EXPORTED:
        return tr("Its source does not export Xids.")
    return tr("none")


def past_words(
    events: Sequence[Happened], now_us: int, name_of: Callable[[str], str], trouble: str
) -> Words:
    """Return what else the log tells of a GPU, newest first."""
    words = Words()
    if trouble:
        words.line(tr("The log cannot be read: {why}", why=trouble))
    told = [e for e in events if e.kind not in {Kind.GPU_XID, Kind.GPU_XID_REPEATED}]
    for event in told[:_MOST_EVENTS]:
        text = event_text(event, name_of, formats.decimal_point())
        words.title(text.kind, formats.clock(event.utc_us, now_us), above=4)
        if text.what and text.what != text.kind:
            words.line(text.what, muted=True)
    return words


def request_text(event: Happened, now_us: int) -> str:
    """Return who asked for work and when: ``Work requested 12:04:11 by m.chen``."""
    when = formats.clock(event.utc_us, now_us)
    return tr("Work requested {time} by {who}", time=when, who=event.actor)


def asked_for(body: Mapping[str, object]) -> frozenset[str]:
    """Return the findings that a request for work was made for, by id."""
    found = body.get("findings")
    return frozenset(map(str, found)) if isinstance(found, list | tuple) else frozenset()
