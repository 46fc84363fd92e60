"""Which register map fits a controller that nobody has described: read a little, score every map.

Never writes. Reads are few, paced, and shared between the maps; a controller that does not answer
is left alone after two attempts. What speaks for and against each map is told in sentences
(:mod:`drivers.modbus.probe_score`), because a person decides.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from drivers.device import DeviceError, DeviceTimeoutError
from drivers.modbus.frames import ModbusRefusedError
from drivers.modbus.line import Line, Manners
from drivers.modbus.link import ModbusLink
from drivers.modbus.mapspec import RegisterText, Transport
from drivers.modbus.planner import Block, plan, split
from drivers.modbus.probe_score import Findings, MapScore, score_map
from drivers.modbus.rawwords import Words
from drivers.modbus.regmap import RegisterMap
from drivers.modbus.url import ModbusUrl

PACE_S = 0.05
MOST_READS_PER_MAP = 40
TIMEOUT_S = 1.0
_CONNECT_S = 5.0
_SILENCES_UNTIL_GIVEN_UP = 2
_MOST_SPLITS = 3
_HOPELESS = 4


@dataclass(frozen=True, slots=True)
class ProbeReport:
    """What a probe found; ``error`` is why nothing could be said, else empty."""

    url: str
    reads: int
    refused: int
    scores: tuple[MapScore, ...]
    error: str = ""

    @property
    def best(self) -> MapScore | None:
        """The map that fits best, if any fits or may fit."""
        return next((score for score in self.scores if score.is_possible), None)

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        scores = [{**asdict(score), "verdict": score.verdict} for score in self.scores]
        return {**asdict(self), "scores": scores}


async def probe(
    url: str,
    maps: Sequence[RegisterMap],
    *,
    pace_s: float = PACE_S,
    progress: Callable[[str], None] = lambda _: None,
) -> ProbeReport:
    """Ask a controller and return how well each map fits, best first.

    ``progress`` is told the id of each map in its turn. Raises ValueError for a bad URL; a
    controller that cannot be reached or does not answer is a report with an error.
    """
    where = ModbusUrl.parse(url)
    line = Line(where.endpoint(maps[0].transport if maps else Transport()))
    pauses_s = [pace_s, *(each.transport.inter_request_ms / 1000 for each in maps)]
    asker = Asker(line, max(pauses_s))
    scores: list[MapScore] = []
    error = ""
    try:
        await asker.open()
        for regmap in maps:
            progress(regmap.id)
            unit = regmap.transport.unit_id if where.unit is None else where.unit
            scores.append(score_map(regmap, unit, await findings(asker, regmap, unit)))
    except DeviceError as failed:
        error = str(failed)
    finally:
        asker.close()
    if not error and not asker.answers:
        error = f"{line.name} accepts the connection, but no unit answers"
    ranked = sorted(scores, key=lambda score: (-score.score, score.map_id))
    return ProbeReport(url, asker.reads, asker.refused, () if error else tuple(ranked), error)


class Asker:
    """Reads politely and remembers everything: no register is read twice.

    ``answers`` counts what came back, refusals included.
    """

    def __init__(self, line: Line, pace_s: float) -> None:
        self._line = line
        self._pace_s = pace_s
        self._links: dict[int, ModbusLink] = {}
        self._asked: dict[tuple[int, Block], Words | None] = {}
        self._silences: dict[int, int] = {}
        self.reads = self.refused = self.answers = 0

    async def open(self) -> None:
        """Connect; raises DeviceError."""
        await self._line.open(self, _CONNECT_S)

    def close(self) -> None:
        """Hang up."""
        self._line.let_go(self)

    def is_silent(self, unit: int) -> bool:
        """Whether a unit did not answer when it was asked, and is not asked any more."""
        return self._silences.get(unit, 0) >= _SILENCES_UNTIL_GIVEN_UP

    async def words(self, unit: int, block: Block) -> Words | None:
        """Return a block's words; None where it is refused or the unit is silent."""
        wanted = Block(block.area, block.address, block.count)
        if (unit, wanted) in self._asked:
            return self._asked[unit, wanted]
        for (asked, known), words in self._asked.items():
            inside = known.covers(wanted.area, wanted.address, wanted.count)
            if asked == unit and inside and words is not None:
                start = wanted.address - known.address
                return words[start : start + wanted.count]
        found = None if self.is_silent(unit) else await self._ask(unit, wanted)
        self._asked[unit, wanted] = found
        return found

    async def _ask(self, unit: int, block: Block) -> Words | None:
        if not self._line.is_open:
            await self.open()
        self.reads += 1
        try:
            words = await self._link(unit).read(block)
        except ModbusRefusedError:
            self.refused += 1
            self.answers += 1
            self._silences.pop(unit, None)
            return None
        except DeviceTimeoutError:
            self._silences[unit] = self._silences.get(unit, 0) + 1
            return None
        self.answers += 1
        self._silences.pop(unit, None)
        return words

    def _link(self, unit: int) -> ModbusLink:
        if unit not in self._links:
            manners = Manners(inter_request_s=self._pace_s, worst_latency_s=TIMEOUT_S)
            self._links[unit] = ModbusLink(self._line, unit, TIMEOUT_S, manners)
        return self._links[unit]


async def findings(asker: Asker, regmap: RegisterMap, unit: int) -> Findings:
    """Ask for what a map describes; what is refused is split a few times, then left out.

    A map of which nothing can be read is soon given up: there are others to be tried.
    """
    named: list[RegisterText] = [*([regmap.probe] if regmap.probe else []), *regmap.identity]
    telling = [text for text in named if text.expect]
    texts = [(t, await asker.words(unit, Block(t.area, t.address, t.words))) for t in telling]
    blocks: list[Block] = []
    words: list[Words] = []
    todo, splits, most = list(plan(regmap)), _MOST_SPLITS, asker.reads + MOST_READS_PER_MAP
    while todo and asker.reads < most and not asker.is_silent(unit):
        block = todo.pop(0)
        found = await asker.words(unit, block)
        if found is not None:
            blocks.append(block)
            words.append(found)
        elif splits:
            splits -= 1
            todo = [*split(block, regmap), *todo]
        if not blocks and asker.reads >= most - MOST_READS_PER_MAP + _HOPELESS:
            break
    return Findings(tuple(texts), tuple(blocks), tuple(words), asker.is_silent(unit))
