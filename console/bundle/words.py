"""What is told of a bundle, on screen and on paper alike."""

from __future__ import annotations

from datetime import UTC, datetime

from console.bundle.archive import Bundle
from console.text import tr


def told(bundle: Bundle) -> list[tuple[str, str]]:
    """Return names and values: whose it is, its number, digest and key, how long it holds."""
    manifest = bundle.manifest
    facts = [
        (tr("Site"), f"{manifest.site_name} ({manifest.site})"),
        (tr("Number"), str(manifest.number)),
        (tr("Digest"), bundle.shown_digest),
        (tr("Key"), bundle.signature.fingerprint),
        (tr("Made"), f"{_moment(manifest.made_utc_us)}, {manifest.made_with}"),
        (tr("Expires"), _moment(manifest.expires_utc_us)),
        (tr("Files"), str(len(manifest.files))),
    ]
    return [*facts, (tr("Note"), manifest.note)] if manifest.note else facts


def _moment(utc_us: int) -> str:
    return f"{datetime.fromtimestamp(utc_us / 1e6, UTC):%Y-%m-%d %H:%M} UTC"
