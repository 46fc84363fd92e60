"""What a filled form says, as it was typed: the first pages, one step, a way back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from console.session.late.faults import fault
from console.text import tr
from console.work.photos import StoredPhoto
from procedures.engine.commands import Disposition
from procedures.engine.people import Person
from procedures.revision import Revision

TICK = "x"
"""What stands in a box that is ticked."""


@dataclass(frozen=True, slots=True)
class LateForm:
    """A printed form that is being copied. ``page_of`` tells the page of each step.

    ``superseded_us`` is when its revision was replaced after it was printed, 0 for not.
    """

    form: str
    revision: Revision
    language: str
    printed_us: int
    pages: int
    order: str = ""
    page_of: Mapping[str, int] = field(default_factory=dict)
    superseded_us: int = 0

    @property
    def run(self) -> str:
        """The id of the run that is made of it: one for each form, and none of the screen's."""
        return f"L-{self.form}"

    def page(self, step: str) -> int:
        """Return the page of a step; what is no step stands on the last."""
        return self.page_of.get(step, self.pages if not step else 1)


@dataclass(frozen=True, slots=True)
class Opening:
    """The first pages: when it was begun (with the date), by whom, with what.

    ``crew`` are names with their initials, the lead first; ``tools`` maps a tool that is ticked to
    the day its calibration ends (empty: not written); ``spares`` a spare to its serial numbers.
    """

    begun: str
    crew: Sequence[tuple[str, str]]
    tools: Mapping[str, str] = field(default_factory=dict)
    spares: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WrittenDeviation:
    """A line under Deviations: about which value, gate, clock or ``timer``; who, who agreed."""

    about: str
    finding: str
    by: str
    agreed: str = ""
    disposition: Disposition = "use_as_is"


@dataclass(frozen=True, slots=True)
class WrittenStep:
    """The boxes of one step by their ids without ``step/<step>/``; ticked ones hold ``x``.

    ``skip`` and ``fail`` hold the reason beside the tick: ``skip`` the id of the author's reason,
    ``skip/text`` the words, ``skip/second`` who agreed; ``fail`` the words. ``unproven`` is why a
    step on a way back is left without its proof.
    """

    step: str
    boxes: Mapping[str, str]
    photos: Mapping[str, Sequence[StoredPhoto]] = field(default_factory=dict)
    deviations: Sequence[WrittenDeviation] = ()

    def text(self, box: str) -> str:
        """Return what stands in a box, empty for nothing."""
        return self.boxes.get(box, "").strip()


@dataclass(frozen=True, slots=True)
class Names:
    """Who is meant by a name or by initials. ``roster`` is who is known by id."""

    roster: Mapping[str, Person]
    initials: Mapping[str, str] = field(default_factory=dict)

    def find(self, text: str) -> str:
        """Return the id of who is meant; empty where that is nobody, or not one person only."""
        wanted = _key(text)
        if not wanted:
            return ""
        exact = {one.id for one in self.roster.values() if wanted in {_key(one.id), _key(one.name)}}
        found = exact or {who for short, who in self.initials.items() if _key(short) == wanted}
        return found.pop() if len(found) == 1 else ""


def person_of(names: Names, text: str, box: str) -> str:
    """Return the id of who is meant; raises CopyError where that is not one person."""
    if not text.strip():
        raise fault(box, tr("No name or initials are written."))
    found = names.find(text)
    if not found:
        told = tr("{who} is nobody's name or initials on this form.", who=text.strip()[:60])
        raise fault(box, told)
    return found


def _key(text: str) -> str:
    return " ".join(text.casefold().replace(".", " ").split())
