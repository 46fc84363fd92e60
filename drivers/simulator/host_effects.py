"""What faults of GPUs and exporters do to a host; see :mod:`.host_fault_kinds`."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from drivers.simulator.effect import Effect, Given
from drivers.simulator.exporter_server import Manners
from drivers.simulator.gpu_health import MOST_CODE, OFF_THE_BUS, PCIE_LANES
from drivers.simulator.stepping import STEP_S
from drivers.simulator.units import HostUnit

WIDTHS = (1, 2, 4, 8, PCIE_LANES)
CUTS = ("text", "connection")


def _gpu(host: HostUnit, given: Given) -> int:
    return host.gpu_at(int(given["gpu"]))


def _check_gpu(host: HostUnit, given: Given) -> None:
    _gpu(host, given)


def _lose(host: HostUnit, given: Given) -> None:
    host.bank.lose(_gpu(host, given), float(given["visible_s"]))


def _vanish(host: HostUnit, given: Given) -> None:
    host.bank.lose(_gpu(host, given), 0.0, xid=None)


def _find(host: HostUnit, given: Given) -> None:
    host.bank.find(_gpu(host, given))
    host.seats.renumber()


def _block_sink(host: HostUnit, given: Given) -> None:
    gpu = _gpu(host, given)
    host.bank.rth_factor[gpu] = host.bank.rth_factor_most[gpu] = max(float(given["factor"]), 1.0)
    host.bank.forced_busy[gpu] = True


def _drift(host: HostUnit, given: Given) -> None:
    gpu = _gpu(host, given)
    host.bank.rth_drift_per_s[gpu] = float(given["percent_per_min"]) / 100 / 60
    host.bank.rth_factor_most[gpu] = 1 + float(given["most_percent"]) / 100


def _renew_paste(host: HostUnit, given: Given) -> None:
    gpu, bank = _gpu(host, given), host.bank
    bank.rth_factor[gpu], bank.rth_factor_most[gpu] = 1.0, float("inf")
    bank.rth_drift_per_s[gpu], bank.forced_busy[gpu] = 0.0, False


def _strike(host: HostUnit, given: Given) -> None:
    if int(given["code"]) == OFF_THE_BUS:
        _lose(host, given)
    else:
        every_s = max(float(given["every_s"]), STEP_S) if given["every_s"] else 0.0
        host.bank.health.strike(_gpu(host, given), int(given["code"]), every_s)


def _reset(host: HostUnit, given: Given) -> None:
    if int(given["code"]) == OFF_THE_BUS:
        _find(host, given)
    else:
        host.bank.health.reset(_gpu(host, given), int(given["code"]))


def _check_code(host: HostUnit, given: Given) -> None:
    _check_gpu(host, given)
    if not 1 <= int(given["code"]) <= MOST_CODE:
        raise ValueError(f"gpu_xid code must be 1 to {MOST_CODE}, found {given['code']}")


def _storm(per_second: Callable[[Given], float]) -> Callable[[HostUnit, Given], None]:
    def change(host: HostUnit, given: Given) -> None:
        host.bank.health.corrected_per_s[_gpu(host, given)] = per_second(given)

    return change


def _replay(per_minute: Callable[[Given], float]) -> Callable[[HostUnit, Given], None]:
    def change(host: HostUnit, given: Given) -> None:
        host.bank.health.replays_per_s[_gpu(host, given)] = per_minute(given) / 60

    return change


def _widen(lanes: Callable[[Given], int]) -> Callable[[HostUnit, Given], None]:
    def change(host: HostUnit, given: Given) -> None:
        host.bank.health.pcie_lanes[_gpu(host, given)] = lanes(given)

    return change


def _check_width(host: HostUnit, given: Given) -> None:
    _check_gpu(host, given)
    if int(given["width"]) not in WIDTHS:
        raise ValueError(f"pcie_narrow width must be one of {WIDTHS}, found {given['width']}")


def _swap(*, spare: bool) -> Callable[[HostUnit, Given], None]:
    def change(host: HostUnit, given: Given) -> None:
        gpu = _gpu(host, given)
        if host.seats.swap(int(given["gpu"]), spare=spare):
            host.bank.health.renew(gpu)
            host.bank.energy_j[gpu] = 0.0

    return change


def _manner(**changes: Callable[[Given], Any]) -> Effect[HostUnit]:
    """Return the effect that sets manners of the exporter, and back again."""

    def begin(host: HostUnit, given: Given) -> None:
        for name, of in changes.items():
            setattr(host.wire.manners, name, of(given))

    def end(host: HostUnit, _given: Given) -> None:
        usual = Manners()
        for name in changes:
            setattr(host.wire.manners, name, getattr(usual, name))

    return Effect(begin, end, check=_check_manner)


def _check_manner(_host: HostUnit, given: Given) -> None:
    if given.get("way", CUTS[0]) not in CUTS:
        raise ValueError(f"exporter_truncated way must be one of {CUTS}, found {given['way']!r}")
    if float(given.get("percent", 0)) > 100:
        raise ValueError(f"exporter_truncated percent must be 0 to 100, found {given['percent']}")


def _restart(host: HostUnit, _given: Given) -> None:
    if not host.has_restarted:
        host.has_restarted = True
        host.restart_exporter()


def _settle(host: HostUnit, _given: Given) -> None:
    host.has_restarted = False
    host.seats.renumber()


HOST_EFFECTS: dict[str, Effect[HostUnit]] = {
    "gpu_lost": Effect(_lose, _find, _check_gpu),
    "gpu_throttling": Effect(_block_sink, _renew_paste, _check_gpu),
    "paste_drift": Effect(_drift, _renew_paste, _check_gpu),
    "gpu_xid": Effect(_strike, _reset, _check_code),
    "ecc_storm": Effect(
        _storm(lambda given: float(given["per_second"])), _storm(lambda _given: 0.0), _check_gpu
    ),
    "gpu_swapped": Effect(_swap(spare=True), _swap(spare=False), _check_gpu),
    "gpu_vanishes": Effect(_vanish, _find, _check_gpu),
    "pcie_narrow": Effect(
        _widen(lambda given: int(given["width"])), _widen(lambda _given: PCIE_LANES), _check_width
    ),
    "pcie_replays": Effect(
        _replay(lambda given: float(given["per_minute"])), _replay(lambda _given: 0.0), _check_gpu
    ),
    "exporter_silent": _manner(delay_s=lambda _given: math.inf),
    "exporter_slow": _manner(delay_s=lambda given: float(given["delay_s"])),
    "exporter_drips": _manner(bytes_per_s=lambda given: max(float(given["bytes_per_s"]), 1.0)),
    "exporter_truncated": _manner(
        kept=lambda given: float(given["percent"]) / 100,
        hangs_up=lambda given: given["way"] == "connection",
    ),
    "exporter_html": _manner(is_page=lambda _given: True),
    "exporter_not_utf8": _manner(is_latin=lambda _given: True),
    "exporter_huge": _manner(padding_bytes=lambda given: int(given["megabytes"]) * 2**20),
    "exporter_redirects": _manner(redirects=lambda _given: True),
    "exporter_restarts": Effect(_restart, _settle),
}
