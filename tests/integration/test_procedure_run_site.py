"""``procedure run`` on a site as it is: a served simulator, real connections, real time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from console.history.reader import LogReader
from drivers.simulator.options import PlantOptions
from drivers.simulator.process import SimulatorProcess
from tests.integration.commands import tankside
from tests.integration.run_kit import HOST, PEOPLE, bodies

PROCEDURE = """\
schema: procedure/1
id: look-at-the-tank
title: {en: Look at the tank, zh_CN: 查看箱体}
purpose: {en: A test, zh_CN: 测试}
author: Ada
applies_to: {asset: tank, cooling: [single_phase]}
subjects:
  tank: {kind: tank}
exclusive: [tank]
requires:
  people:
    - {role: technician}
phases:
  - id: look
    title: {en: Look, zh_CN: 查看}
    make_safe: back
    steps:
      - id: find
        title: {en: Find, zh_CN: 找}
        kind: check
        do: {en: Scan the label., zh_CN: 扫描标签。}
        scans:
          - {id: label, title: {en: Label, zh_CN: 标签}, of: tank, must_be: tank}
      - id: cool
        title: {en: Cool, zh_CN: 冷却}
        kind: wait
        do: {en: Wait until it is cool., zh_CN: 等待冷却。}
        verify:
          - {id: cool, check: tank.coolant_return_temperature <= 55 Cel, for_s: 2}
      - id: shown
        title: {en: Picture, zh_CN: 照片}
        kind: check
        do: {en: Take a picture., zh_CN: 拍照。}
        photos:
          - {id: tank, title: {en: Tank, zh_CN: 箱体}}
safe_states:
  - {id: left, text: {en: It is left as it was., zh_CN: 保持原状。}}
make_safe:
  - id: back
    title: {en: Back, zh_CN: 撤回}
    ends_in: left
    steps:
      - id: ms-tell
        title: {en: Tell, zh_CN: 通知}
        do: {en: Tell the operators., zh_CN: 通知运行人员。}
        expect: {en: They know., zh_CN: 已知悉。}
"""
SCRIPT = f"""\
schema: script/1
target: {HOST}
people: {{technician: chen, verifier: wu, supervisor: okafor}}
steps:
  find: {{}}
"""


@pytest.mark.timeout(200)
def test_a_run_on_a_served_site_is_training_and_moves_nothing(tmp_path: Path) -> None:
    procedure, script = tmp_path / "look-at-the-tank.yaml", tmp_path / "script.yaml"
    site, data = tmp_path / "site.toml", tmp_path / "data"
    procedure.write_text(PROCEDURE, encoding="utf-8")
    script.write_text(SCRIPT, encoding="utf-8")
    words = ("procedure", "run", str(procedure), str(site), "--script", str(script))
    options = PlantOptions(tanks=1, hosts=1, gpus_per_host=1, seed=7)
    with SimulatorProcess(options) as simulator:
        site.write_text(simulator.start().site_toml, encoding="utf-8")
        nobody = tankside(tmp_path, *words, "--data", str(data))
        assert nobody.returncode == 2
        assert "--people" in nobody.stderr
        ended = tankside(
            tmp_path,
            *words,
            "--people",
            str(PEOPLE),
            "--data",
            str(data),
            "--json",
            timeout_s=120,
        )
        assert ended.returncode == 0, ended.stderr
        script.write_text(SCRIPT.replace("find: {}", "find: {world: [open_lid]}"))
        hands = tankside(
            tmp_path, *words, "--people", str(PEOPLE), "--data", str(tmp_path / "other")
        )
        assert hands.returncode == 2
        assert "on real equipment people do that" in hands.stderr
    kinds = [json.loads(line)["kind"] for line in ended.stdout.splitlines()]
    assert kinds[0] == "work.begun"
    assert "work.finished" in kinds
    (begun,) = bodies(data, "work.begun")
    assert (begun["training"], begun["revision_status"]) == (True, "draft")
    cool = next(b for b in bodies(data, "work.step_done") if b["step"] == "cool")
    (seen,) = cool["gates"][0]["seen"]
    assert seen["part"] == "tank-1"
    assert seen["age_s"] < 10
    assert 15 < seen["value"] < 55
    (photo,) = bodies(data, "work.photo_taken")
    assert (data / "photos" / photo["sha256"][:2] / f"{photo['sha256']}.png").is_file()
    assert LogReader(data).verify().ok
