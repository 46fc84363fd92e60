"""The JSON Schema of a register map, for editors that complete and check while one types."""

from __future__ import annotations

import json

from drivers.modbus.regmap import RegisterMap

ADDRESS = "https://tankside.example/schemas/regmap.schema.json"


def regmap_schema() -> str:
    """Return the schema as text, as it is kept in ``resources/schemas/regmap.schema.json``."""
    schema = RegisterMap.model_json_schema(by_alias=True)
    titled = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": ADDRESS, **schema}
    return json.dumps(titled, ensure_ascii=False, indent=2) + "\n"
