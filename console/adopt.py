"""Writing a new tank into the site file, so that nothing else in it changes and nothing is lost.

The new text is written beside the file, read back, checked as the console checks it at its start,
and only then put in its place; what was there before is kept in a backup.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from console.site import LoadedSite, Tank, check_site
from drivers.files import FileError, faults_of, toml_of
from drivers.modbus.interchange.toml_text import to_toml
from drivers.modbus.mapspec import Transport
from drivers.modbus.url import ModbusUrl

_SHOWN = ("id", "name", "map", "url", "fluid")
"""Written even where they are the default: a reader of the file asks for them."""


class AdoptError(Exception):
    """The tank cannot be saved; one sentence for a person. Nothing has been changed."""


@dataclass(frozen=True, slots=True)
class Saved:
    """Where a tank was written; ``backup`` holds the file as it was, None for a new file."""

    path: Path
    backup: Path | None


def new_tank(**given: object) -> Tank:
    """Return a tank as the site file would give it; raises AdoptError naming what is wrong."""
    try:
        tank = Tank.model_validate(given)
    except ValidationError as error:
        fault = faults_of(error)[0]
        where = ".".join(str(part) for part in fault.path)
        raise AdoptError(f"{where}: {fault.text}") from None
    for key, text in (("name", tank.name), ("hall", tank.hall), ("map", tank.map)):
        if not text.isprintable() or (key != "hall" and not text.strip()):
            raise AdoptError(f"{key}: a text of printable characters must be given")
    return tank


def tank_text(tank: Tank) -> str:
    """Return the ``[[tank]]`` table of a tank as it will stand in the file."""
    told = tank.model_dump(exclude_defaults=True)
    shown = {key: getattr(tank, key) for key in Tank.model_fields if key in told or key in _SHOWN}
    return to_toml({"tank": [shown]})


def append_tank(path: Path, tank: Tank) -> Saved:
    """Write a tank at the end of a site file and keep a backup; raises AdoptError.

    Every byte that was in the file stays where it was.
    """
    place = path.resolve()
    before = _bytes_of(place)
    old = _checked(before, path)
    after = _appended(before, tank_text(tank))
    new = _checked(after, path)
    if new.site != old.site.model_copy(update={"tank": (*old.site.tank, tank)}):
        raise AdoptError(f"{path}: adding the tank would change what else the file says")
    part = _write_beside(place, after)
    try:
        if part.read_bytes() != after:
            raise AdoptError(f"{path}: what was written cannot be read back; the disk may be full")
        backup = _back_up(place, before)
        if _bytes_of(place) != before:
            raise AdoptError(f"{path}: somebody else has just changed the file; try again")
        part.replace(place)
        _settle(place.parent)
    except OSError as error:
        raise AdoptError(f"{path}: cannot be written: {error.strerror}") from None
    finally:
        part.unlink(missing_ok=True)
    return Saved(path, backup)


def new_site_file(path: Path, name: str, tank: Tank) -> Saved:
    """Write a site file that holds one tank; raises AdoptError, also where there is a file."""
    if path.suffix != ".toml":
        raise AdoptError(f"{path}: the name of a site file ends in .toml")
    header = {"id": id_for(name, (), "site"), "name": name.strip() or "Site"}
    data = (to_toml({"site": header}) + "\n" + tank_text(tank)).encode()
    _checked(data, path)
    try:
        with path.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        raise AdoptError(f"{path}: there is such a file already; choose another name") from None
    except OSError as error:
        raise AdoptError(f"{path}: cannot be written: {error.strerror}") from None
    return Saved(path, None)


def id_for(name: str, taken: Collection[str], otherwise: str = "tank") -> str:
    """Return an id made from a name (``Tank 7`` gives ``tank-7``) that is not taken yet."""
    words = re.findall(r"[a-z0-9]+", name.lower())
    if not re.search(r"[a-z]", name.lower()):
        words.insert(0, otherwise)
    wanted = "-".join(words)[:56].strip("-")
    number, found = 2, wanted
    while found in taken:
        number, found = number + 1, f"{wanted}-{number}"
    return found


def same_unit(url: str, other: str, transport: Transport) -> bool:
    """Return whether two URLs are one unit at one place; raises ValueError for a bad URL.

    ``transport`` counts where a URL is silent.
    """
    asked, known = ModbusUrl.parse(url), ModbusUrl.parse(other)
    if asked.endpoint(transport).place != known.endpoint(transport).place:
        return False
    units = [transport.unit_id if u.unit is None else u.unit for u in (asked, known)]
    return units[0] == units[1]


def _checked(data: bytes, path: Path) -> LoadedSite:
    try:
        return check_site(toml_of(data.decode(), path), path)
    except UnicodeDecodeError:
        raise AdoptError(f"{path}: the file is not in UTF-8") from None
    except FileError as error:
        raise AdoptError("; ".join(str(error).splitlines())) from None


def _appended(before: bytes, table: str) -> bytes:
    newline = b"\r\n" if b"\r\n" in before else b"\n"
    ended = before if not before or before.endswith(b"\n") else before + newline
    return ended + newline + table.encode().replace(b"\n", newline)


def _bytes_of(place: Path) -> bytes:
    try:
        return place.read_bytes()
    except OSError as error:
        raise AdoptError(f"{place}: cannot be read: {error.strerror}") from None


def _write_beside(place: Path, data: bytes) -> Path:
    """Write a file that may take the place of another: same folder, same rights, on the disk."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{place.name}.", dir=place.parent)
    except OSError as error:
        raise AdoptError(f"{place.parent}: cannot be written to: {error.strerror}") from None
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        shutil.copymode(place, part)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise AdoptError(f"{place}: cannot be written: {error.strerror}") from None
    return part


def _back_up(place: Path, data: bytes) -> Path:
    """Keep the file as it was, under a name with the time; an older backup is never replaced."""
    when = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
    for number in range(100):
        more = f"-{number}" if number else ""
        backup = place.with_name(f"{place.name}.{when}{more}.bak")
        try:
            with backup.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        except FileExistsError:
            continue
        shutil.copymode(place, backup)
        return backup
    raise AdoptError(f"{place}: there are too many backups of this second; try again")


def _settle(folder: Path) -> None:
    """Make the change of name durable, where a folder can be told to."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
