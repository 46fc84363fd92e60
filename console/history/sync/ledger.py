"""Taking in batches: one code, whether what takes them is a laptop's log or the central one.

A batch is taken whole or not at all. What is there already is compared and not written again; what
contradicts it (a cloned machine, a forged log) goes to quarantine as it came and is shown, and
nothing of its batch is taken in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from console.history.events import Event, Head
from console.history.sync.batch import Batch, BatchError
from console.history.trust.export_file import event_line
from console.history.trust.keys import SignedHead, fingerprint
from console.text import tr


class ForkError(BatchError):
    """A batch that contradicts what is here: kept in quarantine, not taken in."""


@dataclass(frozen=True, slots=True)
class Enrolled:
    """A laptop whose log is taken in: its key and what people call it."""

    device_id: str
    public_key: str
    name: str


class Source(Protocol):
    """Where events of many laptops are kept, to be read. Methods may raise the store's own error.

    ``own`` is the chain that is written here, which nobody else may add to; empty in a central log.
    """

    @property
    def own(self) -> str:
        """The device id of the laptop itself."""

    def ends(self) -> Mapping[str, SignedHead]:
        """Return the newest signed head of every chain, by device."""

    def head(self, device_id: str) -> Head:
        """Return the end of a chain; sequence 0 where there is nothing of it."""

    def hashes(self, device_id: str, first: int, last: int) -> Mapping[int, str]:
        """Return the hashes of events that are here, by number."""

    def devices(self) -> Mapping[str, Enrolled]:
        """Return whose logs are taken in."""

    def events(self, device_id: str, after: int, until: int) -> Sequence[Event]:
        """Return events of a chain, ``after < number <= until``, in order."""

    def signed_heads(self, device_id: str) -> Sequence[SignedHead]:
        """Return the signed heads of a chain that are kept, oldest first."""


class Ledger(Source, Protocol):
    """The same, taking events in."""

    def transaction(self) -> AbstractContextManager[object]:
        """Do what is in the block whole or not at all, one taker at a time."""

    def append(self, events: Sequence[Event], end: SignedHead) -> None:
        """Add events that follow the chain's head, and the signature of the last."""

    def quarantine(self, events: Iterable[Event], source: str, utc_us: int) -> None:
        """Keep events that contradict others, as lines."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a batch brought: whose, how many events were new, how many were here already."""

    device_id: str
    new: int
    known: int


def take(ledger: Ledger, batch: Batch, source: str, utc_us: int) -> Taken:
    """Take a batch in; ``source`` says where it comes from.

    Raises BatchError where it is refused, ForkError where it contradicts what is here.
    """
    if not batch.end.is_genuine:  # whoever carried it: a central log vouches for nothing
        raise BatchError(
            tr(
                "The batch is refused: event {number}: {why}",
                number=batch.end.head.sequence,
                why=tr("the signature of the batch is forged"),
            )
        )
    with ledger.transaction():
        _refuse_stranger(ledger, batch)
        forked = _forked(ledger, batch)
        if not forked:
            return _append(ledger, batch)
    with ledger.transaction():
        ledger.quarantine(forked, source, utc_us)
    raise ForkError(
        tr(
            "Two different events of {device} have the number {number}: the machine was cloned or "
            "its log forged. The batch is kept in quarantine and not taken in.",
            device=batch.device_id,
            number=forked[0].sequence,
        )
    )


def _append(ledger: Ledger, batch: Batch) -> Taken:
    head = ledger.head(batch.device_id)
    if batch.before.sequence > head.sequence:
        raise BatchError(
            tr(
                "Events {first} to {last} of {device} are missing before this batch; bring them "
                "first.",
                first=head.sequence + 1,
                last=batch.before.sequence,
                device=batch.device_id,
            )
        )
    new = [event for event in batch.events if event.sequence > head.sequence]
    if new and batch.device_id == ledger.own:
        raise BatchError(
            tr(
                "This laptop's own log goes on elsewhere, to event {number}, and ends here at "
                "{end}: its end was lost here or the machine was cloned.",
                number=batch.end.head.sequence,
                end=head.sequence,
            )
        )
    if new:
        ledger.append(new, batch.end)
    return Taken(batch.device_id, len(new), len(batch.events) - len(new))


def _forked(ledger: Ledger, batch: Batch) -> list[Event]:
    """Return the events of a batch from the first that contradicts what is here."""
    first, last = batch.before.sequence, batch.end.head.sequence
    here = ledger.hashes(batch.device_id, first, last)
    if first in here and here[first] != batch.before.hash:
        return list(batch.events)
    for number, event in enumerate(batch.events):
        if here.get(event.sequence, event.hash) != event.hash:
            return list(batch.events[number:])
    return []


def _refuse_stranger(ledger: Ledger, batch: Batch) -> None:
    key = batch.end.public_key
    if batch.device_id == ledger.own:
        if key not in own_keys(ledger):
            raise BatchError(foreign_key(key))
        return
    enrolled = ledger.devices().get(batch.device_id)
    if enrolled is None:
        raise BatchError(
            tr(
                "The laptop {device} (key {key}) is not known here; enrol it first.",
                device=batch.device_id,
                key=fingerprint(key),
            )
        )
    if enrolled.public_key != key:
        raise BatchError(
            tr(
                "The batch of {name} is signed with the key {key}, not with the one enrolled "
                "({known}).",
                name=enrolled.name,
                key=fingerprint(key),
                known=fingerprint(enrolled.public_key),
            )
        )


def own_keys(source: Source) -> set[str]:
    """Return the keys that have signed this laptop's own log."""
    return {one.public_key for one in source.signed_heads(source.own)}


def foreign_key(key: str) -> str:
    """Return what is said of somebody who tells of this laptop's log with a key of his own."""
    return tr(
        "It is said to be of this laptop's own log, and is signed with the key {key}, which never "
        "signed it.",
        key=fingerprint(key),
    )


def cannot_be_added(events: Sequence[Event], why: object) -> str:
    """Return what is said of events that a store refuses, such as an id that is there already."""
    return tr(
        "Events {first} to {last} of {device} cannot be added: {why}",
        first=events[0].sequence,
        last=events[-1].sequence,
        device=events[0].device_id,
        why=why,
    )


def lines_of(events: Iterable[Event]) -> list[str]:
    """Return events as they are kept in quarantine."""
    return [event_line(event) for event in events]
