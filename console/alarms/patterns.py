"""Patterns of point keys: ``pump[*].state`` is any pump's, ``*`` alone is any point."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(re.escape(pattern).replace(r"\*", "(.*)"), re.DOTALL)


def matches(pattern: str, key: str) -> bool:
    """Return whether a key fits a pattern; ``*`` stands for any text, all else for itself."""
    return _compiled(pattern).fullmatch(key) is not None


def matching(patterns: Iterable[str], keys: Iterable[str]) -> Sequence[str]:
    """Return the keys that fit any pattern, in the order of ``keys``."""
    wanted = list(patterns)
    return [key for key in keys if any(matches(pattern, key) for pattern in wanted)]
