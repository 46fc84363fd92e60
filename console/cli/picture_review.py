"""What a picture of the review shows: a server taken out and back, its record before a reviewer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import resources
from console.cli.procedure_order import OrderWalk
from console.session.running.script import Script, StepScript, load_script
from console.text import language, tr

if TYPE_CHECKING:
    from console.demo import PausedDemo
    from console.session.running.crew import Crew
    from console.session.workplace import Workplace

REVIEWER = "okafor"
_SCRIPT = ("demo", "extract-server.script.yaml")
_LOOK_S = 5.0
_AFTER_S = 30.0
_PATIENCE_S = 8 * 3600.0
UNUSUAL: dict[str, dict[str, object]] = {
    "bond": {"values": {"bond-resistance": (1.4, 0.6)}},
    "lift-half": {"rush": True, "note": "The frame swung a little; stopped until it hung still."},
    "burn-in": {"overrides": {"as-cool-as-before": "No steady load before to compare with"}},
}
"""What goes otherwise than in the demo's script, for a reviewer to look at."""


def furnish_review(demo: PausedDemo, subject: str | None) -> str:
    """Have a server taken out and back under an order, given to review, with a reviewer here.

    Returns the subject to open the page with: the order, unless another thing is asked for.
    """
    from console.cli.picture_work import _sign_in
    from console.session.furnish_orders import furnish_orders

    furnish_orders(demo.session)
    number = reviewed_order(demo)
    _sign_in(demo.session.open_work(wait=True), REVIEWER)
    return subject or number


def worked_run(
    demo: PausedDemo,
    script: Script | None = None,
    begun: Callable[[str], object] = lambda _run: None,
) -> str:
    """Work one run through to its end, for no order unless ``begun`` links it; returns its id."""
    from console.cli.procedure_stage import plant_world
    from console.session.running.crew import Crew

    script = script or script_of()
    place = demo.session.open_work(wait=True)
    place.settle()
    revision = place.runs.procedures.in_force("extract-server")
    if revision is None:
        raise ValueError("the demo has no procedure to take a server out")
    run = _begin(demo, place, script)
    begun(run)
    crew = Crew(script, revision.procedure, plant_world(demo, script.target), place.photos)
    _work_through(demo, place, run, crew)
    return run


def reviewed_order(demo: PausedDemo, script: Script | None = None) -> str:
    """Work one order of the demo through from the wish to review, and return its number."""
    script = script or script_of()
    place = demo.session.open_work(wait=True)
    place.settle()
    revision = place.runs.procedures.in_force("extract-server")
    if revision is None:
        raise ValueError("the demo has no procedure to take a server out")
    walk = OrderWalk(place.room, script)
    walk.make_ready(revision)
    worked_run(demo, script, begun=walk.link)
    walk.give_to_review()
    for person in sorted(place.room.desk.present):
        place.room.gate.sign_out(person)
    place.settle()
    return walk.number


def script_of() -> Script:
    """Return the demo's script with a few things that a reviewer has to look at."""
    script = load_script(resources.path(*_SCRIPT))
    steps = {
        **script.steps,
        **{name: _with(script.step(name), change) for name, change in UNUSUAL.items()},
    }
    return script.model_copy(update={"steps": steps, "order": tr("Extract node 1 for inspection")})


def _with(step: StepScript, change: dict[str, object]) -> StepScript:
    return StepScript.model_validate({**step.model_dump(), **change})


def _begin(demo: PausedDemo, place: Workplace, script: Script) -> str:
    from console.session.running.binding import bind
    from console.session.running.desk import NewRun

    revision = place.runs.procedures.in_force("extract-server")
    if revision is None:
        raise ValueError("the demo has no procedure to take a server out")
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
    return run


def _work_through(demo: PausedDemo, place: Workplace, run: str, crew: Crew) -> None:
    """Let scripted people, who are signed in, work until the run is over."""
    from console.session.running.desk import Proof

    end_s = demo.session.now().mono_s + _PATIENCE_S
    while demo.session.now().mono_s < end_s:
        demo.session.refresh()
        first = place.runs.view(run)
        view = place.runs.view(run, crew.executor(first.run)) if first else None
        if view is None or view.run.is_over:
            break
        command = None if view.waits else crew.next(view)
        proof = Proof("signed_in", demo.session.now().utc_us)
        if command is None or not place.runs.ask(run, command, proof=proof).is_allowed:
            demo.advance(_LOOK_S)
        place.settle()
    demo.advance(_AFTER_S)
    place.settle()
    found = place.runs.view(run)
    if found is None or not found.run.is_over:
        raise ValueError(f"the work was not done within {_PATIENCE_S:.0f} s")
    while place.runs.gathering:
        place.settle()
