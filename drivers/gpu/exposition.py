"""Exporter text to samples: dcgm-exporter's and nvidia_gpu_exporter's, told apart by their names.

What a line means is decided by prometheus_client's parser. That costs 30 us a line, and from one
scrape to the next nothing but the values changes: so what everything before the value means is
kept, and only lines that begin in a new way go through the parser.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from drivers.device import DeviceError, DeviceGarbledError
from drivers.gpu.series import metrics, series_of
from drivers.gpu.source import GpuSample
from drivers.gpu.table import GpuTable, with_last
from drivers.points import Stamp

_MOST_KNOWN = 50_000
_MOST_LINES, _MOST_NEW_LINES = 100_000, 20_000
_LONGEST_LINE = 16_384
_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*(?=[ \t{])")
_OTHER = -1
_OURS = ("DCGM_", "nvidia_smi_", "dcgm_", "tankside_gpu_")


class ExpositionReader:
    """Reads the texts of one exporter, one after another."""

    def __init__(self) -> None:
        self._table = GpuTable()
        self._known: dict[str, int] = {}
        self._new_lines = 0
        self._last: dict[str, GpuSample] = {}
        self.xids: Mapping[tuple[str, int], float] = {}
        """When each Xid was last seen, by GPU and code, where the exporter tells that."""

    def read(self, text: str, now: Stamp) -> list[GpuSample]:
        """Return a sample per GPU in the order of their numbers; none for an empty text.

        An exporter whose driver has lost every GPU says nothing of any. Raises DeviceGarbledError
        for a text that is cut short, cannot be read, or is that of another kind of exporter;
        DeviceError where the exporter cannot look at its GPUs and has never said which there are.
        """
        if text and not text.endswith("\n"):
            raise DeviceGarbledError("its text is cut short: it ends in the middle of a line")
        if len(self._known) > _MOST_KNOWN:
            self._forget()
        try:
            look = self._table.look(*self._cells(text), now)
        except DeviceGarbledError:
            self._forget()
            raise
        self.xids = look.xids
        if look.failed:
            samples = with_last(look, self._last.values())
            if samples:
                return samples
            raise DeviceError("the exporter answers, but its own look at the GPUs fails")
        if not look.samples and text.strip() and not any(ours in text for ours in _OURS):
            raise DeviceGarbledError("it answered, but names no GPU")
        self._last = {sample.key: sample for sample in look.samples}
        return look.samples

    def _forget(self) -> None:
        self._table, self._known = GpuTable(), {}

    def _cells(self, text: str) -> tuple[list[int], list[float]]:
        """The cells named in a text and the value of each."""
        self._new_lines = 0
        if text.count("\n") > _MOST_LINES:
            raise DeviceGarbledError("its text is far larger than any exporter's")
        cells: list[int] = []
        tokens: list[str] = []
        known, learned = self._known.get, 0.0
        for line in text.split("\n"):
            cut = line.rfind(" ")
            cell = known(line[:cut])
            if cell is None or cut < 0:
                cell, learned = self._learn(line)
                if cell >= 0:
                    cells.append(cell)
                    tokens.append(repr(learned))
            elif cell >= 0:
                cells.append(cell)
                tokens.append(line[cut + 1 :])
        # float() takes 1_000, which is no value in this format.
        if "_" not in "".join(tokens):
            try:
                return cells, list(map(float, tokens))
            except ValueError:
                pass
        return self._line_by_line(text)

    def _line_by_line(self, text: str) -> tuple[list[int], list[float]]:
        """The same for a text in which something is not as usual."""
        self._known, self._new_lines = {}, 0
        found = [self._learn(line) for line in text.split("\n")]
        return [cell for cell, _ in found if cell >= 0], [v for cell, v in found if cell >= 0]

    def _learn(self, line: str) -> tuple[int, float]:
        """Return ``(cell, value)`` of a line that begins in a new way; the cell is -1 for no use.

        It is kept under everything before its value where another value there would mean the
        same series: not with a timestamp or an exemplar behind it.
        """
        stripped = line.strip()
        before, space, token = line.rpartition(" ")
        name = _NAME.match(stripped)
        if not stripped or stripped[0] == "#" or (name and name[0] not in metrics()):
            if space:
                self._known[before] = _OTHER
            return _OTHER, 0.0
        series_name, labels, value, is_bare = self._parsed(stripped)
        series = series_of(series_name, labels)
        cell = _OTHER if series is None else self._table.learn(series, value)
        if is_bare and space and _is_value(token, value):
            self._known[before] = cell
        return cell, value

    def _parsed(self, line: str) -> tuple[str, Mapping[str, str], float, bool]:
        """``(name, labels, value, nothing follows the value)`` of a line, as the parser has it."""
        from prometheus_client.parser import text_string_to_metric_families  # 25 ms, once

        self._new_lines += 1
        if self._new_lines > _MOST_NEW_LINES or len(line) > _LONGEST_LINE:
            raise DeviceGarbledError("its text is far larger than any exporter's")
        try:
            ((sample,),) = (family.samples for family in text_string_to_metric_families(line))
            value = float(sample.value)
        except (ValueError, KeyError, IndexError, OverflowError) as error:
            raise DeviceGarbledError(f"its text cannot be read: {str(error)[:200]!r}") from None
        return sample.name, sample.labels, value, sample.timestamp is None


def _is_value(token: str, value: float) -> bool:
    try:
        found = float(token)
    except ValueError:
        return False
    return "_" not in token and (found == value or (found != found and value != value))  # noqa: PLR0124  NaN
