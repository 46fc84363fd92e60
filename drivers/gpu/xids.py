"""What an Xid means and asks for, looked up in ``resources/gpu/xids.toml``.

An Xid is a number that NVIDIA's driver writes to the kernel log when a GPU has a fault.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from types import MappingProxyType

import resources
from drivers.files import FileModel, parse, read_toml
from drivers.gpu.actions import Extraction, action
from drivers.order_rule import OrderRule

UNKNOWN_MEANING = "This number is not in NVIDIA's Xid catalogue as this version knows it."


class XidClass(StrEnum):
    """What kind of thing is at fault."""

    APPLICATION = "application"
    DRIVER = "driver"
    MEMORY = "memory"
    LINK = "link"
    BUS = "bus"
    POWER = "power"
    FIRMWARE = "firmware"
    SECURITY = "security"
    INFORMATIONAL = "informational"


class XidRow(FileModel):
    """One code as written in the resource file."""

    code: int
    mnemonic: str
    immediate: str = ""
    investigatory: str = ""
    unused: bool = False
    severity: XidClass = XidClass.INFORMATIONAL
    meaning: str = ""
    action: str = ""
    extraction: Extraction = Extraction.NO
    order: OrderRule | None = None
    note: str = ""


class XidFile(FileModel):
    """The whole file."""

    source: str
    unused_meaning: str
    unused_action: str
    xid: tuple[XidRow, ...]


class Xid(FileModel):
    """What is known of one code.

    ``immediate`` and ``investigatory`` are NVIDIA's action codes (empty where it gives none),
    ``action`` the id of what a technician does, ``extraction`` whether the GPU has to come out,
    ``order`` the work order that it asks for, as soon as the GPU has to come out.
    ``unused``: the catalogue has the number but says that no driver it covers uses it.
    """

    code: int
    mnemonic: str
    meaning: str
    severity: XidClass
    immediate: str
    investigatory: str
    action: str
    extraction: Extraction
    order: OrderRule | None
    note: str
    unused: bool
    source: str

    @property
    def urgency(self) -> int:
        """1 now, 2 today, 3 this week, 4 for the record."""
        return action(self.action).urgency


@cache
def xid_table() -> Mapping[int, Xid]:
    """Return every code of the catalogue; raises FileError for a damaged installation."""
    path = resources.path("gpu", "xids.toml")
    file = parse(XidFile, read_toml(path), path)
    return MappingProxyType({row.code: _entry(row, file) for row in file.xid})


def xid(code: int) -> Xid | None:
    """Return what is known of a code, or None for one that the catalogue does not have."""
    return xid_table().get(code)


def _entry(row: XidRow, file: XidFile) -> Xid:
    given = row.model_dump()
    given["order"] = row.order
    if row.unused:
        given |= {"meaning": file.unused_meaning, "action": file.unused_action}
    return Xid(**given, source=file.source)
