"""Whether bytes are a picture and nothing else, and what is in it that need not be kept.

A picture is what its bytes say, whatever its name: JPEG, PNG or WebP, decoded to the last line.
What hides behind the end of a picture, holds more pixels than a screen could ever show, or breaks
off is refused. Metadata is taken out of the file's own structure: no pixel is encoded again.
"""

from __future__ import annotations

import contextlib
import io
import struct
import warnings
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from console.text import tr
from console.work.events import Refused

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_PIXELS = 80_000_000
_ORIENTATION, _IFD, _TAKEN, _OFFSET = 0x0112, 0x8769, 0x9003, 0x9011


class PictureError(Refused):
    """A file that is no picture that can be kept; one sentence says why."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it is to be kept. ``metadata`` is ``none``, ``kept`` or ``removed``."""

    content: bytes
    media_type: str
    suffix: str
    width_px: int
    height_px: int
    metadata: str


@dataclass(frozen=True, slots=True)
class _Format:
    name: str
    media_type: str
    suffix: str
    end: Callable[[bytes], int]
    strip: Callable[[bytes, bytes], bytes]


def read_picture(content: bytes, *, keep_exif: bool) -> Picture:
    """Return the picture that bytes are; raises PictureError.

    Without ``keep_exif`` what tells of place and device is left out; which way is up and when it
    was taken stay.
    """
    with _quiet():
        return _read(content, keep_exif=keep_exif)


def _read(content: bytes, *, keep_exif: bool) -> Picture:
    form = _format_of(content)
    image = _decoded(content, form)
    whole = _without_trailer(content, form)
    kept = whole if keep_exif else form.strip(whole, _small_exif(image))
    if kept != content:
        again = _decoded(kept, form)
        if again.size != image.size:
            raise PictureError(tr("The picture could not be freed of its metadata."))
    is_bare = form.strip(whole, b"") == content
    metadata = "none" if is_bare else "kept" if kept == content else "removed"
    return Picture(kept, form.media_type, form.suffix, *image.size, metadata)


def small_picture(content: bytes, edge_px: int) -> bytes:
    """Return a JPEG no larger than ``edge_px`` either way, the right way up; PictureError."""
    from PIL import ImageOps

    with _quiet():
        image = _opened(content, _format_of(content))
        image.draft("RGB", (edge_px, edge_px))
        upright = ImageOps.exif_transpose(image)
        upright.thumbnail((edge_px, edge_px))
        out = io.BytesIO()
        upright.convert("RGB").save(out, "JPEG", quality=85)
        return out.getvalue()


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Pass over what Pillow warns of: odd metadata, many pixels; both are looked at here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _format_of(content: bytes) -> _Format:
    if content.startswith(b"\xff\xd8\xff"):
        return _FORMATS["JPEG"]
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return _FORMATS["PNG"]
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return _FORMATS["WEBP"]
    raise PictureError(tr("This is no picture: it must be a JPEG, PNG or WebP file."))


def _opened(content: bytes, form: _Format) -> Image:
    from PIL import Image, UnidentifiedImageError

    try:
        image = Image.open(io.BytesIO(content), formats=[form.name])
    except Image.DecompressionBombError:
        raise _too_many_pixels() from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError) as error:
        raise _damaged(error) from None
    if image.width * image.height > MOST_PIXELS:
        raise _too_many_pixels()
    return image


def _decoded(content: bytes, form: _Format) -> Image:
    """Return a picture of which every line was decoded; refuses what breaks off."""
    image = _opened(content, form)
    try:
        _opened(content, form).verify()
        image.load()
    except (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error) as error:
        raise _damaged(error) from None
    if form.name != "JPEG" and getattr(image, "n_frames", 1) > 1:
        raise PictureError(tr("This is a film, not a picture; take one picture of it."))
    return image


def _without_trailer(content: bytes, form: _Format) -> bytes:
    """Return a picture without what a telephone put behind it; refuses anything else there."""
    try:
        end = form.end(content)
        rest = content[end:].lstrip(b"\0")
        while form.name == "JPEG" and rest.startswith(b"\xff\xd8\xff"):  # depth, brightness
            rest = rest[_jpeg_end(rest) :].lstrip(b"\0")
    except (IndexError, struct.error, ValueError) as error:
        raise _damaged(error) from None
    if not rest:
        return content
    is_film = b"ftyp" in rest[:8]
    if form.name == "JPEG" and (is_film or rest.endswith(b"SEFT")):
        return content[:end]
    raise PictureError(
        tr(
            "Something else hides behind the picture, {size} bytes; save it anew as a picture.",
            size=len(rest),
        )
    )


def _damaged(error: Exception) -> PictureError:
    return PictureError(tr("The picture is damaged or incomplete ({error}).", error=error))


def _too_many_pixels() -> PictureError:
    return PictureError(
        tr(
            "The picture has too many pixels; at most {most} million.",
            most=MOST_PIXELS // 1_000_000,
        )
    )


def _small_exif(image: Image) -> bytes:
    """Return EXIF data with orientation and time alone; empty where there are none."""
    from PIL.Image import Exif

    try:
        found = image.getexif()
        orientation = found.get(_ORIENTATION)
        times = {tag: found.get_ifd(_IFD).get(tag) for tag in (_TAKEN, _OFFSET)}
        times = {tag: told for tag, told in times.items() if isinstance(told, str)}
        small = Exif()
        if isinstance(orientation, int) and 1 < orientation <= 8:
            small[_ORIENTATION] = orientation
        if times:
            small.get_ifd(_IFD).update(times)
        return small.tobytes() if len(small) or times else b""
    except (OSError, SyntaxError, ValueError, KeyError, TypeError, struct.error):
        return b""


