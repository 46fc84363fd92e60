"""What happened: kinds of event, an event before and after recording, the hash that chains it.

The content of an event is hashed as canonical JSON (RFC 8785 in spirit): one object with the
members ``actor body boot_id device_id id kind mono_us previous_hash sequence subject utc_us``,
sorted by name at every depth, no spaces, UTF-8 without ``\\u`` escapes for printable characters,
numbers as Python writes them (the shortest text that reads back the same). The hash is the
SHA-256 of those bytes in lower-case hex; ``previous_hash`` of the first event is 64 zeros. An
auditor recomputes it from a line of the export with nothing but a JSON library::

    event = json.loads(line)
    claimed = event.pop("hash")
    text = json.dumps(event, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert hashlib.sha256(text.encode("utf-8")).hexdigest() == claimed
"""

from __future__ import annotations

import hashlib
import json
import os
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite
from numbers import Integral, Real
from typing import TypeAlias

from console.text import tr
from drivers.points import Stamp

JSON: TypeAlias = "bool | int | float | str | Sequence[JSON] | Mapping[str, JSON] | None"
NO_HASH = "0" * 64
"""What stands for the event before the first."""


class Kind(StrEnum):
    """The kinds of event from day one; later ones are added, none is ever renamed."""

    APPLICATION_STARTED = "application.started"
    APPLICATION_STOPPED = "application.stopped"
    DEVICE_CONNECTED = "device.connected"
    DEVICE_LOST = "device.lost"
    DEVICE_RESTORED = "device.restored"
    GPU_LOST = "gpu.lost"
    GPU_RESTORED = "gpu.restored"
    GPU_SILENT = "gpu.silent"
    GPU_ANSWERING = "gpu.answering"
    GPU_XID = "gpu.xid"
    GPU_XID_REPEATED = "gpu.xid_repeated"
    GPU_REPORTED = "gpu.reported"
    GPU_UNEXPECTED = "gpu.unexpected"
    GPU_AS_EXPECTED = "gpu.as_expected"
    WORK_REQUESTED = "work.requested"
    SENSOR_FAILED = "sensor.failed"
    SENSOR_RESTORED = "sensor.restored"
    LIMIT_CROSSED = "limit.crossed"
    LIMIT_CLEARED = "limit.cleared"
    LIMIT_ACKNOWLEDGED = "limit.acknowledged"
    ALARM_RAISED = "alarm.raised"
    ALARM_CHANGED = "alarm.changed"
    ALARM_CLEARED = "alarm.cleared"
    ALARM_ACKNOWLEDGED = "alarm.acknowledged"
    ALARM_RESET = "alarm.reset"
    ALARM_SHELVED = "alarm.shelved"
    ALARM_UNSHELVED = "alarm.unshelved"
    ALARM_SUPPRESSED = "alarm.suppressed"
    ALARM_UNSUPPRESSED = "alarm.unsuppressed"
    ALARM_OUT_OF_SERVICE = "alarm.out_of_service"
    ALARM_IN_SERVICE = "alarm.in_service"
    CONDITION_BEGAN = "condition.began"
    CONDITION_ENDED = "condition.ended"
    PERSON_ADDED = "person.added"
    PERSON_CHANGED = "person.changed"
    PERSON_RETIRED = "person.retired"
    PERSON_REINSTATED = "person.reinstated"
    PERSON_QUALIFIED = "person.qualified"
    PERSON_DISQUALIFIED = "person.disqualified"
    PERSON_PIN_SET = "person.pin_set"
    PERSON_SIGNED_IN = "person.signed_in"
    PERSON_SIGNED_OUT = "person.signed_out"
    PERSON_REFUSED = "person.refused"
    PERSON_LOCKED = "person.locked"
    PERSON_UNLOCKED = "person.unlocked"
    ORDER_OPENED = "order.opened"
    ORDER_CHANGED = "order.changed"
    ORDER_MOVED = "order.moved"
    ORDER_VERIFIED = "order.verified"
    ORDER_LINKED = "order.linked"
    ORDER_NOTED = "order.noted"
    ORDER_PAUSED = "order.paused"
    ORDER_RESUMED = "order.resumed"
    ORDER_CLOCK_STARTED = "order.clock_started"
    ORDER_CLOCK_STOPPED = "order.clock_stopped"
    ORDER_COSTED = "order.costed"
    ASSET_REGISTERED = "asset.registered"
    ASSET_CHANGED = "asset.changed"
    ASSET_MOVED = "asset.moved"
    ASSET_SEEN = "asset.seen"
    PART_DEFINED = "part.defined"
    STOCK_RECEIVED = "stock.received"
    STOCK_RESERVED = "stock.reserved"
    STOCK_RELEASED = "stock.released"
    STOCK_ISSUED = "stock.issued"
    STOCK_RETURNED = "stock.returned"
    STOCK_MOVED = "stock.moved"
    STOCK_COUNTED = "stock.counted"
    STOCK_SCRAPPED = "stock.scrapped"
    FLUID_ADDED = "fluid.added"
    FLUID_REMOVED = "fluid.removed"
    CONFLICT_RESOLVED = "conflict.resolved"
    FAULT_INJECTED = "fault.injected"
    FAULT_CLEARED = "fault.cleared"
    WRITE_ARMED = "write.armed"
    WRITE_DISARMED = "write.disarmed"
    WRITE_REQUESTED = "write.requested"
    WRITE_DONE = "write.done"
    WRITE_FAILED = "write.failed"
    WRITE_REFUSED = "write.refused"
    NOTIFY_FAILED = "notify.failed"
    NOTIFY_RESTORED = "notify.restored"
    NOTIFY_HELD_BACK = "notify.held_back"
    NOTIFY_DROPPED = "notify.dropped"
    STORAGE_DEGRADED = "storage.degraded"
    STORAGE_RESTORED = "storage.restored"
    SAMPLES_DROPPED = "samples.dropped"
    LOG_SET_ASIDE = "log.set_aside"
    LOG_SHORTENED = "log.shortened"
    LOG_RESTORED = "log.restored"
    TELEMETRY_DAMAGED = "telemetry.damaged"
    EVENT_UNREADABLE = "event.unreadable"

    @property
    def label(self) -> str:
        """The kind in the reader's language."""
        return tr(LABELS[self])


