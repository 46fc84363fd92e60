"""Drawing on one page: points from the upper left corner, y downwards. What a page is made of.

Everything is drawn with vectors and embedded fonts; grey and colour only where the picture also
works in black and white.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from reportlab.graphics.barcode.qrencoder import QRCode, QRErrorCorrectLevel
from reportlab.pdfgen.canvas import Canvas

from console.documents.fonts import MISSING_SCALE, Fonts, Run
from console.pictograms import PathShape, pictogram

MM = 72 / 25.4
BLACK, WHITE = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)
GREY, PALE = (0.45, 0.45, 0.45), (0.93, 0.93, 0.93)
Colour = tuple[float, float, float]
_BOLDNESS, _SMALL_BOLDNESS, _SMALL = 0.032, 0.012, 9.5
"""The line that makes a bold, as a part of the size: thinner where letters are small."""
_QUIET = 4
"""Modules of white around a QR code, as its standard wants."""


class Pen:
    """A canvas with its origin in the upper left corner. Sizes and places are points."""

    def __init__(self, canvas: Canvas, height: float, fonts: Fonts) -> None:
        self._canvas = canvas
        self._height = height
        self.fonts = fonts
        self._fill: Colour | None = None
        self._stroke: Colour | None = None
        self._line_width = -1.0

    def new_page(self) -> None:
        """End the page; a new one begins with nothing set."""
        self._canvas.showPage()
        self._fill = self._stroke = None
        self._line_width = -1.0

    def text(
        self, x: float, base: float, text: str, size: float, bold: bool = False, ink: Colour = BLACK
    ) -> float:
        """Write one line with its base line at ``base``; returns where it ends."""
        self.fill(ink)
        for run in self.fonts.runs(text, size, bold):
            self._run(x, base, run, size)
            x += run.width
        return x

    def text_right(
        self, right: float, base: float, text: str, size: float, bold: bool = False
    ) -> None:
        """Write one line that ends at ``right``."""
        self.text(right - self.fonts.width(text, size, bold), base, text, size, bold)

    def text_centred(
        self, x: float, base: float, text: str, size: float, bold: bool = False, ink: Colour = BLACK
    ) -> None:
        """Write one line with its middle at ``x``."""
        self.text(x - self.fonts.width(text, size, bold) / 2, base, text, size, bold, ink)

    def _run(self, x: float, base: float, run: Run, size: float) -> None:
        if run.face is None:
            self._missing(x, base, run, size)
            return
        line = self._canvas.beginText(x, self._height - base)
        line.setFont(run.face.name, size)
        if run.face.is_emboldened:
            self.stroke(
                self._fill or BLACK, size * (_BOLDNESS if size > _SMALL else _SMALL_BOLDNESS)
            )
            line.setTextRenderMode(2)
        line.textOut(run.text)
        if run.face.is_emboldened:
            line.setTextRenderMode(0)
        self._canvas.drawText(line)

    def _missing(self, x: float, base: float, run: Run, size: float) -> None:
        """Draw the number of a character that no font has, in a box."""
        ink = self._fill or BLACK
        small = size * MISSING_SCALE
        inner = self.fonts.width(run.text, small)
        self.rect(x + size * 0.04, base - size * 0.74, inner + size * 0.17, size * 0.92, line=0.5)
        self.text(x + size * 0.125, base - size * 0.05, run.text, small, ink=ink)
        self.fill(ink)

    def fill(self, colour: Colour) -> None:
        """Choose the colour that areas and letters are filled with."""
        if colour != self._fill:
            self._canvas.setFillColorRGB(*colour)
            self._fill = colour

    def stroke(self, colour: Colour, width: float) -> None:
        """Choose colour and width of lines."""
        if colour != self._stroke:
            self._canvas.setStrokeColorRGB(*colour)
            self._stroke = colour
        if width != self._line_width:
            self._canvas.setLineWidth(width)
            self._line_width = width

    def rect(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        line: float = 0.0,
        ink: Colour = BLACK,
        fill: Colour | None = None,
        radius: float = 0.0,
    ) -> None:
        """Draw a rectangle from its upper left corner; ``line`` 0 draws no edge."""
        if fill is not None:
            self.fill(fill)
        if line:
            self.stroke(ink, line)
        low = self._height - y - height
        how: dict[str, Any] = {"stroke": int(line > 0), "fill": int(fill is not None)}
        if radius:
            self._canvas.roundRect(x, low, width, height, radius, **how)
        else:
            self._canvas.rect(x, low, width, height, **how)

    def circle(self, x: float, y: float, radius: float, *, line: float = 0.8) -> None:
        """Draw a ring around a middle."""
        self.stroke(BLACK, line)
        self._canvas.circle(x, self._height - y, radius, stroke=1, fill=0)

    def line(
        self,
        x: float,
        y: float,
        to_x: float,
        to_y: float,
        width: float = 0.5,
        *,
        ink: Colour = BLACK,
        dash: tuple[float, ...] = (),
    ) -> None:
        """Draw a line; ``dash`` is lengths of line and gap."""
        self.stroke(ink, width)
        if dash:
            self._canvas.setDash(list(dash))
        self._canvas.line(x, self._height - y, to_x, self._height - to_y)
        if dash:
            self._canvas.setDash()

    def hatch(self, x: float, y: float, width: float, height: float, step: float = 4.0) -> None:
        """Fill a rectangle with slanting lines: what is seen on any printer."""
        canvas = self._canvas
        canvas.saveState()
        clip = canvas.beginPath()
        clip.rect(x, self._height - y - height, width, height)
        canvas.clipPath(clip, stroke=0, fill=0)
        self._line_width = -1.0
        self.stroke(BLACK, 1.1)
        offset = -height
        while offset < width:
            self.line(x + offset, y + height, x + offset + height, y, 1.1)
            offset += step
        canvas.restoreState()
        self._fill = self._stroke = None
        self._line_width = -1.0

    def watermark(self, text: str, width: float, height: float) -> None:
        """Write pale words across the page, below everything that follows."""
        size = min(44.0, 0.75 * height / max(self.fonts.width(text, 1.0, bold=True), 1.0))
        self._canvas.saveState()
        self._canvas.translate(width / 2, height / 2)
        self._canvas.rotate(55)
        self._canvas.translate(0, -self._height)
        self.text_centred(0, 0, text, size, bold=True, ink=(0.91, 0.91, 0.91))
        self._canvas.restoreState()
        self._fill = self._stroke = None
        self._line_width = -1.0

    def polyline(
        self, points: list[tuple[float, float]], width: float, dash: tuple[float, ...]
    ) -> None:
        """Draw a line through points."""
        self.stroke(BLACK, width)
        path = self._canvas.beginPath()
        for n, (x, y) in enumerate(points):
            (path.lineTo if n else path.moveTo)(x, self._height - y)
        if dash:
            self._canvas.setDash(list(dash))
        self._canvas.drawPath(path, stroke=1, fill=0)
        if dash:
            self._canvas.setDash()

    def area(self, points: list[tuple[float, float]], fill: Colour) -> None:
        """Fill what a line around it encloses."""
        self.fill(fill)
        path = self._canvas.beginPath()
        for n, (x, y) in enumerate(points):
            (path.lineTo if n else path.moveTo)(x, self._height - y)
        path.close()
        self._canvas.drawPath(path, stroke=0, fill=1)

    def pictogram(self, name: str, x: float, y: float, size: float) -> None:
        """Draw one of our safety signs; a name that we have no sign for is a general warning."""
        try:
            sign = pictogram(name)
        except KeyError:
            sign = pictogram("general")
        scale = size / 100
        for shape in sign.layers or sign.paths:
            self._shape(shape, x, y, scale)
        self._fill = self._stroke = None
        self._line_width = -1.0

    def _shape(self, shape: PathShape, x: float, y: float, scale: float) -> None:
        canvas, path = self._canvas, self._canvas.beginPath()
        for letter, *numbers in shape.segments:
            places = [
                (x + numbers[n] * scale, self._height - y - numbers[n + 1] * scale)
                for n in range(0, len(numbers), 2)
            ]
            match letter:
                case "M":
                    path.moveTo(*places[0])
                case "L":
                    path.lineTo(*places[0])
                case "C":
                    path.curveTo(*places[0], *places[1], *places[2])
                case _:
                    path.close()
        is_filled, is_drawn = shape.fill != "none", shape.width > 0 and shape.line != "none"
        if is_filled:
            canvas.setFillColorRGB(*_colour(shape.fill))
        if is_drawn:
            canvas.setStrokeColorRGB(*_colour(shape.line))
            canvas.setLineWidth(shape.width * scale)
            canvas.setLineCap(1)
            canvas.setLineJoin(1)
        canvas.drawPath(path, stroke=int(is_drawn), fill=int(is_filled), fillMode=0)
        if is_drawn:
            canvas.setLineCap(0)
            canvas.setLineJoin(0)

    def qr(self, x: float, y: float, size: float, payload: str) -> None:
        """Draw a QR code with its white border in a square."""
        dark = _qr_modules(payload)
        module = size / (len(dark) + 2 * _QUIET)
        self.rect(x, y, size, size, fill=WHITE)
        self.modules(dark, x + _QUIET * module, y + _QUIET * module, module)

    def modules(
        self, dark: tuple[tuple[bool, ...], ...], x: float, y: float, module: float
    ) -> None:
        """Draw the dark squares of a code; neighbours in a row are one piece."""
        self.fill(BLACK)
        path = self._canvas.beginPath()
        for row, line in enumerate(dark):
            top = self._height - y - (row + 1) * module
            start = -1
            for column, is_dark in enumerate((*line, False)):
                if is_dark and start < 0:
                    start = column
                elif not is_dark and start >= 0:
                    path.rect(x + start * module, top, (column - start) * module, module)
                    start = -1
        self._canvas.drawPath(path, stroke=0, fill=1)

    def image(self, image: Any, x: float, y: float, width: float, height: float) -> None:
        """Draw a picture (a reportlab ImageReader) into a rectangle."""
        self._canvas.drawImage(image, x, self._height - y - height, width, height)

    def anchor(self, name: str, y: float, title: str = "", level: int = 0) -> None:
        """Make this height of the page a place to jump to; with a title also in the outline."""
        self._canvas.bookmarkHorizontalAbsolute(name, self._height - y)
        if title:
            self._canvas.addOutlineEntry(title, name, level)

    def jump(self, name: str, x: float, y: float, width: float, height: float) -> None:
        """Make a rectangle a link to an anchor."""
        box = (x, self._height - y - height, x + width, self._height - y)
        self._canvas.linkRect("", name, box, relative=0, thickness=0)


@lru_cache(maxsize=256)
def _qr_modules(payload: str) -> tuple[tuple[bool, ...], ...]:
    code = _qr(payload)
    code.makeImpl(False, _mask_for(payload.rpartition("|")[0]))
    count = code.getModuleCount()
    return tuple(tuple(bool(code.isDark(r, c)) for c in range(count)) for r in range(count))


@lru_cache(maxsize=64)
def _mask_for(form: str) -> int:
    """Return the mask for all pages of a form: looking for the best takes ten times the drawing."""
    return int(_qr(f"{form}|1").getBestMaskPattern())


def _qr(payload: str) -> QRCode:
    code = QRCode(None, QRErrorCorrectLevel.M)
    code.addData(payload)
    code.version = code.calculate_version()
    return code


@lru_cache(maxsize=64)
def _colour(text: str) -> Colour:
    known = {"black": BLACK, "white": WHITE}
    if text in known:
        return known[text]
    return tuple(int(text[n : n + 2], 16) / 255 for n in (1, 3, 5))  # type: ignore[return-value]


def height_of(size: float) -> float:
    """Return the distance of lines of a size."""
    return size * 1.32
