"""A stretch of one laptop's log on its way to another: lines that prove themselves.

First ``{"batch": …}`` says what follows, then the events as in an export, last a ``checkpoint`` of
the last event, signed by the laptop that wrote it. So a batch may travel by anybody's stick.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from console.history.events import JSON, NO_HASH, Event, Head, canonical
from console.history.logfile import LOG_FORMAT
from console.history.trust.export_file import (
    TextSink,
    WrongError,
    checkpoint_line,
    event_after,
    event_line,
    parsed,
    refuse_altered,
    refuse_gap,
    signed_head_of,
)
from console.history.trust.keys import SignedHead
from console.text import tr

FORMAT = 1
MOST_EVENTS = 5000
MOST_DEEP = 100
"""How deep a body may be nested: what is deeper cannot be read back everywhere."""
_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z._:-]{0,79}")
_MEMBERS = {"format", "log", "site", "device_id", "first", "last", "previous_hash"}


class BatchError(Exception):
    """A batch that is refused whole; one sentence says why."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Events of one chain without a gap, and the signature of the last one.

    ``before`` is the head that they follow.
    """

    site: str
    before: Head
    events: tuple[Event, ...]
    end: SignedHead

    @property
    def device_id(self) -> str:
        """Whose log it is of."""
        return self.before.device_id


def batch_of(site: str, events: Sequence[Event], end: SignedHead) -> Batch:
    """Return the batch of events that end in a signed head, proven as one that is read.

    Raises WrongError for what is not as it was recorded, ValueError if they end elsewhere.
    """
    first, last = events[0], events[-1]
    if end.head != Head(last.device_id, last.sequence, last.hash):
        raise ValueError(f"the batch ends at {last.sequence}, its signature at {end.head}")
    head = before = Head(first.device_id, first.sequence - 1, first.previous_hash)
    for event in events:
        head = _after(head, event)
    return Batch(site, before, tuple(events), end)


def _after(head: Head, event: Event) -> Head:
    """Return the head that an event makes; raises WrongError for one that does not follow."""
    refuse_gap(head, event.sequence, event.id)
    refuse_altered(event)
    if (event.device_id, event.previous_hash) != (head.device_id, head.hash):
        why = tr("it does not follow the event before it")
        raise WrongError(why, event.sequence, event.id)
    return Head(event.device_id, event.sequence, event.hash)


def write_batch(batch: Batch, stream: TextSink) -> None:
    """Write a batch as lines of JSON."""
    told: dict[str, JSON] = {
        "format": FORMAT,
        "log": f"{LOG_FORMAT.major}.{LOG_FORMAT.minor}",
        "site": batch.site,
        "device_id": batch.device_id,
        "first": batch.before.sequence + 1,
        "last": batch.end.head.sequence,
        "previous_hash": batch.before.hash,
    }
    stream.write(canonical({"batch": told}) + "\n")
    for event in batch.events:
        stream.write(event_line(event) + "\n")
    stream.write(checkpoint_line(batch.end) + "\n")


def read_batch(lines: Iterable[bytes]) -> Batch:
    """Return the batch in a file's lines, proven in itself; raises BatchError.

    Whether its key is one that may sign for that laptop is for who takes it in.
    """
    try:
        return _read(lines)
    except WrongError as wrong:
        number = wrong.sequence or "-"
        raise BatchError(
            tr("The batch is refused: event {number}: {why}", number=number, why=wrong.why)
        ) from None


def _read(lines: Iterable[bytes]) -> Batch:
    several = iter(lines)
    told = _header(parsed(next(several, b"")))
    head = before = Head(str(told["device_id"]), int(told["first"]) - 1, str(told["previous_hash"]))
    if before.sequence == 0 and before.hash != NO_HASH:
        raise WrongError(tr("it does not follow the event before it"), 1)
    events: list[Event] = []
    end: SignedHead | None = None
    for line in several:
        if end is not None:
            raise WrongError(tr("something follows the seal"))
        content = parsed(line)
        if set(content) == {"checkpoint"}:
            end = signed_head_of(_object(content["checkpoint"]))
            continue
        event = event_after(head, content, line)
        if event.device_id != head.device_id:
            raise WrongError(tr("it is of another laptop's log"), event.sequence, event.id)
        if not _ID.fullmatch(event.id) or _is_deep(event.body):
            raise WrongError(tr("it is not an event"), event.sequence)
        head = Head(event.device_id, event.sequence, event.hash)
        events.append(event)
    return _whole(told, before, events, end)


def _whole(
    told: dict[str, Any], before: Head, events: list[Event], end: SignedHead | None
) -> Batch:
    if end is None or not events or events[-1].sequence != told["last"]:
        raise WrongError(tr("the end of the batch is missing"), before.sequence + len(events) + 1)
    last = events[-1]
    if end.head != Head(last.device_id, last.sequence, last.hash) or not end.is_genuine:
        raise WrongError(tr("the signature of the batch is forged"), last.sequence)
    return Batch(str(told["site"]), before, tuple(events), end)


def _header(told: dict[str, Any]) -> dict[str, Any]:
    content = _object(told.get("batch"))
    if set(told) != {"batch"} or set(content) != _MEMBERS:
        raise BatchError(tr("This is not a batch of a log."))
    major = str(content["log"]).partition(".")[0]
    if content["format"] != FORMAT or major != str(LOG_FORMAT.major):
        raise BatchError(
            tr(
                "The batch was written by another version (format {format}, log {log}); this one "
                "reads format {ours}. Bring both to one version first.",
                format=str(content["format"])[:20],
                log=str(content["log"])[:20],
                ours=FORMAT,
            )
        )
    numbers = (content["first"], content["last"])
    are_numbers = all(type(number) is int and number > 0 for number in numbers)
    if not are_numbers or not _ID.fullmatch(str(content["device_id"])):
        raise BatchError(tr("This is not a batch of a log."))
    return content


def _is_deep(body: Mapping[str, Any]) -> bool:
    """Whether objects and lists are nested deeper than any console writes them."""
    inside: list[Any] = [body]
    for _ in range(MOST_DEEP):
        inside = [deeper for one in inside for deeper in _members(one)]
        if not inside:
            return False
    return True


def _members(value: Any) -> Iterable[Any]:
    """Return the objects and lists in an object or list."""
    several = value.values() if isinstance(value, Mapping) else value
    return [one for one in several if isinstance(one, Mapping | list)]


def _object(told: object) -> dict[str, Any]:
    return told if isinstance(told, dict) else {}
