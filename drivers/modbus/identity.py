"""Whether the controller that answers is the one the map describes; asked when connecting.

Another controller's registers read without an error and decode to nonsense that looks real. So
what names a controller is compared with what the map expects before anything is shown.
"""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from drivers.device import DeviceError
from drivers.modbus.datatypes import TEXT_TYPES, coding
from drivers.modbus.frames import ModbusRefusedError
from drivers.modbus.link import ModbusLink
from drivers.modbus.mapspec import RegisterText
from drivers.modbus.planner import Block, plan_identity
from drivers.modbus.regmap import RegisterMap

_PADDING = " \t\r\n\0\x7f\xff"
_SHOWN = 40
_NO_VALUE = frozenset({0xFFFF, 0x7FFF, 0x8000})
Words = NDArray[np.uint16]


class WrongControllerError(DeviceError):
    """The controller is not the one that the map is for."""

    kind = "wrong controller"


def text_of(spec: RegisterText, words: Words) -> str:
    """Return what registers say: a text without its padding, or a number as people write it."""
    ordered = words if spec.word_order == "big" else words[::-1]
    data = ordered.astype(">u2" if spec.byte_order == "big" else "<u2").tobytes()
    if spec.type == "raw":
        return data.hex()
    if spec.type in TEXT_TYPES:
        encoding = "utf-8" if spec.type == "utf8" else "latin-1"
        return _printable(data.decode(encoding, "replace").strip(_PADDING))
    if spec.type.startswith("bcd"):
        return data.hex()
    kind = coding(spec.type, spec.length).dtype
    return str(np.frombuffer(data, f">{kind}")[0])


def mismatch(spec: RegisterText, text: str) -> bool:
    """Whether a text is not what the map expects of it."""
    if not spec.expect or (spec.allow_blank and not text):
        return False
    return re.search(spec.expect, text) is None


async def read_identity(link: ModbusLink, regmap: RegisterMap) -> dict[str, str]:
    """Return what the controller says of itself, by key.

    Raises WrongControllerError where it is not what the map expects, DeviceError for the rest.
    """
    reader = _Reader(link, regmap)
    if regmap.probe is not None:
        await reader.text(regmap.probe, "the probe register", may_be_empty=True)
    told = {spec.key: await reader.text(spec, spec.name or spec.key) for spec in regmap.identity}
    return {key: text for key, text in told.items() if text}


class _Reader:
    """Reads texts, several at once where the plan says so."""

    def __init__(self, link: ModbusLink, regmap: RegisterMap) -> None:
        self._link = link
        self._regmap = regmap
        self._blocks = plan_identity(regmap)
        self._read: dict[Block, Words] = {}

    async def text(self, spec: RegisterText, name: str, *, may_be_empty: bool = False) -> str:
        """Return a text that is as expected; empty where the controller has none and need not.

        ``may_be_empty`` accepts the numbers by which controllers say that there is no value: a
        measuring register that has none at the moment says nothing against the map.
        """
        try:
            words = await self._words(spec)
            if may_be_empty and _NO_VALUE.issuperset(words.tolist()):
                return ""
            text = text_of(spec, words)
        except ModbusRefusedError as error:
            if not spec.expect:
                return ""
            raise WrongControllerError(f"{error}; {self._advice()}") from None
        if mismatch(spec, text):
            raise WrongControllerError(
                f"{self._link.name}, unit {self._link.unit}: {name} is {text[:_SHOWN]!r}, "
                f"expected is {spec.expect!r}; {self._advice()}"
            )
        return text

    async def _words(self, spec: RegisterText) -> Words:
        own = Block(spec.area, spec.address, spec.words)
        block = next((b for b in self._blocks if b.covers(own.area, own.address, own.count)), own)
        if block not in self._read:
            try:
                self._read[block] = await self._link.read(block)
            except ModbusRefusedError:
                if block == own:
                    raise
                return await self._link.read(own)
        start = spec.address - block.address
        return self._read[block][start : start + spec.words]

    def _advice(self) -> str:
        return (
            f"this is not the controller that map {self._regmap.id!r} is for: "
            "check the URL, the unit and the map in the site file"
        )


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in text)
