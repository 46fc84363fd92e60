"""The JSON Schema of a procedure, for editors that complete and check while one types."""

from __future__ import annotations

import json

from procedures.spec import Procedure

ADDRESS = "https://tankside.example/schemas/procedure.schema.json"


def procedure_schema() -> str:
    """Return the schema as text, as it is kept in ``resources/schemas/procedure.schema.json``."""
    schema = Procedure.model_json_schema(by_alias=True)
    titled = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": ADDRESS, **schema}
    return json.dumps(titled, ensure_ascii=False, indent=2) + "\n"
