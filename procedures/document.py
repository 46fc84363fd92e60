"""Reading a procedure file: YAML to a checked model, every fault at its line and column."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from drivers.files import FileError, faults_of, place_of
from procedures.spec import GUIDE, Procedure
from procedures.yaml_text import YamlText, read_yaml, yaml_of

LIBRARY = Path(__file__).parent / "library"


@dataclass(frozen=True, slots=True)
class Document:
    """A procedure with the text it was read from."""

    procedure: Procedure
    text: YamlText


def load_document(path: Path) -> Document:
    """Read a file; raises FileError with one line per fault (file, line, column, what, allowed)."""
    return document_of(read_yaml(path))


def document_of_bytes(raw: bytes, path: Path) -> Document:
    """Read the bytes of a file; raises FileError like :func:`load_document`."""
    return document_of(yaml_of(raw, path))


def document_of(text: YamlText) -> Document:
    """Check what was read; raises FileError like :func:`load_document`."""
    try:
        return Document(Procedure.model_validate(text.data), text)
    except ValidationError as error:
        raise FileError("\n".join(model_faults(error, text))) from None


def model_faults(error: ValidationError, text: YamlText) -> list[str]:
    """Return one sentence per fault of the model, each beginning with file, line and column."""
    return [
        f"{text.at(fault.path)}: {place_of(fault.path, text.data)}: {fault.text}"
        for fault in faults_of(error, GUIDE)
    ]


def library_ids() -> list[str]:
    """Return the ids of the procedures that are shipped."""
    return sorted(file.stem for file in LIBRARY.glob("*.yaml"))


def procedure_path(name: str) -> Path:
    """Return the file of a shipped id, or of a path ending in .yaml; raises FileError."""
    if name.endswith((".yaml", ".yml")):
        return Path(name)
    if name not in library_ids():
        shipped = ", ".join(library_ids()) or "none"
        raise FileError(f"{name}: no such procedure; a .yaml file, or a shipped one: {shipped}")
    return LIBRARY / f"{name}.yaml"
