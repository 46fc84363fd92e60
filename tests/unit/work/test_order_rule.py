"""Which faults ask for work: what is shipped names procedures that there are."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

import resources
from console.alarms.specs import AlarmFile
from drivers.files import FileError, parse
from drivers.gpu.actions import Extraction
from drivers.gpu.xids import xid_table
from drivers.order_rule import OrderRule
from procedures.document import LIBRARY

SHIPPED = {path.stem for path in LIBRARY.glob("*.yaml")}
FILES = sorted(resources.path("alarms").glob("*.toml"))


def rules() -> list[OrderRule]:
    found: list[OrderRule] = []
    for file in FILES:
        alarms = parse(AlarmFile, tomllib.loads(file.read_text(encoding="utf-8")), file).alarm
        found += [alarm.order for alarm in alarms if alarm.order]
    return found + [one.order for one in xid_table().values() if one.order]


def test_every_procedure_that_a_fault_names_is_shipped() -> None:
    named = {name for rule in rules() for name in (rule.procedure, rule.in_rack) if name}
    assert {"change-pump", "respond-spill-leak", "swap-gpu-immersed", "swap-gpu-rack"} <= named
    assert named <= SHIPPED


def test_every_xid_for_which_the_gpu_comes_out_asks_for_an_order_and_no_other() -> None:
    for code, known in xid_table().items():
        assert (known.order is not None) == (known.extraction is not Extraction.NO), code


def test_a_server_in_a_rack_has_a_procedure_of_its_own_where_there_is_one() -> None:
    both = OrderRule(priority=2, procedure="swap-gpu-immersed", in_rack="swap-gpu-rack")
    assert both.procedure_for(in_rack=True) == "swap-gpu-rack"
    assert both.procedure_for(in_rack=False) == "swap-gpu-immersed"
    assert OrderRule(priority=2, procedure="x").procedure_for(in_rack=True) == "x"


@pytest.mark.parametrize(
    "order", [{"priority": 0}, {"priority": 5}, {}, {"priority": 1, "at": "bad"}, {"prio": 1}]
)
def test_a_rule_that_is_wrong_is_refused(order: dict[str, object]) -> None:
    alarm = {
        "id": "a",
        "name": "A",
        "on": "tank",
        "link": "lost",
        "cause": "c",
        "consequence": "c",
        "action": "a",
        "time_to_respond_s": 60,
        "priority": 1,
    }
    assert parse(AlarmFile, {"alarm": [alarm]}, Path("site.toml")).alarm[0].order is None
    with pytest.raises(FileError, match="order"):
        parse(AlarmFile, {"alarm": [{**alarm, "order": order}]}, Path("site.toml"))
