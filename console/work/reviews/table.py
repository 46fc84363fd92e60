"""How exceptions weigh and what must have been looked at, as ``resources/review.toml`` has it."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

import resources
from console.work.review import FindingKind
from drivers.files import FileModel, parse, read_text, toml_of

GUIDE = "docs/work.md"
Section = Literal["exceptions", "steps", "parts", "procedure", "questions", "log"]


class ReviewTable(FileModel):
    """The whole table; every kind of exception has its weight."""

    look_at: tuple[Section, ...]
    high_from: int = Field(ge=1)
    middle_from: int = Field(ge=1)
    signal: dict[str, int]
    priority: dict[int, int]
    late_entry_s: float = Field(gt=0)
    weight: dict[FindingKind, int]

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        missing = sorted(set(FindingKind) - set(self.weight))
        if missing:
            raise ValueError(f"weight: {missing[0]} is missing")
        if self.middle_from > self.high_from:
            raise ValueError("middle_from: it must not be above high_from")
        return self


def load_table(path: Path) -> ReviewTable:
    """Return the table in a file; raises FileError naming place, found and allowed."""
    text = read_text(path)
    return parse(ReviewTable, toml_of(text, path), path, text=text, guide=GUIDE)


@lru_cache(maxsize=1)
def shipped_table() -> ReviewTable:
    """Return the table of this installation."""
    return load_table(resources.path("review.toml"))
