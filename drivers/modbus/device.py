"""A controller described by a register map, as a pollable device."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from drivers.device import DeviceError, DeviceTimeoutError
from drivers.files import FileError
from drivers.modbus.arming import Arming
from drivers.modbus.decoder import Decoder
from drivers.modbus.identity import read_identity
from drivers.modbus.line import Manners
from drivers.modbus.lines import Lines
from drivers.modbus.link import ModbusLink
from drivers.modbus.planner import Block, plan
from drivers.modbus.reads import Reads, Words
from drivers.modbus.regmap import RegisterMap
from drivers.modbus.url import ModbusUrl
from drivers.modbus.writes import Polled, Writer, WriteResult
from drivers.points import Schema, Snapshot, Stamp

_PATIENCE = 0.8
"""The part of a period that one time-out may take."""
_POLL = 0.85
"""The part of a period that a whole poll may take; the poll loop gives up a little later."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """What one controller was last asked and what it sent, for looking at; never changed.

    ``words`` are those of ``blocks`` laid end to end, ``snapshot`` is what was made of them;
    ``refused`` are the reads that are left out and what the controller said; ``strays`` counts the
    answers that nobody had asked for.
    """

    regmap: RegisterMap
    blocks: tuple[Block, ...]
    words: Words
    snapshot: Snapshot
    refused: tuple[tuple[Block, str], ...] = ()
    strays: int = 0


@dataclass(frozen=True)
class CompiledMap:
    """A map with its plan and decoder, shared by every controller that speaks it."""

    regmap: RegisterMap
    blocks: tuple[Block, ...]
    decoder: Decoder
    schema: Schema

    @classmethod
    def of(cls, regmap: RegisterMap, schema: Schema | None = None) -> CompiledMap:
        """Plan and compile a map; ``schema`` replaces the map's own (a site's own limits)."""
        blocks = plan(regmap)
        return cls(regmap, blocks, Decoder(regmap, blocks), schema or regmap.schema_of_points)

    def decoder_of(self, blocks: tuple[Block, ...]) -> Decoder:
        """Return the decoder of other reads: those that one controller accepts."""
        return self.decoder if blocks == self.blocks else Decoder(self.regmap, blocks)


class ModbusDevice:
    """Polls one unit: every block of the plan in turn, then one decode.

    ``lines`` are the connections of the whole console: devices at one place share theirs. Without
    ``arming`` nothing is ever written. Raises FileError where the place is already in use with
    other settings.
    """

    def __init__(
        self,
        device_id: str,
        url: str,
        compiled: CompiledMap,
        *,
        period_s: float = 1.0,
        clock: Callable[[], Stamp] = Stamp.now,
        lines: Lines | None = None,
        arming: Arming | None = None,
    ) -> None:
        self.id = device_id
        self.url = url
        self.period_s = period_s
        self._compiled = compiled
        self._clock = clock
        self._sequence = 0
        self._link = link_of(device_id, url, compiled.regmap, period_s, lines or Lines())
        self._reads = Reads(compiled.blocks, compiled.regmap)
        self._decoder = compiled.decoder
        self._read_by_decoder = compiled.blocks
        self._memory = compiled.decoder.memory()
        self._polled: Polled | None = None
        self._inspection: Inspection | None = None
        self._writer = Writer(self._link, compiled.regmap, arming, lambda: self._polled)
        self._identity: dict[str, str] = {}
        self._is_known = False

    @property
    def parts(self) -> Sequence[tuple[str, Schema]]:
        """The controller itself."""
        return ((self.id, self._compiled.schema),)

    @property
    def regmap(self) -> RegisterMap:
        """The map that the controller is read by."""
        return self._compiled.regmap

    @property
    def inspection(self) -> Inspection | None:
        """What the last poll read and made of it; may be taken from any thread. None before it."""
        return self._inspection

    @property
    def link(self) -> ModbusLink:
        """The way to ask the controller, for what is not polled."""
        return self._link

    @property
    def reads(self) -> Reads:
        """The reads that the controller accepts and those that it refuses."""
        return self._reads

    async def connect(self) -> None:
        """Open the connection and see who answers; raises DeviceError."""
        self._is_known = False
        await self._open()

    async def poll(self) -> Sequence[Snapshot]:
        """Read and decode everything once; raises DeviceError when any block fails.

        One failed block fails the poll: values of one snapshot belong to one moment. A read that
        the controller refuses does not: its points are marked not supported.
        """
        try:
            async with asyncio.timeout(self.period_s * _POLL):
                words = await self._read()
        except TimeoutError:
            raise DeviceTimeoutError(self._too_slow()) from None
        return (self.accept(words),)

    def accept(self, words: Words) -> Snapshot:
        """Decode the words of all reads, laid end to end, as a poll just made."""
        if self._reads.blocks != self._read_by_decoder:
            self._read_by_decoder = self._reads.blocks
            self._decoder = self._compiled.decoder_of(self._read_by_decoder)
        self._polled = Polled(self._read_by_decoder, words, self._decoder)
        time = self._clock()
        values, reasons = self._decoder.decode(words, self._memory, time.mono_s)
        self._sequence += 1
        schema = self._compiled.schema
        snapshot = Snapshot(self.id, schema, values, reasons, time, self._sequence, self._identity)
        words.flags.writeable = False
        self._inspection = Inspection(
            self._compiled.regmap,
            self._read_by_decoder,
            words,
            snapshot,
            self._reads.refused,
            self._link.mark(),
        )
        return snapshot

    async def write(
        self, point: str, value: float, reason: str, actor: str, *, confirmed: bool = False
    ) -> WriteResult:
        """Write one point of an armed controller and read it back; see :class:`Writer`."""
        return await self._writer.write(point, value, reason, actor, confirmed=confirmed)

    async def close(self) -> None:
        """Let go of the connection: dropped at once unless other devices share it."""
        self._link.close()

    async def _open(self) -> None:
        """Connect; who answers is checked again unless we hung up ourselves."""
        await self._link.connect()
        if not self._is_known:
            self._identity = await read_identity(self._link, self._compiled.regmap)
            self._reads.forget()
            self._is_known = True

    async def _read(self) -> Words:
        if not self._link.is_open:
            # A peer that hangs up between two polls costs no poll.
            self._is_known = self._is_known and self._compiled.regmap.transport.close_after_cycle
            await self._open()
        mark = self._link.mark()
        words = await self._reads.run(self._link)
        if self._reads.ambiguous:
            await self._link.confirm(mark)
        if self._compiled.regmap.transport.close_after_cycle:
            self._link.close()
        return words

    def _too_slow(self) -> str:
        units = len(self._link.neighbours)
        share = f"; {units} units share the line" if units > 1 else ""
        within_s = self.period_s * _POLL
        least_s = sum(self._link.transfer_s(block) for block in self._reads.blocks)
        why = (
            f"; its reads take {least_s:.1f} s on the line alone" if least_s > within_s / 2 else ""
        )
        return f"{self._link.name} did not answer everything within {within_s:.2g} s{why}{share}"


def link_of(
    device_id: str, url: str, regmap: RegisterMap, period_s: float, lines: Lines
) -> ModbusLink:
    """Return the link to a URL in the manner that the map asks for; raises FileError."""
    where, transport = ModbusUrl.parse(url), regmap.transport
    try:
        line = lines.line(where.endpoint(transport))
    except ValueError as error:
        raise FileError(f"{device_id}: {error}") from None
    timeout_s = min(transport.timeout_ms / 1000, period_s * _PATIENCE)
    manners = Manners(
        inter_request_s=transport.inter_request_ms / 1000,
        pause_after_connect_s=transport.pause_after_connect_ms / 1000,
        worst_latency_s=timeout_s,
        in_flight=transport.max_in_flight,
    )
    unit = transport.unit_id if where.unit is None else where.unit
    return ModbusLink(line, unit, timeout_s, manners)


__all__ = ["CompiledMap", "DeviceError", "Inspection", "ModbusDevice", "link_of"]
