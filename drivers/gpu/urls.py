"""How a source of GPU readings is written; no source is loaded by looking at its name."""

from __future__ import annotations

from urllib.parse import urlsplit

ALLOWED = (
    "nvml://local, http://HOST:9400/metrics, https://…, "
    "prometheus+http://HOST:9090?instance=NAME, smi:FILE"
)
_WEB = frozenset({"http", "https", "prometheus+http", "prometheus+https"})


def check_source(text: str) -> str:
    """Return the scheme of a source: ``nvml``, ``http``, …, ``smi``; raises ValueError."""
    scheme, colon, rest = text.partition(":")
    if not colon:
        raise ValueError(f"found {text!r}; allowed are {ALLOWED}")
    if scheme == "nvml" and rest == "//local":
        return scheme
    if scheme == "smi" and rest:
        return scheme
    if scheme in _WEB and _has_host(text):
        return scheme
    raise ValueError(f"found {text!r}; allowed are {ALLOWED}")


def _has_host(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False
