"""Whether a bundle may be applied here, by what the log of the data folder says.

The log knows which key is trusted and which bundle was applied last; nobody lowers either without
leaving a mark in it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from console.bundle.archive import Bundle
from console.history.events import JSON, Event, Kind
from console.history.trust.keys import fingerprint
from console.signing import RefusedFileError, same_fingerprint
from console.text import tr

AHEAD_US = 86_400_000_000
"""How far in the future a bundle may have been made: clocks without a network differ."""
KINDS = frozenset({Kind.SITE_KEY_TRUSTED, Kind.SITE_APPLIED, Kind.SITE_ROLLED_BACK})


@dataclass(frozen=True, slots=True)
class Standing:
    """Of one site in one data folder: its trusted key or empty, the highest number applied or 0."""

    key: str = ""
    number: int = 0
    digest: str = ""


def standing_of(events: Iterable[Event], site: str) -> Standing:
    """Return how a site stands by the events of a log."""
    key, number, digest = "", 0, ""
    for event in events:
        if event.subject != site:
            continue
        if event.kind == Kind.SITE_KEY_TRUSTED:
            key = str(event.body.get("key", ""))
        elif event.kind == Kind.SITE_APPLIED and isinstance(event.body.get("number"), int):
            found = int(str(event.body["number"]))
            if found >= number:
                number, digest = found, str(event.body.get("digest", ""))
    return Standing(key, number, digest)


def standing_in(data: Path, site: str) -> Standing:
    """Return how a site stands in a data folder; raises StorageError where it cannot be read."""
    from console.history.reader import LogReader

    return standing_of(LogReader(data).of_kinds(KINDS, taken_in=False), site)


def check(bundle: Bundle, standing: Standing, trust: str = "", now_us: int | None = None) -> bool:
    """Refuse a bundle that may not be applied (RefusedFileError); return whether its key is new.

    ``trust`` is a fingerprint that a person typed from elsewhere: it lets in a key that is not
    trusted yet. It never replaces one that is.
    """
    now = time.time_ns() // 1000 if now_us is None else now_us
    is_new = _check_key(bundle, standing, trust)
    manifest = bundle.manifest
    if manifest.made_utc_us > now + AHEAD_US:
        raise RefusedFileError(
            tr(
                "The bundle was made on {day}, which is still to come: check this machine's clock.",
                day=_day(manifest.made_utc_us),
            )
        )
    if manifest.expires_utc_us < now:
        raise RefusedFileError(
            tr("The bundle expired on {day}; ask for a new one.", day=_day(manifest.expires_utc_us))
        )
    if manifest.number < standing.number:
        raise RefusedFileError(
            tr(
                "The bundle is older (number {found}) than the one applied last (number {kept}).",
                found=manifest.number,
                kept=standing.number,
            )
        )
    if manifest.number == standing.number and bundle.digest != standing.digest:
        raise RefusedFileError(
            tr(
                "Another bundle with the number {found} was applied here before.",
                found=manifest.number,
            )
        )
    return is_new


def applied_body(bundle: Bundle, changes: int) -> Mapping[str, JSON]:
    """Return the body of the event that a bundle was applied."""
    manifest = bundle.manifest
    return {
        "number": manifest.number,
        "digest": bundle.digest,
        "key": bundle.signature.public_key,
        "fingerprint": bundle.signature.fingerprint,
        "changes": changes,
        "note": manifest.note,
    }


def _check_key(bundle: Bundle, standing: Standing, trust: str) -> bool:
    key, shown = bundle.signature.public_key, bundle.signature.fingerprint
    if standing.key:
        if key == standing.key:
            return False
        raise RefusedFileError(
            tr(
                "The bundle is signed by the key {found}; this site's key is {kept}.",
                found=shown,
                kept=fingerprint(standing.key),
            )
        )
    if not trust:
        raise RefusedFileError(
            tr(
                "No key is trusted for this site yet. Compare {found} with the paper that came "
                'with the bundle, then say: --trust "{found}"',
                found=shown,
            )
        )
    if not same_fingerprint(trust, shown):
        raise RefusedFileError(
            tr("The bundle is signed by the key {found}, not by {kept}.", found=shown, kept=trust)
        )
    return True


def _day(utc_us: int) -> str:
    return f"{datetime.fromtimestamp(utc_us / 1e6, UTC):%Y-%m-%d}"
