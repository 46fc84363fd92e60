"""Register numbers as manuals print them: ``30011``, ``412002``, ``0x0545``, ``36864``."""

from __future__ import annotations

import re

from drivers.modbus.datatypes import Area

_HEXADECIMAL = re.compile(r"0x([0-9a-fA-F]+)$|([0-9a-fA-F]+)h$", re.IGNORECASE)
_AREAS = {area.leading_digit: area for area in Area}


def wire_addresses(printed: str, area: Area, base: int) -> set[int]:
    """Return every address on the wire that a printed number may stand for in an area.

    ``base`` is what the manual counts from. Nothing is returned for a text that is no number.
    """
    number = _number(printed)
    if number is None:
        return set()
    found = {number - base}
    by_area = reference(printed)
    if by_area is not None and by_area[0] is area:
        found.add(by_area[1])
    return {address for address in found if 0 <= address <= 65535}


def reference(printed: str) -> tuple[Area, int] | None:
    """Return ``(area, wire address)`` of reference notation, which always counts from one."""
    text = printed.strip()
    if not text.isdecimal() or len(text) not in {5, 6} or text[0] not in _AREAS:
        return None
    address = int(text[1:]) - 1
    return (_AREAS[text[0]], address) if 0 <= address <= 65535 else None


def looks_printed(address: int, area: Area) -> bool:
    """Return whether a wire address is rather a number in reference notation of its own area."""
    found = reference(str(address))
    return found is not None and found[0] is area


def _number(printed: str) -> int | None:
    text = printed.strip()
    found = _HEXADECIMAL.match(text)
    if found:
        return int(found.group(1) or found.group(2), 16)
    return int(text) if text.isdecimal() else None
