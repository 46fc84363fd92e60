"""What people (and the console itself) ask of a run. ``by`` is the id of who signed the request.

Every command that is about a step names it: a request made for a step that has gone by meanwhile is
refused instead of being taken for the next one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Disposition = Literal["repair", "replace", "defer", "use_as_is", "no_fault_found"]
RevisionStatus = Literal["draft", "review", "approved", "superseded"]


@dataclass(frozen=True, slots=True)
class Asset:
    """What is to be worked on, for the question whether the procedure is for it.

    ``kind`` is ``tank``, ``server`` …; ``tank`` the id of its register map; of an air-cooled rack
    ``cooling`` is ``air``.
    """

    id: str
    kind: str
    cooling: str
    tank: str = ""
    fluid: str = ""
    gpu_models: tuple[str, ...] = ()
    is_rack: bool = False


@dataclass(frozen=True, slots=True)
class Begin:
    """Begin a run. ``tools`` maps a tool brought to when its calibration ends (UTC us, or None)."""

    run: str
    by: str
    asset: Asset
    status: RevisionStatus
    subjects: Mapping[str, tuple[str, ...]]
    crew: tuple[str, ...]
    language: str
    tools: Mapping[str, int | None] = field(default_factory=dict)
    spares: Mapping[str, str] = field(default_factory=dict)
    training: bool = False


@dataclass(frozen=True, slots=True)
class Reopen:
    """Go on after the console was started again; the console asks this itself."""


@dataclass(frozen=True, slots=True)
class ChooseStep:
    """Do another step of the phase first, where its author left the order free."""

    step: str
    by: str


@dataclass(frozen=True, slots=True)
class ReleaseHold:
    """Release the hold point of a step that is not started."""

    step: str
    by: str


@dataclass(frozen=True, slots=True)
class Start:
    """Start a step, having read and understood the hazards named."""

    step: str
    by: str
    language: str
    acknowledged: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OverrideGate:
    """Let a gate pass that is not met; the author must have allowed it."""

    step: str
    by: str
    gate: str
    reason: str


@dataclass(frozen=True, slots=True)
class ByHand:
    """Give what was measured by hand for a gate whose point the equipment does not have."""

    step: str
    by: str
    gate: str
    number: float


@dataclass(frozen=True, slots=True)
class LeaveUnproven:
    """Say that nothing tells whether a gate or an invariant was met; only of a late entry."""

    step: str
    by: str
    about: str
    reason: str


@dataclass(frozen=True, slots=True)
class Record:
    """Record a measured value, in the unit of the procedure."""

    step: str
    by: str
    value: str
    number: float


@dataclass(frozen=True, slots=True)
class TakePhoto:
    """Attach a picture by the SHA-256 of its content; the caller has looked that it is one.

    ``size`` in bytes; ``metadata`` says what was done to it (none, kept, removed), ``original`` is
    the SHA-256 of the file as it was given.
    """

    step: str
    by: str
    photo: str
    sha256: str
    media_type: str = "image/jpeg"
    size: int = 0
    width_px: int = 0
    height_px: int = 0
    metadata: str = ""
    original: str = ""


@dataclass(frozen=True, slots=True)
class ScanLabel:
    """Give what a label reads."""

    step: str
    by: str
    scan: str
    label: str


@dataclass(frozen=True, slots=True)
class ConfirmItem:
    """Confirm one line of a list."""

    step: str
    by: str
    item: str


@dataclass(frozen=True, slots=True)
class Choose:
    """Answer the question of a step."""

    step: str
    by: str
    answer: str


@dataclass(frozen=True, slots=True)
class SignSecond:
    """Sign as the second person: while it is being done, or after, as the step says.

    Who watches it being done has acknowledged the hazards too.
    """

    step: str
    by: str
    language: str
    acknowledged: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Complete:
    """Sign that a step is done. ``unproven``: why a make-safe step is left without its proof."""

    step: str
    by: str
    unproven: str = ""


@dataclass(frozen=True, slots=True)
class Reject:
    """Refuse the second signature: the step is open again."""

    step: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class FailStep:
    """Say that a step did not succeed, and take the way that its author gave for that."""

    step: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class SkipStep:
    """Leave a step out, for one of its author's reasons."""

    step: str
    by: str
    reason: str
    text: str
    second: str = ""


@dataclass(frozen=True, slots=True)
class Release:
    """Let a held step go on."""

    step: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Note:
    """Write something down; possible as long as the work is not over."""

    by: str
    text: str


@dataclass(frozen=True, slots=True)
class Deviate:
    """Report what is not as the procedure says, and what is done about it.

    ``about`` names a value, ``timer``, a clock, or anything else in a word.
    """

    by: str
    about: str
    finding: str
    disposition: Disposition


@dataclass(frozen=True, slots=True)
class Suspend:
    """Hand the work over: how it stands, what must not be done, what is isolated and locked."""

    by: str
    state: str
    prohibitions: str = ""
    isolations: str = ""


@dataclass(frozen=True, slots=True)
class TakeOver:
    """Take suspended work over, having read the note."""

    by: str
    language: str


@dataclass(frozen=True, slots=True)
class Abort:
    """Stop, and go the way to a safe state."""

    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Close:
    """Close work of which every step is done: finished, or made safe."""

    by: str


Command: TypeAlias = (
    Begin
    | Reopen
    | ChooseStep
    | ReleaseHold
    | Start
    | OverrideGate
    | ByHand
    | LeaveUnproven
    | Record
    | TakePhoto
    | ScanLabel
    | ConfirmItem
    | Choose
    | SignSecond
    | Complete
    | Reject
    | FailStep
    | SkipStep
    | Release
    | Note
    | Deviate
    | Suspend
    | TakeOver
    | Abort
    | Close
)
StepCommand: TypeAlias = (
    ReleaseHold
    | Start
    | OverrideGate
    | ByHand
    | LeaveUnproven
    | Record
    | TakePhoto
    | ScanLabel
    | ConfirmItem
    | Choose
    | SignSecond
    | Complete
    | Reject
    | FailStep
    | SkipStep
    | Release
)