LABELS: dict[Kind, str] = {
    Kind.APPLICATION_STARTED: "Console started",
    Kind.APPLICATION_STOPPED: "Console stopped",
    Kind.DEVICE_CONNECTED: "Device connected",
    Kind.DEVICE_LOST: "Device lost",
    Kind.DEVICE_RESTORED: "Device restored",
    Kind.GPU_LOST: "GPU lost",
    Kind.GPU_RESTORED: "GPU restored",
    Kind.GPU_SILENT: "GPU does not answer",
    Kind.GPU_ANSWERING: "GPU answers again",
    Kind.GPU_XID: "Xid reported",
    Kind.GPU_XID_REPEATED: "Xid repeated",
    Kind.GPU_REPORTED: "Reported about a GPU",
    Kind.GPU_UNEXPECTED: "Other GPU than expected",
    Kind.GPU_AS_EXPECTED: "GPU as expected again",
    Kind.WORK_REQUESTED: "Work requested",
    Kind.SENSOR_FAILED: "Sensor failed",
    Kind.SENSOR_RESTORED: "Sensor restored",
    Kind.LIMIT_CROSSED: "Limit crossed",
    Kind.LIMIT_CLEARED: "Limit cleared",
    Kind.LIMIT_ACKNOWLEDGED: "Limit acknowledged",
    Kind.ALARM_RAISED: "Alarm raised",
    Kind.ALARM_CHANGED: "Alarm changed severity",
    Kind.ALARM_CLEARED: "Alarm cleared",
    Kind.ALARM_ACKNOWLEDGED: "Alarm acknowledged",
    Kind.ALARM_RESET: "Alarm reset",
    Kind.ALARM_SHELVED: "Alarm shelved",
    Kind.ALARM_UNSHELVED: "Alarm back from the shelf",
    Kind.ALARM_SUPPRESSED: "Alarm suppressed",
    Kind.ALARM_UNSUPPRESSED: "Alarm no longer suppressed",
    Kind.ALARM_OUT_OF_SERVICE: "Alarm out of service",
    Kind.ALARM_IN_SERVICE: "Alarm back in service",
    Kind.CONDITION_BEGAN: "Condition began",
    Kind.CONDITION_ENDED: "Condition ended",
    Kind.PERSON_ADDED: "Person added",
    Kind.PERSON_CHANGED: "Person changed",
    Kind.PERSON_RETIRED: "Person retired",
    Kind.PERSON_REINSTATED: "Person reinstated",
    Kind.PERSON_QUALIFIED: "Qualification granted",
    Kind.PERSON_DISQUALIFIED: "Qualification taken back",
    Kind.PERSON_PIN_SET: "PIN set",
    Kind.PERSON_SIGNED_IN: "Signed in",
    Kind.PERSON_SIGNED_OUT: "Signed out",
    Kind.PERSON_REFUSED: "Sign-in refused",
    Kind.PERSON_LOCKED: "Person locked",
    Kind.PERSON_UNLOCKED: "Lock-out ended",
    Kind.ORDER_OPENED: "Order opened",
    Kind.ORDER_CHANGED: "Order changed",
    Kind.ORDER_MOVED: "Order moved on",
    Kind.ORDER_VERIFIED: "Work verified",
    Kind.ORDER_LINKED: "Order linked",
    Kind.ORDER_NOTED: "Note on an order",
    Kind.ORDER_PAUSED: "Order waits",
    Kind.ORDER_RESUMED: "Order no longer waits",
    Kind.ORDER_CLOCK_STARTED: "Time on an order begun",
    Kind.ORDER_CLOCK_STOPPED: "Time on an order ended",
    Kind.ORDER_COSTED: "Cost of an order",
    Kind.ASSET_REGISTERED: "Equipment registered",
    Kind.ASSET_CHANGED: "Equipment described",
    Kind.ASSET_MOVED: "Equipment moved",
    Kind.ASSET_SEEN: "Equipment seen elsewhere",
    Kind.PART_DEFINED: "Part number described",
    Kind.STOCK_RECEIVED: "Parts received",
    Kind.STOCK_RESERVED: "Parts reserved",
    Kind.STOCK_RELEASED: "Parts no longer reserved",
    Kind.STOCK_ISSUED: "Parts issued",
    Kind.STOCK_RETURNED: "Parts returned",
    Kind.STOCK_MOVED: "Parts carried to another store",
    Kind.STOCK_COUNTED: "Parts counted",
    Kind.STOCK_SCRAPPED: "Parts scrapped",
    Kind.FLUID_ADDED: "Fluid added",
    Kind.FLUID_REMOVED: "Fluid removed",
    Kind.CONFLICT_RESOLVED: "Contradiction settled",
    Kind.FAULT_INJECTED: "Fault injected",
    Kind.FAULT_CLEARED: "Fault cleared",
    Kind.WRITE_ARMED: "Writing armed",
    Kind.WRITE_DISARMED: "Writing disarmed",
    Kind.WRITE_REQUESTED: "Write requested",
    Kind.WRITE_DONE: "Written",
    Kind.WRITE_FAILED: "Write failed",
    Kind.WRITE_REFUSED: "Write refused",
    Kind.NOTIFY_FAILED: "Telling outside failed",
    Kind.NOTIFY_RESTORED: "Telling outside works again",
    Kind.NOTIFY_HELD_BACK: "Messages held back",
    Kind.NOTIFY_DROPPED: "Messages not sent",
    Kind.STORAGE_DEGRADED: "Recording interrupted",
    Kind.STORAGE_RESTORED: "Recording restored",
    Kind.SAMPLES_DROPPED: "Samples dropped",
    Kind.LOG_SET_ASIDE: "Damaged file set aside",
    Kind.LOG_SHORTENED: "End of the log missing",
    Kind.LOG_RESTORED: "Restored from a backup",
    Kind.TELEMETRY_DAMAGED: "Telemetry damaged",
    Kind.EVENT_UNREADABLE: "Event told wrongly",
}
"""The English label of each kind, which is its key in the catalogue."""


