"""The questions of guided work: who signs, why a gate is let pass, how the work stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from console.text import tr
from console.ui.guided.hands import Hands
from console.ui.guided.review import send_to_review
from console.ui.guided.sheets import Ask, Give, Question
from console.ui.guided.situation import Situation
from console.ui.guided.words import role_name
from console.work.people.roster import Person
from procedures.engine import commands as cmd
from procedures.engine.people import same
from procedures.engine.state import TIMER
from procedures.spec_parts import Gate, Skip

_REASON = "reason"


def people_with(hands: Hands, role: str, without: Iterable[str] = ()) -> Sequence[Person]:
    """Return the active people with a role, less some."""
    place = hands.place
    if place is None:
        return ()
    found = place.room.desk.book.people.with_role(role)
    away = tuple(without)
    return [person for person in found if not any(same(person.id, one) for one in away)]


def people_of_work(hands: Hands, now: Situation) -> Sequence[Person]:
    """Return who may sign in for this work; on the way to safety that is everybody."""
    place = hands.place
    if place is None:
        return ()
    everybody = place.room.desk.book.people.active()
    crew = now.view.run.crew
    if now.is_making_safe or now.view.run.suspended_by or now.view.run.is_over:
        return everybody
    return [person for person in everybody if any(same(person.id, one) for one in crew)]


def _as_other(hands: Hands, make: Callable[[dict[str, str], str], cmd.Command]) -> Give:
    """Return what asks in the name of who gave a PIN."""

    def give(
        answers: object,
        person: str,
        pin: str,
        done: Callable[[], None],
        refuse: Callable[[str], None],
    ) -> None:
        told = dict(answers) if isinstance(answers, dict) else {}
        hands.ask_as(make(told, person), pin, done, refuse)

    return give


def _as_self(hands: Hands, make: Callable[[dict[str, str], str], cmd.Command]) -> Give:
    """Return what asks in the name of who is at the console."""

    def give(
        answers: object,
        _person: str,
        _pin: str,
        done: Callable[[], None],
        refuse: Callable[[str], None],
    ) -> None:
        told = dict(answers) if isinstance(answers, dict) else {}
        if hands.ask(make(told, hands.who), refuse):
            done()

    return give


def sign_in_question(hands: Hands, now: Situation) -> Question:
    """Ask who is at the console."""

    def give(
        _answers: object,
        person: str,
        pin: str,
        done: Callable[[], None],
        refuse: Callable[[str], None],
    ) -> None:
        place = hands.place
        if place is None:
            refuse(tr("The work log is not open yet."))
            return

        def entered() -> None:
            done()
            hands.asked.emit()

        place.sign_in(person, pin, entered, refuse)

    run, step = now.view.run, now.step
    chosen = (step.executor if step else "") or run.lead
    people = people_of_work(hands, now)
    here = next((p.id for p in people if same(p.id, chosen)), "")
    return Question(
        heading=tr("Sign in to go on"),
        verb=tr("Sign in"),
        give=give,
        people=people,
        act=tr("Sign in at this console"),
        chosen=here,
    )


def second_question(hands: Hands, now: Situation) -> Question | None:
    """Ask another person for the second signature of the step."""
    spec, step = now.spec, now.step
    second = spec.sign.second if spec else None
    if spec is None or step is None or second is None:
        return None
    name, language, hazards = spec.id, hands.language, spec.hazards

    def make(_answers: dict[str, str], person: str) -> cmd.Command:
        return cmd.SignSecond(name, person, language, hazards)

    title = now.names.step(name)
    if second.mode == "concurrent":
        said = tr("I watch this step being done: {step}", step=title)
    else:
        said = tr("I was not there; I have looked at the result: {step}", step=title)
    is_asked = bool(hazards) and second.mode == "concurrent"
    return Question(
        heading=tr("Second signature: {role}", role=role_name(second.role)),
        verb=tr("Sign"),
        give=_as_other(hands, make),
        warned=(now.view.revision.procedure, hazards, language) if is_asked else None,
        people=people_with(hands, second.role, (*step.hands, *step.seconds)),
        act=said,
        confirm=tr("I have understood the hazards") if is_asked else "",
    )


def hold_question(hands: Hands, now: Situation) -> Question | None:
    """Ask who may for the release of the hold point."""
    spec = now.spec
    if spec is None or spec.hold is None:
        return None
    name = spec.id
    said = now.names.of(spec.hold.text, spec) or tr("Hold point: {step}", step=now.names.step(name))
    return Question(
        heading=tr("Hold point"),
        verb=tr("Release"),
        give=_as_other(hands, lambda _answers, person: cmd.ReleaseHold(name, person)),
        people=people_with(hands, spec.hold.role),
        act=f"{tr('I release this hold point.')} {said}",
    )


def override_question(hands: Hands, gate: Gate, title: str) -> Question:
    """Ask another person to let a gate pass that is not met."""
    role = gate.override.role if gate.override else "supervisor"
    step = hands.spec.id if hands.spec else ""

    def make(answers: dict[str, str], person: str) -> cmd.Command:
        return cmd.OverrideGate(step, person, gate.id, answers[_REASON])

    hints = (
        tr("Looked at on the spot; protection is worn"),
        tr("The sensor is wrong; measured otherwise"),
    )
    return Question(
        heading=tr("Let pass what is not met: {gate}", gate=title),
        verb=tr("Let it pass"),
        give=_as_other(hands, make),
        asks=(Ask(_REASON, tr("Why it is safe all the same"), hints=hints),),
        people=people_with(hands, role, (hands.who,)),
        act=tr("I let this pass although it is not met: {gate}", gate=title),
    )


def release_question(hands: Hands, now: Situation) -> Question | None:
    """Ask for the reason why a held step may go on, and for the PIN of who may say so."""
    step = now.step
    if step is None:
        return None
    role = now.release_role(step)
    place, name = hands.place, step.step
    here = place.person if place else None
    is_mine = here is not None and role in here.roles
    is_hand = TIMER in step.held and any(same(hands.who, hand) for hand in step.hands)
    hints = (tr("Looked at, and in order again"), tr("The cause has been removed"))

    def make(answers: dict[str, str], person: str) -> cmd.Command:
        return cmd.Release(name, person, answers[_REASON])

    alone = is_mine and not is_hand
    barred = step.hands if TIMER in step.held else ()
    return Question(
        heading=tr("Let the step go on"),
        verb=tr("Let it go on"),
        give=_as_self(hands, make) if alone else _as_other(hands, make),
        asks=(Ask(_REASON, tr("Why it may go on"), hints=hints),),
        people=None if alone else people_with(hands, role, barred),
        act=tr("I let this step go on: {step}", step=now.names.step(name)),
    )


def reject_question(hands: Hands, now: Situation) -> Question | None:
    """Ask the second person why the work is not accepted."""
    spec, step = now.spec, now.step
    second = spec.sign.second if spec else None
    if spec is None or step is None or second is None:
        return None
    name = spec.id
    hints = (tr("Not as the procedure says"), tr("Not finished"))
    return Question(
        heading=tr("Do not accept this step"),
        verb=tr("Give it back"),
        give=_as_other(hands, lambda a, person: cmd.Reject(name, person, a[_REASON])),
        asks=(Ask(_REASON, tr("What is not right"), hints=hints),),
        people=people_with(hands, second.role, step.hands),
        act=tr("I do not accept this step: {step}", step=now.names.step(name)),
    )


def unproven_question(hands: Hands, now: Situation) -> Question:
    """Ask why a step on the way to safety is left without its proof."""
    name = now.spec.id if now.spec else ""
    return Question(
        heading=tr("Leave it without proof"),
        verb=tr("Sign as done"),
        give=_as_self(hands, lambda a, by: cmd.Complete(name, by, a[_REASON])),
        text="\n".join(now.needs()),
        asks=(
            Ask(_REASON, tr("Why it cannot be proven"), hints=(tr("The sensor does not answer"),)),
        ),
    )


def note_question(hands: Hands) -> Question:
    """Ask for a note."""
    return Question(
        heading=tr("Note"),
        verb=tr("Write it down"),
        give=_as_self(hands, lambda a, by: cmd.Note(by, a["text"])),
        asks=(Ask("text", tr("What should be known later")),),
    )


DISPOSITIONS: dict[cmd.Disposition, str] = {
    "repair": "Repair",
    "replace": "Replace",
    "defer": "Defer",
    "use_as_is": "Use as is",
    "no_fault_found": "No fault found",
}
"""What is done about a deviation; a key of the catalogue each."""


def deviation_question(hands: Hands, now: Situation, about: str = "") -> Question:
    """Ask for a deviation: what it is about, what was found, what is done."""
    subjects = deviation_subjects(now)

    def make(a: dict[str, str], by: str) -> cmd.Command:
        way = next(way for way in DISPOSITIONS if way == a["disposition"])
        return cmd.Deviate(by, a["about"], a["finding"], way)

    return Question(
        heading=tr("Deviation"),
        verb=tr("Report it"),
        give=_as_self(hands, make),
        asks=(
            Ask("about", tr("About"), choices=subjects, value=about or subjects[0][0]),
            Ask("finding", tr("What was found")),
            Ask(
                "disposition",
                tr("What is done about it"),
                choices=tuple((way, tr(text)) for way, text in DISPOSITIONS.items()),
            ),
        ),
    )


def deviation_subjects(now: Situation) -> tuple[tuple[str, str], ...]:
    """Return what a deviation may be about, with names: what is asked for one first."""
    asked = [
        str(need.values.get("about") or need.values.get("value"))
        for need in now.view.standing.needs
        if need.code in {"overrun", "clock_doubt", "value_deviation"}
    ]
    spec = now.spec
    names = [*asked, *(value.id for value in (spec.values if spec else ()))]
    found = {name: now.names.title(name, spec) for name in names}
    return (*found.items(), ("work", tr("Something else")))


def skip_question(hands: Hands, now: Situation, rule: Skip) -> Question:
    """Ask for one of the author's reasons for leaving the step out."""
    name = now.spec.id if now.spec else ""
    reasons = tuple((one.id, now.names.of(one.text)) for one in rule.reasons)
    asks = (
        Ask("reason", tr("Reason"), choices=reasons),
        Ask("text", tr("In your words")),
    )
    hand = hands.who

    def make(a: dict[str, str], person: str) -> cmd.Command:
        return cmd.SkipStep(name, hand, a["reason"], a["text"], person)

    def alone(a: dict[str, str], by: str) -> cmd.Command:
        return cmd.SkipStep(name, by, a["reason"], a["text"])

    heading = tr("Leave this step out")
    if rule.second is None:
        return Question(heading, tr("Leave it out"), _as_self(hands, alone), asks=asks)

    def give(
        answers: object,
        person: str,
        pin: str,
        done: Callable[[], None],
        refuse: Callable[[str], None],
    ) -> None:
        told = dict(answers) if isinstance(answers, dict) else {}
        hands.ask_with(make(told, person), person, pin, done, refuse)

    return Question(
        heading,
        tr("Leave it out"),
        give,
        asks=asks,
        people=people_with(hands, rule.second, (hand,)),
        act=tr("I agree that this step is left out: {step}", step=now.names.step(name)),
    )


