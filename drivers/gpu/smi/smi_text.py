"""``nvidia-smi -q``: an indented tree in which lines of one name stand in many sections.

A line counts only at its whole place: "Average Power Draw" is printed for the GPU, its memory and
its module. A section whose heading is lost is lost with it. What cannot be seen is a stretch cut
out so cleanly that one section's heading stands over just the lines of another of the same names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from drivers.gpu.smi.captured import CapturedGpu, Facts
from drivers.gpu.smi.printed import absent, bus_id, identity, moment, number, word
from drivers.gpu.smi.spec import SmiValue, sections_of, smi_spec
from drivers.points import Reason

_GPU = re.compile(r"\s*GPU ([0-9A-Fa-f]{4,8}:[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}\.[0-9A-Fa-f])\s*")
_LINE = re.compile(r"(\s*)(\S.*?)\s+:(?:\s+(.*?))?\s*")
_LOG = re.compile(r"\s*=+\s*NVSMI LOG\s*=+\s*")
_ACTIVE = {"Active": 1, "Not Active": 0}
_OF_HOST = ("Timestamp", "Driver Version", "KMD Version", "CUDA Version", "Attached GPUs")


@dataclass
class _Block:
    """The lines of one GPU, and what stood above them for the whole host."""

    bus: str
    indent: int
    host: dict[str, str]
    facts: Facts = field(default_factory=Facts)
    stack: list[tuple[int, str]] = field(default_factory=list)

    def holds(self, line: str) -> bool:
        """Whether a line is indented deeper than the GPU's heading."""
        return _indent(line) > self.indent

    def take(self, line: str) -> None:
        """Note a line at its place in the tree; one that is not indented is not of the tree."""
        if not self.holds(line):
            return
        indent = _indent(line)
        found = _LINE.fullmatch(line)
        name = found[2] if found else line.strip()
        while self.stack and self.stack[-1][0] >= indent:
            self.stack.pop()
        self.stack.append((indent, name))
        place = "/".join(name for _, name in self.stack)
        if found:
            self.facts.add(place, found[3] or "")


def read_query_text(text: str) -> list[CapturedGpu]:
    """Return the GPUs in the order printed, one for each time that one is printed.

    The last line is used only where it is ended: a file cut short may have lost a digit.
    """
    return [_captured(block) for block in _blocks(_whole_lines(text))]


def _whole_lines(text: str) -> Sequence[str]:
    return text.expandtabs(8).split("\n")[:-1]


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _blocks(lines: Sequence[str]) -> list[_Block]:
    blocks: list[_Block] = []
    host: dict[str, str] = {}
    block: _Block | None = None
    for line in lines:
        if gpu := _GPU.fullmatch(line):
            block = _Block(gpu[1], _indent(line), host)
            blocks.append(block)
        elif _LOG.fullmatch(line):
            block, host = None, {}
        elif line.lstrip().startswith(_OF_HOST) and (block is None or not block.holds(line)):
            if block is not None:
                block, host = None, {}
            if found := _LINE.fullmatch(line):
                host[found[2]] = found[3] or ""
        elif block is not None:
            block.take(line)
    return blocks


def _captured(block: _Block) -> CapturedGpu:
    spec = smi_spec()
    gpu = CapturedGpu(identity=_identity(block))
    gpu.taken = moment(block.host.get("Timestamp", ""))
    for value in spec.value:
        gpu.add(value.key, _value(value, block.facts))
    gpu.add("throttle_reasons", _throttle(block.facts))
    for name, place in spec.limits.items():
        limit = number(block.facts.text(place), frozenset({"C"}))
        if not isinstance(limit, Reason):
            gpu.own_limits[name] = limit
    return gpu


def _identity(block: _Block) -> dict[str, str]:
    told = {"pci_bus_id": bus_id(block.bus)}
    for name, places in smi_spec().identity.items():
        for place in places:
            told.setdefault(name, identity(name, block.facts.text(place)))
    driver = block.host.get("KMD Version") or block.host.get("Driver Version") or ""
    told["driver"] = identity("driver", driver.partition(" [")[0])  # "610.57 [Deprecated; …]"
    return {name: text for name, text in told.items() if text}


def _value(value: SmiValue, facts: Facts) -> float | Reason | None:
    """The first way that leads to a number, else the reason that the first way gives."""
    reason: Reason | None = None
    for way in value.at:
        found = _total([_part(value, place, facts) for place in way])
        if isinstance(found, Reason):
            reason = found if reason is None else reason
        elif found is not None:
            return found
    if reason is Reason.NOT_SUPPORTED and value.instead:
        return _part(value, value.instead, facts)
    return reason


def _total(parts: Sequence[float | Reason | None]) -> float | Reason | None:
    """All parts together; None where one is not printed. A part that the GPU has not adds none."""
    if None in parts:
        return None
    numbers = [part for part in parts if part is not None and not isinstance(part, Reason)]
    reasons = {part for part in parts if isinstance(part, Reason)}
    if numbers and reasons <= {Reason.NOT_SUPPORTED}:
        return sum(numbers)
    return next(iter(reasons - {Reason.NOT_SUPPORTED}), Reason.NOT_SUPPORTED)


def _part(value: SmiValue, place: str, facts: Facts) -> float | Reason | None:
    text = facts.get(place)
    if text is None:
        return _of_section(place, facts)
    if isinstance(text, Reason):
        return text
    words = smi_spec().words.get(value.key)
    return word(text, words) if words else number(text, frozenset({value.unit}))


def _of_section(place: str, facts: Facts) -> Reason | None:
    """``Remapped Rows : N/A`` stands for every line of that section."""
    texts = (facts.text(section) for section in sections_of(place))
    return next((reason for text in texts if (reason := absent(text)) is not None), None)


def _throttle(facts: Facts) -> float | Reason | None:
    spec = smi_spec().throttle
    for section in spec.sections:
        texts = {bit: facts.get(f"{section}/{line}") for line, bit in spec.bits.items()}
        if any(texts.values()):
            return _mask(texts)
    return _of_section(f"{spec.sections[0]}/Idle", facts)


def _mask(texts: Mapping[int, str | Reason | None]) -> float | Reason | None:
    """The mask of all lines; None where one is not printed, a reason where one has none."""
    mask = 0
    for bit, text in texts.items():
        active = text if text is None or isinstance(text, Reason) else word(text, _ACTIVE)
        if active is None or isinstance(active, Reason):
            return active
        mask |= int(active) << bit
    return float(mask)
