"""Tables in the terminal."""

from __future__ import annotations

import json
from types import TracebackType
from typing import TYPE_CHECKING, Self

import typer
from rich.console import Console
from rich.live import Live
from rich.table import Table

from console.acquisition.latest import LinkState
from console.text import tr

if TYPE_CHECKING:
    from console.session import Session, Summary
    from drivers.points import Snapshot

_COLUMNS = (
    ("Supply", "coolant_supply_temperature"),
    ("Return", "coolant_return_temperature"),
    ("Flow", "coolant_flow"),
    ("Level", "level"),
    ("IT power", "it_power"),
)


def terminal() -> Console:
    """Return where tables go: as wide as the terminal, and wide enough in a pipe or a file."""
    console = Console()
    return console if console.is_terminal else Console(width=200)


def print_json(value: object) -> None:
    """Print a value as JSON, numbers as they are."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def shown(view: Snapshot, key: str) -> str:
    """Return a reading with its unit, or what is wrong with it; never a number that is not good."""
    reading = view.get(key)
    if reading is None:
        return ""
    if reading.value is None or reading.quality != "good":
        return f"--- {reading.reason.word.replace('_', ' ')}"
    words = reading.point.words(reading.value)
    return words or f"{reading.value:.{reading.point.precision}f} {reading.point.unit}".strip()


class LiveTable:
    """A row per tank and per host, redrawn in place while ``live``."""

    def __init__(self, *, live: bool) -> None:
        self._live = Live(auto_refresh=False) if live else None

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live:
            self._live.stop()

    def show(self, session: Session) -> None:
        """Redraw."""
        if self._live:
            self._live.update(_table(session), refresh=True)

    def print(self, session: Session) -> None:
        """Print it once, for a pipe or a file."""
        terminal().print(_table(session))


def _table(session: Session) -> Table:
    table = Table(title=session.site.site.name)
    for heading in ("Place", "State", *(name for name, _ in _COLUMNS), "Alarms", "Age"):
        table.add_column(tr(heading), justify="left" if heading in {"Place", "State"} else "right")
    for tank in session.tanks:
        view = session.view(tank.id)
        values = [shown(view, key) for _, key in _COLUMNS]
        alarms = sum(1 for alarm in session.book.of([tank.id]) if alarm.active)
        age_s = session.now().mono_s - view.time.mono_s
        row = [tank.name, _state(session, tank.id), *values, str(alarms or ""), f"{age_s:.1f} s"]
        table.add_row(*row)
    for host in session.hosts:
        parts = session.gpus(host.id)
        known = [session.view(part).good("core_temperature") for part in parts]
        hot = [value for value in known if value is not None]
        warmest = f"{max(hot):.0f} Cel" if hot else "---"
        cells = ["", warmest, "", f"{len(hot)}/{len(parts)} GPU", "", "", ""]
        table.add_row(host.name, _state(session, host.id), *cells)
    return table


def _state(session: Session, device: str) -> str:
    words = {
        LinkState.CONNECTING: "connecting",
        LinkState.LIVE: "live",
        LinkState.LOST: "no answer",
    }
    return tr(words[session.latest.link(device).state])


def print_summary(summary: Summary) -> None:
    """Print the counts of a run, a line each."""
    for name, value in summary.as_dict().items():
        typer.echo(f"{name:14} {value:g}")
