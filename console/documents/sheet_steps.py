"""The steps of a procedure on a form, with every branch spelled out; and the ways back."""

from __future__ import annotations

from collections.abc import Iterator

from console.documents import words as w
from console.documents.model import (
    Block,
    Entries,
    Entry,
    Hazards,
    Heading,
    HoldBar,
    Jump,
    Paragraph,
    StepBlock,
    StepPart,
    Tick,
)
from console.documents.sheet import Sheet, anchor_of, path_anchor
from console.documents.sheet_before import hazard_signs
from console.text import tr
from console.vocabulary import unit
from procedures.spec import MakeSafe, Phase, Procedure, Step
from procedures.spec_parts import Gate, Goto, Lock, Measured, Scan

_WIDE = 56.0


def step_blocks(sheet: Sheet) -> Iterator[Block]:
    """Yield the main steps, section by section."""
    procedure = sheet.procedure
    if procedure is None:
        return
    for number, phase in enumerate(procedure.phases, 1):
        yield from _phase(sheet, procedure, phase, number)


def way_back_blocks(sheet: Sheet) -> Iterator[Block]:
    """Yield the ways back to a safe state, each on from where it is taken."""
    procedure = sheet.procedure
    if procedure is None:
        return
    yield Heading(tr("Back-out plan"), anchor="back-out")
    yield Paragraph(
        tr(
            "Take the way back when anybody is hurt or in danger, when fluid or current is where it"
            " should not be, when an alarm asks for it, when a step cannot be done as written, or"
            " when the lead says so. From the step that you are at, go to the way that stands at"
            " the head of its section, or in the step itself."
        )
    )
    for path in procedure.make_safe:
        yield from _path(sheet, procedure, path)


def _phase(sheet: Sheet, procedure: Procedure, phase: Phase, number: int) -> Iterator[Block]:
    note = tr("steps in any order") if phase.any_order else ""
    title = f"{number}. {w.said(phase.title, sheet.language)}"
    yield Heading(title, anchor=f"phase-{phase.id}", note=note)
    yield _way_back(sheet, procedure, phase.make_safe)
    for part in phase.during:
        text = w.said(part.text, sheet.language) or w.check_words(part.parsed)
        yield Paragraph(tr("Throughout this section: {what}", what=text), "strong", leads=True)
    for step in phase.steps:
        own = step.make_safe if step.make_safe != phase.make_safe else None
        yield _block(sheet, procedure, step, own)


def _way_back(sheet: Sheet, procedure: Procedure, path: str) -> Jump:
    title = w.said(procedure.paths[path].title, sheet.language)
    letter = sheet.letters[path]
    return Jump(
        tr("Way back: {letter}, {title}", letter=letter, title=title),
        path_anchor(path),
        style="quiet",
        leads=True,
    )


def _path(sheet: Sheet, procedure: Procedure, path: MakeSafe) -> Iterator[Block]:
    title = f"{sheet.letters[path.id]}. {w.said(path.title, sheet.language)}"
    yield Heading(title, 2, anchor=path_anchor(path.id))
    taken = [
        w.said(phase.title, sheet.language)
        for phase in procedure.phases
        if phase.make_safe == path.id or any(s.make_safe == path.id for s in phase.steps)
    ]
    if taken:
        yield Paragraph(
            tr("Taken from: {sections}", sections=", ".join(taken)), "quiet", leads=True
        )
    for step in path.steps:
        yield _block(sheet, procedure, step, None)
    state = next(state for state in procedure.safe_states if state.id == path.ends_in)
    yield Paragraph(tr("Ends in: {state}", state=w.said(state.text, sheet.language)), "strong")