def fail_question(hands: Hands, now: Situation) -> Question:
    """Ask why a step did not succeed."""
    spec = now.spec
    name = spec.id if spec else ""
    way = now.names.step(spec.on_fail.goto) if spec and spec.on_fail else ""
    return Question(
        heading=tr("It did not succeed"),
        verb=tr("Take the way back"),
        give=_as_self(hands, lambda a, by: cmd.FailStep(name, by, a[_REASON])),
        text=tr("The work then goes on at: {step}", step=way),
        asks=(Ask(_REASON, tr("What happened")),),
    )


def suspend_question(hands: Hands, now: Situation) -> Question:
    """Ask for the handover note."""
    locks = now.view.run.locks
    hanging = ", ".join(
        f"{now.names.title(lock, None)} ({now.names.person(who)})" for lock, who in locks.items()
    )

    def make(a: dict[str, str], by: str) -> cmd.Command:
        return cmd.Suspend(by, a["state"], a["prohibitions"], a["isolations"])

    return Question(
        heading=tr("Hand the work over"),
        verb=tr("Sign the handover"),
        give=_as_self(hands, make),
        asks=(
            Ask("state", tr("How it stands")),
            Ask("prohibitions", tr("What must not be done"), is_needed=False),
            Ask("isolations", tr("What is isolated and locked"), value=hanging, is_needed=False),
        ),
    )


