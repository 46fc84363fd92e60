"""Events of site bundles in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from console.history.kinds import Kind
from console.text import tr


def _tell_trusted(body: Mapping[str, Any]) -> str:
    return tr("Site bundles are taken from the key {key}", key=body["fingerprint"])


def _tell_applied(body: Mapping[str, Any]) -> str:
    return tr(
        "Site bundle {number} applied, {count} changes, digest {digest}",
        number=body["number"],
        count=body["changes"],
        digest=str(body["digest"])[:16],
    )


def _tell_rolled_back(body: Mapping[str, Any]) -> str:
    return tr("Back to site bundle {number}", number=body["number"])


TELLERS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    Kind.SITE_KEY_TRUSTED: _tell_trusted,
    Kind.SITE_APPLIED: _tell_applied,
    Kind.SITE_ROLLED_BACK: _tell_rolled_back,
}
"""What tells each kind out of its body."""
