"""Pages as coarse pictures in letters, kept beside the tests: what a page looks like, in a diff.

One letter is a field of 4 mm: blank, ``.``, ``:`` or ``#`` by how dark it is. Written anew, after
looking at the pages, with one command::

    python -m tests.unit.documents.golden
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from console.documents.pdf import render_pdf
from console.documents.style import Paper
from console.documents.workorder import form_document
from tests.unit.documents import kit

FOLDER = Path(__file__).parent / "golden"
SHADES = " .:#"
_FIELD_MM = 4.0
_DPI = 72.0
_DARKEST = (0.02, 0.14, 0.40)
MOST_DIFFERENT = 0.02
"""The part of the fields of a page that may be another shade: other versions of a renderer."""
_FAR = 2
"""A field that is so many shades off counts whatever its number; a few may."""


@dataclass(frozen=True)
class Case:
    """One document whose pages are kept."""

    name: str
    language: str = "en"
    paper: Paper = "a4"
    is_blank: bool = False

    @property
    def path(self) -> Path:
        return FOLDER / f"{self.name}.txt"

    def pages(self) -> list[list[str]]:
        sheet = kit.sheet(language=self.language)
        if self.is_blank:
            sheet = replace(sheet, order=None)
        pdf = render_pdf(form_document(sheet), self.paper)
        return [raster(picture) for picture in kit.pictures(pdf.data, _DPI / 72)]


CASES = (
    Case("work-order-a4"),
    Case("work-order-letter", paper="letter"),
    Case("blank-a4", is_blank=True),
)


def raster(picture: Image.Image) -> list[str]:
    """Return a page in letters."""
    columns = round(picture.width / _DPI * 25.4 / _FIELD_MM)
    rows = round(picture.height / _DPI * 25.4 / _FIELD_MM)
    small = picture.convert("L").resize((columns, rows), Image.Resampling.BOX)
    dark = [(255 - value) / 255 for value in small.tobytes()]
    letters = [SHADES[sum(value > edge for edge in _DARKEST)] for value in dark]
    return ["".join(letters[n * columns : (n + 1) * columns]).rstrip() for n in range(rows)]


def differences(found: list[str], kept: list[str]) -> tuple[float, list[str]]:
    """Return the part of the fields that differ, and where they are far off."""
    if len(found) != len(kept):
        return 1.0, [f"{len(found)} rows instead of {len(kept)}"]
    width = max(map(len, (*found, *kept)), default=1)
    off, far = 0, []
    for row, (one, other) in enumerate(zip(found, kept, strict=True)):
        for column in range(width):
            new, old = one.ljust(width)[column], other.ljust(width)[column]
            distance = abs(SHADES.index(new) - SHADES.index(old))
            off += distance > 0
            if distance >= _FAR:
                at = f"{column * _FIELD_MM:g} mm from the left, {row * _FIELD_MM:g} mm from the top"
                far.append(f"{at}: {new!r} instead of {old!r}")
    return off / (width * len(found)), far


def read(path: Path) -> list[list[str]]:
    """Return the pages that are kept."""
    pages = path.read_text(encoding="utf-8").split("\f\n")
    return [page.rstrip("\n").split("\n") for page in pages]


def main() -> None:
    """Write the pages anew."""
    FOLDER.mkdir(exist_ok=True)
    for case in CASES:
        text = "\f\n".join("\n".join(page) + "\n" for page in case.pages())
        case.path.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
