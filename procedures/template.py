"""The procedure that a new one begins from: small, complete, without a lint error."""

from __future__ import annotations

import json
import re
from pathlib import Path

_ID = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_FILE = Path(__file__).parent / "template.yaml"


def template(procedure_id: str, author: str) -> str:
    """Return the text of a new procedure; raises ValueError for an id that no file may have."""
    if not _ID.fullmatch(procedure_id) or len(procedure_id) > 63:
        raise ValueError(f"id {procedure_id!r}: write words joined by dashes, like pump-change")
    if not author.strip():
        raise ValueError("who writes it must be given")
    text = _FILE.read_text(encoding="utf-8")
    quoted = json.dumps(author.strip(), ensure_ascii=False)
    return text.replace("my-procedure", procedure_id).replace("AUTHOR", quoted)
