"""The sheets and strips that labels are printed on, as ``resources/labels.toml`` has them."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from pydantic import Field

import resources
from console.documents.issue import DocumentError
from console.text import tr
from drivers.files import FileModel, parse, read_toml

STRIP = "strip"


class LabelSheet(FileModel):
    """One sheet: labels in columns and rows from the upper left corner, millimetres."""

    name: str
    paper: str
    columns: int = Field(gt=0, le=10)
    rows: int = Field(gt=0, le=30)
    width_mm: float = Field(gt=10, le=300)
    height_mm: float = Field(gt=8, le=300)
    left_mm: float = Field(ge=0, le=50)
    top_mm: float = Field(ge=0, le=50)
    gap_x_mm: float = Field(default=0.0, ge=0, le=20)
    gap_y_mm: float = Field(default=0.0, ge=0, le=20)

    @property
    def count(self) -> int:
        """How many labels a sheet holds."""
        return self.columns * self.rows

    def place_mm(self, number: int) -> tuple[float, float]:
        """Return the upper left corner of a label, counted from 0, row by row."""
        row, column = divmod(number, self.columns)
        x = self.left_mm + column * (self.width_mm + self.gap_x_mm)
        return x, self.top_mm + row * (self.height_mm + self.gap_y_mm)


class LabelSheets(FileModel):
    """The whole table."""

    format: Literal["labels/1"] = Field(alias="schema")
    edge_mm: float
    sheet: tuple[LabelSheet, ...]


@lru_cache(maxsize=1)
def label_sheets() -> LabelSheets:
    """Return the shipped sheets; raises FileError."""
    path = resources.path("labels.toml")
    return parse(LabelSheets, read_toml(path), path)


def sheet_of(name: str, paper: str) -> LabelSheet:
    """Return a sheet on a paper; raises DocumentError naming what there is."""
    known = label_sheets().sheet
    for sheet in known:
        if sheet.name == name and (sheet.paper == paper or name == STRIP):
            return sheet
    names = ", ".join(f"{s.name} ({s.paper})" for s in known)
    raise DocumentError(
        tr(
            "There is no sheet {sheet} on {paper}; there are {names}.",
            sheet=name,
            paper=paper,
            names=names,
        )
    )
