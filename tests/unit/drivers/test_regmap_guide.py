"""The guide to writing a map names everything that a map may hold and every rule of the linter."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from drivers.modbus.lint import lint_text
from drivers.modbus.mapspec import DerivedSpec, IdentityText, Transport, VotedSpec
from drivers.modbus.pointparts import WriteSpec
from drivers.modbus.pointspec import PointSpec
from drivers.modbus.regmap import GUIDE, RegisterMap
from tests.unit.drivers.test_regmap_lint import CASES, COUPLED

TEXT = (Path(__file__).parents[3] / GUIDE).read_text(encoding="utf-8")
WORDS = set(re.findall(r"[A-Za-z_0-9]+(?:-[a-z]+)*", TEXT))
PYDANTIC = {"extra_forbidden", "string_pattern_mismatch", "value_error"}
INHERITED = {"turnaround_ms", "data_bits", "max_write_registers", "schema"}  # rarely of interest


def test_the_example_of_the_guide_is_a_good_map() -> None:
    example = re.search(r"```toml\n(schema = .*?)```", TEXT, re.DOTALL)
    assert example is not None
    assert lint_text(example.group(1), Path("guide")) == []


@pytest.mark.parametrize(
    "model",
    [RegisterMap, PointSpec, Transport, IdentityText, VotedSpec, DerivedSpec, WriteSpec],
)
def test_every_key_is_in_the_guide(model: type[BaseModel]) -> None:
    keys = {field.alias or name for name, field in model.model_fields.items()}
    assert keys - INHERITED - WORDS == set()


def test_every_rule_is_in_the_guide() -> None:
    rules = {rule for _, rule, _ in CASES} | {rule for _, rule, _, _ in COUPLED}
    assert rules - PYDANTIC - WORDS == set()
