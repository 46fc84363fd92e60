"""Questions to a tree of widgets: who has no name, what colours are there, can all be reached."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QHeaderView,
    QLineEdit,
    QScrollBar,
    QTextEdit,
    QWidget,
)

_INTERACTIVE = (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QTextEdit,
)
_INSIDE_QT = (QHeaderView, QScrollBar)
"""Stock parts that Qt names itself, or that go with the widget they belong to."""


def ours(widget: QWidget) -> bool:
    """Whether a widget's class was written here."""
    return type(widget).__module__.startswith(("console.", "tests."))


def paints_itself(widget: QWidget) -> bool:
    """Whether a class of ours draws this widget."""
    return any(
        "paintEvent" in vars(kind)
        for kind in type(widget).__mro__
        if kind.__module__.startswith(("console.", "tests."))
    )


def needs_name(widget: QWidget) -> bool:
    """Whether a screen reader would have to say what this is."""
    corner = widget.metaObject().className() == "QTableCornerButton"
    if corner or (not ours(widget) and isinstance(widget, _INSIDE_QT)):
        return False
    if any(isinstance(parent, QComboBox) for parent in parents(widget)):
        return False  # the list and the field inside a choice speak for it
    takes_keys = widget.focusPolicy() != Qt.FocusPolicy.NoFocus
    return (
        isinstance(widget, _INTERACTIVE) or paints_itself(widget) or (takes_keys and ours(widget))
    )


def parents(widget: QWidget) -> Iterator[QWidget]:
    """Yield the widgets that a widget is in, from the inside out."""
    parent = widget.parentWidget()
    while parent is not None:
        yield parent
        parent = parent.parentWidget()


def unnamed(root: QWidget) -> list[str]:
    """Return every widget below ``root`` that needs an accessible name and has none."""
    return [
        f"{type(w).__module__}.{type(w).__name__} in {[type(p).__name__ for p in parents(w)]}"
        for w in [root, *root.findChildren(QWidget)]
        if needs_name(w) and not w.accessibleName().strip()
    ]


def pixels(widget: QWidget) -> NDArray[np.uint8]:
    """Return what a widget looks like, shape (height, width, 3), red green blue."""
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3).copy()


def colourful(widget: QWidget, least: float = 0.35) -> float:
    """Return the share of pixels whose chroma (largest less smallest channel) exceeds a value."""
    seen = pixels(widget).astype(float) / 255
    return float((seen.max(axis=2) - seen.min(axis=2) > least).mean())
