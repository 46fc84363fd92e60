"""Carrying what one ledger has and another lacks, chain by chain, in batches; resumable anywhere.

Nothing remembers how far it came: each side is asked what it has, so a sync that was cut short goes
on where it stopped, and doing it twice does nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from console.history.events import Event
from console.history.sync.batch import MOST_EVENTS, Batch, BatchError, batch_of
from console.history.sync.ledger import Ledger, Source, Taken, take
from console.history.trust.export_file import WrongError
from console.history.trust.keys import SignedHead
from console.text import tr

Taker = Callable[[Batch], Taken]


@dataclass
class Carried:
    """What a sync did: events by device that are new on the other side, and what was refused."""

    new: dict[str, int] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)

    @property
    def events(self) -> int:
        """How many events are new there."""
        return sum(self.new.values())


def carry(source: Source, target: Source, site: str, taker: Taker) -> Carried:
    """Bring what ``target`` lacks, batch by batch, to ``taker``, which takes it in there.

    A chain that is refused is noted, and the others go on. Raises what the ledgers raise.
    """
    done = Carried()
    for device, end in sorted(source.ends().items()):
        try:
            for batch in batches(source, device, end, _common(source, target, end), site):
                taken = taker(batch)
                done.new[device] = done.new.get(device, 0) + taken.new
        except BatchError as refusal:
            done.refused[device] = str(refusal)
        except WrongError as wrong:  # what the source holds is not what was recorded
            done.refused[device] = tr(
                "The log of {device} is damaged here: {why}", device=device, why=wrong.why
            )
    return done


def taking(ledger: Ledger, name: str, clock_us: Callable[[], int]) -> Taker:
    """Return what takes batches into a ledger; ``name`` is how it calls where they come from."""
    return lambda batch: take(ledger, batch, name, clock_us())


def _common(source: Source, target: Source, end: SignedHead) -> int:
    """Return up to which event both have the same chain.

    Where they contradict each other it is the last signed head that both have, so that who takes
    the next batch sees the contradiction.
    """
    device = end.head.device_id
    both = min(target.head(device).sequence, end.head.sequence)
    if both == 0 or _same(source, target, device, both):
        return both
    heads = [one.head.sequence for one in source.signed_heads(device)]
    shared = (n for n in heads if n < both and _same(source, target, device, n))
    return max(shared, default=0)


def _same(one: Source, other: Source, device: str, number: int) -> bool:
    return one.hashes(device, number, number) == other.hashes(device, number, number)


def batches(source: Source, device: str, end: SignedHead, after: int, site: str) -> Iterator[Batch]:
    """Yield the batches of a chain beyond event ``after``, each up to a signed head.

    Raises BatchError for a chain without signatures.
    """
    heads = [one for one in source.signed_heads(device) if one.head.sequence <= end.head.sequence]
    while after < end.head.sequence:
        last = _next_end(heads, after)
        if last is None:
            raise BatchError(tr("The log of {device} is not signed from there on.", device=device))
        events = source.events(device, after, last.head.sequence)
        yield _checked(site, events, last)
        after = last.head.sequence


def _next_end(heads: list[SignedHead], after: int) -> SignedHead | None:
    """Return the farthest signed head within one batch, else the next one."""
    ahead = [one for one in heads if one.head.sequence > after]
    within = [one for one in ahead if one.head.sequence <= after + MOST_EVENTS]
    if within:
        return within[-1]
    return ahead[0] if ahead else None


def _checked(site: str, events: Sequence[Event], end: SignedHead) -> Batch:
    try:
        return batch_of(site, events, end)
    except (ValueError, IndexError, WrongError) as error:
        raise BatchError(
            tr("The log of {device} is damaged here: {why}", device=end.head.device_id, why=error)
        ) from None
