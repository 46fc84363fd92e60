"""One thing that a GPU calls for, and how it is said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from console.text import tr
from console.vocabulary import translated_name
from drivers.gpu.actions import Action, Extraction, action


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, why it is said, what to do.

    ``severity`` 1 now, 2 today, 3 this week, 4 for the record. ``title`` and ``why`` are English
    with ``{name}`` places that ``values`` fills. ``action`` is an id of ``actions.toml``, ``xid``
    the code where the finding comes from one, ``source`` where the rule comes from.
    """

    id: str
    severity: int
    title: str
    why: str
    action: str
    extraction: Extraction
    source: str
    xid: int | None = None
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def todo(self) -> Action:
        """What a technician does about it."""
        return action(self.action)

    def title_text(self) -> str:
        """The title in the language in use."""
        title = tr(self.title, **self.values) if self.values else translated_name(self.title)
        return title if self.xid is None else f"Xid {self.xid}: {title}"

    def why_text(self) -> str:
        """The reason in the language in use."""
        return tr(self.why, **self.values)


def number_text(value: float) -> str:
    """Return a count or rate for a sentence: ``20,000,000``, ``0.4``."""
    return f"{value:,.0f}" if float(value).is_integer() or abs(value) >= 100 else f"{value:.3g}"
