"""Alarms that no sample can tell: a device that does not answer, a GPU that is gone or hangs.

They follow the clock, not samples: nothing is sampled any more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from console.alarms.plan import Planned
from drivers.points import Reason, Snapshot, Stamp

LinkWord = Literal["", "lost", "silent"]
"""How a link is: it answers, it is lost, or (a GPU) silent while its host answers."""
_WORD_OF_REASON: dict[Reason, LinkWord] = {
    Reason.DEVICE_LOST: "lost",
    Reason.NO_COMMS: "silent",
}


@dataclass(slots=True)
class Link:
    """One alarm of one link: since when it differs from what is raised."""

    planned: Planned
    raised: bool = False
    since_s: float | None = None

    def told(self, word: LinkWord, now: Stamp) -> bool | None:
        """Take how the link is; returns whether that raises (True) or clears (False) it now."""
        spec = self.planned.spec
        holds = word == spec.link
        if holds == self.raised:
            self.since_s = None
            return None
        if self.since_s is None:
            self.since_s = now.mono_s
        delay_s = (spec.on_delay_s or 0.0) if holds else spec.off_delay_s
        if now.mono_s - self.since_s < delay_s:
            return None
        self.raised, self.since_s = holds, None
        return holds


class Links:
    """The links of every device and GPU, and the alarms that their loss makes."""

    def __init__(self) -> None:
        self._words: dict[str, LinkWord] = {}
        self._message: dict[str, str] = {}
        self._links: dict[str, Sequence[Link]] = {}

    def add(self, subject: str, planned: Sequence[Planned]) -> None:
        """Make a subject known with the alarms of its loss."""
        self._links[subject] = [Link(one) for one in planned]

    def resume(self, subject: str, alarm: str) -> None:
        """Take up an alarm that was raised before a restart, until the link answers."""
        for link in self._links.get(subject, ()):
            if link.planned.key.alarm == alarm:
                link.raised = True
                self._words.setdefault(subject, link.planned.spec.link or "")

    def set(self, subject: str, word: LinkWord, message: str = "") -> None:
        """Note how a link is."""
        self._words[subject] = word
        self._message[subject] = message

    def word(self, subject: str) -> LinkWord:
        """Return how a link is; one that is not known answers."""
        return self._words.get(subject, "")

    def changes(self, now: Stamp) -> Iterator[tuple[Planned, bool, str]]:
        """Yield ``(alarm, raised, message)`` of every alarm that the clock makes due."""
        for subject, word in list(self._words.items()):
            for link in self._links.get(subject, ()):
                raised = link.told(word, now)
                if raised is not None:
                    yield link.planned, raised, self._message.get(subject, "")


def link_of(snapshot: Snapshot) -> LinkWord:
    """Return how a GPU's link is: lost or silent where one such reason is all that is known."""
    if not len(snapshot.reasons):
        return ""
    word = _WORD_OF_REASON.get(Reason(int(snapshot.reasons[0])), "")
    return word if word and bool(np.all(snapshot.reasons == snapshot.reasons[0])) else ""
