"""A Prometheus server for tests: what was scraped when, behind its real query API."""

from __future__ import annotations

import asyncio
import bisect
import json
import re
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qs

from prometheus_client.parser import text_string_to_metric_families

from tests.unit.gpu_sources.web import answer

_QUERY = re.compile(r'(last_over_time\()?\{__name__=~"([^"]+)",(.*)\}\[(\d+)ms\]\)?')
_PAIR = re.compile(r'([a-zA-Z_]\w*)=("(?:[^"\\]|\\.)*")')
Labels = tuple[tuple[str, str], ...]


@dataclass
class Prometheus:
    """``now_s`` is the server's clock; ``gone`` holds ends of series that it noticed itself."""

    now_s: float
    series: dict[Labels, list[tuple[float, str]]] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)
    body: bytes | None = None
    status: str = "200 OK"
    has_date: bool = True

    def scrape(self, text: str, at_s: float, instance: str = "node-3:9400") -> None:
        """Keep what an exporter said at a moment."""
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                name = sample.name
                if family.type == "counter" and f"{family.name}_total" == name:
                    name = name if f"\n{name}" in f"\n{text}" else family.name
                labels = {"__name__": name, "job": "gpu", "instance": instance, **sample.labels}
                kept = self.series.setdefault(tuple(sorted(labels.items())), [])
                kept.append((at_s, str(sample.value)))

    async def __call__(self, question: bytes, writer: asyncio.StreamWriter) -> None:
        head, _, form = question.partition(b"\r\n\r\n")
        asked = {name: values[0] for name, values in parse_qs(form.decode()).items()}
        self.asked.append({"path": head.split(b" ")[1].decode(), **asked})
        body = self.body if self.body is not None else self._told(asked)
        date = f"Date: {formatdate(self.now_s, usegmt=True)}\r\n" if self.has_date else ""
        writer.write(answer(body, self.status, "application/json", date))
        await writer.drain()

    def _told(self, asked: dict[str, str]) -> bytes:
        match = _QUERY.fullmatch(asked["query"])
        assert match, asked
        _, names, selector, window_ms = match.groups()
        wanted = {name: json.loads(text) for name, text in _PAIR.findall(selector)}
        assert re.sub(_PAIR, "", selector).strip(",") == ""
        found = []
        for key, samples in self.series.items():
            labels = dict(key)
            if not re.fullmatch(names, labels["__name__"]):
                continue
            if any(labels.get(name, "") != text for name, text in wanted.items()):
                continue
            values = self._values(samples, asked, int(window_ms) / 1000)
            if values:
                found.append({"metric": labels, "values": values})
        data = {"resultType": "matrix", "result": found}
        return json.dumps({"status": "success", "data": data}).encode()

    def _values(
        self, samples: list[tuple[float, str]], asked: dict[str, str], window_s: float
    ) -> list[Any]:
        if "step" not in asked:
            return [[t, v] for t, v in samples if self.now_s - window_s < t <= self.now_s]
        start_s, end_s, step_s = (float(asked[key]) for key in ("start", "end", "step"))
        times = [time_s for time_s, _ in samples]
        found, at_s = [], start_s
        while at_s <= end_s + 1e-9:
            i = bisect.bisect_right(times, at_s) - 1
            if i >= 0 and times[i] > at_s - window_s:
                found.append([round(at_s, 3), samples[i][1]])
            at_s += step_s
        return found
