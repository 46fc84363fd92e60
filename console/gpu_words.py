"""What is said of a GPU's events, from the body of an event of whatever version."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from console.text import tr
from drivers.gpu.xids import xid


def xid_words(code: int) -> str:
    """Return a Xid with what it means: ``Xid 79: the GPU has fallen off the bus``."""
    known = xid(code)
    if known is None:
        return tr("Xid {code}, which this version does not know", code=code)
    return tr("Xid {code}: {meaning}", code=code, meaning=tr(known.meaning))


def tell_xid(body: Mapping[str, Any]) -> str:
    """Return what a ``gpu.xid`` event says; raises what a body of another shape raises."""
    return _of_the_gpu(xid_words(int(body["code"])), body)


def tell_repeated(body: Mapping[str, Any]) -> str:
    """Return what a ``gpu.xid_repeated`` event says."""
    return tr("Xid {code} was reported {count} times", code=body["code"], count=body["count"])


def tell_reported(body: Mapping[str, Any]) -> str:
    """Return what a ``gpu.reported`` event says: the words of the source itself."""
    return _of_the_gpu(str(body["text"]), body)


def tell_unexpected(body: Mapping[str, Any]) -> str:
    """Return what a ``gpu.unexpected`` event says, by serial numbers where both are known."""
    for name in ("serial", "uuid"):
        expected, found = body.get(f"expected_{name}"), body.get(f"found_{name}")
        if expected and found:
            return tr("Found {found} where {expected} was expected", found=found, expected=expected)
    return tr("Another GPU than the site file names")


def tell_silent(body: Mapping[str, Any]) -> str:
    """Return what a ``gpu.silent`` event says."""
    return _of_the_gpu(tr("The GPU does not answer; its server does"), body)


def tell_requested(body: Mapping[str, Any]) -> str:
    """Return what a ``work.requested`` event says; a rule's own names what it is for."""
    if body.get("title"):
        return tr("Work requested: {title}", title=body["title"])
    return _of_the_gpu(tr("Work on the GPU was requested"), body)


def _of_the_gpu(what: str, body: Mapping[str, Any]) -> str:
    who = body.get("serial") or body.get("uuid")
    return tr("{what} ({who})", what=what, who=who) if who else what
