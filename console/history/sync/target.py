"""Where logs meet, as people write it: a folder, a stick, or the URL of the central log."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

CENTRAL = ("postgresql://", "postgres://")


def is_central(target: str) -> bool:
    """Whether it is the URL of a PostgreSQL server, and not a folder."""
    return target.startswith(CENTRAL)


def without_password(target: str) -> str:
    """Return a target as it may be kept and shown: a folder as it is, a URL without its secret."""
    if not is_central(target):
        return target
    try:
        parts = urlsplit(target)
    except ValueError:
        return target.partition("://")[0] + "://…"
    user, at, where = parts.netloc.rpartition("@")
    netloc = f"{user.partition(':')[0]}@{where}" if at else where
    kept = [(name, value) for name, value in parse_qsl(parts.query) if "password" not in name]
    return urlunsplit((parts.scheme, netloc, parts.path, urlencode(kept), ""))


def has_password(target: str) -> bool:
    """Whether a URL carries a secret that is not kept."""
    return without_password(target) != target


def with_password(target: str, password: str) -> str:
    """Return a URL with the password that a person gave for this once; a folder as it is."""
    from urllib.parse import quote

    if not password or not is_central(target):
        return target
    scheme, _, rest = without_password(target).partition("://")
    user, at, where = rest.partition("@")
    return f"{scheme}://{user}:{quote(password, safe='')}@{where}" if at else target