# ---- JPEG: segments up to the scan ----


def _jpeg_segments(content: bytes) -> Iterator[tuple[int, int, int]]:
    """Give marker, start and end of each segment before the first scan, and of that scan's head."""
    at = 2
    while True:
        while content[at + 1] == 0xFF:  # fill bytes
            at += 1
        if content[at] != 0xFF:
            raise ValueError(f"no marker at byte {at}")
        marker = content[at + 1]
        if marker == 0xD9:
            raise ValueError("it ends before its first line")
        (length,) = struct.unpack(">H", content[at + 2 : at + 4])
        yield marker, at, at + 2 + length
        if marker == 0xDA:
            return
        at += 2 + length


def _jpeg_end(content: bytes) -> int:
    """Return where the first picture of a JPEG ends."""
    *_, (_, _, at) = _jpeg_segments(content)
    while True:
        at = content.find(b"\xff", at)
        if at < 0 or at + 1 >= len(content):
            raise ValueError("it breaks off")
        marker = content[at + 1]
        if marker == 0xD9:
            return at + 2
        is_segment = marker in {0xDA, 0xC4, 0xDB, 0xDC, 0xDD, 0xFE} or 0xE0 <= marker <= 0xEF
        if is_segment:  # between the scans of a progressive picture
            at += 2 + int(struct.unpack(">H", content[at + 2 : at + 4])[0])
        else:
            at += 1 if marker == 0xFF else 2


def _strip_jpeg(content: bytes, exif: bytes) -> bytes:
    """Return a JPEG with its colours' description and nothing else beside the pixels."""
    kept, scan = [b"\xff\xd8"], 0
    if exif:
        kept.append(b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif)
    for marker, start, end in _jpeg_segments(content):
        scan = start
        if marker != 0xDA and not _is_metadata(marker, content[start + 4 : start + 18]):
            kept.append(content[start:end])
    return b"".join(kept) + content[scan : _jpeg_end(content)]


def _is_metadata(marker: int, head: bytes) -> bool:
    is_colour = marker in {0xE0, 0xEE} or (marker == 0xE2 and head.startswith(b"ICC_PROFILE\0"))
    return (0xE0 <= marker <= 0xEF and not is_colour) or marker == 0xFE


# ---- PNG: chunks ----

_PNG_METADATA = frozenset({b"eXIf", b"tEXt", b"iTXt", b"zTXt", b"tIME"})


def _png_chunks(content: bytes) -> Iterator[tuple[bytes, int, int]]:
    at = 8
    while True:
        (length,) = struct.unpack(">I", content[at : at + 4])
        kind, end = content[at + 4 : at + 8], at + 12 + length
        if end > len(content):
            raise ValueError("it breaks off")
        yield kind, at, end
        if kind == b"IEND":
            return
        at = end


def _png_end(content: bytes) -> int:
    *_, (_, _, end) = _png_chunks(content)
    return end


def _strip_png(content: bytes, exif: bytes) -> bytes:
    """Return a PNG without texts and EXIF, but for the one given."""
    kept = [content[:8]]
    for kind, start, end in _png_chunks(content):
        if kind not in _PNG_METADATA:
            kept.append(content[start:end])
        if kind == b"IHDR" and exif:
            kept.append(_png_chunk(b"eXIf", exif.removeprefix(b"Exif\0\0")))
    return b"".join(kept)


def _png_chunk(kind: bytes, data: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(kind + data))
    return struct.pack(">I", len(data)) + kind + data + check


# ---- WebP: chunks of RIFF ----


def _webp_end(content: bytes) -> int:
    (size,) = struct.unpack("<I", content[4:8])
    if 8 + size > len(content):
        raise ValueError("it breaks off")
    return 8 + int(size)


def _strip_webp(content: bytes, exif: bytes) -> bytes:
    """Return a WebP without EXIF and XMP, but for the one given."""
    at, end = 12, _webp_end(content)
    kept: list[bytes] = []
    while at + 8 <= end:
        kind, (length,) = content[at : at + 4], struct.unpack("<I", content[at + 4 : at + 8])
        whole = content[at : at + 8 + length + length % 2]
        if kind == b"VP8X":
            flags = whole[8] & ~0x0C | (0x08 if exif else 0)
            whole = whole[:8] + bytes([flags]) + whole[9:]
        if kind not in {b"EXIF", b"XMP "}:
            kept.append(whole)
        at += len(whole)
    if exif and any(chunk.startswith(b"VP8X") for chunk in kept):
        data = exif.removeprefix(b"Exif\0\0")
        kept.append(b"EXIF" + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2))
    body = b"WEBP" + b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(body)) + body


_FORMATS = {
    "JPEG": _Format("JPEG", "image/jpeg", ".jpg", _jpeg_end, _strip_jpeg),
    "PNG": _Format("PNG", "image/png", ".png", _png_end, _strip_png),
    "WEBP": _Format("WEBP", "image/webp", ".webp", _webp_end, _strip_webp),
}