def abort_question(hands: Hands, now: Situation) -> Question:
    """Ask why the work is stopped; then the way to safety begins."""
    hints = (
        tr("Somebody is hurt or in danger"),
        tr("Leak, smoke or smell"),
        tr("Equipment has failed"),
        tr("Called away"),
    )
    asks = (Ask(_REASON, tr("Why"), hints=hints),)
    lead = now.view.run.lead

    def make(a: dict[str, str], by: str) -> cmd.Command:
        return cmd.Abort(by or lead, a[_REASON])

    text = _way_back(now)
    if not hands.who:
        unproven = tr("Nobody is signed in: this is recorded for the lead of the work, unproven.")
        text = f"{text} {unproven}".strip()
    return Question(
        heading=tr("Back out: stop, and make it safe"),
        verb=tr("Back out now"),
        give=_as_self(hands, make),
        text=text,
        asks=asks,
    )


def _way_back(now: Situation) -> str:
    procedure, run = now.view.revision.procedure, now.view.run
    last = run.current.step if run.current else procedure.order[-1]
    if not run.phase_holds or procedure.is_make_safe(last):
        return ""
    path = procedure.way_back(last)
    state = next((s.text for s in procedure.safe_states if s.id == path.ends_in), None)
    count = len(path.steps)
    steps = tr("one step") if count == 1 else tr("{n} steps", n=count)
    said = tr("The way: {path} ({steps})", path=now.names.of(path.title), steps=steps)
    return f"{said}\n{tr('It ends so: {state}', state=now.names.of(state))}" if state else said


def review_question(hands: Hands, number: str) -> Question | None:
    """Ask who is here for the signature that sends an order to review."""
    place = hands.place
    here = place.person if place else None
    if place is None or not number:
        return None

    def give(
        _answers: object,
        person: str,
        pin: str,
        done: Callable[[], None],
        refuse: Callable[[str], None],
    ) -> None:
        send_to_review(place, number, person, pin, done, refuse)

    return Question(
        heading=tr("Send to review"),
        verb=tr("Sign"),
        give=give,
        people=[here] if here else (),
        act=tr("The work of order {number} is done; I send it to review", number=number),
        chosen=here.id if here else "",
    )