def label(kind: str) -> str:
    """Return the label of a kind in the reader's language; a kind from a newer version as it is."""
    return Kind(kind).label if kind in LABELS else kind


@dataclass(frozen=True, slots=True)
class EventDraft:
    """An event as its source tells it: not yet numbered, hashed or on disk.

    ``subject`` is the id of the part it is about (``tank-1``, ``host-1/gpu0``) or empty for the
    console itself; ``body`` holds what JSON can hold (NaN becomes null) and is not changed after.
    """

    kind: str
    subject: str
    body: Mapping[str, JSON]
    time: Stamp
    actor: str = "system"

    @property
    def utc_us(self) -> int:
        """When it happened, UTC microseconds; named as in :class:`Event`."""
        return self.time.utc_us


@dataclass(frozen=True, slots=True)
class Event:
    """An event as the log holds it.

    ``device_id`` names the chain it belongs to (this installation's log), ``sequence`` counts
    from 1 without gaps in it, ``mono_us`` is the monotonic clock within ``boot_id``.
    """

    id: str
    device_id: str
    sequence: int
    utc_us: int
    mono_us: int
    boot_id: str
    actor: str
    kind: str
    subject: str
    body: Mapping[str, JSON]
    previous_hash: str
    hash: str

    @property
    def content(self) -> dict[str, JSON]:
        """Everything that the hash covers."""
        return {name: getattr(self, name) for name in CONTENT}

    def hash_of_content(self) -> str:
        """Return what ``hash`` must be, 64 hex digits."""
        return sha256(canonical(self.content))


