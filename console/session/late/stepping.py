"""One step of a filled form as the commands that the screen would have asked, in that order."""

from __future__ import annotations

import math
from collections.abc import Iterator

from console.session.late.faults import CopyError, fault
from console.session.late.times import Written, read_time
from console.session.late.trial import Trial
from console.session.late.written import (
    LateForm,
    Names,
    WrittenDeviation,
    WrittenStep,
    person_of,
)
from console.text import tr
from procedures.engine import commands as cmd
from procedures.engine.evaluate import State, evaluate
from procedures.engine.needs import is_ticked
from procedures.engine.people import same
from procedures.engine.state import Run, StepRun, StepStatus
from procedures.spec import Procedure, Step
from procedures.spec_parts import Gate, Invariant

_SECOND_US = 1_000_000


def copy_step(
    trial: Trial, form: LateForm, names: Names, written: WrittenStep, now_us: int
) -> None:
    """Try a step; raises CopyError saying what is wrong at which box."""
    _Copying(trial, form, names, written, now_us).run()


class _Copying:
    """One step, from its hold point to its second signature."""

    def __init__(
        self, trial: Trial, form: LateForm, names: Names, written: WrittenStep, now_us: int
    ) -> None:
        self._trial = trial
        self._form = form
        self._names = names
        self._written = written
        self._now_us = now_us

    # ---- the step ----

    def run(self) -> None:
        self._be_at()
        # Who and when is read first: nothing of a step counts for which nobody answers.
        self._by = self._who("initials")
        self._done = self._time("done")
        if self._written.text("skip") and self._now.status is StepStatus.READY:
            self._skip()
            return
        if self._now.status is StepStatus.READY:
            self._release_hold()
            self._start()
        if self._now.status is StepStatus.OPEN:
            self._work()
        if self._is_here and self._now.status is StepStatus.PERFORMED:
            self._second()

    def _work(self) -> None:
        """Enter what was recorded while it was open, and sign."""
        self._witness()
        self._trial.pass_to(self._done.utc_us)
        self._let_go()
        self._record()
        if self._written.text("fail"):
            self._ask(cmd.FailStep(self._id, self._by, self._written.text("fail")), "fail")
            return
        if self._written.text("skip"):
            self._skip()
            return
        self._deviate()
        self._paper_only()
        unproven = self._written.text("unproven")
        self._reach(cmd.Complete(self._id, self._by, unproven), self._done.last_us, "done")

    # ---- before it is open ----

    def _be_at(self) -> None:
        run = self._run
        if run.current is None:
            raise fault("", tr("Every step has been entered."))
        wanted = self._written.step
        if run.current.step != wanted:
            by = self._who("initials")
            self._trial.ask(cmd.ChooseStep(wanted, by), "")

    def _release_hold(self) -> None:
        if self._spec.hold is None or self._now.hold_released_by:
            return
        at = self._time("hold/time")
        self._trial.pass_to(at.utc_us)
        self._ask(cmd.ReleaseHold(self._id, self._who("hold/name")), "hold/name")

    def _start(self) -> None:
        """Start it when its clock was started; else as soon as it was allowed before its end."""
        began = self._began()
        last_us = began.last_us if began else self._done.last_us
        if began:
            self._trial.pass_to(began.utc_us)
        command = cmd.Start(self._id, self._by, self._language(), tuple(self._spec.hazards))
        self._override(self._spec.before)
        self._reach(command, max(last_us, self._trial.now_us), "start")

    def _began(self) -> Written | None:
        for box in self._start_boxes():
            if self._written.text(box):
                return self._time(box)
        return None

    def _start_boxes(self) -> Iterator[str]:
        yield "begun"
        timer = self._spec.timer
        if timer is not None and timer.since is None:
            yield "timer/from"
        for clock in self._procedure.clocks:
            if clock.from_step == self._id:
                yield f"clock/{clock.id}/from"

    # ---- while it is open ----

    def _witness(self) -> None:
        """Enter the signature of who watched: theirs comes before that of who did it."""
        second = self._spec.sign.second
        is_watched = second is not None and second.mode == "concurrent"
        if not is_watched or not self._written.text("second/initials"):
            return
        at = self._time("second/time")
        if at.utc_us > self._done.last_us:
            told = tr("Who watches signs before the step is done, not after it.")
            raise fault("second/time", told)
        who, hazards = self._who("second/initials"), tuple(self._spec.hazards)
        if any(same(who, one) for one in self._now.seconds):
            return  # recorded before the console was interrupted
        self._trial.pass_to(min(at.utc_us, self._done.last_us))
        self._let_go()
        command = cmd.SignSecond(self._id, who, self._language(), hazards)
        self._ask(command, "second/initials")

    def _record(self) -> None:
        step, by, spec = self._id, self._by, self._spec
        for item in spec.items:
            if self._written.text(f"item/{item.id}"):
                self._ask(cmd.ConfirmItem(step, by, item.id), f"item/{item.id}")
        for scan in spec.scans:
            label = self._written.text(f"scan/{scan.id}")
            if label:
                self._ask(cmd.ScanLabel(step, by, scan.id, label), f"scan/{scan.id}")
        for photo in spec.photos:
            for kept in self._written.photos.get(photo.id, ()):
                command = cmd.TakePhoto(
                    step,
                    by,
                    photo.id,
                    kept.sha256,
                    kept.media_type,
                    kept.size,
                    kept.width_px,
                    kept.height_px,
                    kept.metadata,
                    kept.original,
                )
                self._ask(command, f"photo/{photo.id}")
        for value in spec.values:
            text = self._written.text(f"value/{value.id}")
            if text:
                number = _number(text, f"value/{value.id}")
                self._ask(cmd.Record(step, by, value.id, number), f"value/{value.id}")
        self._answer()

    def _answer(self) -> None:
        answers = self._spec.ask.answers if self._spec.ask else ()
        ticked = [one.id for one in answers if self._written.text(f"answer/{one.id}")]
        if len(ticked) > 1:
            raise fault(f"answer/{ticked[1]}", tr("Two answers are ticked; only one can be."))
        for name in ticked:
            self._ask(cmd.Choose(self._id, self._by, name), f"answer/{name}")

    def _let_go(self) -> None:
        """Enter who let the step go on where telemetry or its timer held it."""
        held = self._now.held
        if not held:
            return
        for line in self._written.deviations:
            if line.about in held and line.agreed.strip():
                who = self._agreed(line)
                self._ask(cmd.Release(self._id, who, line.finding), "deviation/agreed")
                return
        told = tr(
            "The step was held by {what}: write under Deviations why it went on, and who agreed.",
            what=", ".join(held),
        )
        raise fault("deviation", told)

    def _deviate(self) -> None:
        gates = {gate.id for gate in self._spec.gates}
        for line in self._written.deviations:
            if line.about not in gates:
                by = self._name(line.by or self._by, "deviation/by")
                command = cmd.Deviate(by, line.about, line.finding, line.disposition)
                self._ask(command, "deviation/what")
        self._override(self._spec.verify)

    def _override(self, gates: tuple[Gate, ...]) -> None:
        """Enter who let a gate pass, where its author allows that."""
        for gate in gates:
            line = self._line(gate.id)
            if (
                line
                and line.agreed.strip()
                and gate.override
                and gate.id not in self._now.overridden
            ):
                who = self._agreed(line)
                command = cmd.OverrideGate(self._id, who, gate.id, line.finding)
                try:
                    self._trial.ask(command, "deviation/agreed")
                except CopyError as refusal:
                    if any(getattr(one.why, "code", "") == "gate_met" for one in refusal.faults):
                        continue  # recorded as met: nobody needed to let it pass
                    raise

    def _paper_only(self) -> None:
        """Refuse boxes that only paper has and that stayed empty without a word about it."""
        boxes = {f"lock/{lock.id}": lock.id for lock in self._spec.locks}
        if self._spec.expect:
            boxes["expect"] = "expect"
        for box, about in boxes.items():
            if not self._written.text(box) and self._line(about) is None:
                told = tr(
                    "The box is empty: fill it, or write a deviation about {about}.", about=about
                )
                raise fault(box, told)

    # ---- afterwards ----

    def _second(self) -> None:
        at = self._time("second/time")
        self._trial.pass_to(at.utc_us)
        who = self._who("second/initials")
        self._reach(cmd.SignSecond(self._id, who, self._language()), at.last_us, "second/initials")

    def _skip(self) -> None:
        text, second = self._written.text, ""
        if text("skip/second"):
            second = self._who("skip/second")
        self._trial.pass_to(self._done.utc_us)
        command = cmd.SkipStep(self._id, self._by, text("skip"), text("skip/text"), second)
        self._ask(command, "skip")

    # ---- what no telemetry tells ----

    def _reach(self, command: cmd.Command, last_us: int, box: str) -> None:
        """Ask it as soon as telemetry allows; what telemetry does not know, the boxes tell."""
        back = self._trial.restored()
        try:
            self._trial.reach(command, last_us, box)
        except CopyError:
            back()
            self._attest()
            self._trial.reach(command, last_us, box)

    def _attest(self) -> None:
        spec, now = self._spec, self._now
        gates = spec.before if now.status is StepStatus.READY else spec.verify
        for gate in gates:
            self._attest_gate(gate)
        for part in self._procedure.invariants_of(self._id):
            if self._state(part) is State.UNKNOWN and part.id not in now.unproven:
                line = self._line(part.id)
                why = (
                    line.finding
                    if line
                    else tr("Nothing was recorded, and paper has no box for it.")
                )
                self._ask(cmd.LeaveUnproven(self._id, self._by, part.id, why), "")

    def _attest_gate(self, gate: Gate) -> None:
        state, box = self._state(gate), f"gate/{gate.id}"
        by_hand = state is State.NOT_FITTED and gate.not_fitted == "by_hand"
        if state is not State.UNKNOWN and not by_hand:
            return
        now = self._now
        if gate.id in now.by_hand or gate.id in now.unproven or gate.id in now.overridden:
            return
        text, line = self._written.text(box), self._line(gate.id)
        if text:
            number = 1.0 if is_ticked(gate) else _number(text, box)
            self._ask(cmd.ByHand(self._id, self._by, gate.id, number), box)
        elif line is not None and state is State.UNKNOWN:
            self._ask(cmd.LeaveUnproven(self._id, self._by, gate.id, line.finding), box)
        elif self._is_reckoned(gate):
            why = tr("Only the console reckons it, and no console was there.")
            self._ask(cmd.LeaveUnproven(self._id, self._by, gate.id, why), box)
        elif gate.not_fitted == "skip":
            why = tr("It counts only where it is fitted; nothing is written.")
            self._ask(cmd.LeaveUnproven(self._id, self._by, gate.id, why), box)
        else:
            told = tr(
                "Nothing is written and nothing was recorded: write a deviation about {about}.",
                about=gate.id,
            )
            raise fault(box, told)

    def _is_reckoned(self, gate: Gate) -> bool:
        subjects = self._procedure.subjects
        return any(subjects[one.subject].kind == "work" for one in gate.parsed.either)

    def _state(self, part: Gate | Invariant) -> State:
        context = self._trial.context().bound_to(self._run, self._procedure)
        return evaluate(part.parsed, context.readings, context.now, part.max_age_s).state

    # ---- small things ----

    @property
    def _run(self) -> Run:
        if self._trial.run is None:
            raise fault("", tr("Enter the first pages first."))
        return self._trial.run

    @property
    def _now(self) -> StepRun:
        step = self._run.current
        if step is None:
            raise fault("", tr("Every step has been entered."))
        return step

    @property
    def _is_here(self) -> bool:
        return self._run.current is not None and self._run.current.step == self._id

    @property
    def _id(self) -> str:
        return self._written.step

    @property
    def _procedure(self) -> Procedure:
        return self._form.revision.procedure

    @property
    def _spec(self) -> Step:
        return self._procedure.steps[self._id]

    def _language(self) -> str:
        known = self._procedure.languages
        return self._form.language if self._form.language in known else "en"

    def _line(self, about: str) -> WrittenDeviation | None:
        lines = self._written.deviations
        return next((line for line in lines if line.about == about and line.finding.strip()), None)

    def _agreed(self, line: WrittenDeviation) -> str:
        return self._name(line.agreed, "deviation/agreed")

    def _who(self, box: str) -> str:
        return self._name(self._written.text(box), box)

    def _name(self, text: str, box: str) -> str:
        return person_of(self._names, text, box)

    def _time(self, box: str) -> Written:
        text = self._written.text(box)
        if not text:
            raise fault(box, tr("No time is written."))
        return read_time(text, box, after_us=self._trial.now_us, now_us=self._now_us)

    def _ask(self, command: cmd.Command, box: str) -> None:
        self._trial.ask(command, box)


def _number(text: str, box: str) -> float:
    try:
        number = float(text.strip().replace(",", ".").replace("\N{MINUS SIGN}", "-"))
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise fault(box, tr("{text} is not a number.", text=text.strip()[:40]))
    return number
