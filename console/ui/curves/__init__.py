"""Curves over time: ``CurveView`` and what it takes (docs/decisions/0014-own-curves.md).

A page makes a view, gives it strips, appends samples as they come, calls ``advance`` with the
time, and answers ``wanted`` from the history (a :class:`Loader` does that in a worker thread).
"""

from console.ui.curves.controls import CurveControls
from console.ui.curves.loader import Loader
from console.ui.curves.model import (
    Answer,
    Columns,
    Curve,
    CurveSource,
    Grid,
    Mark,
    OwnRange,
    Readout,
    Request,
    Strip,
)
from console.ui.curves.view import CurveView
from console.ui.sparks import spark

__all__ = [
    "Answer",
    "Columns",
    "Curve",
    "CurveControls",
    "CurveSource",
    "CurveView",
    "Grid",
    "Loader",
    "Mark",
    "OwnRange",
    "Readout",
    "Request",
    "Strip",
    "spark",
]