def _block(sheet: Sheet, procedure: Procedure, step: Step, way_back: str | None) -> StepBlock:
    parts = [*_parts(sheet, procedure, step)]
    if way_back is not None:
        parts.append(_way_back(sheet, procedure, way_back))
    return StepBlock(
        number=sheet.numbers[step.id],
        title=w.said(step.title, sheet.language),
        parts=tuple(_together(parts)),
        marks=tuple(_marks(step)),
        anchor=anchor_of(step.id),
        hazards=_hazards(sheet, procedure, step),
        hold=_hold(sheet, step),
    )


def _together(parts: list[StepPart]) -> Iterator[StepPart]:
    """Yield the parts of a step with boxes that follow each other side by side."""
    boxes: list[Entry] = []
    for part in parts:
        if isinstance(part, Entry | Entries):
            boxes += [part] if isinstance(part, Entry) else part.entries
            continue
        if boxes:
            yield Entries(tuple(boxes))
            boxes = []
        yield part
    if boxes:
        yield Entries(tuple(boxes))


def _hazards(sheet: Sheet, procedure: Procedure, step: Step) -> Hazards | None:
    if not step.hazards:
        return None
    known = {name: procedure.hazards[name] for name in step.hazards}
    return Hazards(hazard_signs(sheet, known))


def _hold(sheet: Sheet, step: Step) -> HoldBar | None:
    if step.hold is None:
        return None
    role = w.role_name(step.hold.role)
    told = tr("Nobody goes on until it is released by: {role}.", role=role)
    text = w.said(step.hold.text, sheet.language)
    at = f"step/{step.id}/hold"
    return HoldBar(
        tr("HOLD POINT"),
        f"{told} {text}".strip(),
        (
            Entry(tr("Released by"), f"{at}/name", width_mm=56),
            Entry(tr("Signature"), f"{at}/signature", width_mm=56),
            Entry(tr("Date, time"), f"{at}/time", width_mm=40),
        ),
    )


def _marks(step: Step) -> Iterator[Entry]:
    at = f"step/{step.id}"
    yield Entry(tr("Done at"), f"{at}/done")
    yield Entry(tr("Initials"), f"{at}/initials")
    second = step.sign.second
    if second is not None:
        role = w.role_name(second.role)
        told = (
            tr("{role}, watching", role=role)
            if second.mode == "concurrent"
            else tr("{role}, afterwards", role=role)
        )
        yield Entry(tr("Time"), f"{at}/second/time")
        yield Entry(told, f"{at}/second/initials")


def _parts(sheet: Sheet, procedure: Procedure, step: Step) -> Iterator[StepPart]:
    at, language = f"step/{step.id}", sheet.language
    if step.before:
        yield Paragraph(tr("Only when:"), "strong")
        yield from _gates(sheet, step, step.before, at)
    yield Paragraph(w.said(step.do, language, step), "lead")
    if step.why:
        yield Paragraph(w.said(step.why, language, step), "quiet")
    yield from (Tick(w.said(item.text, language), f"{at}/item/{item.id}") for item in step.items)
    yield from (_scan(sheet, procedure, step, scan) for scan in step.scans)
    yield from _timer(sheet, step, at)
    yield from _clocks(sheet, procedure, step, at)
    if step.locks:
        yield Entries(tuple(_lock(sheet, lock, at) for lock in step.locks))
    if step.values:
        yield Entries(tuple(_value(sheet, procedure, value, at) for value in step.values))
    yield from _outside(sheet, step)
    for part in step.during:
        text = w.said(part.text, language) or w.check_words(part.parsed)
        yield Paragraph(tr("All the while: {what}", what=text), "strong")
    for photo in step.photos:
        told = tr("Photo: {what}", what=w.said(photo.title, language))
        hint = tr("pictures: {count}; write their numbers", count=photo.count)
        yield Entry(told, f"{at}/photo/{photo.id}", hint, width_mm=_WIDE)
    yield from _gates(sheet, step, step.verify, at)
    if step.expect:
        told = tr("As expected: {what}", what=w.said(step.expect, language, step))
        yield Tick(told, f"{at}/expect")
    yield from _ways(sheet, step, at)


