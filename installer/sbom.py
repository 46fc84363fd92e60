"""What is shipped, for people and for programs: one file of licences and a CycloneDX list."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from installer.system_parts import SystemPart

_RULE = "=" * 78
SPEC_VERSION = "1.6"
_SPDX = re.compile(r"[A-Za-z0-9.+()-]+( (AND|OR|WITH) [A-Za-z0-9.+()-]+)*")
"""What may be an expression: license-expression itself fails on a comma."""


def licences_file(system: Sequence[SystemPart]) -> str:
    """Return the licences of every Python package and every system library that is shipped."""
    from console.about import licences_text

    parts = [licences_text()]
    for part in system:
        title = (
            f"{part.name} {part.version} (of the system it was built on)\n{', '.join(part.files)}"
        )
        parts.append(f"{_RULE}\n{title}\n{_RULE}\n\n{part.text.rstrip()}\n")
    return "\n".join(parts)


def sbom(system: Sequence[SystemPart], epoch_s: int) -> dict[str, Any]:
    """Return the CycloneDX document, the same for the same parts and moment."""
    from console.about import components

    ours, *packages = components()
    listed = [*(_package(p.name, p.version, p.licence, p.home) for p in packages)]
    listed += [_library(part) for part in system]
    root = _package(ours.name, ours.version, ours.licence, "") | {"type": "application"}
    names = [part["bom-ref"] for part in listed]
    body: dict[str, Any] = {
        "bomFormat": "CycloneDX",
        "specVersion": SPEC_VERSION,
        "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(epoch_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": root,
        },
        "components": listed,
        "dependencies": [{"ref": root["bom-ref"], "dependsOn": names}],
    }
    content = json.dumps(body, sort_keys=True)
    return body | {"serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, content)}"}


def _package(name: str, version: str, licence: str, home: str) -> dict[str, Any]:
    plain = name.lower().replace("_", "-")
    ref = f"pkg:pypi/{plain}@{version}"
    part: dict[str, Any] = {"type": "library", "bom-ref": ref, "name": name, "version": version}
    part |= {"purl": ref, "licenses": [_licence(licence)]}
    if home.startswith("http"):
        part["externalReferences"] = [{"type": "website", "url": home}]
    return part


def _licence(text: str) -> dict[str, Any]:
    """Return an SPDX expression as one, and any other words as a name."""
    from license_expression import get_spdx_licensing

    if _SPDX.fullmatch(text) and not get_spdx_licensing().validate(text).errors:
        return {"expression": text}
    return {"license": {"name": text}}


def _library(part: SystemPart) -> dict[str, Any]:
    purl = f"pkg:deb/debian/{part.name}@{part.version}"
    if part.name == "python":
        purl = f"pkg:generic/python@{part.version}"
    files = [{"name": "carries", "value": name} for name in part.files]
    return {
        "type": "library",
        "bom-ref": purl,
        "name": part.name,
        "version": part.version,
        "purl": purl,
        "licenses": [{"license": {"name": "as in LICENCES.txt"}}],
        "properties": files,
    }
