"""Heads as text: what is printed, kept on a stick, and typed in again."""

from __future__ import annotations

import re

from console.history.events import Head
from console.history.trust.heads import Anchor
from console.history.trust.keys import SignedHead
from console.text import tr
from drivers.files import FileError

_FORM = re.compile(r"\s*([0-9a-fA-F-]{36}):(\d{1,15}):([0-9a-fA-F]{64})\b")


def anchor_text(signed: SignedHead) -> str:
    """Return a head as one line: device, number, hash, then the key's fingerprint for people."""
    head = signed.head
    return f"{head.device_id}:{head.sequence}:{head.hash} {signed.fingerprint}"


def anchor_of(text: str, source: str) -> Anchor:
    """Return the head in a line of :func:`anchor_text`; raises FileError for another form."""
    found = _FORM.match(text)
    if found is None:
        raise FileError(
            tr("{text}: an anchor is written DEVICE:NUMBER:HASH, as printed", text=text[:80])
        )
    device, number, digest = found.groups()
    return Anchor(Head(device.lower(), int(number), digest.lower()), source)
