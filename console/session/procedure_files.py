"""The procedures that there are as files: those shipped, and a site's own beside its site file.

A site keeps its own in ``procedures/*.yaml`` next to ``site.toml``. One with the id of a shipped
procedure is another revision of it. Reading takes a tenth of a second a file: not in the window.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from drivers.files import FileError
from drivers.modbus.regmap import map_path
from procedures.document import LIBRARY, document_of
from procedures.lint import Finding, has_errors, lint_file, lint_yaml
from procedures.points import Known, known, shipped
from procedures.revision import Revision, compile_procedure
from procedures.yaml_text import read_yaml

if TYPE_CHECKING:
    from console.session.session import Session

FOLDER = "procedures"
Stamp = tuple[int, int]
"""When a file was last written (ns) and how long it is (bytes): while equal it is not read anew."""


@dataclass(frozen=True, slots=True)
class ProcedureFile:
    """One file as it was read; ``revision`` is None for one that is no procedure at all."""

    path: Path
    is_shipped: bool
    stamp: Stamp
    revision: Revision | None
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> int:
        """How many findings forbid submitting and approving."""
        return sum(finding.severity == "error" for finding in self.findings)

    @property
    def is_clean(self) -> bool:
        """Whether nothing forbids submitting it."""
        return self.revision is not None and not has_errors(list(self.findings))


def own_folder(session: Session) -> Path | None:
    """Return where the site keeps its own procedures; None for a site without a file."""
    path = session.path
    return path.absolute().parent / FOLDER if path is not None and path.is_file() else None


def site_points(session: Session) -> Known:
    """Return the points that procedures of this site may name: its own maps count too."""
    folder = own_folder(session)
    own = {tank.map for tank in session.tanks if tank.map.endswith(".toml")}
    if folder is None or not own:
        return shipped()
    try:
        return known(map_path(name, folder.parent) for name in sorted(own))
    except FileError:
        return shipped()  # the site was read with them; a map removed since is told at its reading


def paths(folder: Path | None) -> Sequence[tuple[Path, bool]]:
    """Return every procedure file and whether it is shipped, the site's own first."""
    own = sorted(folder.glob("*.yaml")) if folder is not None and folder.is_dir() else []
    return [*((path, False) for path in own), *((p, True) for p in sorted(LIBRARY.glob("*.yaml")))]


def read_all(
    folder: Path | None, points: Known, before: Mapping[Path, ProcedureFile]
) -> Iterator[ProcedureFile]:
    """Yield every file as it is now; one that was not written since is not read anew."""
    for path, is_shipped in paths(folder):
        kept = before.get(path)
        stamp = stamp_of(path)
        yield kept if kept is not None and kept.stamp == stamp else read(path, is_shipped, points)


def read(path: Path, is_shipped: bool, points: Known) -> ProcedureFile:
    """Read and lint one file. Never raises: what is wrong with it is among the findings."""
    stamp = stamp_of(path)  # before reading: what is written meanwhile is read again
    try:
        text = read_yaml(path)
        findings = lint_yaml(text, points)
    except FileError:
        return ProcedureFile(path, is_shipped, stamp, None, tuple(lint_file(path, points)))
    try:
        revision = compile_procedure(document_of(text).procedure)
    except FileError:
        revision = None  # the findings say so
    return ProcedureFile(path, is_shipped, stamp, revision, tuple(findings))


def stamp_of(path: Path) -> Stamp:
    """Return when a file was written and how long it is; zeros for one that is not there."""
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size
