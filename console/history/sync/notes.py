"""What the log is told of a sync, of a laptop that was let in, and of what was kept apart.

| kind | subject | members of the body |
|---|---|---|
| ``log.synced`` | ``log`` | ``target`` without its password, ``sent taken refused receipts`` |
| ``log.quarantined`` | the laptop | ``sequence``: the first number that is told twice, ``count`` |
| ``device.enrolled`` | the laptop | ``name fingerprint`` |
"""

from __future__ import annotations

from collections.abc import Sequence

from console.history.events import EventDraft
from console.history.kinds import Kind
from console.history.sync.ledger import Enrolled
from console.history.sync.service import SyncReport
from console.history.sync.target import without_password
from console.history.trust.keys import fingerprint
from drivers.points import Stamp

SUBJECT = "log"


def sync_drafts(
    report: SyncReport, target: str, by: str, now: Stamp, *, last_kind: str = ""
) -> Sequence[EventDraft]:
    """Return the events that tell of a sync; none of one that did nothing.

    ``last_kind`` is the kind of the last event before it: where that told of a sync, and it alone
    went out, there is nothing to tell, else every sync would make work for the next one.
    """
    told = [_kept_apart(device, numbers, by, now) for device, numbers in _by_device(report)]
    only_that_note = report.sent <= 1 and last_kind == Kind.LOG_SYNCED
    if (report.sent and not only_that_note) or report.taken or report.refused:
        told.append(
            EventDraft(
                Kind.LOG_SYNCED,
                SUBJECT,
                {
                    "target": without_password(target),
                    "sent": report.sent,
                    "taken": dict(report.taken),
                    "refused": dict(report.refused),
                    "receipts": report.receipts,
                },
                now,
                by,
            )
        )
    return told


def enrolled_draft(device: Enrolled, by: str, now: Stamp) -> EventDraft:
    """Return the event that a laptop's log is taken in from now on."""
    body = {"name": device.name, "fingerprint": fingerprint(device.public_key)}
    return EventDraft(Kind.DEVICE_ENROLLED, device.device_id, body, now, by)


def _by_device(report: SyncReport) -> Sequence[tuple[str, list[int]]]:
    found: dict[str, list[int]] = {}
    for device, number in report.kept_apart:
        found.setdefault(device, []).append(number)
    return sorted(found.items())


def _kept_apart(device: str, numbers: list[int], by: str, now: Stamp) -> EventDraft:
    body = {"sequence": min(numbers), "count": len(numbers)}
    return EventDraft(Kind.LOG_QUARANTINED, device, body, now, by)
