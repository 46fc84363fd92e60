"""GPUs: thermal resistance, throttling as a closed loop, loss, shutdown, workload."""

from __future__ import annotations

import numpy as np
import pytest

from drivers.simulator.gpus import (
    HW_THERMAL,
    IDLE,
    IDLE_W,
    POWER_CAP,
    POWER_LIMIT_W,
    SW_THERMAL,
    GpuBank,
)


def busy_bank(count: int = 8, seed: int = 3) -> GpuBank:
    bank = GpuBank(1, count, np.random.default_rng(seed))
    bank.forced_busy[:] = True
    return bank


def run(bank: GpuBank, seconds: float, fluid_c: float = 43.0) -> GpuBank:
    for _ in range(int(seconds * 2)):
        bank.step(0.5, fluid_c)
    return bank


def test_at_rest_the_core_is_resistance_times_power_above_the_fluid() -> None:
    bank = run(busy_bank(), 300)
    resistance = (bank.core_c - 43.0) / bank.power_w
    assert resistance == pytest.approx(bank.rth_k_w, rel=1e-3)
    assert resistance.min() > 0.04
    assert resistance.max() < 0.06
    assert bank.core_c.max() < 87


def test_a_step_of_load_is_followed_with_a_lag() -> None:
    bank = busy_bank()
    bank.forced_busy[:] = False
    bank.workload.busy[:] = False
    cold_c = run(bank, 300).core_c.copy()
    bank.forced_busy[:] = True
    soon_c = run(bank, 10).core_c.copy()
    final_c = run(bank, 300).core_c
    share = (soon_c - cold_c) / (final_c - cold_c)
    assert 0.15 < share.min() < share.max() < 0.6


def test_heat_given_to_the_fluid_is_power_less_what_the_die_keeps() -> None:
    bank = busy_bank()
    stored_j, used_j, given_j = bank.stored_j, bank.energy_j.sum(), 0.0
    for _ in range(200):
        given_j += bank.step(0.5, 45.0)
    used_j = float(bank.energy_j.sum() - used_j)
    assert used_j - given_j == pytest.approx(bank.stored_j - stored_j, rel=1e-6)


def test_the_power_cap_holds_and_says_so() -> None:
    bank = run(busy_bank(32), 60)
    assert bank.power_w.max() <= POWER_LIMIT_W + 1e-6
    capped = bank.power_w > POWER_LIMIT_W - 1e-3
    assert capped.any()
    assert (((bank.clocks_event_reasons & POWER_CAP) > 0) == capped).all()
    assert (bank.sm_clock_mhz[capped] <= 1980).all()


def test_idle_gpus_say_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    bank = busy_bank()
    bank.forced_busy[:] = False
    bank.workload.busy[:] = False
    bank.utilisation[:] = 0.0
    monkeypatch.setattr(bank.workload, "step", lambda _dt_s: None)
    run(bank, 10)
    assert (bank.clocks_event_reasons == IDLE).all()
    assert bank.power_w == pytest.approx(np.full(8, IDLE_W))
    assert (bank.sm_clock_mhz == 345).all()


def test_a_blocked_sink_throttles_one_gpu_at_its_limit_with_less_power() -> None:
    bank = run(busy_bank(), 300)
    before_w = bank.power_w.copy()
    bank.rth_factor[2] = 1.9
    run(bank, 600)
    assert bank.clocks_event_reasons[2] & SW_THERMAL
    assert 85 < bank.core_c[2] < 89
    assert bank.power_w[2] < 0.8 * before_w[2]
    assert bank.sm_clock_mhz[2] < 1900
    others = np.arange(8) != 2
    assert not (bank.clocks_event_reasons[others] & SW_THERMAL).any()
    bank.rth_factor[2] = 1.0
    run(bank, 600)
    assert not bank.clocks_event_reasons[2] & SW_THERMAL
    assert bank.power_w[2] == pytest.approx(before_w[2], rel=0.05)


def test_far_too_hot_fluid_trips_hardware_slowdown_and_then_the_gpu() -> None:
    bank = busy_bank()
    run(bank, 120, fluid_c=86.0)
    assert (bank.clocks_event_reasons & HW_THERMAL).all()
    run(bank, 300, fluid_c=97.0)
    assert not bank.visible.any()
    assert bank.power_total_w == 0
    run(bank, 300, fluid_c=40.0)
    assert bank.visible.all()


def test_a_lost_gpu_shows_its_xid_and_then_nothing() -> None:
    bank = run(busy_bank(), 10)
    bank.lose(3, visible_s=5.0)
    run(bank, 4)
    assert bank.health.xid[3] == 79
    assert bank.visible.all()
    bank.lose(3, visible_s=5.0)
    run(bank, 2)
    assert np.flatnonzero(~bank.visible).tolist() == [3]
    run(bank, 20)
    assert bank.power_w[3] == pytest.approx(IDLE_W, abs=1)
    bank.find(3)
    run(bank, 20)
    assert bank.visible.all()
    assert bank.health.xid[3] == 0
    assert bank.energy_j[3] < 20 * POWER_LIMIT_W


def test_paste_drifts_up_to_its_most() -> None:
    bank = busy_bank()
    bank.rth_drift_per_s[1], bank.rth_factor_most[1] = 0.01, 1.3
    run(bank, 10)
    assert bank.rth_factor[1] == pytest.approx(1.1)
    run(bank, 60)
    assert bank.rth_factor[1] == 1.3
    assert bank.rth_factor[0] == 1.0


def test_memory_is_near_the_core_and_above_the_fluid() -> None:
    bank = run(busy_bank(32), 300)
    assert (bank.memory_c > 43).all()
    assert (np.abs(bank.memory_c - bank.core_c) < 15).all()


def test_jobs_start_and_stop() -> None:
    bank = GpuBank(40, 1, np.random.default_rng(1))
    seen = []
    for _ in range(7200):
        bank.workload.step(0.5)
        seen.append(bank.workload.busy.mean())
        assert 0 <= bank.workload.demand.min() <= bank.workload.demand.max() <= 1
    assert 0.85 < np.mean(seen) < 0.99
    assert min(seen) < max(seen)


def test_a_tank_without_gpus_works() -> None:
    bank = GpuBank(0, 8, np.random.default_rng(1))
    assert bank.step(0.5, 40.0) == 0
    assert bank.power_total_w == 0
    assert bank.clocks_event_reasons.size == 0