def _gates(sheet: Sheet, step: Step, gates: tuple[Gate, ...], at: str) -> Iterator[StepPart]:
    numbers: list[Entry] = []
    for gate in gates:
        first, name = gate.parsed.either[0], f"{at}/gate/{gate.id}"
        text = w.said(gate.text, sheet.language, step)
        more = _of_gate(sheet, gate)
        if first.state or len(gate.parsed.either) > 1:
            if numbers:
                yield Entries(tuple(numbers))
                numbers = []
            yield Tick(f"{text or w.check_words(gate.parsed)}{more}", name)
            continue
        hint = f"{w.limit_of(first)}{more}"
        numbers.append(Entry(text or w.compared(first), name, hint, unit(first.unit), 26))
    if numbers:
        yield Entries(tuple(numbers))


def _of_gate(sheet: Sheet, gate: Gate) -> str:
    told = tr(", for {time}", time=w.span(gate.for_s)) if gate.for_s else ""
    subjects = sheet.procedure.subjects if sheet.procedure else {}
    if any(subjects[one.subject].kind == "work" for one in gate.parsed.either):
        told += tr(", which only the console reckons")
    if gate.not_fitted == "skip":
        told += tr(", where fitted")
    elif gate.not_fitted == "by_hand":
        told += tr(", else measured by hand")
    if gate.override is not None:
        told += tr(" ({role} may let it pass)", role=w.role_name(gate.override.role))
    return told


def _scan(sheet: Sheet, procedure: Procedure, step: Step, scan: Scan) -> Entry:
    must = _must_read(sheet, procedure, scan)
    title = tr("Label: {what}", what=w.said(scan.title, sheet.language))
    return Entry(title, f"step/{step.id}/scan/{scan.id}", must, width_mm=_WIDE)


def _must_read(sheet: Sheet, procedure: Procedure, scan: Scan) -> str:
    if scan.same_as:
        return tr("must be the same as: {what}", what=_scan_title(sheet, procedure, scan.same_as))
    if scan.not_same_as:
        other = _scan_title(sheet, procedure, scan.not_same_as)
        return tr("must differ from: {what}", what=other)
    kind = procedure.subjects[scan.must_be].kind if scan.must_be else ""
    target = sheet.target
    if kind == "tank" and target.tank:
        return tr("must read {what}", what=target.tank.id)
    if kind == "gpu" and target.host:
        return tr("must read {what}", what=target.host.id)
    if kind == "label" and scan.of == "slot" and target.host and target.slot:
        return tr("must read {what}", what=f"{target.host.tank}/slot-{target.slot}")
    return tr("copy it letter by letter")


def _scan_title(sheet: Sheet, procedure: Procedure, wanted: str) -> str:
    for step in procedure.steps.values():
        for scan in step.scans:
            if scan.id == wanted:
                title = w.said(scan.title, sheet.language)
                return tr("{what} (step {number})", what=title, number=sheet.numbers[step.id])
    return wanted


def _timer(sheet: Sheet, step: Step, at: str) -> Iterator[StepPart]:
    timer = step.timer
    if timer is None:
        return
    told = []
    if timer.min_s is not None:
        told.append(tr("at least {time}", time=w.span(timer.min_s)))
    if timer.max_s is not None:
        told.append(tr("at most {time}", time=w.span(timer.max_s)))
    since = timer.since
    start = (
        tr("since step {number} was done", number=sheet.numbers[since])
        if since in sheet.numbers and since
        else tr("since this step was begun")
    )
    yield Entries(
        (
            Entry(tr("Counted from"), f"{at}/timer/from", start, width_mm=36),
            Entry(tr("until"), f"{at}/timer/until", ", ".join(told), width_mm=36),
        )
    )


