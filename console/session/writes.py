"""Writing to controllers from the console: armed by a person, recorded before it happens."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import Future
from typing import Any

from console.history.events import JSON, EventDraft, Kind
from console.site import Site
from drivers.device import Device
from drivers.modbus.arming import USUAL_S, Arming, NoteKind, WriteNote, WriteRefusedError
from drivers.modbus.device import ModbusDevice
from drivers.modbus.writes import WriteResult
from drivers.points import Stamp

Submit = Callable[[Coroutine[Any, Any, WriteResult]], "Future[WriteResult]"]
_KINDS = {
    NoteKind.ARMED: Kind.WRITE_ARMED,
    NoteKind.DISARMED: Kind.WRITE_DISARMED,
    NoteKind.REQUESTED: Kind.WRITE_REQUESTED,
    NoteKind.DONE: Kind.WRITE_DONE,
    NoteKind.FAILED: Kind.WRITE_FAILED,
    NoteKind.REFUSED: Kind.WRITE_REFUSED,
}


class WriteDesk:
    """The only way from a person to a register. Off unless the site file allows writing."""

    def __init__(
        self,
        site: Site,
        record: Callable[[EventDraft], None],
        clock: Callable[[], Stamp] = Stamp.now,
    ) -> None:
        self._armings = {
            tank.id: Arming(tank.id, lambda note: record(draft_of(note)), clock)
            for tank in (site.tank if site.site.allow_writes else ())
        }
        self._devices: dict[str, ModbusDevice] = {}
        self._submit: Submit | None = None

    def arming(self, tank: str) -> Arming | None:
        """Return the armed mode of a tank's controller; None where the site allows no writing."""
        return self._armings.get(tank)

    def serve(self, devices: Iterable[Device], submit: Submit) -> None:
        """Learn who is written to, and where that has to run."""
        self._devices = {d.id: d for d in devices if isinstance(d, ModbusDevice)}
        self._submit = submit

    def arm(self, tank: str, actor: str, reason: str, for_s: float = USUAL_S) -> None:
        """Let ``actor`` write to a tank's controller for a while; raises WriteRefusedError."""
        self._known(tank).arm(actor, reason, for_s)

    def disarm(self, tank: str, actor: str) -> None:
        """End that at once; raises WriteRefusedError for a tank that cannot be armed."""
        self._known(tank).disarm(actor)

    def write(
        self,
        tank: str,
        point: str,
        value: float,
        reason: str,
        actor: str,
        *,
        confirmed: bool = False,
    ) -> Future[WriteResult]:
        """Start a write; the future holds its result, or the WriteRefusedError or -FailedError.

        Raises WriteRefusedError where it cannot even be tried.
        """
        self._known(tank)
        device = self._devices.get(tank)
        if device is None or self._submit is None:
            raise WriteRefusedError(f"{tank} is not being polled")
        try:
            return self._submit(device.write(point, value, reason, actor, confirmed=confirmed))
        except RuntimeError:
            raise WriteRefusedError(f"{tank} is not being polled") from None

    def _known(self, tank: str) -> Arming:
        arming = self._armings.get(tank)
        if arming is None:
            raise WriteRefusedError(f"the site file does not allow writing to {tank!r}")
        return arming


def draft_of(note: WriteNote) -> EventDraft:
    """Return the event that a note becomes."""
    body: dict[str, JSON] = {"reason": note.reason}
    if note.until_utc_us:
        body["until_us"] = note.until_utc_us
    if note.point:
        body |= {"point": note.point, "name": note.name, "register": note.register}
        body |= {"unit": note.unit, "value": note.value}
        body |= {"before": note.before, "after": note.after, "words": note.words}
    if note.message:
        body["message"] = note.message
    return EventDraft(_KINDS[note.kind], note.device, body, note.time, note.actor)
