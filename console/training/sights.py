"""What is in front of a trainee now: labels, meters, things to photograph.

A training has no tank. What a label reads or a meter shows is shown on the screen, and the trainee
decides what to enter. Meters read well inside the limits; the equipment's own points say the truth.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from procedures.checks import plain
from procedures.engine.state import Run, StepRun, StepStatus
from procedures.spec import Step
from procedures.spec_parts import Measured, Scan


@dataclass(frozen=True, slots=True)
class Sight:
    """One thing to see. ``kind`` is ``label``, ``meter`` or ``photo``; ``reads`` what it shows."""

    kind: str
    id: str
    title: dict[str, str]
    reads: str
    is_done: bool


def sights(
    step: Step, run: Run, label_of: Callable[[str], str], live: Callable[[str], float | None]
) -> list[Sight]:
    """Return what is there to see in the step to do now; nothing before it is started.

    ``label_of`` says what a label reads where the scenario gives it, ``live`` the value of a point
    such as ``tank.level``.
    """
    now = run.current
    if now is None or now.step != step.id or now.status is StepStatus.READY:
        return []
    found = [
        Sight(
            "label",
            scan.id,
            scan.title,
            label_of(scan.id) or _label(scan, run),
            scan.id in now.scans,
        )
        for scan in step.scans
    ]
    found += [
        Sight("meter", one.id, one.title, _shown(one, run, live), _is_in(one, now))
        for one in step.values
    ]
    found += [
        Sight("photo", one.id, one.title, "", len(now.photos.get(one.id, ())) >= one.count)
        for one in step.photos
    ]
    return found


def _label(scan: Scan, run: Run) -> str:
    if scan.must_be:
        return next(iter(run.subjects.get(scan.must_be, ())), "")
    if scan.same_as:
        return run.scans.get(scan.same_as, "")
    return f"TRAINING-{scan.of.upper()}"


def _is_in(value: Measured, now: StepRun) -> bool:
    typed = now.values.get(value.id)
    return typed is not None and value.inside(typed.number)


def _shown(value: Measured, run: Run, live: Callable[[str], float | None]) -> str:
    """Return a number as a meter shows it, with its unit; dashes where the point is not known."""
    number: float | None
    if value.equals:
        number = run.values.get(value.equals)
    elif value.source:
        number = live(value.source)
    else:
        number = _middle(value)
    if number is None:
        return "---"
    unit = "" if value.unit in {"", "1"} else f" {value.unit}"
    return f"{plain(round(number, value.decimals))}{unit}"


def _middle(value: Measured) -> float:
    """Return a number well inside the limits, a third of the way between them."""
    if value.low is not None and value.high is not None:
        return value.low + (value.high - value.low) / 3
    if value.high is not None:
        return value.high * 0.7
    return (value.low or 0.0) + 1.0
