"""Writing to a controller: off by default, checked before anything leaves, read back afterwards.

A value goes out only where the map allows it, within its range and on its steps, while its person
has armed the controller, and only if the decoder that shows the point on screen would show exactly
that value for the registers about to be sent.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from drivers.device import DeviceError, DeviceTimeoutError
from drivers.modbus.arming import (
    Arming,
    NoteKind,
    WriteFailedError,
    WriteNote,
    WriteRefusedError,
    must_have_reason,
)
from drivers.modbus.datatypes import Area, Order
from drivers.modbus.decoder import Decoder
from drivers.modbus.encode import EncodeError, mask_words, raw_of, words_of
from drivers.modbus.frames import WRITE_COIL, WRITE_REGISTER, WRITE_REGISTERS
from drivers.modbus.link import ModbusLink
from drivers.modbus.planner import Block
from drivers.modbus.pointparts import WriteSpec
from drivers.modbus.pointspec import PointSpec
from drivers.modbus.rawwords import Words, locator
from drivers.modbus.regmap import RegisterMap
from drivers.points import Stamp

_READ_BACK_AFTER_S = (0.0, 0.2, 0.5)
_NEAR = 1e-6


@dataclass(frozen=True)
class Polled:
    """What the last poll read: the words of ``blocks``, laid end to end, and their decoder."""

    blocks: tuple[Block, ...]
    words: Words
    decoder: Decoder


@dataclass(frozen=True, slots=True)
class WriteResult:
    """A write that was sent. ``confirmed`` is None where the map gives nothing to read back."""

    point: str
    value: float
    before: float | None
    after: float | None
    confirmed: bool | None


@dataclass(frozen=True, slots=True)
class _Sending:
    """A checked write: what to send and what the register must hold afterwards."""

    spec: PointSpec
    function: int
    words: tuple[int, ...]
    mask: int
    value: float
    before: float | None


class Writer:
    """Writes points of one controller. ``polled`` returns what it last read, None before that."""

    def __init__(
        self,
        link: ModbusLink,
        regmap: RegisterMap,
        arming: Arming | None,
        polled: Callable[[], Polled | None],
    ) -> None:
        self._link = link
        self._regmap = regmap
        self._arming = arming
        self._polled = polled

    async def write(
        self, point: str, value: float, reason: str, actor: str, *, confirmed: bool = False
    ) -> WriteResult:
        """Write one point and read it back.

        ``confirmed`` says that the person was asked once more, where the map wants that. Raises
        WriteRefusedError while nothing has been sent, WriteFailedError afterwards.
        """
        arming = self._arming
        if arming is None:
            raise WriteRefusedError("writing is switched off")
        spec = next((s for s in self._regmap.points if s.key == point), None)
        note = _note(arming.device, point, spec, value, reason, actor)
        try:
            must_have_reason(reason)
            arming.must_allow(actor)
            sending = await self._checked(point, spec, value, confirmed=confirmed)
            arming.must_allow(actor)  # reading may have taken its time
        except DeviceError as error:
            arming.tell(replace(note, kind=NoteKind.REFUSED, message=str(error)))
            if isinstance(error, WriteRefusedError):
                raise
            raise WriteRefusedError(f"nothing was written: {error}") from None
        note = replace(note, words=sending.words, before=sending.before)
        arming.tell(note)
        return await self._carry_out(sending, note, arming)

    async def _checked(
        self, key: str, spec: PointSpec | None, value: float, *, confirmed: bool
    ) -> _Sending:
        """Return what to send; raises WriteRefusedError for everything that speaks against it."""
        if spec is None:
            raise WriteRefusedError(f"the map has no point {key!r}")
        allowed = spec.write
        if allowed is None or spec.access == "r":
            raise WriteRefusedError(f"the map does not allow writing {key!r}")
        check_value(allowed, value, is_bit=spec.type == "bool")
        if allowed.confirm and not confirmed:
            raise WriteRefusedError(f"writing {key!r} has to be confirmed")
        function = self._function(spec, allowed)
        if not self._link.is_open:
            raise WriteRefusedError(f"{self._link.name} is not connected")
        polled = self._polled()
        if polled is None:
            raise WriteRefusedError(f"{self._link.name} has not been read yet")
        try:
            words = self._encoded(spec, value, polled)
        except EncodeError as error:
            raise WriteRefusedError(str(error)) from None
        mask = (1 << 16 * spec.words) - 1
        if spec.field is not None:
            mask = _number(mask_words(spec, *self._orders(spec, polled)))
            words = await self._modified(spec, words, mask)
        return _Sending(spec, function, words, mask, value, self._shown(spec, polled))

    def _function(self, spec: PointSpec, allowed: WriteSpec) -> int:
        several = WRITE_REGISTERS if spec.words > 1 else WRITE_REGISTER
        function = allowed.fc or (WRITE_COIL if spec.area is Area.COIL else several)
        known = self._regmap.transport.function_codes
        if known and function not in known:
            raise WriteRefusedError(f"the controller does not know function {function}")
        if spec.words > 1 and function != WRITE_REGISTERS:
            raise WriteRefusedError(f"function {function} cannot write {spec.words} registers")
        if spec.words > self._regmap.transport.max_write_registers:
            raise WriteRefusedError(f"{spec.words} registers are more than one write may have")
        return function

    def _encoded(self, spec: PointSpec, value: float, polled: Polled) -> tuple[int, ...]:
        """Return the registers for a value, after asking the decoder what they would show."""
        byte_order, word_order = self._orders(spec, polled)
        if spec.write is not None and spec.write.values:
            words = words_of(spec, value, byte_order, word_order)
        else:
            factor, offset = self._line(spec, polled, byte_order, word_order)
            raw = raw_of(spec, value, factor, offset)
            words = words_of(spec, raw, byte_order, word_order)
            shown = self._shown(spec, polled, words)
            if spec.is_readable and not _same(shown, value, factor):
                raise WriteRefusedError(f"{value:g} would be shown as {shown}; it is not written")
        return words

    def _line(
        self, spec: PointSpec, polled: Polled, byte_order: Order, word_order: Order
    ) -> tuple[float, float]:
        """Return ``(factor, offset)`` of the value, also where a register chooses scale or unit."""
        if spec.scale_from is None and spec.unit_from is None:
            return spec.factor, spec.offset
        low = spec.raw_offset
        shown = [
            self._shown(spec, polled, words_of(spec, raw, byte_order, word_order))
            for raw in (low + 1, low + 101)
        ]
        if shown[0] is None or shown[1] is None or shown[0] == shown[1]:
            raise WriteRefusedError(f"the scale of {spec.key!r} is not known at the moment")
        factor = (shown[1] - shown[0]) / 100
        return factor, shown[0] - factor

    def _orders(self, spec: PointSpec, polled: Polled) -> tuple[Order, Order]:
        byte_order, word_order = self._regmap.orders
        chooser = self._regmap.order_register
        if chooser is not None:
            at = locator(polled.blocks)(chooser.area, chooser.address, 1)
            raw = None if at is None else int(polled.words[at])
            chosen = {int(text, 0) & 0xFFFF: orders for text, orders in chooser.orders.items()}
            if raw not in chosen:
                raise WriteRefusedError("the order of the controller's bytes is not known")
            byte_order, word_order = chosen[raw].byte_order, chosen[raw].word_order
        return spec.byte_order or byte_order, spec.word_order or word_order

    async def _modified(
        self, spec: PointSpec, words: tuple[int, ...], mask: int
    ) -> tuple[int, ...]:
        """Return the register as it is now with the field's bits replaced."""
        source = spec.write.rmw_source if spec.write else None
        block = Block(spec.area, spec.address, spec.words)
        if source is not None:
            block = Block(source.area, source.address, spec.words)
        present = await self._link.read(block)
        keep = _number(tuple(int(word) for word in present)) & ~mask
        return _words(keep | _number(words), spec.words)

    def _shown(
        self, spec: PointSpec, polled: Polled, words: tuple[int, ...] | None = None
    ) -> float | None:
        """Return what the decoder shows for the point, with other registers if they are given."""
        if not spec.is_readable:
            return None
        read = polled.words
        if words is not None:
            at = locator(polled.blocks)(spec.area, spec.address, spec.words)
            if at is None:
                return None
            read = read.copy()
            read[at : at + spec.words] = words
        values, _ = polled.decoder.decode(read)
        value = float(values[self._regmap.readable.index(spec)])
        return value if math.isfinite(value) else None

    async def _carry_out(self, sending: _Sending, note: WriteNote, arming: Arming) -> WriteResult:
        silent = ""
        try:
            await self._link.write(sending.function, sending.spec.address, sending.words)
        except DeviceTimeoutError as error:
            silent = f"{error}; "  # it may have been taken all the same: reading tells
        except DeviceError as error:
            raise self._failed(note, arming, f"not written: {error}", None) from None
        if not sending.spec.is_readable:
            if silent:
                raise self._failed(
                    note, arming, f"{silent}whether it was written is not known", None
                )
            return self._done(sending, note, arming, None, confirmed=None)
        try:
            holds, after = await self._read_back(sending)
        except DeviceError as error:
            message = f"{silent}written, but it cannot be read back: {error}"
            raise self._failed(note, arming, message, None) from None
        if not holds:
            told = "nothing" if after is None else f"{after:g}"
            raise self._failed(note, arming, f"{silent}the controller now shows {told}", after)
        return self._done(sending, note, arming, after, confirmed=True)

    async def _read_back(self, sending: _Sending) -> tuple[bool, float | None]:
        """Read the registers until they hold what was sent; returns whether, and the value."""
        spec, after = sending.spec, None
        for wait_s in _READ_BACK_AFTER_S:
            await asyncio.sleep(wait_s)
            found = await self._link.read(Block(spec.area, spec.address, spec.words))
            words = tuple(int(word) for word in found)
            polled = self._polled()
            after = self._shown(spec, polled, words) if polled else None
            if _number(words) & sending.mask == _number(sending.words) & sending.mask:
                return True, after
        return False, after

    def _done(
        self,
        sending: _Sending,
        note: WriteNote,
        arming: Arming,
        after: float | None,
        *,
        confirmed: bool | None,
    ) -> WriteResult:
        arming.tell_outcome(replace(note, kind=NoteKind.DONE, after=after))
        return WriteResult(sending.spec.key, sending.value, sending.before, after, confirmed)

    @staticmethod
    def _failed(
        note: WriteNote, arming: Arming, message: str, after: float | None
    ) -> WriteFailedError:
        arming.tell_outcome(replace(note, kind=NoteKind.FAILED, after=after, message=message))
        return WriteFailedError(message)


