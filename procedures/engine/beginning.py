"""Beginning a run: is the procedure approved, is it for this asset, is everybody and all there."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from procedures.engine.case import RefusedError, qualification_faults
from procedures.engine.commands import Asset, Begin
from procedures.engine.context import Context
from procedures.engine.events import JSON, WorkEvent, WorkKind, event
from procedures.engine.people import Person, same
from procedures.engine.sentence import Sentence, say
from procedures.revision import Revision
from procedures.spec import Applicability, People, Procedure


def begin(command: Begin, revision: Revision, context: Context) -> WorkEvent:
    """Return the event that begins a run; raises RefusedError with everything that is missing."""
    procedure = revision.procedure
    reasons = [
        *_state(command),
        *_asset(procedure.applies_to, command.asset),
        *_subjects(procedure, command, context),
        *_crew(procedure, command, context),
        *_things(procedure, command, context),
    ]
    if command.language not in procedure.languages:
        reasons.append(say("language", language=command.language))
    if reasons:
        raise RefusedError(reasons)
    return event(
        WorkKind.BEGUN,
        command.run,
        command.asset.id,
        command.by,
        context.now,
        procedure=procedure.id,
        revision=revision.digest,
        revision_status=command.status,
        training=command.training,
        language=command.language,
        subjects={name: list(ids) for name, ids in sorted(command.subjects.items())},
        crew=list(command.crew),
        tools=sorted(command.tools),
        spares=dict(sorted(command.spares.items())),
        next=procedure.order[0],
        **_text_of(command, revision),
    )


def _text_of(command: Begin, revision: Revision) -> dict[str, JSON]:
    """Return the whole text where no approval has put it into the log already."""
    return {} if command.status == "approved" else {"canonical": revision.canonical}


def _state(command: Begin) -> Iterator[Sentence]:
    if command.status != "approved" and not command.training:
        yield say("draft", state=command.status)


def _asset(applies: Applicability, asset: Asset) -> Iterator[Sentence]:
    if asset.kind != applies.asset:
        yield say("asset", what=asset.kind, allowed=applies.asset)
    if asset.cooling not in applies.cooling:
        yield say("asset", what=asset.cooling, allowed=", ".join(applies.cooling))
    if applies.rack and not asset.is_rack:
        yield say("asset", what=asset.id, allowed="rack")
    for given, allowed in ((asset.tank, applies.tanks), (asset.fluid, applies.fluids)):
        if allowed and not _fits(given, allowed):
            yield say("asset", what=given or "?", allowed=", ".join(allowed))
    for model in asset.gpu_models if applies.gpu_models else ():
        if not _fits(model, applies.gpu_models):
            yield say("asset", what=model, allowed=", ".join(applies.gpu_models))


def _fits(given: str, allowed: tuple[str, ...]) -> bool:
    return any(fnmatchcase(given.casefold(), pattern.casefold()) for pattern in allowed)


def _subjects(procedure: Procedure, command: Begin, context: Context) -> Iterator[Sentence]:
    for name, spec in procedure.subjects.items():
        if not command.subjects.get(name) and not spec.optional and spec.kind != "work":
            yield say("subject", subject=name)
    for name in procedure.exclusive:
        wanted = set(command.subjects.get(name, ()))
        for other in context.others:
            taken = {part for parts in other.subjects.values() for part in parts}
            if not other.is_over and other.id != command.run and wanted & taken:
                yield say("exclusive", subject=", ".join(sorted(wanted & taken)), run=other.id)


def _crew(procedure: Procedure, command: Begin, context: Context) -> Iterator[Sentence]:
    people: list[Person] = []
    for name in dict.fromkeys((command.by, *command.crew)):
        person = context.people.get(name)
        if person is None:
            yield say("stranger", person=name)
        elif not any(same(person.id, other.id) for other in people):
            people.append(person)
    if not any(same(command.by, name) for name in command.crew):
        yield say("not_crew", person=command.by)
    for need in procedure.requires.people:
        fit = [p for p in people if not qualification_faults(procedure, p, need.role, context)]
        if len(fit) < need.count:
            yield say("people", count=need.count, role=need.role, have=len(fit))
    needs = procedure.requires.people
    if sum(need.count for need in needs) > _most_filled(needs, people, procedure, context):
        total = sum(need.count for need in needs)
        yield say("people", count=total, role="+".join(n.role for n in needs), have=len(people))


def _most_filled(
    needs: tuple[People, ...], people: list[Person], procedure: Procedure, context: Context
) -> int:
    """Return how many places can be filled if everybody fills one only (augmenting paths)."""
    places = [need.role for need in needs for _ in range(need.count)]
    fits = {
        n: [
            m
            for m, person in enumerate(people)
            if not qualification_faults(procedure, person, role, context)
        ]
        for n, role in enumerate(places)
    }
    holder: dict[int, int] = {}

    def place(n: int, tried: set[int]) -> bool:
        for m in fits[n]:
            if m not in tried:
                tried.add(m)
                if m not in holder or place(holder[m], tried):
                    holder[m] = n
                    return True
        return False

    return sum(place(n, set()) for n in fits)


def _things(procedure: Procedure, command: Begin, context: Context) -> Iterator[Sentence]:
    for tool in procedure.requires.tools:
        if tool.id not in command.tools:
            yield say("tool", tool=tool.id)
            continue
        until = command.tools[tool.id]
        if tool.calibrated and (until is None or until <= context.now.utc_us):
            yield say("calibration", tool=tool.id)
    for spare in procedure.requires.spares:
        if spare.id not in command.spares:
            yield say("spare", spare=spare.id)
