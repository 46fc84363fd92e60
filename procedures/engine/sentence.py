"""Sentences for people: an English pattern and its values, so that a screen may translate it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Sentence:
    """Why something is refused or not met. ``code`` names the rule, ``pattern`` is English."""

    code: str
    pattern: str
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.pattern.format(**self.values) if self.values else self.pattern


PATTERNS = {
    "absent": "{part} has no point {point}",
    "not_read": "{point} has not been read",
    "bad": "{part} {point}: {reason}",
    "old": "{part} {point} is {age} s old; at most {limit} s",
    "future": "{part} {point} is from the future; the clocks disagree",
    "unit": "{part} {point} is in {unit}, which is not {wanted}",
    "limit": "{part} {point} is {value}; it must be {limit}",
    "steady": "met for {have} s; it must be {need} s",
    "by_hand": "{point} is not fitted: measure it by hand and enter the value",
    "over": "The work is over",
    "reopen": "The console was started again: the work must be reopened first",
    "suspended": "The work is suspended; somebody must take it over first",
    "not_suspended": "The work is not suspended",
    "no_step": "There is no step left",
    "steps_left": "Step {step} is not done",
    "wrong_step": "Step {step} is not the one to do now; that is {current}",
    "not_started": "Step {step} has not been started",
    "started": "Step {step} has been started already",
    "held": "Step {step} is held: {why}",
    "not_held": "Step {step} is not held",
    "waits_second": "Step {step} waits for its second signature",
    "no_second": "Step {step} waits for no second signature",
    "stranger": "{person} is not on the roster",
    "not_crew": "{person} is not among the people of this work",
    "role": "{person} is not {role}",
    "qualification": "{person} lacks a valid {qualification}",
    "same_person": "{person} did this step; another person must sign",
    "signed_already": "{person} has signed already",
    "executor": "Step {step} was started by {executor}; only that person goes on",
    "hazards": "Hazards not acknowledged: {hazards}",
    "hold": "A hold point: {role} must release it",
    "no_hold": "Step {step} has no hold point to release",
    "min_time": "{left} s to go",
    "overrun": "Longer than {limit} s: write a deviation about {about}",
    "clock_doubt": "The time cannot be known after the restart: write a deviation about {about}",
    "value_missing": "Value {value} is missing",
    "value_outside": "Value {value} is {found}; it must be {limits}",
    "value_deviation": "Value {value} is outside its limits: write a deviation about it",
    "value_differs": "Value {value} is {found}; it must be {wanted} like {other}",
    "value_odd": "{found} is not a number",
    "instrument": "{tool} is out of calibration or was not brought",
    "photo_missing": "Photos of {photo}: {have} of {need}",
    "photo_odd": "That is not a picture with a hash of its content",
    "photo_large": "A picture of {size} bytes; at most {most}",
    "lock_owner": "Lock {lock} was hung by {owner}; nobody else removes it",
    "lock_none": "Lock {lock} does not hang",
    "scan_missing": "Label {scan} has not been scanned",
    "scan_wrong": "The label reads {found}; it must read {wanted}",
    "scan_form": "The label {found} does not have the form that is wanted",
    "item_missing": "Not confirmed: {items}",
    "no_answer": "The question is not answered",
    "unknown_name": "Step {step} has no {name}",
    "second_missing": "{role} must sign before the step is done",
    "goto_spent": "The way back to {step} has been taken {times} times",
    "no_fail": "Step {step} has no way on after a failure; abort, or put it right",
    "reason": "A reason must be given",
    "no_skip": "Step {step} may not be skipped",
    "skip_second": "{role}, another person, must agree to skip",
    "no_override": "{gate} cannot be overridden",
    "gate_met": "{gate} is met; nothing to override",
    "fitted": "{gate} is measured by the equipment itself",
    "not_late": "Only what is copied from paper may be left unproven",
    "known": "{about} is known; it is not left unproven",
    "unproven": "Not proven: {gates}; say why it is left so",
    "aborting": "The work is already on its way to safe",
    "draft": "Only an approved revision may be run; this is {state}",
    "subject": "{subject} is not bound to any equipment",
    "asset": "The procedure is not for {what}; it is for {allowed}",
    "people": "{count} {role} wanted, {have} there",
    "tool": "{tool} is missing",
    "calibration": "{tool} is out of calibration",
    "spare": "Spare {spare} is missing",
    "exclusive": "{subject} is in use by {run}",
    "open": "The work is open already",
    "begun": "The work has begun already",
    "not_begun": "The work has not begun",
    "language": "There is no text in {language}",
}
"""Every pattern by its code; each is a key of the catalogue of translations."""


def say(code: str, **values: object) -> Sentence:
    """Return the sentence of a code."""
    return Sentence(code, PATTERNS[code], values)
