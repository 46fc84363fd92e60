"""Every English text that a person may be shown: what must have an entry in a catalogue."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import resources

TABLES = (
    ("console.alarm_report", "VERDICTS"),
    ("console.alarm_words", "SAID"),
    ("console.alarm_words", "SEVERITIES"),
    ("console.cli.gpu_table", "SEVERITIES"),
    ("console.cli.gpu_table", "_HEADINGS"),
    ("console.cli.gpu_watch", "_GONE"),
    ("console.cli.gpu_xid", "EXTRACTIONS"),
    ("console.cli.gpu_xid", "WHERE"),
    ("console.cli.procedure", "STATES"),
    ("console.cli.table", "_COLUMNS"),
    ("console.documents.completion", "RUN_NAMES"),
    ("console.documents.completion_measured", "GATE_STATES"),
    ("console.documents.completion_measured", "TAKEN"),
    ("console.documents.completion_signed", "MEANINGS"),
    ("console.documents.completion_signed", "PROOFS"),
    ("console.documents.completion_steps", "RESULTS"),
    ("console.documents.report_words", "DISPOSITIONS"),
    ("console.documents.words", "FLUID_NAMES"),
    ("console.documents.words", "PPE_NAMES"),
    ("console.documents.words", "QUALIFICATION_NAMES"),
    ("console.documents.words", "SIGNAL_NAMES"),
    ("console.documents.words", "WORK_POINTS"),
    ("console.event_text", "LIMITS"),
    ("console.event_text", "PRINTED_NAMES"),
    ("console.event_text", "SAID"),
    ("console.history.kinds", "LABELS"),
    ("console.notify.words", "FAILURES"),
    ("console.session.running.desk", "SENTENCES"),
    ("console.session.running.record", "RECORD_LABELS"),
    ("console.session.running.sensing", "_WORDS"),
    ("console.training.colleagues", "SAID"),
    ("console.training.kinds", "TRAINING_LABELS"),
    ("console.training.people", "_NAMES"),
    ("console.training.report", "ENDS"),
    ("console.training.result", "SAID"),
    ("console.training.words", "GRANTS"),
    ("console.training.words", "REFUSALS"),
    ("console.ui.alarm_figures", "_PERIODS"),
    ("console.ui.alarm_tabs", "TITLES"),
    ("console.ui.alarm_words", "GROUPS"),
    ("console.ui.alarm_words", "STATES"),
    ("console.ui.alarms_page", "_EMPTY"),
    ("console.ui.conditions", "SEVERITIES"),
    ("console.ui.gpu_sentences", "EXTRACTION"),
    ("console.ui.gpu_sentences", "URGENCY"),
    ("console.ui.log_details", "BODY_NAMES"),
    ("console.ui.log_filters", "GROUP_LABELS"),
    ("console.ui.guided.questions", "DISPOSITIONS"),
    ("console.ui.guided.scans", "_OF"),
    ("console.ui.guided.words", "_SAID"),
    ("console.ui.guided.values", "_TAKEN"),
    ("console.ui.guided.words", "_REASONS"),
    ("console.ui.guided.words", "WORK_POINTS"),
    ("console.ui.work.equipment_acts", "PLACE_KINDS"),
    ("console.ui.work.equipment_conflicts", "FACT_NAMES"),
    ("console.ui.work.equipment_rows", "KIND_NAMES"),
    ("console.ui.work.equipment_rows", "SORTS"),
    ("console.ui.work.parts_rows", "SHOWS"),
    ("console.ui.work.procedures_words", "CHANGE_NAMES"),
    ("console.ui.work.procedures_words", "COOLING_NAMES"),
    ("console.ui.work.procedures_words", "FLUID_NAMES"),
    ("console.ui.work.procedures_words", "LOCK_NAMES"),
    ("console.ui.work.procedures_words", "PPE_NAMES"),
    ("console.ui.work.procedures_words", "SECOND_NAMES"),
    ("console.ui.work.procedures_words", "STEP_NAMES"),
    ("console.ui.work.procedures_words", "SUBJECT_NAMES"),
    ("console.ui.work.procedures_words", "ANSWERS_OUTSIDE"),
    ("console.ui.work.procedures_words", "_MORE"),
    ("console.ui.review.facts", "GATE_STATES"),
    ("console.ui.review.facts", "PROVEN"),
    ("console.ui.review.facts", "RESULTS"),
    ("console.ui.review.facts", "TAKEN"),
    ("console.ui.review.forms", "SAID"),
    ("console.ui.review.page", "_EMPTY"),
    ("console.ui.review.record_view", "SHORT_NAMES"),
    ("console.ui.review.rows", "FILTER_NAMES"),
    ("console.ui.review.steps_view", "SECTIONS"),
    ("console.work.reviews.desk", "SECTION_NAMES"),
    ("console.work.reviews.kinds", "DISPOSITIONS"),
    ("console.work.reviews.kinds", "REVIEW_LABELS"),
    ("console.work.reviews.queue", "GRADE_NAMES"),
    ("console.work.reviews.queue", "ITEM_NAMES"),
    ("console.ui.settings_panel", "STATES"),
    ("console.ui.setup_inspector", "ERRORS"),
    ("console.ui.setup_inspector", "LINKS"),
    ("console.ui.setup_steps", "VERDICTS"),
    ("console.ui.tank_trends", "_SPANS"),
    ("console.ui.tile", "_BAR_WORDS"),
    ("console.ui.training.hands_bar", "_PLACES"),
    ("console.ui.window", "_TITLES"),
    ("console.ui.work.begin_words", "FLUID_NAMES"),
    ("console.ui.work.begin_words", "PPE_NAMES"),
    ("console.ui.work.begin_words", "QUALIFICATION_NAMES"),
    ("console.ui.work.cards", "LANE_NAMES"),
    ("console.ui.work.order_facts", "RUN_STATES"),
    ("console.ui.work.order_facts", "SAID"),
    ("console.ui.work.order_forms", "SAID"),
    ("console.ui.work.order_offers", "SAID"),
    ("console.ui.work.people_rows", "SHOWN"),
    ("console.ui.work.order_panel", "_SECTIONS"),
    ("console.ui.work.page", "TITLES"),
    ("console.vocabulary", "LEVELS"),
    ("console.work.review", "FINDING_NAMES"),
    ("console.work.words", "WHY_NAMES"),
    ("console.work.words", "ORIGIN_NAMES"),
    ("console.work.words", "PROVIDER_NAMES"),
    ("console.work.words", "PLACE_NAMES"),
    ("console.work.words", "CONFLICT_NAMES"),
    ("console.work.words", "SAID"),
    ("console.work.orders.rules", "STATE_NAMES"),
    ("console.vocabulary", "REASONS"),
    ("procedures.engine.events", "KIND_LABELS"),
    ("procedures.engine.sentence", "PATTERNS"),
)
"""``(module, name)`` of tables whose English texts (first of a pair) reach ``tr`` as variables."""


def literals(package: Path) -> Iterator[tuple[str, str]]:
    """Yield ``(text, where)`` of every ``tr("…")`` below a folder."""
    for file in sorted(package.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if _is_tr(node) and isinstance(node.args[0], ast.Constant):  # type: ignore[attr-defined]
                yield str(node.args[0].value), f"{file.name}:{node.lineno}"  # type: ignore[attr-defined]


def local_tables(package: Path) -> Iterator[tuple[str, str]]:
    """Yield ``(text, where)`` of literals that reach ``tr`` inside one function.

    ``for word in ("a", "b"): tr(word)`` and ``words = {1: "a"}; tr(words[n])``.
    """
    for file in sorted(package.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            where = f"{file.name}:{getattr(node, 'lineno', 0)}"
            if isinstance(node, ast.For) and _gives_tr(node, ast.unparse(node.target)):
                elements = getattr(node.iter, "elts", [])
                yield from ((str(e.value), where) for e in elements if isinstance(e, ast.Constant))
            elif isinstance(node, ast.FunctionDef):
                yield from ((text, where) for text in _dictionaries(node))


def _gives_tr(node: ast.AST, name: str) -> bool:
    calls = (inner for inner in ast.walk(node) if _is_tr(inner))
    return any(ast.unparse(call.args[0]) == name for call in calls)  # type: ignore[attr-defined]


def _dictionaries(function: ast.FunctionDef) -> Iterator[str]:
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict):
            name = f"{ast.unparse(node.targets[0])}["
            calls = (inner for inner in ast.walk(function) if _is_tr(inner))
            if any(ast.unparse(call.args[0]).startswith(name) for call in calls):  # type: ignore[attr-defined]
                yield from (str(v.value) for v in node.value.values if isinstance(v, ast.Constant))


def _is_tr(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "tr"
        and bool(node.args)
    )


def tables() -> Iterator[tuple[str, str]]:
    """Yield ``(text, where)`` of every text in the tables."""
    for module, name in TABLES:
        table = getattr(import_module(module), name)
        for text in table.values() if isinstance(table, dict) else table:
            yield str(text[0] if isinstance(text, tuple) else text), f"{module}.{name}"


def equipment() -> Iterator[tuple[str, str]]:
    """Yield ``(text, where)`` of names, groups, states and flags in shipped maps and GPU points."""
    files = [*resources.path("regmaps").glob("*.toml"), resources.path("gpu", "points.toml")]
    for file in files:
        for point in tomllib.loads(file.read_text(encoding="utf-8"))["point"]:
            told = (*point.get("states", {}).values(), *point.get("flags", {}).values())
            words = [point["name"], *(word for words in told for word in words.split(", "))]
            words += [point["group"]] if "group" in point else []
            yield from ((word, f"{file.name}: {point['key']}") for word in words)


def others() -> Iterator[tuple[str, str]]:
    """Yield ``(text, where)`` of what is translated besides: faults, levels, looks, derivations."""
    from console.health.derived import Deriver, TankFacts
    from drivers.modbus.regmap import load_map
    from drivers.points import Level
    from drivers.simulator.faults import FAULTS

    yield from ((name.replace("_", " "), "a fault") for name in FAULTS)
    facts = TankFacts(800, 2000, 7e-4, 500, 0.6, level_reference_mm=800, reference_temperature_c=40)
    measured = load_map("generic-single-phase").schema_of_points
    for point in Deriver(measured, facts).schema.points[len(measured) :]:
        yield from ((word, f"derived {point.key}") for word in (point.name, point.register))
    yield "none", "a bit field without a bit"
    yield from ((level.word.replace("_", " "), "a level") for level in Level)
    for file in resources.path("themes").glob("*.toml"):
        yield tomllib.loads(file.read_text(encoding="utf-8"))["name"], file.name


def knowledge() -> Iterator[tuple[str, str]]:
    """Yield ``(text, where)`` of what is known of GPU faults: Xids, actions, rules."""
    from console.health import gpu_xids
    from console.health.gpu_rules import gpu_rules
    from drivers.gpu.actions import actions, buckets
    from drivers.gpu.xids import UNKNOWN_MEANING, xid_table

    yield from (
        (t, f"Xid {x.code}") for x in xid_table().values() for t in (x.meaning, x.note) if t
    )
    for action in actions().values():
        yield from ((t, action.id) for t in (action.title, *action.steps, *action.evidence))
    yield from ((text, code) for code, text in buckets().items())
    rules = gpu_rules()
    yield from ((text, r.id) for r in rules.rule for text in (r.title, r.why))
    yield from ((text, r.id) for r in rules.repeat for text in (r.title, r.why))
    yield from ((sign.title, sign.id) for sign in rules.heat.sign)
    heat = (rules.heat.one, rules.heat.many, rules.heat.unclear)
    yield from ((verdict.why, "heat") for verdict in heat)
    yield from ((text, "last Xid") for text in (rules.last_xid.title, rules.last_xid.why))
    said = (gpu_xids.ONCE, gpu_xids.OFTEN, gpu_xids.SECOND, gpu_xids.OLDER, UNKNOWN_MEANING)
    yield from ((text, "an Xid") for text in said)


def alarms() -> Iterator[tuple[str, str]]:
    """Yield ``(text, where)`` of the shipped alarm definitions and of what alarms are judged by."""
    for file in sorted(resources.path("alarms").rglob("*.toml")):
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
        for spec in (*tables.get("alarm", ()), *tables.get("event", ())):
            told = (spec.get(name) for name in ("name", "cause", "consequence", "action"))
            yield from ((text, f"{file.name}: {spec['id']}") for text in told if text)
        yield from ((f["name"], file.name) for f in tables.values() if _is_named(f))
        for group in (t for t in tables.values() if isinstance(t, dict)):
            yield from ((f["name"], file.name) for f in group.values() if _is_named(f))


def work() -> Iterator[tuple[str, str]]:
    """Yield ``(text, where)`` of roles, acts and the rules of work orders."""
    from console.work.orders.rules import shipped_rules
    from console.work.people.roles import shipped_roles

    roles, rules = shipped_roles(), shipped_rules()
    yield from ((text, f"act {act}") for act, text in roles.acts.items())
    yield from ((role.name, f"role {name}") for name, role in roles.role.items())
    yield from ((rule.why, "apart") for rule in roles.apart)
    yield from ((rule.name, f"pause {rule.id}") for rule in rules.pause)
    yield from ((rule.name, f"clock {rule.id}") for rule in rules.clock)


def _is_named(table: object) -> bool:
    return isinstance(table, dict) and isinstance(table.get("name"), str)


def exact_texts(console: Path) -> dict[str, str]:
    """Return every text that needs an entry of its own, with one place where it occurs."""
    found: dict[str, str] = {}
    sources = (
        literals(console),
        local_tables(console),
        tables(),
        others(),
        knowledge(),
        alarms(),
        work(),
    )
    for source in sources:
        for text, where in source:
            found.setdefault(text, where)
    return found


def dynamic_calls(package: Path) -> Iterator[str]:
    """Yield where ``tr`` is given something else than a literal: ``file.py:function``."""
    for file in sorted(package.rglob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef):
                own = (node for node in ast.walk(function) if _is_tr(node))
                if any(not isinstance(node.args[0], ast.Constant) for node in own):  # type: ignore[attr-defined]
                    yield f"{file.relative_to(package).as_posix()}:{function.name}"


def entries() -> dict[str, str]:
    """Return the Chinese catalogue."""
    return tomllib.loads(resources.path("translations", "zh_CN.toml").read_text(encoding="utf-8"))
