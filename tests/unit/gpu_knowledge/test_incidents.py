"""Bursts are one incident; the second incident within a day asks for more."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from drivers.gpu.actions import Extraction
from drivers.gpu.advice import Advice, advise
from drivers.gpu.incidents import XidIncident, incidents
from drivers.gpu.kernel_log import EventKind, parse_kernel_log

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def found(*lines: str) -> list[XidIncident]:
    return incidents(parse_kernel_log("\n".join(lines), now=NOW))


def advised(*lines: str) -> list[Advice]:
    return [advice for _, advice in advise(found(*lines))]


def at(clock: str, code: int = 31, bus: str = "01:00", rest: str = "x") -> str:
    return f"2026-10-06T{clock}Z h kernel: NVRM: Xid (PCI:0000:{bus}): {code}, {rest}"


def boot(seconds: float, code: int = 79) -> str:
    return f"[{seconds:.6f}] NVRM: Xid (PCI:0000:01:00): {code}, gone"


def test_a_burst_is_one_until_three_minutes_of_silence() -> None:
    burst, later = found(at("10:00:00"), at("10:02:59"), at("10:05:59"), at("10:09:00"))
    assert (burst.count, later.count) == (3, 1)
    assert burst.first.line == 1
    assert burst.last.line == 3


def test_exactly_three_minutes_are_still_one_burst() -> None:
    assert [i.count for i in found(at("10:00:00"), at("10:03:00"))] == [2]
    assert [i.count for i in found(at("10:00:00"), at("10:03:01"))] == [1, 1]


def test_other_gpus_and_other_codes_are_other_incidents() -> None:
    assert len(found(at("10:00:00"), at("10:00:01", code=13), at("10:00:02", bus="02:00"))) == 3


def test_seconds_since_the_start_tell_bursts_too() -> None:
    assert [i.count for i in found(boot(10), boot(100), boot(500))] == [2, 1]


def test_another_start_of_the_host_is_another_incident() -> None:
    assert [i.count for i in found(boot(500), boot(490))] == [1, 1]


def test_without_times_a_log_has_one_incident_per_gpu_and_code() -> None:
    line = "NVRM: Xid (PCI:0000:01:00): 31, x"
    assert [i.count for i in found(line, line, line)] == [3]


def test_folded_lines_count_as_often_as_they_came() -> None:
    (only,) = found(
        "Oct  6 10:00:00 h kernel: message repeated 7 times: [ NVRM: Xid (0000:01:00): 31, x]"
    )
    assert only.count == 7


def test_programs_are_named_once() -> None:
    (only,) = found(
        at("10:00:00", rest="pid=1, name=a, x"),
        at("10:00:01", rest="pid=2, name=b, x"),
        at("10:00:02", rest="pid=1, name=a, x"),
    )
    assert only.processes == ("a", "b")


GONE = "2026-10-06T10:00:01Z h kernel: NVRM: GPU 0000:01:00.0: GPU has fallen off the bus."


@pytest.mark.parametrize("lines", [(at("10:00:00", 79), GONE), (GONE, at("10:00:02", 79))])
def test_the_sentence_off_the_bus_belongs_to_its_xid(lines: tuple[str, str]) -> None:
    (only,) = found(*lines)
    assert (only.kind, only.code, only.count) == (EventKind.XID, 79, 2)
    assert only.first.line == 1


def test_off_the_bus_without_an_xid_is_its_own_incident() -> None:
    (only,) = found(GONE)
    assert only.code is None
    assert [advice.action.id for advice in advised(GONE)] == ["find-lost-gpu"]


def test_the_second_time_within_a_day_takes_the_gpu_out() -> None:
    first, second = advised(at("10:00:00", 79), at("20:00:00", 79))
    assert first.action.id == "power-cycle-once"
    assert (second.action.id, second.extraction) == ("reseat-gpu", Extraction.YES)
    assert second.is_second


def test_gone_with_and_without_an_xid_are_the_same_fault() -> None:
    first, second = advised(GONE, at("16:00:00", 79))
    assert (first.action.id, second.action.id) == ("find-lost-gpu", "reseat-gpu")


def test_two_days_later_it_is_the_first_time_again() -> None:
    later = at("10:00:00", 79).replace("10-06", "10-08")
    assert not any(advice.is_second for advice in advised(at("10:00:00", 79), later))


def test_the_same_fault_on_another_gpu_is_not_the_second_time() -> None:
    both = advised(at("10:00:00", 79), at("12:00:00", 79, bus="02:00"))
    assert not any(advice.is_second for advice in both)


def test_a_fault_back_after_a_restart_counts_though_no_clock_spans_it() -> None:
    assert [advice.is_second for advice in advised(boot(5000), boot(100))] == [False, True]


def test_gpus_without_an_address_are_never_taken_for_the_same() -> None:
    text = "2026-10-06T{}Z h kernel: NVRM: system has fallen off the bus"
    both = advised(text.format("10:00:00"), text.format("12:00:00"))
    assert [advice.is_second for advice in both] == [False, False]


def test_a_switch_is_advised_on_as_a_link() -> None:
    (advice,) = advised("nvidia-nvswitch0: SXid (PCI:0000:05:00.0): 20034, Fatal, Link 3")
    assert advice.action.id == "check-links"
