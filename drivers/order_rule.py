"""Which work a fault asks for: a member ``order`` of an alarm's definition and of an Xid."""

from __future__ import annotations

from pydantic import Field

from drivers.files import FileModel


class OrderRule(FileModel):
    """A work order to be opened: ``priority`` 1, most urgent, to 4, and the procedure's id.

    ``procedure`` empty: whoever plans it finds one. ``in_rack`` is the procedure for a server that
    sits in a rack and not in a tank, where that is another one.
    """

    priority: int = Field(ge=1, le=4)
    procedure: str = ""
    in_rack: str = ""

    def procedure_for(self, *, in_rack: bool) -> str:
        """Return the procedure for equipment in a tank or in a rack."""
        return self.in_rack if in_rack and self.in_rack else self.procedure
