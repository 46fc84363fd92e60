"""Colours, sizes and fonts: tokens from ``resources/themes``, applied to the whole application.

Widgets take every colour from :func:`theme` and every size from :func:`metrics` when they paint,
so that changing either repaints the window as it should be. The colours of ``priority`` are
reserved for the abnormal and used nowhere else (ISA-101).
"""

from __future__ import annotations

import sys
import tomllib
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory

import resources

POINT_SIZES = (11, 13, 16, 20, 32)
GLOVE_TARGET_MM = 20.0
"""Targets found sufficient for gloved fingers (Colle & Hiszem 2004: no gain above 20 mm)."""


@dataclass(frozen=True)
class Theme:
    """The colours of one look, by what they mean."""

    id: str
    name: str
    dark: bool
    background: QColor
    panel: QColor
    line: QColor
    text: QColor
    muted: QColor
    value: QColor
    normal: QColor
    range: QColor
    desired: QColor
    fluid: QColor
    focus: QColor
    suppressed: QColor
    stale: QColor
    pens: tuple[QColor, ...]
    priority: dict[int, QColor]

    @classmethod
    def load(cls, theme_id: str) -> Theme:
        """Read a theme; raises ValueError for an unknown one."""
        if theme_id not in theme_ids():
            raise ValueError(f"unknown theme {theme_id!r}; there are {', '.join(theme_ids())}")
        text = resources.path("themes", f"{theme_id}.toml").read_text(encoding="utf-8")
        raw = tomllib.loads(text)
        pens = tuple(QColor(pen) for pen in raw.pop("pens"))
        priority = {int(p): QColor(colour) for p, colour in raw.pop("priority").items()}
        name, dark = raw.pop("name"), raw.pop("dark")
        colours = {key: QColor(colour) for key, colour in raw.items()}
        return cls(id=theme_id, name=name, dark=dark, pens=pens, priority=priority, **colours)

    def palette(self) -> QPalette:
        """Return the Qt palette, so that stock widgets look the same."""
        palette = QPalette()
        roles = QPalette.ColorRole
        pairs = {
            roles.Window: self.background,
            roles.WindowText: self.text,
            roles.Base: self.panel,
            roles.AlternateBase: self.background,
            roles.Text: self.text,
            roles.Button: self.panel,
            roles.ButtonText: self.text,
            roles.ToolTipBase: self.panel,
            roles.ToolTipText: self.text,
            roles.PlaceholderText: self.muted,
            roles.Highlight: self.desired,
            roles.HighlightedText: self.text,
            roles.Accent: self.focus,
            roles.Mid: self.line,
            roles.Link: self.value,
        }
        for role, colour in pairs.items():
            palette.setColor(role, colour)
        for role in (roles.WindowText, roles.Text, roles.ButtonText):
            palette.setColor(QPalette.ColorGroup.Disabled, role, self.muted)
        return palette


@dataclass(frozen=True)
class Metrics:
    """Sizes in device-independent pixels."""

    unit: int
    target: int
    strip: int
    glove: bool


class _Look(QObject):
    """The look in use; ``changed`` is emitted after the application's palette has changed."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.theme = Theme.load("light")
        self.metrics = Metrics(unit=8, target=40, strip=56, glove=False)


_look: _Look | None = None
_fonts: dict[tuple[int, bool], QFont] = {}


def look() -> _Look:
    """Return the one object that says when the look changes."""
    global _look  # noqa: PLW0603  one look per process
    if _look is None:
        _look = _Look()
    return _look


def theme() -> Theme:
    """Return the theme in use."""
    return look().theme


def metrics() -> Metrics:
    """Return the sizes in use."""
    return look().metrics


def theme_ids() -> list[str]:
    """Return the ids of the themes in this installation."""
    order = ["light", "dark", "contrast", "contrast-dark"]
    found = {file.stem for file in resources.path("themes").glob("*.toml")}
    return [t for t in order if t in found] + sorted(found.difference(order))


def font(points: int, *, bold: bool = False) -> QFont:
    """Return the one sans-serif at one of the allowed sizes, with figures of equal width."""
    if points not in POINT_SIZES:
        raise ValueError(f"{points} pt is not among the sizes {POINT_SIZES}")
    made = _fonts.get((points, bold))
    if made is None:
        made = QFont(QApplication.font())
        made.setPointSizeF(points * _scale())
        made.setBold(bold)
        made.setFeature(QFont.Tag("tnum"), 1)
        _fonts[points, bold] = made
    return QFont(made)  # a copy shares what Qt has looked up for the first


def apply(theme_id: str, *, glove: bool = False) -> None:
    """Make a theme the look of the whole application."""
    chosen = Theme.load(theme_id)
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        raise TypeError("a theme needs the application")
    app.setStyle(QStyleFactory.create("Fusion"))
    app.setPalette(chosen.palette())
    app.setFont(_base_font())
    _fonts.clear()
    target = glove_target() if glove else 40
    look().theme = chosen
    look().metrics = Metrics(unit=8, target=target, strip=max(56, target), glove=glove)
    look().changed.emit()


def _base_font() -> QFont:
    base = QFont()
    base.setStyleHint(QFont.StyleHint.SansSerif)
    base.setFamilies(["Inter", "Noto Sans", "Segoe UI", "Helvetica Neue", "DejaVu Sans"])
    base.setPointSizeF(11 * _scale())
    return base


def _scale() -> float:
    """Make a point 4/3 of a pixel everywhere; macOS alone draws it as one."""
    return 96.0 / 72.0 if sys.platform == "darwin" else 1.0


def glove_target() -> int:
    """Return 20 mm in pixels by the screen's density; what no screen has is taken as 96 dpi."""
    dpi = QGuiApplication.primaryScreen().physicalDotsPerInch()
    return round(GLOVE_TARGET_MM / 25.4 * (dpi if 60 <= dpi <= 400 else 96.0))
