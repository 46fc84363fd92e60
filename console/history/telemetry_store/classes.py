"""The classes of points: how long each is kept, and how much of the disk it may fill."""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Annotated, Self

from pydantic import Field, model_validator

import resources
from drivers.files import FileModel, parse, read_toml

GB = 1_000_000_000


class PointClass(FileModel):
    """One class; ``keep_months`` and ``budget_gb`` of 0 set no limit."""

    name: Annotated[str, Field(pattern=r"^[a-z]{1,20}$")]
    patterns: tuple[str, ...] = ()
    keep_months: int = Field(default=0, ge=0)
    budget_gb: float = Field(default=0.0, ge=0)

    @property
    def budget_bytes(self) -> int:
        """The most that the files of the class may take together; 0: no limit."""
        return round(self.budget_gb * GB)


class Classes(FileModel):
    """All classes, the one without patterns last."""

    classes: tuple[PointClass, ...] = Field(alias="class", min_length=1)

    @model_validator(mode="after")
    def _last_takes_all(self) -> Self:
        if self.classes[-1].patterns or not all(one.patterns for one in self.classes[:-1]):
            raise ValueError("the last class, and only that, has no patterns")
        if len({one.name for one in self.classes}) != len(self.classes):
            raise ValueError("every class has a name of its own")
        return self

    def name_for(self, key: str) -> str:
        """Return the name of the class that a point's key belongs to."""
        for one in self.classes:
            if any(fnmatchcase(key, pattern) for pattern in one.patterns):
                return one.name
        return self.classes[-1].name


@lru_cache(maxsize=1)
def shipped() -> Classes:
    """Return the classes that ship with the console; raises FileError."""
    path = resources.path("history", "classes.toml")
    return parse(Classes, read_toml(path), path)
