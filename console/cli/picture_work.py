"""What a picture of the work shows: the demo's orders, or a server that is being taken out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import resources
from console.text import language
from procedures.engine.state import Run, StepStatus

if TYPE_CHECKING:
    from console.demo import PausedDemo
    from console.session.running.crew import Crew
    from console.session.workplace import Workplace

_STEP, _HANDS = "lift-half", "chen"
_SCRIPT = ("demo", "extract-server.script.yaml")
_LOOK_S = 2.0
_AFTER_S = 8.0
_PATIENCE_S = 6 * 3600.0


def furnish_page(demo: PausedDemo, page: str, subject: str | None) -> str | None:
    """Make ready what a page shows, and return the subject to open it with.

    ``guided`` is opened with its run; there the subject names the step to have come to. Raises
    ValueError for a step that there is not.
    """
    if page == "work":
        from console.session.furnish_orders import furnish_orders

        furnish_orders(demo.session)
        _sign_in(demo.session.open_work(wait=True), _HANDS)
    elif page == "guided":
        return guided_run(demo, subject or _STEP)
    elif page in {"life", "sync"}:
        return _known(demo, subject)
    elif page == "review":
        from console.cli.picture_review import furnish_review

        return furnish_review(demo, subject)
    return subject


def _known(demo: PausedDemo, subject: str | None) -> str:
    """Take over what answers, so that there is something with a life; the first GPU of all."""
    from console.ui.work.equipment_seen import take_over, unregistered

    place = demo.session.open_work(wait=True)
    _sign_in(place, _HANDS)
    take_over(place.room.assets, _HANDS, unregistered(demo.session, place.room.book))
    place.settle()
    return subject or next(iter(demo.session.gpus()), "")


def _sign_in(place: Workplace, person: str) -> None:
    """Let somebody of the demo be at the console: most of the work is not for nobody."""
    from console.work.demo import demo_people

    pin = next(one.pin for one in demo_people() if one.id == person)
    place.sign_in(person, pin, lambda: None, lambda _why: None)
    place.settle()


def guided_run(demo: PausedDemo, step: str) -> str:
    """Begin to take a server out, work on until a step is being done, and return the run."""
    from console.cli.procedure_stage import plant_world
    from console.session.running.binding import bind
    from console.session.running.crew import Crew
    from console.session.running.desk import NewRun
    from console.session.running.script import load_script

    script = load_script(resources.path(*_SCRIPT))
    place = demo.session.open_work(wait=True)
    place.settle()
    revision = place.runs.procedures.in_force("extract-server")
    if revision is None or step not in revision.procedure.steps:
        steps = ", ".join(revision.procedure.order) if revision else ""
        raise ValueError(f"there is no step {step!r}; there are {steps}")
    procedure, who = revision.procedure, script.people
    year_us = demo.session.now().utc_us + 365 * 86_400_000_000
    new = NewRun(
        who.technician,
        tuple(dict.fromkeys((who.technician, who.verifier, who.supervisor))),
        language(),
        {tool.id: year_us for tool in procedure.requires.tools},
    )
    bound = bind(demo.session, procedure, script.target)
    run, decision = place.runs.begin(revision, bound, new)
    if not decision.is_allowed:
        raise ValueError("; ".join(map(str, decision.refusals)))
    place.settle()
    _sign_in(place, who.technician)
    _work_on(demo, place, run, Crew(script, procedure, plant_world(demo, script.target)), step)
    return run


def _work_on(demo: PausedDemo, place: Workplace, run: str, crew: Crew, step: str) -> None:
    """Let scripted people work until a step is open and its equipment has moved."""
    end_s = demo.session.now().mono_s + _PATIENCE_S
    while demo.session.now().mono_s < end_s:
        demo.session.refresh()
        first = place.runs.view(run)
        view = place.runs.view(run, crew.executor(first.run)) if first else None
        if view is None or view.run.is_over:
            return
        command = None if view.waits else crew.next(view)
        if _is_there(view.run, step):
            demo.advance(_AFTER_S)
            demo.session.refresh()
            return
        if command is None or not place.runs.ask(run, command).is_allowed:
            demo.advance(_LOOK_S)
        place.settle()


def _is_there(run: Run, step: str) -> bool:
    current = run.current
    return current is not None and current.step == step and current.status is StepStatus.OPEN
