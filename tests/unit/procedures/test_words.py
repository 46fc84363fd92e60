"""What people are told: every sentence has its values, and its words in Chinese."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import procedures
import resources
from console.cli.procedure import STATES
from drivers.files import FileModel
from procedures import spec, spec_parts
from procedures.engine.events import KIND_LABELS, WorkKind
from procedures.engine.sentence import PATTERNS, say

ENGINE = Path(procedures.__file__).parent / "engine"
PLACEHOLDER = re.compile(r"{\w+}")


def entries() -> dict[str, str]:
    found: dict[str, str] = {}
    folder = resources.path("translations")
    for path in (folder / "zh_CN.toml", *sorted((folder / "parts").glob("*.toml"))):
        found |= tomllib.loads(path.read_text(encoding="utf-8"))
    return found


def test_every_sentence_and_label_has_its_chinese() -> None:
    known = entries()
    for text in (*PATTERNS.values(), *KIND_LABELS.values(), *STATES.values()):
        assert text in known
        assert sorted(PLACEHOLDER.findall(text)) == sorted(PLACEHOLDER.findall(known[text]))


def test_every_code_in_the_engine_is_a_sentence_and_every_sentence_is_said() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in ENGINE.glob("*.py"))
    said = set(re.findall(r'(?:say\(|refuse_if\([^"]*?)\s*"([a-z_]+)"', code, re.DOTALL))
    assert set(PATTERNS) <= {*said, *re.findall(r'"([a-z_]+)"', code)}
    assert said <= set(PATTERNS)


def test_the_guide_names_every_member_and_every_event() -> None:
    guide = (Path(procedures.__file__).parents[1] / "docs" / "procedures.md").read_text("utf-8")
    models = [
        model
        for module in (spec, spec_parts)
        for model in vars(module).values()
        if isinstance(model, type) and issubclass(model, FileModel) and model is not FileModel
    ]
    members = {f.alias or name for m in models for name, f in m.model_fields.items()}
    missing = {name for name in members if not re.search(rf"[`{{ ]{name}[`:, }}]", guide)}
    assert not missing
    kinds = {kind for kind in WorkKind if not kind.startswith("work.procedure_")}
    assert not {kind for kind in kinds if f"`{kind}`" not in guide}


def test_a_sentence_reads_as_a_sentence() -> None:
    assert str(say("min_time", left=5)) == "5 s to go"
    assert str(say("no_answer")) == "The question is not answered"