def check_value(allowed: WriteSpec, value: float, *, is_bit: bool = False) -> None:
    """Raise WriteRefusedError for a value that a map does not allow; says what is allowed."""
    if not math.isfinite(value):
        raise WriteRefusedError(f"{value} is not a number that can be written")
    if allowed.values:
        known = {int(raw, 0): word for raw, word in allowed.values.items()}
        if value not in known:
            told = ", ".join(f"{raw} ({word})" for raw, word in sorted(known.items()))
            raise WriteRefusedError(f"{value:g} is not allowed; allowed is {told}")
        return
    low, high = allowed.min, allowed.max
    if is_bit and low is None and high is None:
        low, high = 0.0, 1.0
    if low is None or high is None:
        raise WriteRefusedError("the map gives no range for it")
    if not low <= value <= high:
        raise WriteRefusedError(f"{value:g} is not allowed; allowed is {low:g} to {high:g}")
    step = allowed.step or (1.0 if is_bit else None)
    if step is None:
        return
    steps = (value - low) / step
    if abs(steps - round(steps)) > _NEAR:
        raise WriteRefusedError(
            f"{value:g} is not allowed; allowed is {low:g} to {high:g} in steps of {step:g}"
        )


def _same(shown: float | None, value: float, factor: float) -> bool:
    return shown is not None and abs(shown - value) <= max(abs(factor), abs(value)) * _NEAR


def _number(words: tuple[int, ...]) -> int:
    return int.from_bytes(b"".join(word.to_bytes(2) for word in words))


def _words(number: int, count: int) -> tuple[int, ...]:
    return tuple(number >> 16 * (count - 1 - i) & 0xFFFF for i in range(count))


def _note(
    device: str, point: str, spec: PointSpec | None, value: float, reason: str, actor: str
) -> WriteNote:
    known = spec.point() if spec else None
    return WriteNote(
        NoteKind.REQUESTED,
        device,
        actor,
        reason,
        Stamp.now(),
        point=point,
        name=known.name if known else "",
        unit=known.unit if known else "",
        register=known.register if known else "",
        value=value,
    )