CONTENT = (
    "actor",
    "body",
    "boot_id",
    "device_id",
    "id",
    "kind",
    "mono_us",
    "previous_hash",
    "sequence",
    "subject",
    "utc_us",
)
"""The members of an event that its hash covers."""


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain: which log, how many events it holds, the hash of the last."""

    device_id: str
    sequence: int
    hash: str


def seal(draft: EventDraft, event_id: str, head: Head, boot_id: str) -> tuple[Event, str]:
    """Return the event that follows ``head``, and its body as canonical text.

    Raises what a draft made of the wrong types raises (TypeError, ValueError, RecursionError …).
    """
    body = {_text(name): plain(value) for name, value in draft.body.items()}
    unsealed = Event(
        id=event_id,
        device_id=head.device_id,
        sequence=head.sequence + 1,
        utc_us=int(draft.time.utc_us),
        mono_us=int(draft.time.mono_s * 1e6),
        boot_id=boot_id,
        actor=_text(draft.actor),
        kind=_text(draft.kind),
        subject=_text(draft.subject),
        body=body,
        previous_hash=head.hash,
        hash="",
    )
    content = unsealed.content
    return Event(**content, hash=sha256(canonical(content))), canonical(body)  # type: ignore[arg-type]  # content holds Event's own members


def canonical(value: JSON) -> str:
    """Return the one JSON text of a value; raises ValueError for NaN and infinities."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def sha256(text: str) -> str:
    """Return the SHA-256 of the text's UTF-8 bytes as 64 hex digits."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def plain(value: object) -> JSON:
    """Return the value as JSON can hold it: NaN and infinities as null, what is foreign as text."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, Real):
        return _number(value)
    if isinstance(value, Mapping):
        return {_text(name): plain(item) for name, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray):
        return [plain(item) for item in value]
    return _text(value)


def _number(value: Real) -> int | float | None:
    if isinstance(value, Integral):
        return int(value)
    return float(value) if isfinite(value) else None


def uuid7(utc_us: int) -> str:
    """Return a new UUIDv7 (RFC 9562) of that moment, to the microsecond, so that ids sort by it."""
    milliseconds, microseconds = divmod(max(utc_us, 0), 1000)
    random = int.from_bytes(os.urandom(8), "big") & (1 << 62) - 1
    head = (milliseconds & (1 << 48) - 1) << 16 | 0x7000 | microseconds * 4096 // 1000
    return str(uuid.UUID(int=head << 64 | 0b10 << 62 | random))


def _text(value: object) -> str:
    """Return text that UTF-8 can hold; half a surrogate pair is written out."""
    text = str(value)
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")
