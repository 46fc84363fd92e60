"""Scripted people: they ask of a run what a technician, a verifier and a supervisor would.

All they do follows from how the run stands, so they go on after a crash as people would.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Callable, Iterator
from typing import TypeVar

from console.session.running.desk import RunView
from console.session.running.script import Script, StepScript
from console.work.photos import PhotoStore, StoredPhoto
from procedures.engine import commands as cmd
from procedures.engine.state import Run, StepRun, StepStatus
from procedures.spec import Procedure, Step
from procedures.spec_parts import Measured, Scan

T = TypeVar("T")
World = Callable[[str], None]


class Crew:
    """The people of one script; ``world`` does one act to the equipment.

    What they photograph is kept in ``photos``; without it their pictures are named and not kept.
    """

    def __init__(
        self,
        script: Script,
        procedure: Procedure,
        world: World,
        photos: PhotoStore | None = None,
    ) -> None:
        self._script = script
        self._procedure = procedure
        self._world = world
        self._photos = photos
        self._acted: set[tuple[str, int]] = set()
        self._tried: dict[tuple[str, int, str], int] = {}
        self._said: set[tuple[str, int, str]] = set()

    def catch_up(self, run: Run) -> None:
        """Do to the equipment again what was done before a crash of the simulated world."""
        order = sorted(run.done, key=lambda name: run.done[name].at_us)
        for name in order:
            self._act(name, run.visits.get(name, 1))
        if run.current and run.current.status is not StepStatus.READY:
            self._act(run.current.step, run.current.visit)

    def executor(self, run: Run) -> str:
        """Return who does the step to do now."""
        step = run.current
        if step and step.executor:
            return step.executor
        return (self._script.step(step.step).by if step else "") or self._role("technician")

    def next(self, view: RunView) -> cmd.Command | None:
        """Return what is asked next; None where there is nothing to do but to wait."""
        run, step = view.run, view.run.current
        if run.suspended_by:
            return cmd.TakeOver(self._role("technician"), self._script.language)
        if step is None:
            return cmd.Close(self.executor(run))
        spec, told = self._procedure.steps[step.step], self._script.step(step.step)
        if step.held:
            return self._release(view, step)
        if step.status is StepStatus.PERFORMED:
            return cmd.SignSecond(step.step, self._second(spec, told), self._script.language)
        if told.skip:
            return cmd.SkipStep(step.step, self.executor(run), told.skip, told.skip)
        is_ready = step.status is StepStatus.READY
        act = self._starting if is_ready else self._going_on
        return act(view, spec, step, told)

    # ---- one step ----

    def _going_on(
        self, view: RunView, spec: Step, step: StepRun, told: StepScript
    ) -> cmd.Command | None:
        if (step.step, step.visit) not in self._acted:
            self._act(step.step, step.visit)
            return None
        return next(self._working(view, spec, step, told), None)

    def _starting(
        self, view: RunView, spec: Step, step: StepRun, told: StepScript
    ) -> cmd.Command | None:
        by = self.executor(view.run)
        if spec.hold and not step.hold_released_by:
            return cmd.ReleaseHold(step.step, self._role(spec.hold.role))
        override = self._override(view, step, told)
        if override:
            return override
        if view.standing.needs:
            return None
        return cmd.Start(step.step, by, self._script.language, spec.hazards)

    def _working(
        self, view: RunView, spec: Step, step: StepRun, told: StepScript
    ) -> Iterator[cmd.Command]:
        by, name = step.executor, step.step
        yield from self._interruptions(view.run, step, told)
        for scan in spec.scans:
            if scan.id not in step.scans:
                label = self._attempt(step, scan.id, told.labels.get(scan.id, ()))
                yield cmd.ScanLabel(name, by, scan.id, label or self._label(scan, view.run))
        for photo in spec.photos:
            taken = len(step.photos.get(photo.id, ()))
            if taken < photo.count:
                yield self._photograph(step, photo.id, taken)
        for value in spec.values:
            if not self._is_recorded(value, step, view.run):
                given = self._attempt(step, value.id, told.values.get(value.id, ()))
                number = self._number(value, view.run) if given is None else given
                yield cmd.Record(name, by, value.id, number)
        for item in spec.items:
            if item.id not in step.items:
                yield cmd.ConfirmItem(name, by, item.id)
        if spec.ask and not step.answer:
            yield cmd.Choose(name, by, told.answer or spec.ask.answers[0].id)
        yield from self._signing(view, spec, step, told)

    def _interruptions(self, run: Run, step: StepRun, told: StepScript) -> Iterator[cmd.Command]:
        by = step.executor
        if told.note and self._once(step, "note"):
            yield cmd.Note(by, told.note)
        if told.rush and self._once(step, "rush"):
            yield cmd.Complete(step.step, by)
        if told.suspend and self._once(step, "suspend"):
            yield cmd.Suspend(by, told.suspend)
        if told.fail and step.visit == 1:
            yield cmd.FailStep(step.step, by, told.fail)
        if told.abort and run.phase_holds:
            yield cmd.Abort(by, told.abort)

    def _signing(
        self, view: RunView, spec: Step, step: StepRun, told: StepScript
    ) -> Iterator[cmd.Command]:
        second = spec.sign.second
        who = self._second(spec, told)
        if second and second.mode == "concurrent" and who not in step.seconds:
            yield cmd.SignSecond(step.step, who, self._script.language, spec.hazards)
        override = self._override(view, step, told)
        if override:
            yield override
        for about, finding in told.deviations.items():
            if about not in step.deviations and about not in view.run.clocks_excused:
                yield cmd.Deviate(step.executor, about, finding, "use_as_is")
        if not view.standing.needs:
            yield cmd.Complete(step.step, step.executor)

    def _override(self, view: RunView, step: StepRun, told: StepScript) -> cmd.OverrideGate | None:
        for state in view.standing.gates:
            reason = told.overrides.get(state.gate.id)
            if reason and not state.passes and state.gate.override:
                by = self._role(state.gate.override.role)
                return cmd.OverrideGate(step.step, by, state.gate.id, reason)
        return None

    def _release(self, view: RunView, step: StepRun) -> cmd.Command | None:
        broken = [one.invariant.id for one in view.standing.invariants if not one.is_kept]
        if any(name in broken for name in step.held):
            return None
        return cmd.Release(step.step, self._role("supervisor"), "It is as it must be again")

    # ---- helpers ----

    def _act(self, name: str, visit: int) -> None:
        if (name, visit) not in self._acted:
            self._acted.add((name, visit))
            for act in self._script.step(name).world:
                self._world(act)

    def _once(self, step: StepRun, what: str) -> bool:
        key = (step.step, step.visit, what)
        is_first = key not in self._said
        self._said.add(key)
        return is_first

    def _attempt(self, step: StepRun, what: str, given: tuple[T, ...]) -> T | None:
        """Return the next of what the script gives, its last one again; None where it is silent."""
        key = (step.step, step.visit, what)
        number = self._tried.get(key, 0)
        self._tried[key] = number + 1
        return given[min(number, len(given) - 1)] if given else None

    def _is_recorded(self, value: Measured, step: StepRun, run: Run) -> bool:
        typed = step.values.get(value.id)
        if typed is None:
            return False
        is_right = not value.equals or run.values.get(value.equals) == typed.number
        return (value.inside(typed.number) or value.outside != "refuse") and is_right

    def _role(self, role: str) -> str:
        return str(getattr(self._script.people, role))

    def _second(self, spec: Step, told: StepScript) -> str:
        return told.second or self._role(spec.sign.second.role if spec.sign.second else "verifier")

    def _label(self, scan: Scan, run: Run) -> str:
        if scan.must_be:
            return next(iter(run.subjects.get(scan.must_be, ())), scan.id)
        if scan.same_as:
            return run.scans.get(scan.same_as, scan.id)
        return f"LABEL-{scan.id}"

    def _number(self, value: Measured, run: Run) -> float:
        if value.equals:
            return run.values.get(value.equals, 0.0)
        ends = [end for end in (value.low, value.high) if end is not None]
        middle = sum(ends) / len(ends) if ends else 1.0
        return float(round(middle)) if value.decimals == 0 else middle

    def _photograph(self, step: StepRun, photo: str, number: int) -> cmd.TakePhoto:
        """Return a picture of one pixel; of several each has another colour."""
        content = _pixel(number)
        name, by = step.step, step.executor
        if self._photos is None:
            digest = hashlib.sha256(content).hexdigest()
            return cmd.TakePhoto(name, by, photo, digest, "image/png", len(content))
        return photo_command(name, by, photo, self._photos.put(content))


def photo_command(step: str, by: str, photo: str, kept: StoredPhoto) -> cmd.TakePhoto:
    """Return the command that attaches a photo which is kept."""
    return cmd.TakePhoto(
        step,
        by,
        photo,
        kept.sha256,
        kept.media_type,
        kept.size,
        kept.width_px,
        kept.height_px,
        kept.metadata,
        kept.original,
    )


def _pixel(number: int) -> bytes:
    """Return a PNG of one pixel."""
    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    line = zlib.compress(bytes([0, number % 256, 90, 160]))
    chunks = ((b"IHDR", head), (b"IDAT", line), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
