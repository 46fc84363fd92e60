"""A filled form of the small procedure: what a pen wrote in each box, and what was recorded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from console.session.late.pad import LatePad
from console.session.late.past import Past, Silence, Subjects
from console.session.late.times import local_text
from console.session.late.written import LateForm, Opening, WrittenDeviation, WrittenStep
from console.session.running.binding import Bound
from console.work.photos import StoredPhoto
from drivers.points import Reason, Stamp
from procedures.engine.readings import GivenReadings, Readings
from procedures.spec import Procedure
from tests.unit.procedures.bench import ASSET, PEOPLE, START_US, UNITS, small

FORM = "7K3QX9M2P1"
COPIER, VERIFIER = "tess", "sam"
MINUTE = 60
BOUND = Bound(ASSET, {"tank": ("tank-1",)})
PHOTO = StoredPhoto("a" * 64, "image/png", 9, 1, 1, Path(), "none", "a" * 64)
World = Callable[[float], Mapping[str, float | str | Reason]]


@dataclass(frozen=True)
class Given:
    """Telemetry that says of every second what a function says; seconds from the beginning."""

    world: World
    is_silent: bool = False

    def span(self, _subjects: Subjects, _procedure: Procedure, _since: int, _until: int) -> Given:
        """Return itself."""
        return self

    def at(self, utc_us: int) -> Readings:
        """Return what is so at a moment."""
        values = self.world((utc_us - START_US) / 1e6)
        return GivenReadings(dict(values), UNITS).at(Stamp(utc_us, utc_us / 1e6))


def clock(seconds: float) -> str:
    """Return a time as it is written, so many seconds after the work was begun."""
    return local_text(START_US + round(seconds * 1e6))


def opening(**changes: object) -> Opening:
    """The first pages."""
    begun = datetime.fromtimestamp(START_US / 1e6).strftime("%Y-%m-%d %H:%M:%S")  # noqa: DTZ006
    crew = [("tom", "TO"), ("vera", "VE"), ("sue", "SU"), ("Tess", "TE"), ("sam", "SA")]
    told = Opening(begun, crew, {"gauge": "2036-01-01"})
    return replace(told, **changes)  # type: ignore[arg-type]


def filled(level: str = "820") -> list[WrittenStep]:
    """Every step as well as can be, a minute and more each."""
    signed = lambda at: {"done": clock(at), "initials": "TO"}  # noqa: E731  read where it is used
    gates = {"gate/cool": "40", "gate/hard": "40"}
    hold = {"hold/name": "Sue", "hold/time": clock(300)}
    opened = {"clock/lid/from": clock(310), "gate/still": "40", "gate/lid-open": "x"}
    watched = {"second/initials": "VE", "second/time": clock(350)}
    looked = {"second/initials": "VE", "second/time": clock(620)}
    return [
        WrittenStep("find", {"scan/label": "tank-1", **signed(60)}),
        WrittenStep("cool", {**gates, **signed(120)}),
        WrittenStep("gloves", {"item/left": "x", "item/right": "x", **signed(180)}),
        WrittenStep("mats", {"expect": "x", **signed(240)}),
        WrittenStep("open-lid", {**hold, **opened, **watched, **signed(360)}),
        WrittenStep(
            "drain",
            {"timer/from": clock(360), "expect": "x", **signed(540)},
            {"drip": (PHOTO,)},
        ),
        WrittenStep("measure", {"value/level": level, **looked, **signed(600)}),
        WrittenStep("choose", {"answer/go-on": "x", **signed(660)}),
        WrittenStep("polish", {"expect": "x", **signed(700)}),
        WrittenStep("close-lid", {"gate/lid-closed": "x", **signed(760)}),
    ]


CLOSED_AT = clock(800)


def pad(past: Past | None = None, now_s: float = 3600.0, **changes: object) -> LatePad:
    """A pad over the small procedure; without telemetry unless some is given."""
    revision = small()
    page_of = {name: 2 + n // 4 for n, name in enumerate(revision.procedure.steps)}
    form = LateForm(FORM, revision, "en", START_US - 10**9, 6, page_of=page_of)
    form = replace(form, **changes)  # type: ignore[arg-type]
    now_us = START_US + round(now_s * 1e6)
    return LatePad(form, PEOPLE, past or Silence(), copied_by=COPIER, now_us=now_us)


def without(step: WrittenStep, *boxes: str) -> WrittenStep:
    """A step of which some boxes stayed empty."""
    return replace(step, boxes={k: v for k, v in step.boxes.items() if k not in boxes})


def changed(step: WrittenStep, **boxes: str) -> WrittenStep:
    """A step with other texts in some boxes; ``__`` stands for ``/`` and ``_`` for ``-``."""
    new = {name.replace("__", "/").replace("_", "-"): text for name, text in boxes.items()}
    return replace(step, boxes={**step.boxes, **new})


def explained(step: WrittenStep, *lines: WrittenDeviation) -> WrittenStep:
    """A step with lines under Deviations."""
    return replace(step, deviations=lines)
