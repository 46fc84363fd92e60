"""GPUs as a table, as JSON and as lines of a site file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from console.cli.gpu_look import Look, SeenGpu
from console.cli.gpu_xid import EXTRACTIONS
from console.text import tr
from console.vocabulary import reason_text, translated_words, unit
from drivers.gpu.points import gpu_schema
from drivers.points import Reason

if TYPE_CHECKING:
    from console.health.gpu_findings import Finding

SEVERITIES = {1: "now", 2: "today", 3: "this week", 4: "for the record"}
"""When something has to be done; a key of the catalogue each."""
_HEADINGS = (
    "GPU",
    "Model",
    "Serial",
    "UUID",
    "Bus",
    "Core",
    "Margin",
    "Power",
    "Throttle",
    "ECC",
    "Remapped",
    "Last Xid",
)
_LEFT = frozenset({"Model", "Serial", "UUID", "Bus", "Throttle"})
_WHOLE = frozenset({"Serial", "Bus"})
_UUID_SHOWN = 13
_LEAST_WIDTH = {"Model": 150, "UUID": 150, "Bus": 150, "Serial": 105, "Remapped": 105}
"""In how many characters there is room for a column; the others are always there."""


def gpu_table(
    gpus: Sequence[SeenGpu],
    title: str,
    width: int,
    findings: Sequence[Sequence[Finding]] | None = None,
) -> Table:
    """Return a row per GPU for a terminal of so many characters.

    With ``findings`` the last column counts them.
    """
    table = Table(title=Text(title), title_justify="left")
    shown_ones = [h for h in _HEADINGS if width >= _LEAST_WIDTH.get(h, 0)]
    for heading in shown_ones:
        is_uuid = heading == "UUID"  # whole in JSON and in the lines for the site file
        table.add_column(
            tr(heading),
            justify="left" if heading in _LEFT else "right",
            no_wrap=is_uuid or heading in _WHOLE,
            max_width=_UUID_SHOWN if is_uuid else None,
            overflow="ellipsis",
        )
    if findings is not None:
        table.add_column(tr("Findings"), justify="right")
    for i, gpu in enumerate(gpus):
        cells = dict(zip(_HEADINGS, _cells(gpu), strict=True))
        row = [Text(cells[heading]) for heading in shown_ones]  # a name is not markup
        counted = [Text(str(len(findings[i]) or ""))] if findings is not None else []
        table.add_row(*row, *counted)
    return table


def _cells(gpu: SeenGpu) -> Iterator[str]:
    yield str(gpu.number)
    for key in ("model", "serial", "uuid", "pci_bus_id"):
        yield gpu.identity.get(key, "")
    if gpu.silence is not None:
        yield reason_text(gpu.silence)
        yield from [""] * (len(_HEADINGS) - 6)
        return
    for key in ("core_temperature", "thermal_margin", "power", "throttle_reasons"):
        yield shown(gpu, key)
    yield _counts(gpu, "ecc_corrected_aggregate", "ecc_uncorrected_aggregate")
    yield _remapped(gpu)
    yield shown(gpu, "last_xid")


def shown(gpu: SeenGpu, key: str) -> str:
    """Return a value with its unit, or in words why there is none."""
    value, point = gpu.value(key), gpu.point(key)
    if value is None:
        return reason_text(gpu.reason(key))
    words = point.words(value)
    if words is not None:
        return translated_words(words)
    return f"{value:.{point.precision}f} {unit(point.unit)}".strip()


def _counts(gpu: SeenGpu, *keys: str) -> str:
    """``1043 / 3``; the reason alone where all of them have the same."""
    reasons = {gpu.reason(key) for key in keys}
    if len(reasons) == 1 and gpu.value(keys[0]) is None:
        return reason_text(reasons.pop())
    return " / ".join(shown(gpu, key) for key in keys)


def _remapped(gpu: SeenGpu) -> str:
    counts = _counts(gpu, "correctable_remapped_rows", "uncorrectable_remapped_rows")
    flags = {"row_remap_pending": tr("pending"), "row_remap_failure": tr("failed")}
    return " ".join([counts, *(word for key, word in flags.items() if gpu.value(key) == 1)])


def look_title(look: Look) -> str:
    """Return where a look was taken and how long it took, or when it was recorded."""
    if not look.is_recorded:
        return f"{look.url}  {look.took_s * 1000:.0f} ms"
    times = sorted({gpu.identity.get("captured_at", "") for gpu in look.gpus} - {""})
    if not times:
        return f"{look.url}  {tr('recorded')}"
    return f"{look.url}  {tr('recorded at {time}', time=times[-1])}"


def finding_lines(look: Look) -> Iterator[str]:
    """What each GPU calls for, with what to do, most urgent first."""
    for gpu, found in zip(look.gpus, look.findings, strict=True):
        name = gpu.identity.get("serial") or gpu.identity.get("uuid") or ""
        for finding in found:
            when = tr(SEVERITIES[finding.severity])
            yield f"GPU {gpu.number} {name}".rstrip() + f"  [{when}] {finding.title_text()}"
            yield f"  {finding.why_text()}"
            out = tr(EXTRACTIONS[finding.extraction])
            yield f"  {tr('What to do')}: {tr(finding.todo.title)} ({tr('The GPU')}: {out})"
            for number, step in enumerate(finding.todo.steps, start=1):
                yield f"    {number}. {tr(step)}"


def as_json(look: Look) -> dict[str, Any]:
    """Return a look as JSON: values in UCUM units, null where there is none, and the reasons."""
    return {
        "source": look.url,
        "recorded": look.is_recorded,
        "took_s": round(look.took_s, 4),
        "trouble": list(look.trouble),
        "units": {point.key: point.unit for point in gpu_schema() if point.unit},
        "gpus": [
            {
                "number": gpu.number,
                "identity": dict(gpu.identity),
                "measured": _time(gpu),
                "lost": gpu.is_lost,
                "values": {point.key: gpu.value(point.key) for point in gpu_schema()},
                "reasons": _reasons(gpu),
                "limits": dict(gpu.limits),
                "findings": [_finding(finding) for finding in found],
            }
            for gpu, found in zip(look.gpus, look.findings, strict=True)
        ],
    }


def _time(gpu: SeenGpu) -> str | None:
    if gpu.measured is None:
        return None
    return datetime.fromtimestamp(gpu.measured.utc_us / 1e6, UTC).isoformat(timespec="seconds")


def _reasons(gpu: SeenGpu) -> dict[str, str]:
    told = {point.key: gpu.reason(point.key) for point in gpu_schema()}
    return {key: reason.word for key, reason in told.items() if reason is not Reason.NONE}


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.id,
        "severity": finding.severity,
        "title": finding.title_text(),
        "why": finding.why_text(),
        "action": finding.action,
        "todo": tr(finding.todo.title),
        "extraction": str(finding.extraction),
        "xid": finding.xid,
        "source": finding.source,
    }


def site_lines(look: Look) -> Iterator[str]:
    """The GPUs as ``[[host.gpu]]`` of a site file; the host's own lines come before them."""
    for gpu in look.gpus:
        names = [key for key in ("uuid", "serial", "model") if gpu.identity.get(key)]
        if not {"uuid", "serial"} & set(names):
            bus = gpu.identity.get("pci_bus_id", "")
            yield f"# slot {gpu.number}: {f'{bus} ' if bus else ''}tells neither UUID nor serial"
            continue
        yield "[[host.gpu]]"
        yield f"slot = {gpu.number}"
        yield from (f"{key} = {json.dumps(gpu.identity[key], ensure_ascii=False)}" for key in names)
        yield ""
