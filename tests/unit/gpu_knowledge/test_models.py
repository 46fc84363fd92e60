"""GPU models: found by the names drivers use, and nothing invented."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.gpu.models import gpu_model, gpu_models


@pytest.mark.parametrize(
    ("reported", "model"),
    [
        ("NVIDIA H100 80GB HBM3", "h100-sxm"),
        ("nvidia  h100 80gb hbm3 ", "h100-sxm"),
        ("H100 80GB HBM3", "h100-sxm"),
        ("NVIDIA H100 80GB HBM3 MIG 1g.10gb", "h100-sxm"),
        ("NVIDIA H100 PCIe", "h100-pcie"),
        ("NVIDIA H200", "h200-sxm"),
        ("NVIDIA A100-SXM4-40GB", "a100-sxm"),
        ("NVIDIA L40S", "l40s"),
        ("NVIDIA L40", "l40"),
        ("NVIDIA GeForce RTX 4080 SUPER", "rtx-4080-super"),
        ("Tesla V100-SXM2-16GB", "v100"),
        ("AMD Instinct MI300X OAM", "mi300x"),
    ],
)
def test_models_are_found_by_the_name_that_a_driver_reports(reported: str, model: str) -> None:
    found = gpu_model(reported)
    assert found is not None
    assert found.id == model


@pytest.mark.parametrize(
    "reported", ["", "NVIDIA", "NVIDIA H200 NVL", "NVIDIA H100 NVL", "NVIDIA L4", "B2000", "*"]
)
def test_a_model_that_is_not_known_is_none(reported: str) -> None:
    assert gpu_model(reported) is None


def test_limits_of_the_h100() -> None:
    h100 = gpu_model("NVIDIA H100 80GB HBM3")
    assert h100 is not None
    assert (h100.tdp_w, h100.max_operating_c, h100.slowdown_c, h100.shutdown_c) == (700, 87, 89, 95)
    assert (h100.slowdown_offset_k, h100.shutdown_offset_k, h100.remap_banks) == (-2, -8, 2560)
    assert not h100.lacks("row_remap")
    assert h100.lacks("page_retirement")


def test_what_is_not_known_is_absent_and_not_lacking() -> None:
    b200 = gpu_model("NVIDIA B200")
    assert b200 is not None
    assert b200.slowdown_offset_k == -3
    assert b200.max_operating_c is None
    assert b200.remap_banks is None
    l40 = gpu_model("NVIDIA L40")
    assert l40 is not None
    assert l40.memory_temperature is None
    assert not l40.lacks("memory_temperature")


def test_limits_rise_from_operation_to_shutdown() -> None:
    for model in gpu_models():
        ladder = (model.max_operating_c, model.slowdown_c, model.shutdown_c)
        known = [limit for limit in ladder if limit is not None]
        assert known == sorted(known), model.id
        offsets = (model.max_operating_offset_k, model.slowdown_offset_k, model.shutdown_offset_k)
        told = [offset for offset in offsets if offset is not None]
        assert told == sorted(told, reverse=True), model.id


def test_absolute_limits_and_offsets_of_a_model_agree() -> None:
    for model in gpu_models():
        base, slow, off = model.max_operating_c, model.slowdown_c, model.slowdown_offset_k
        if base is not None and slow is not None and off is not None:
            assert slow == base - off, model.id


def test_every_model_has_its_own_id_names_and_source() -> None:
    models = gpu_models()
    assert len({model.id for model in models}) == len(models) == 16
    names = [name.casefold() for model in models for name in model.names]
    assert len(set(names)) == len(names)
    assert all(model.source for model in models)


@given(st.text(max_size=300))
def test_no_name_makes_the_lookup_fail(reported: str) -> None:
    gpu_model(reported)
