"""What the ``data`` commands share: which folder, which time, and how to say a size."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.text import tr
from drivers.files import FileError

if TYPE_CHECKING:
    from console.history.telemetry_store.trend import Damage
    from console.site import LoadedSite

SiteArgument = Annotated[
    Path | None,
    typer.Argument(metavar="SITE", help="A site file, or the id of a site.", show_default=False),
]
_AGE = re.compile(r"^(\d+(?:\.\d+)?)\s*(s|m|min|h|d|w|y)$")
_SECONDS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400, "w": 604_800, "y": 31_557_600}
_UNITS = ("B", "kB", "MB", "GB", "TB")
_SHOWN = 20


def loaded(site: Path | None) -> LoadedSite | None:
    """Return the site file that was named, None where it was an id; raises FileError."""
    if site is None or not (site.suffix or site.exists()):
        return None
    from console.site import load_site

    return load_site(site)


def folder_of(site: Path | None, data: Path | None, *, there: bool = True) -> Path:
    """Return the data folder that was named, or the only one there is; raises FileError.

    ``there``: it must exist.
    """
    from console.app import data_root, default_data

    if data is None and site is not None:
        found = loaded(site)
        data = default_data(found.site.site.id if found else str(site))
    if data is not None:
        if there and not data.is_dir():
            raise FileError(tr("{folder}: there is no such data folder", folder=data))
        return data
    if not there:
        raise FileError(tr("name a site or a folder with --data"))
    return _only_one(data_root())


def _only_one(root: Path) -> Path:
    found = sorted({path.parent for path in root.glob("*/*.db")})
    if len(found) == 1:
        return found[0]
    if not found:
        raise FileError(
            tr("{folder}: nothing has been recorded yet; name a folder with --data", folder=root)
        )
    names = ", ".join(str(folder) for folder in found)
    raise FileError(
        tr(
            "{folder}: there are several data folders; choose one with --data: {names}",
            folder=root,
            names=names,
        )
    )


def moment(text: str, now: datetime | None = None) -> int:
    """Return UTC microseconds of ``2026-11-21``, ``2026-11-21T12:00+08:00`` or ``36h`` (ago).

    Without a zone it is UTC; raises typer.BadParameter.
    """
    age = _AGE.match(text.strip())
    try:
        if age:
            ago = timedelta(seconds=float(age[1]) * _SECONDS[age[2]])
            found = (now or datetime.now(UTC)) - ago
        else:
            found = datetime.fromisoformat(text.strip())
    except (ValueError, OverflowError):
        raise typer.BadParameter(
            tr("'{text}' is no time; allowed are 2026-11-21T12:00, 90m, 36h, 7d", text=text)
        ) from None
    if found.tzinfo is None:
        found = found.replace(tzinfo=UTC)
    return (found - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def duration_us(text: str) -> int:
    """Return microseconds of ``10s``, ``5m``, ``1h``, ``1d``; raises typer.BadParameter."""
    found = _AGE.match(text.strip())
    if not found or float(found[1]) <= 0:
        raise typer.BadParameter(
            tr("'{text}' is no length; allowed are 10s, 5m, 1h, 1d", text=text)
        )
    return round(float(found[1]) * _SECONDS[found[2]] * 1_000_000)


def size_text(count: float) -> str:
    """Return bytes as people read them: ``1.3 GB``."""
    step = 0
    while count >= 1000 and step < len(_UNITS) - 1:
        count, step = count / 1000, step + 1
    return f"{count:.0f} {_UNITS[step]}" if step == 0 else f"{count:.1f} {_UNITS[step]}"


def time_text(utc_us: int | None) -> str:
    """Return a moment to the second, UTC; nothing for None."""
    if utc_us is None:
        return ""
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=utc_us)
    return f"{at:%Y-%m-%d %H:%M:%S}"


def damage_text(damage: Damage) -> str:
    """Return what could not be read in one line."""
    what = " ".join(filter(None, (damage.file, damage.part, damage.key)))
    if not damage.until_us:
        return tr("{what}: {detail}", what=what, detail=damage.detail)
    return tr(
        "{what}: {since} to {until} UTC: {detail}",
        what=what,
        since=time_text(damage.from_us),
        until=time_text(damage.until_us),
        detail=damage.detail,
    )


def tell_damage(damaged: Iterable[Damage]) -> None:
    """Say on standard error what could not be read."""
    lines = [damage_text(one) for one in damaged]
    for line in lines[:_SHOWN]:
        typer.echo(line, err=True)
    if len(lines) > _SHOWN:
        typer.echo(tr("and {count} more", count=len(lines) - _SHOWN), err=True)


class Progress:
    """One line on a terminal that is written over; nothing anywhere else."""

    def __init__(self) -> None:
        self._length = 0
        self._shows = sys.stderr.isatty()

    def show(self, text: str) -> None:
        """Show a text in place of the one before."""
        if self._shows:
            sys.stderr.write("\r" + text[:78].ljust(self._length))
            sys.stderr.flush()
            self._length = min(len(text), 78)


@contextmanager
def progress() -> Iterator[Progress]:
    """Give a line for progress, and clear it at the end."""
    line = Progress()
    try:
        yield line
    finally:
        line.show("")
        line.show("")
