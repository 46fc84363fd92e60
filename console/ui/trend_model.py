"""What the trends page shows: which curves over which time, and how they are kept under a name.

No widgets in here. The file of the saved views lies beside the settings and is written by hand as
well as by the console; a bad one costs a sentence.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from console.settings import default_path, write_whole
from console.text import tr
from drivers.files import FileError, FileModel, parse, read_toml

FILE_NAME = "trend-views.toml"
MOST_CURVES = 12
MOST_VIEWS = 200
MINUTE_US = 60_000_000
HOUR_US = 60 * MINUTE_US
DAY_US = 24 * HOUR_US
_GUIDE = "docs/trends.md"
_LONGEST_US = 40 * 366 * DAY_US
Moment = Annotated[int, Field(ge=0, le=_LONGEST_US * 6)]


class CurveName(FileModel):
    """A point of a part."""

    part: Annotated[str, Field(min_length=1, max_length=128)]
    key: Annotated[str, Field(min_length=1, max_length=128)]

    @property
    def pair(self) -> tuple[str, str]:
        """Part and key."""
        return self.part, self.key


class SavedView(FileModel):
    """Curves and a range under a name; without ``start_us`` it is the last ``span_us``.

    ``against_us`` is where, from the range, the one lies that it is compared with; 0 for none.
    ``fitted`` lets the values that are seen set the ranges of the strips.
    """

    name: Annotated[str, Field(min_length=1, max_length=80)]
    span_us: Annotated[int, Field(ge=1_000_000, le=_LONGEST_US)] = HOUR_US
    start_us: Moment | None = None
    against_us: Annotated[int, Field(ge=-_LONGEST_US, le=_LONGEST_US)] = 0
    fitted: bool = False
    curve: Annotated[tuple[CurveName, ...], Field(min_length=1, max_length=MOST_CURVES)]

    @property
    def curves(self) -> tuple[tuple[str, str], ...]:
        """Its points as pairs of part and key."""
        return tuple(curve.pair for curve in self.curve)


Views = tuple[SavedView, ...]


class SavedViews(FileModel):
    """The whole file."""

    view: Annotated[tuple[SavedView, ...], Field(max_length=MOST_VIEWS)] = ()

    @model_validator(mode="after")
    def _names_are_distinct(self) -> SavedViews:
        names = [view.name for view in self.view]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"the name {twice[0]!r} is given twice")
        return self


@dataclass(frozen=True)
class Kept:
    """The saved views, and a sentence where they could not be read or written."""

    views: Views = ()
    trouble: str = ""


class ViewsFile:
    """Reads and writes the saved views; every method may block and returns trouble in words."""

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or default_path().with_name(FILE_NAME)

    @classmethod
    def beside(cls, settings: Path) -> ViewsFile:
        """Return the file that lies beside a file of settings."""
        return cls(settings.with_name(FILE_NAME))

    def load(self) -> Kept:
        """Return the views; of a bad file none and the sentence about it."""
        if not self.path.exists():
            return Kept()
        try:
            return Kept(parse(SavedViews, read_toml(self.path), self.path, guide=_GUIDE).view)
        except FileError as error:
            return Kept(trouble=tr("{error}. No view was read.", error=_one_line(error)))

    def put(self, view: SavedView) -> Kept:
        """Save a view under its name, in place of one that had it."""
        return self._change(lambda views: [*(v for v in views if v.name != view.name), view])

    def remove(self, name: str) -> Kept:
        """Forget a view."""
        return self._change(lambda views: [view for view in views if view.name != name])

    def _change(self, change: Callable[[Views], Iterable[SavedView]]) -> Kept:
        kept = self.load()
        if kept.trouble:
            return kept  # a file that a person could still mend is not written over
        views = tuple(sorted(change(kept.views), key=lambda view: view.name.casefold()))
        try:
            write_whole(self.path, as_toml(views))
        except OSError as error:
            why = error.strerror or str(error)
            told = tr("{file} could not be written: {error}", file=self.path, error=why)
            return Kept(kept.views, told)
        return Kept(views)


def as_toml(views: Views) -> str:
    """Return the file of these views."""
    lines = ["# Views of the trends page, by name. Times are microseconds of UTC.", ""]
    for view in views:
        lines += ["[[view]]", f"name = {_quoted(view.name)}", f"span_us = {view.span_us}"]
        if view.start_us is not None:
            lines.append(f"start_us = {view.start_us}")
        if view.against_us:
            lines.append(f"against_us = {view.against_us}")
        if view.fitted:
            lines.append("fitted = true")
        for curve in view.curve:
            part, key = _quoted(curve.part), _quoted(curve.key)
            lines += ["[[view.curve]]", f"part = {part}", f"key = {key}"]
        lines.append("")
    return "\n".join(lines)


def _quoted(text: str) -> str:
    """Return a basic string of TOML: JSON's, but for the one character that JSON lets through."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _one_line(error: FileError) -> str:
    return str(error).splitlines()[0].rstrip(".")