def _clocks(sheet: Sheet, procedure: Procedure, step: Step, at: str) -> Iterator[StepPart]:
    """Yield the boxes of clocks that begin or end with a step: their time goes across steps."""
    for clock in procedure.clocks:
        title = w.said(clock.title, sheet.language)
        longest = tr("at most {time}", time=w.span(clock.max_s))
        if step.id == clock.from_step:
            numbers = ", ".join(sheet.numbers[name] for name in clock.until_steps)
            hint = tr("{longest}, until step {numbers}", longest=longest, numbers=numbers)
            told = tr("Clock begins: {what}, at", what=title)
            yield Entry(told, f"{at}/clock/{clock.id}/from", hint, width_mm=_WIDE)
        if step.id in clock.until_steps:
            begun = sheet.numbers[clock.from_step]
            hint = tr("{longest} since step {number}", longest=longest, number=begun)
            told = tr("Clock ends: {what}, at", what=title)
            yield Entry(told, f"{at}/clock/{clock.id}/until", hint, width_mm=_WIDE)


def _lock(sheet: Sheet, lock: Lock, at: str) -> Entry:
    title = w.said(lock.title, sheet.language) or lock.id
    told = (
        tr("Lock hung, {where}: its number", where=title)
        if lock.act == "hang"
        else tr("Lock taken off, {where}: its number", where=title)
    )
    return Entry(told, f"{at}/lock/{lock.id}", width_mm=44)


def _value(sheet: Sheet, procedure: Procedure, value: Measured, at: str) -> Entry:
    title = w.said(value.title, sheet.language)
    taken = {"as_found": tr("as found"), "as_left": tr("as left")}.get(value.taken, "")
    if taken and taken.casefold() not in title.casefold():
        title = tr("{what} ({taken})", what=title, taken=taken)
    hint = w.limits(value)
    if value.equals:
        hint = tr("{limits}; the same as before", limits=hint) if hint else tr("the same as before")
    tool = next((t for t in procedure.requires.tools if t.id == value.instrument), None)
    if tool is not None:
        using = tr("with: {tool}", tool=w.said(tool.title, sheet.language))
        hint = f"{hint}; {using}" if hint else using
    return Entry(title, f"{at}/value/{value.id}", hint, unit(value.unit), 28)


def _outside(sheet: Sheet, step: Step) -> Iterator[StepPart]:
    for value in step.values:
        if value.goto is not None:
            what = w.said(value.title, sheet.language)
            yield _jump(sheet, tr("{what} outside its limits", what=what), value.goto)
        elif value.outside == "deviate":
            what = w.said(value.title, sheet.language)
            yield Paragraph(
                tr("{what} outside its limits: only with a deviation.", what=what), "small"
            )


def _ways(sheet: Sheet, step: Step, at: str) -> Iterator[StepPart]:
    if step.ask is not None:
        yield Paragraph(w.said(step.ask.text, sheet.language, step), "strong")
        for answer in step.ask.answers:
            text, name = w.said(answer.text, sheet.language), f"{at}/answer/{answer.id}"
            if answer.goto is None:
                yield Tick(tr("{answer}: go on with the next step", answer=text), name)
            else:
                goto = Goto(goto=answer.goto, max=answer.max)
                yield _jump(sheet, text, goto, name)
    if step.on_fail is not None:
        yield _jump(sheet, tr("Not as it should be"), step.on_fail, f"{at}/fail")
    if step.skip is not None:
        reasons = " / ".join(w.said(r.text, sheet.language) for r in step.skip.reasons)
        told = tr("Left out because (underline): {reasons}", reasons=reasons)
        if step.skip.second:
            role = w.role_name(step.skip.second)
            told = tr("{what}. Must agree: {role}", what=told, role=role)
        yield Tick(told, f"{at}/skip", "small")


def _jump(sheet: Sheet, when: str, goto: Goto, tick: str = "") -> Jump:
    number = sheet.numbers.get(goto.goto, goto.goto)
    told = tr(
        "{when}: go to step {number}, at most {count} times",
        when=when,
        number=number,
        count=goto.max,
    )
    return Jump(told, anchor_of(goto.goto), tick, "body")
