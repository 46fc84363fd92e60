"""What belongs to a site: the site file and everything that it names beside itself."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from console.bundle.manifest import FORMAT, PEOPLE, SITE_FILE, Manifest, PackedFile
from console.session.alarms import site_definitions
from console.site import LoadedSite, load_site
from console.text import tr
from console.work.people.roster import FOR_EVER, Person
from drivers.files import FileError

PROCEDURES = "procedures"
LOGOS = ("logo.png", "logo.svg")
DAY_US = 86_400_000_000
_PASSWORD = re.compile(r"://[^/@\s\"']*:[^/@\s\"']*@")


def gather(site: Path, people: Sequence[Person] = ()) -> tuple[LoadedSite, dict[str, bytes]]:
    """Return a site and the content of every file that belongs to it, by name.

    Raises FileError where the site, a map, an alarm or a procedure is wrong, or where the site file
    holds a password: a bundle is readable by whoever holds it.
    """
    loaded = check_site_folder(site)
    folder = site.parent
    contents = {SITE_FILE: _bytes(site)}
    _refuse_passwords(contents[SITE_FILE], site)
    for name in named_files(loaded):
        contents[name] = _bytes(folder / name)
    for file in sorted((folder / PROCEDURES).glob("*.yaml")):
        contents[f"{PROCEDURES}/{file.name}"] = _bytes(file)
    for name in LOGOS:
        if (folder / name).is_file():
            contents[name] = _bytes(folder / name)
    if people:
        contents[PEOPLE] = people_json(people)
    return loaded, contents


def check_site_folder(site: Path) -> LoadedSite:
    """Return a site file with all that it needs; raises FileError, for procedures as well."""
    from procedures.document import load_document

    loaded = load_site(site)
    site_definitions(loaded)
    for file in sorted((site.parent / PROCEDURES).glob("*.yaml")):
        load_document(file)
    return loaded


def named_files(loaded: LoadedSite) -> list[str]:
    """Return the files beside a site file that it names: maps, certificates, captured text."""
    names = [tank.map for tank in loaded.site.tank if tank.map.endswith(".toml")]
    names += [host.ca for host in loaded.site.host if host.ca]
    names += [host.url[4:] for host in loaded.site.host if host.url.startswith("smi:")]
    names += [hook.ca for hook in loaded.site.notify.webhook if hook.ca]
    kept = [name for name in dict.fromkeys(names) if not Path(name).is_absolute()]
    return sorted(kept)


def left_out(loaded: LoadedSite) -> list[str]:
    """Return what the site needs beside the bundle: secrets and files named by a whole path."""
    site = loaded.site
    named = [hook.token_file for hook in site.notify.webhook if hook.token_file]
    named += [host.ca for host in site.host if host.ca and Path(host.ca).is_absolute()]
    for tank in site.tank:
        named += re.findall(r"[?&](?:ca|cert|key)=([^&]+)", tank.url)
    return sorted(set(named))


def manifest_of(
    loaded: LoadedSite,
    contents: Mapping[str, bytes],
    *,
    days: float,
    number: int | None = None,
    note: str = "",
    now_us: int | None = None,
) -> Manifest:
    """Return the manifest of a bundle made now; its number is the second (UTC) unless given."""
    now = time.time_ns() // 1000 if now_us is None else now_us
    second = int(time.strftime("%Y%m%d%H%M%S", time.gmtime(now / 1e6)))
    files = tuple(
        PackedFile(name=name, bytes=len(raw), sha256=hashlib.sha256(raw).hexdigest())
        for name, raw in sorted(contents.items())
    )
    return Manifest(
        format=FORMAT,
        site=loaded.site.site.id,
        site_name=loaded.site.site.name,
        number=second if number is None else number,
        made_utc_us=now,
        expires_utc_us=now + round(days * DAY_US),
        made_with=f"tankside {version('tankside')}",
        note=note,
        files=files,
    )


def people_json(people: Iterable[Person]) -> bytes:
    """Return the public parts of a roster: nobody's PIN, nobody's failed tries."""
    told = [_public(person) for person in people if person.active]
    return (json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode("utf-8")


def _public(person: Person) -> dict[str, object]:
    qualified = {
        found.id: None if found.until_us >= FOR_EVER else found.until_us
        for found in person.qualified.values()
    }
    return {
        "id": person.id,
        "name": person.name,
        "roles": sorted(person.roles),
        "language": person.language,
        "qualifications": qualified,
    }


def _refuse_passwords(raw: bytes, site: Path) -> None:
    for number, line in enumerate(raw.decode("utf-8").splitlines(), 1):
        if _PASSWORD.search(line):
            raise FileError(
                tr(
                    "{file}:{line}: there is a password in this address, and whoever holds a "
                    "bundle can read it; use a certificate or an address that needs none",
                    file=site,
                    line=number,
                )
            )


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise FileError(f"{path}: cannot be read: {error.strerror or error}") from None
