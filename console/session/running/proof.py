"""How it was proven who acts, and of what: the member ``signed`` of an event's body."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace

from console.history.events import JSON
from console.work.people.signature import shown_hash
from procedures.engine import commands as cmd
from procedures.engine.events import WorkEvent
from procedures.engine.state import Run
from procedures.revision import Revision


@dataclass(frozen=True, slots=True)
class Proof:
    """How it was proven that a command comes from who it names, and when (UTC microseconds).

    ``signed_in``: the person signed in at this console lately; ``pin``: gave the PIN for this act;
    ``nobody``: not proven, which only the way to safety takes.
    """

    how: str
    utc_us: int


def signed(
    event: WorkEvent,
    run: Run | None,
    revision: Revision,
    command: cmd.Command,
    proof: Proof | None,
) -> WorkEvent:
    """Return an event that says how its author was proven and the hash of what they were shown."""
    if proof is None:
        return event
    step = run.current if run else None
    shown: dict[str, JSON] = {
        "revision": revision.digest,
        "run": str(event.body["run"]),
        "step": step.step if step else None,
        "visit": step.visit if step else None,
        "values": {name: typed.number for name, typed in step.values.items()} if step else {},
        "answer": step.answer if step else "",
        "meaning": type(command).__name__,
        "asked": asdict(command),
    }
    told: dict[str, JSON] = {
        "how": proof.how,
        "utc_us": proof.utc_us,
        "meaning": type(command).__name__,
    }
    return replace(event, body={**event.body, "signed": {**told, "shown": shown_hash(shown)}})
