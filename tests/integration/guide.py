"""The commands of docs/operations.md, as they stand there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

GUIDE = Path(__file__).parents[2] / "docs" / "operations.md"
_BLOCK = re.compile(r"^```sh ?(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PINS = {"ada": "correct horse battery", "chen": "steady heron pond"}


@dataclass(frozen=True)
class Command:
    """One line of the guide. ``where`` is the mark of its block: empty, root, release, untried."""

    line: str
    where: str

    @property
    def words(self) -> list[str]:
        """The line as a shell would part it."""
        return shlex.split(self.line.removesuffix("&"))

    @property
    def stays(self) -> bool:
        """Whether it runs on beside the next ones."""
        return self.line.endswith("&")

    @property
    def typed(self) -> str:
        """What a person types into it: the PINs that it asks for, then an agreement."""
        words, typed = self.words, []
        if "--as" in words:
            typed.append(_PINS[words[words.index("--as") + 1]])
        if words[1:3] == ["people", "add"] and "--as" not in words:
            typed.append(_PINS[words[3]])
        if words[1:3] == ["people", "pin"]:
            typed.append(_PINS[words[3]])
        return "".join(f"{line}\n" for line in [*typed, "y"])


def commands() -> Iterator[Command]:
    """Every command of the guide, in its order."""
    for where, block in _BLOCK.findall(GUIDE.read_text(encoding="utf-8")):
        for line in block.strip().splitlines():
            yield Command(line.strip(), where)
