"""The kinds of event, and what each is called."""

from __future__ import annotations

from enum import StrEnum

from console.text import tr


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
    WORK_PROCEDURE_SUBMITTED = "work.procedure_submitted"
    WORK_PROCEDURE_RETURNED = "work.procedure_returned"
    WORK_PROCEDURE_APPROVED = "work.procedure_approved"
    WORK_PROCEDURE_SUPERSEDED = "work.procedure_superseded"
    WORK_BEGUN = "work.begun"
    WORK_REOPENED = "work.reopened"
    WORK_STEP_CHOSEN = "work.step_chosen"
    WORK_HOLD_RELEASED = "work.hold_released"
    WORK_STEP_STARTED = "work.step_started"
    WORK_GATE_OVERRIDDEN = "work.gate_overridden"
    WORK_GATE_BY_HAND = "work.gate_by_hand"
    WORK_GATE_UNPROVEN = "work.gate_unproven"
    WORK_VALUE_RECORDED = "work.value_recorded"
    WORK_PHOTO_TAKEN = "work.photo_taken"
    WORK_LABEL_SCANNED = "work.label_scanned"
    WORK_ITEM_CONFIRMED = "work.item_confirmed"
    WORK_QUESTION_ANSWERED = "work.question_answered"
    WORK_STEP_WITNESSED = "work.step_witnessed"
    WORK_STEP_PERFORMED = "work.step_performed"
    WORK_STEP_REJECTED = "work.step_rejected"
    WORK_STEP_DONE = "work.step_done"
    WORK_STEP_SKIPPED = "work.step_skipped"
    WORK_STEP_FAILED = "work.step_failed"
    WORK_STEP_HELD = "work.step_held"
    WORK_STEP_RELEASED = "work.step_released"
    WORK_TIMER_OVERRUN = "work.timer_overrun"
    WORK_NOTED = "work.noted"
    WORK_DEVIATED = "work.deviated"
    WORK_REFUSED = "work.refused"
    WORK_SUSPENDED = "work.suspended"
    WORK_TAKEN_OVER = "work.taken_over"
    WORK_ABORTED = "work.aborted"
    WORK_MADE_SAFE = "work.made_safe"
    WORK_FINISHED = "work.finished"
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
    DOCUMENT_PRINTED = "document.printed"
    DOCUMENT_COPIED = "document.copied"
    REVIEW_OPENED = "review.opened"
    REVIEW_QUESTION = "review.question"
    REVIEW_ANSWERED = "review.answered"
    REVIEW_DEVIATION = "review.deviation"
    REVIEW_CHANGE_ASKED = "review.change_asked"
    REVIEW_SETTLED = "review.settled"
    TRAINING_BEGUN = "training.begun"
    TRAINING_FAULT = "training.fault"
    TRAINING_LABEL_READ = "training.label_read"
    TRAINING_OVERRIDE_ASKED = "training.override_asked"
    TRAINING_ENDED = "training.ended"
    TRAINING_TAKEN = "training.taken"
    TRAINING_REFUSED = "training.refused"
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
    CLOCK_CHANGED = "clock.changed"
    CLOCK_BACKWARDS = "clock.backwards"
    CLOCK_CONFIRMED = "clock.confirmed"
    LOG_SET_ASIDE = "log.set_aside"
    LOG_SHORTENED = "log.shortened"
    LOG_RESTORED = "log.restored"
    LOG_SYNCED = "log.synced"
    LOG_QUARANTINED = "log.quarantined"
    DEVICE_ENROLLED = "device.enrolled"
    SITE_KEY_TRUSTED = "site.key_trusted"
    SITE_APPLIED = "site.applied"
    SITE_ROLLED_BACK = "site.rolled_back"
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
    Kind.WORK_PROCEDURE_SUBMITTED: "Procedure given to review",
    Kind.WORK_PROCEDURE_RETURNED: "Procedure returned to its author",
    Kind.WORK_PROCEDURE_APPROVED: "Procedure approved",
    Kind.WORK_PROCEDURE_SUPERSEDED: "Procedure superseded",
    Kind.WORK_BEGUN: "Work begun",
    Kind.WORK_REOPENED: "Work reopened after an interruption",
    Kind.WORK_STEP_CHOSEN: "Another step taken first",
    Kind.WORK_HOLD_RELEASED: "Hold point released",
    Kind.WORK_STEP_STARTED: "Step started",
    Kind.WORK_GATE_OVERRIDDEN: "Gate overridden",
    Kind.WORK_GATE_BY_HAND: "Gate value measured by hand",
    Kind.WORK_GATE_UNPROVEN: "Gate not proven",
    Kind.WORK_VALUE_RECORDED: "Value recorded",
    Kind.WORK_PHOTO_TAKEN: "Photo taken",
    Kind.WORK_LABEL_SCANNED: "Label scanned",
    Kind.WORK_ITEM_CONFIRMED: "Item confirmed",
    Kind.WORK_QUESTION_ANSWERED: "Question answered",
    Kind.WORK_STEP_WITNESSED: "Step signed by the witness",
    Kind.WORK_STEP_PERFORMED: "Step performed, second signature due",
    Kind.WORK_STEP_REJECTED: "Step rejected by the second person",
    Kind.WORK_STEP_DONE: "Step done",
    Kind.WORK_STEP_SKIPPED: "Step skipped",
    Kind.WORK_STEP_FAILED: "Step failed",
    Kind.WORK_STEP_HELD: "Step held",
    Kind.WORK_STEP_RELEASED: "Step released",
    Kind.WORK_TIMER_OVERRUN: "Time overrun",
    Kind.WORK_NOTED: "Note",
    Kind.WORK_DEVIATED: "Deviation",
    Kind.WORK_REFUSED: "Refused",
    Kind.WORK_SUSPENDED: "Work suspended",
    Kind.WORK_TAKEN_OVER: "Work taken over",
    Kind.WORK_ABORTED: "Work aborted",
    Kind.WORK_MADE_SAFE: "Made safe",
    Kind.WORK_FINISHED: "Work finished",
    Kind.SENSOR_FAILED: "Sensor failed",
    Kind.SENSOR_RESTORED: "Sensor restored",
    Kind.LIMIT_CROSSED: "Limit crossed",
    Kind.LIMIT_CLEARED: "Limit cleared",
    Kind.LIMIT_ACKNOWLEDGED: "Limit acknowledged",
    Kind.ALARM_RAISED: "Alarm raised",
    Kind.ALARM_CHANGED: "Alarm changed",
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
    Kind.DOCUMENT_PRINTED: "Form printed",
    Kind.DOCUMENT_COPIED: "Page of a filled form copied",
    Kind.REVIEW_OPENED: "Record looked at",
    Kind.REVIEW_QUESTION: "Question of the reviewer",
    Kind.REVIEW_ANSWERED: "Question answered to the reviewer",
    Kind.REVIEW_DEVIATION: "Deviation found in review",
    Kind.REVIEW_CHANGE_ASKED: "Change of a procedure asked for",
    Kind.REVIEW_SETTLED: "Review concluded",
    Kind.TRAINING_BEGUN: "Training begun",
    Kind.TRAINING_FAULT: "Training: something goes wrong",
    Kind.TRAINING_LABEL_READ: "Training: label read",
    Kind.TRAINING_OVERRIDE_ASKED: "Training: override asked for",
    Kind.TRAINING_ENDED: "Training ended",
    Kind.TRAINING_TAKEN: "Result of a training taken",
    Kind.TRAINING_REFUSED: "Result of a training refused",
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
    Kind.CLOCK_CHANGED: "Clock was set",
    Kind.CLOCK_BACKWARDS: "Clock is behind the log",
    Kind.CLOCK_CONFIRMED: "Time confirmed",
    Kind.LOG_SET_ASIDE: "Damaged file set aside",
    Kind.LOG_SHORTENED: "End of the log missing",
    Kind.LOG_RESTORED: "Restored from a backup",
    Kind.LOG_SYNCED: "Logs brought together",
    Kind.LOG_QUARANTINED: "Contradicting events kept apart",
    Kind.DEVICE_ENROLLED: "Laptop enrolled",
    Kind.SITE_KEY_TRUSTED: "Key of site bundles trusted",
    Kind.SITE_APPLIED: "Site bundle applied",
    Kind.SITE_ROLLED_BACK: "Site bundle taken back",
    Kind.TELEMETRY_DAMAGED: "Telemetry damaged",
    Kind.EVENT_UNREADABLE: "Event told wrongly",
}
"""The English label of each kind, which is its key in the catalogue."""


def label(kind: str) -> str:
    """Return the label of a kind in the reader's language; a kind from a newer version as it is."""
    return Kind(kind).label if kind in LABELS else kind
