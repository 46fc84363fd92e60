"""From the bytes of a captured file to text: every way in which consoles save what they show."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from drivers.device import DeviceError, DeviceGarbledError

MOST_BYTES = 64 * 2**20
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\)?|[@-Z\\^_])")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def read_capture(path: Path) -> str:
    """Return the text of a captured file with plain line ends; raises DeviceError."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise DeviceError(f"{path}: there is no such file") from None
    except (OSError, ValueError) as error:  # ValueError: a name with a NUL in it
        raise DeviceError(f"{path}: cannot be read: {_why(error)}") from None
    if len(data) > MOST_BYTES:
        raise DeviceGarbledError(f"{path}: has more than {MOST_BYTES // 2**20} MiB")
    return capture_text(data)


def capture_text(data: bytes) -> str:
    """Return bytes as text: UTF-8 or UTF-16 (PowerShell's ``>``), without colours and bells.

    What is in no encoding becomes U+FFFD, which no value reads as.
    """
    text = data.decode(_encoding(data), errors="replace")
    text = _ESCAPES.sub("", text)
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").replace("\ufeff", "")


def _encoding(data: bytes) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    head = data[:4096]
    if head and head[1::2].count(0) > len(head) // 4:
        return "utf-16-le"
    if head and head[0::2].count(0) > len(head) // 4:
        return "utf-16-be"
    return "utf-8"


def _why(error: Exception) -> str:
    strerror = getattr(error, "strerror", None)
    return strerror if isinstance(strerror, str) else str(error)
