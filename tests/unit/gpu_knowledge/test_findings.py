"""What readings call for: every rule fires where it must and nowhere else."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.health.gpu_finding import Finding, number_text
from console.health.gpu_findings import findings
from console.health.gpu_heat import Neighbours, heat_signs, heat_verdict, is_hot, neighbours
from console.health.gpu_rules import Rule, gpu_rules
from console.health.gpu_xids import RecentXid, times_within
from console.text import use_language
from drivers.gpu.actions import Extraction, actions
from drivers.gpu.models import GpuModel, gpu_model

H = 3600.0
HEALTHY: dict[str, float | None] = {
    "core_temperature": 59,
    "memory_temperature": 55,
    "thermal_margin": 26,
    "power": 629,
    "utilization": 100,
    "throttle_reasons": 4,
    "ecc_corrected_volatile": 0,
    "ecc_uncorrected_volatile": 0,
    "ecc_corrected_aggregate": 3,
    "ecc_uncorrected_aggregate": 0,
    "sram_threshold_exceeded": 0,
    "correctable_remapped_rows": 2,
    "uncorrectable_remapped_rows": 1,
    "row_remap_pending": 0,
    "row_remap_failure": 0,
    "retired_pages_corrected": None,
    "retired_pages_uncorrected": None,
    "retired_pages_pending": None,
    "pcie_replay_count": 9,
    "pcie_generation": 5,
    "pcie_generation_max": 5,
    "pcie_width": 16,
    "pcie_width_max": 16,
    "nvlink_errors": 0,
    "recovery_action": 0,
    "channel_repair_pending": 0,
    "unrepairable_memory": 0,
    "inforom_valid": 1,
    "last_xid": 0,
    "lost": 0,
    "silent": 0,
}


def model(name: str) -> GpuModel:
    found = gpu_model(name)
    assert found is not None
    return found


H100 = model("NVIDIA H100 80GB HBM3")
RTX = model("NVIDIA GeForce RTX 4080 SUPER")


def only(values: Mapping[str, float | None], **more: object) -> Finding:
    (found,) = findings({**HEALTHY, **values}, model=H100, **more)  # type: ignore[arg-type]
    return found


def test_a_healthy_gpu_under_load_calls_for_nothing() -> None:
    rates = {"pcie_replay_count": 1.0, "ecc_corrected_volatile": 0.0, "nvlink_errors": 0.0}
    assert findings(HEALTHY, rates_per_h=rates, model=H100) == []
    assert findings(HEALTHY) == []


def test_an_idle_gpu_with_a_narrow_link_calls_for_nothing() -> None:
    idle = {**HEALTHY, "utilization": 0.0, "pcie_width": 8.0, "pcie_generation": 1.0}
    assert findings(idle) == []


def test_a_link_of_unknown_load_calls_for_nothing() -> None:
    assert findings({**HEALTHY, "utilization": None, "pcie_width": 8.0}) == []


def test_what_is_not_known_is_no_fault() -> None:
    assert findings({}) == []
    assert findings(dict.fromkeys(HEALTHY)) == []
    assert findings(dict.fromkeys(HEALTHY, math.nan)) == []


def test_what_is_not_known_hides_no_fault() -> None:
    values = {**dict.fromkeys(HEALTHY), "row_remap_failure": 1.0}
    assert [finding.id for finding in findings(values, model=None)] == ["row-remap-failure"]


@pytest.mark.parametrize(
    ("values", "finding", "todo", "extraction"),
    [
        ({"lost": 1}, "gpu-lost", "find-lost-gpu", "second"),
        ({"silent": 1}, "gpu-silent", "restart-host", "no"),
        ({"row_remap_failure": 1}, "row-remap-failure", "replace-gpu", "yes"),
        ({"row_remap_pending": 1}, "row-remap-pending", "reset-for-remap", "no"),
        ({"uncorrectable_remapped_rows": 512}, "remapped-rows", "replace-gpu", "yes"),
        ({"sram_threshold_exceeded": 1}, "sram-threshold", "replace-gpu", "yes"),
        ({"unrepairable_memory": 1}, "unrepairable-memory", "replace-gpu", "yes"),
        ({"channel_repair_pending": 1}, "channel-repair-pending", "reset-for-remap", "no"),
        ({"ecc_uncorrected_volatile": 1}, "uncorrected-ecc", "reset-memory-error", "second"),
        ({"ecc_corrected_volatile": 2e7}, "corrected-ecc-count", "watch-memory", "no"),
        ({"inforom_valid": 0}, "inforom-corrupted", "diagnose-gpu", "no"),
        ({"pcie_width": 8}, "pcie-width", "inspect-connectors", "yes"),
        ({"pcie_generation": 4}, "pcie-generation", "check-pcie", "second"),
        ({"recovery_action": 1}, "recovery-reset", "reset-gpu", "no"),
        ({"recovery_action": 2}, "recovery-reboot", "restart-host", "no"),
        ({"recovery_action": 3}, "recovery-drain", "drain-links", "no"),
        ({"recovery_action": 4}, "recovery-drain-reset", "reset-gpu", "no"),
        ({"recovery_action": 5}, "recovery-imex", "restart-fabric", "no"),
        ({"recovery_action": 6}, "recovery-bus-reset", "reset-gpu", "no"),
        ({"recovery_action": 7}, "recovery-system-reboot", "restart-host", "no"),
        ({"recovery_action": 8}, "recovery-unknown", "collect-report", "no"),
        ({"throttle_reasons": 0x80}, "power-brake", "check-power", "no"),
        ({"throttle_reasons": 0x88}, "power-brake", "check-power", "no"),
        ({"throttle_reasons": 0x08}, "hardware-slowdown", "check-power", "no"),
        ({"last_xid": 79}, "last-xid-79", "power-cycle-once", "second"),
    ],
)
def test_rules(values: dict[str, float | None], finding: str, todo: str, extraction: str) -> None:
    found = only(values)
    assert (found.id, found.action, found.extraction) == (finding, todo, Extraction(extraction))
    assert found.source
    assert found.todo.title


@pytest.mark.parametrize(
    ("rates", "finding"),
    [
        ({"pcie_replay_count": 480.0}, "pcie-replay-rate"),
        ({"ecc_corrected_volatile": 360_000.0}, "corrected-ecc-rate"),
        ({"nvlink_errors": 1.0}, "nvlink-errors"),
    ],
)
def test_rates(rates: dict[str, float], finding: str) -> None:
    assert only({}, rates_per_h=rates).id == finding
    slower = {key: rate * 0.99 for key, rate in rates.items()}
    assert findings(HEALTHY, rates_per_h=slower, model=H100) == []


def test_a_count_of_replays_is_no_fault() -> None:
    assert findings({**HEALTHY, "pcie_replay_count": 1e6}, model=H100) == []


def test_a_site_sets_its_own_limits() -> None:
    values = {**HEALTHY, "ecc_corrected_volatile": 10_001.0}
    assert findings(values, limits={"corrected-ecc-count": 10_000}) != []
    rates = {"pcie_replay_count": 600.0}
    assert findings(HEALTHY, rates_per_h=rates, limits={"pcie-replay-rate": 1000}) == []


def test_a_remap_flag_means_nothing_on_a_model_without_row_remapping() -> None:
    assert findings({**HEALTHY, "row_remap_failure": 1.0}, model=RTX) == []


def test_retired_pages_count_only_where_pages_are_retired() -> None:
    pages = {"retired_pages_corrected": 60.0, "retired_pages_uncorrected": 3.0}
    values = {**HEALTHY, **pages, "retired_pages_pending": 1.0}
    assert findings(values, model=H100) == []
    v100 = findings(values, model=model("Tesla V100-SXM2-16GB"))
    assert [finding.id for finding in v100] == ["retired-pages", "retired-pages-pending"]
    assert v100[0].values["value"] == "63"
    fewer = {**values, "retired_pages_corrected": 59.0}
    assert "retired-pages" not in [f.id for f in findings(fewer)]
    only_one_told = {**values, "retired_pages_corrected": None, "retired_pages_uncorrected": 63.0}
    assert "retired-pages" in [f.id for f in findings(only_one_told)]


def test_the_most_urgent_comes_first() -> None:
    values = {**HEALTHY, "row_remap_pending": 1.0, "pcie_width": 8.0, "unrepairable_memory": 1.0}
    assert [finding.severity for finding in findings(values, model=H100)] == [1, 2, 3]


# ---- heat ----


def test_hot_alone_is_the_heatsink_hot_together_is_the_loop() -> None:
    hot = {"thermal_margin": -1.0}
    alone = only(hot, others=Neighbours(0, 7))
    together = only(hot, others=Neighbours(6, 7))
    assert (alone.action, alone.extraction) == ("check-heatsink", Extraction.YES)
    assert (together.action, together.extraction) == ("check-coolant-loop", Extraction.NO)
    assert together.severity == 1
    assert only(hot, others=Neighbours(2, 7)).action == "compare-heat"
    assert only(hot).action == "compare-heat"
    assert only(hot, others=Neighbours(0, 1)).action == "compare-heat"


@pytest.mark.parametrize(
    ("values", "sign"),
    [
        ({"thermal_margin": 0.0}, "margin-used-up"),
        ({"thermal_margin": -1.0}, "margin-used-up"),
        ({"thermal_margin": -2.0}, "margin-slowdown"),
        ({"thermal_margin": None, "core_temperature": 88.0}, "core-max-operating"),
        ({"thermal_margin": None, "core_temperature": 89.0}, "core-slowdown"),
        ({"throttle_reasons": 0x20}, "thermal-throttle"),
        ({"throttle_reasons": 0x48}, "thermal-throttle"),
    ],
)
def test_signs_of_heat(values: dict[str, float | None], sign: str) -> None:
    assert only(values).id == sign


def test_the_margin_goes_before_the_core_temperature() -> None:
    assert findings({**HEALTHY, "core_temperature": 91.0, "thermal_margin": 5.0}, model=H100) == []


def test_without_a_model_only_the_margin_itself_is_judged() -> None:
    assert [s.id for s in heat_signs({"thermal_margin": -9.0})] == ["margin-used-up"]
    assert heat_signs({"core_temperature": 120.0}) == []


def test_memory_heat_needs_a_limit_that_somebody_gave() -> None:
    assert heat_signs({"memory_temperature": 110.0}, H100) == []
    assert [s.id for s in heat_signs({"memory_temperature": 96.0}, H100, {"memory-hot": 95})] == [
        "memory-hot"
    ]
    mi100 = model("AMD Instinct MI100")
    assert [s.id for s in heat_signs({"memory_temperature": 94.0}, mi100)] == ["memory-hot"]


def test_hot_cool_and_unknown_are_three_things() -> None:
    assert is_hot({"thermal_margin": -3.0}) is True
    assert is_hot({"thermal_margin": 20.0}) is False
    assert is_hot({"core_temperature": 50.0}, H100) is False
    assert is_hot({"core_temperature": 50.0}) is None
    assert is_hot({}) is None
    assert neighbours([True, None, False, True]) == Neighbours(hot=2, known=3)
    assert heat_verdict(Neighbours(1, 1))[0] == "unclear"
    assert heat_verdict(Neighbours(1, 2))[0] == "many"
    assert heat_verdict(Neighbours(0, 2))[0] == "one"


# ---- Xids ----


def xids(*pairs: tuple[int, float | None]) -> list[RecentXid]:
    return [RecentXid(code, age_s) for code, age_s in pairs]


def test_one_xid_gives_its_advice() -> None:
    found = only({}, xids=xids((79, 60)))
    assert (found.id, found.action, found.extraction) == ("xid-79", "power-cycle-once", "second")
    assert found.title_text() == "Xid 79: The GPU stopped answering on the PCIe bus."
    assert found.why_text() == "Reported within the last 24 h."


def test_a_second_time_within_a_day_escalates() -> None:
    found = only({}, xids=xids((79, 60), (79, 10 * H)))
    assert (found.action, found.extraction, found.severity) == ("reseat-gpu", Extraction.YES, 1)


def test_a_burst_is_one_time() -> None:
    assert only({}, xids=xids((79, 60), (79, 200), (79, 379))).action == "power-cycle-once"
    assert times_within(xids((79, 60), (79, 241)), 24 * H) == 2


def test_the_day_before_does_not_count() -> None:
    assert only({}, xids=xids((79, 60), (79, 25 * H))).action == "power-cycle-once"


@pytest.mark.parametrize("code", [48, 95])
def test_repeated_memory_errors_are_a_case_for_exchange(code: int) -> None:
    found = only({}, xids=xids((code, 60), (code, 5 * H)))
    assert (found.id, found.action) == (f"repeated-memory-error-{code}", "replace-gpu")
    assert found.why_text() == f"Xid {code} came 2 times within 24 h on this GPU."


def test_repeated_program_faults_ask_for_a_diagnosis_but_not_for_extraction() -> None:
    found = only({}, xids=xids((31, 60), (31, 5 * H)))
    assert (found.id, found.extraction) == ("repeated-page-fault-31", Extraction.NO)


def test_an_urgent_xid_five_times_is_reported_to_the_vendor() -> None:
    found = only({}, xids=xids(*((119, n * H) for n in range(5))))
    assert (found.id, found.action) == ("repeated-fault-119", "collect-report")
    four = only({}, xids=xids(*((119, n * H) for n in range(4))))
    assert (four.id, four.action) == ("xid-119", "reset-gpu")


def test_five_times_off_the_bus_is_still_reseated() -> None:
    assert only({}, xids=xids(*((79, n * H) for n in range(5)))).action == "reseat-gpu"


def test_companions_are_told_only_when_they_come_alone() -> None:
    assert only({}, xids=xids((48, 60), (45, 61), (171, 60))).xid == 48
    assert only({}, xids=xids((45, 60))).xid == 45
    both = findings(HEALTHY, xids=xids((48, 60), (45, 5 * H)))
    assert [finding.xid for finding in both] == [48, 45]
    assert only({}, xids=xids((48, None), (45, 60))).xid == 48


def test_an_xid_of_unknown_time_does_not_pretend_to_be_recent() -> None:
    found = only({}, xids=xids((79, None), (79, None)))
    assert (found.action, found.extraction) == ("power-cycle-once", Extraction.SECOND)
    assert found.why_text().startswith("Reported, but not within the last 24 h")


def test_an_unknown_xid_is_said_to_be_unknown() -> None:
    found = only({}, xids=xids((999, 5)))
    assert found.action == "collect-report"
    assert "not in NVIDIA's Xid catalogue" in found.title_text()


def test_the_gauge_of_the_last_xid_is_left_out_once_the_xid_itself_is_known() -> None:
    assert only({"last_xid": 79}, xids=xids((79, 60))).id == "xid-79"
    assert only({"last_xid": 79}).severity == 3


# ---- the file and the words ----


def test_every_rule_has_a_source_and_rules_differ() -> None:
    rules = gpu_rules()
    ids = (
        [r.id for r in rules.rule] + [r.id for r in rules.repeat] + [s.id for s in rules.heat.sign]
    )
    assert len(set(ids)) == len(ids)
    assert all(rule.source for rule in rules.rule)
    assert all(rule.source for rule in rules.repeat)
    assert all(sign.source for sign in rules.heat.sign)
    assert {rule.action for rule in rules.rule} <= set(actions())


def test_a_rule_with_two_conditions_is_refused() -> None:
    good = gpu_rules().rule[0].model_dump(exclude_none=True)
    with pytest.raises(ValueError, match="give one of at_least"):
        Rule(**{**good, "equals": 1.0})


@pytest.mark.parametrize("member", ["point", "plus", "below_point"])
def test_a_rule_of_a_point_that_no_gpu_has_is_refused(member: str) -> None:
    good = gpu_rules().rule[0].model_dump(exclude_none=True)
    with pytest.raises(ValueError, match="no such point: retired_pages"):
        Rule(**{**good, member: "retired_pages"})


def test_numbers_in_sentences() -> None:
    assert [number_text(n) for n in (2e7, 9.0, 0.4, 480.25)] == ["20,000,000", "9", "0.4", "480"]


def test_a_finding_speaks_chinese() -> None:
    found = only({"pcie_width": 8})
    use_language("zh_CN")
    try:
        words = found.title_text(), found.why_text()
    finally:
        use_language("en")
    assert all("{" not in text for text in words)


KEYS = st.sampled_from([*HEALTHY, "unknown_point"])
NUMBERS = st.none() | st.floats() | st.integers(-10, 600).map(float)
CODES = st.integers(-5, 2000)


@given(
    st.dictionaries(KEYS, NUMBERS),
    st.dictionaries(KEYS, NUMBERS),
    st.lists(st.builds(RecentXid, CODES, st.none() | st.floats(0, 1e9)), max_size=12),
    st.sampled_from([None, H100, RTX]),
    st.builds(Neighbours, st.integers(0, 4), st.integers(4, 9)),
)
def test_no_reading_makes_it_fail(
    values: dict[str, float | None],
    rates: dict[str, float | None],
    seen: list[RecentXid],
    of: GpuModel | None,
    others: Neighbours,
) -> None:
    found = findings(values, rates_per_h=rates, xids=seen, model=of, others=others)
    assert [f.severity for f in found] == sorted(f.severity for f in found)
    assert len({f.id for f in found}) == len(found)
    for finding in found:
        assert finding.title_text()
        assert "{" not in finding.title_text() + finding.why_text()
        assert finding.todo.steps
