"""What a host's answers mean: lost, back, swapped, and which Xid is new."""

from __future__ import annotations

import numpy as np
import pytest

from drivers.device import DeviceGarbledError
from drivers.gpu.roster import ExpectedGpu
from drivers.gpu.source import Capability, GpuFault, GpuSample
from drivers.points import Level, Reason, Snapshot
from tests.unit.gpu_device.kit import H100, SaidSource, at, device, gpu


async def poll(found: object, source: SaidSource, *says: GpuSample) -> dict[str, Snapshot]:
    source.says = says
    return {s.device: s for s in await found.poll()}  # type: ignore[attr-defined]


def kinds(snapshot: Snapshot) -> list[str]:
    return [happening.kind for happening in snapshot.happenings]


async def test_one_that_vanishes_without_a_xid_is_lost_and_keeps_its_part() -> None:
    found, source, _ = device()
    await poll(found, source, gpu(0), gpu(1))
    answer = await poll(found, source, gpu(0))
    assert answer["node-1/gpu0"].good("core_temperature") == 60
    lost = answer["node-1/gpu1"]
    assert (lost.reasons == Reason.DEVICE_LOST).all()
    assert np.isnan(lost.values).all()
    assert lost.identity["uuid"] == "GPU-1"


async def test_what_the_site_file_promises_is_there_before_anything_answered() -> None:
    found, source, _ = device(expected=[ExpectedGpu(3, serial="A", model=H100)])
    assert [part for part, _ in found.parts] == ["node-1/gpu3"]
    answer = await poll(found, source)
    assert (answer["node-1/gpu3"].reasons == Reason.DEVICE_LOST).all()
    assert answer["node-1/gpu3"].identity == {"serial": "A", "model": H100}
    answer = await poll(found, source, gpu(3, "other", serial="Z"))
    assert answer["node-1/gpu3"].identity["serial"] == "Z"


async def test_no_gpu_at_all_where_none_is_promised_is_no_answer() -> None:
    found, source, _ = device()
    with pytest.raises(DeviceGarbledError, match="names no GPU"):
        await poll(found, source)


async def test_another_gpu_where_one_was_expected_happens_once() -> None:
    found, source, _ = device(expected=[ExpectedGpu(0, serial="A")])
    answer = await poll(found, source, gpu(0, serial="Z"))
    (happened,) = answer["node-1/gpu0"].happenings
    assert (happened.kind, happened.body["expected_serial"]) == ("unexpected", "A")
    assert happened.body["found_serial"] == "Z"
    assert kinds((await poll(found, source, gpu(0, serial="Z")))["node-1/gpu0"]) == []
    answer = await poll(found, source, gpu(0, "right", serial="A"))
    assert kinds(answer["node-1/gpu0"]) == ["as_expected"]


async def test_a_gauge_that_stood_there_at_the_first_look_is_no_event() -> None:
    found, source, _ = device()
    answer = await poll(found, source, gpu(0, last_xid=79))
    assert kinds(answer["node-1/gpu0"]) == []
    assert answer["node-1/gpu0"].good("last_xid") == 79


async def test_a_gauge_that_changes_is_an_event_with_who_and_what() -> None:
    found, source, clock = device()
    await poll(found, source, gpu(0, serial="A", last_xid=0))
    clock.seconds = 2
    answer = await poll(found, source, gpu(0, serial="A", last_xid=48))
    (happened,) = answer["node-1/gpu0"].happenings
    assert (happened.kind, happened.body["code"], happened.time) == ("xid", 48, at(2))
    assert happened.body["serial"] == "A"
    assert kinds((await poll(found, source, gpu(0, last_xid=48)))["node-1/gpu0"]) == []


async def test_an_exporter_that_starts_anew_is_no_event() -> None:
    found, source, _ = device()
    await poll(found, source, gpu(0, last_xid=63))
    assert kinds((await poll(found, source, gpu(0, last_xid=0)))["node-1/gpu0"]) == []


async def test_a_gauge_that_is_not_exported_for_a_while_is_no_event() -> None:
    found, source, _ = device()
    await poll(found, source, gpu(0, last_xid=63))
    await poll(found, source, gpu(0))
    assert kinds((await poll(found, source, gpu(0, last_xid=63)))["node-1/gpu0"]) == []


async def test_the_same_xid_again_is_told_by_the_counter_and_counted_as_one_incident() -> None:
    found, source, clock = device()
    await poll(found, source, gpu(0, last_xid=0, xid_count=0))
    seen = []
    for step in range(1, 6):
        clock.seconds = step * 10
        answer = await poll(found, source, gpu(0, last_xid=13, xid_count=step))
        seen += kinds(answer["node-1/gpu0"])
    assert seen == ["xid"]
    clock.seconds = 50 + 181
    answer = await poll(found, source, gpu(0, last_xid=13, xid_count=5))
    (over,) = answer["node-1/gpu0"].happenings
    assert (over.kind, over.body["count"], over.body["code"]) == ("xid_repeated", 5, 13)
    assert over.body["last_us"] == at(50).utc_us


async def test_a_source_that_tells_events_is_believed_and_its_gauge_is_not_counted_again() -> None:
    found, source, clock = device(Capability.EVENTS)
    await poll(found, source, gpu(0, last_xid=0))
    clock.seconds = 2
    source.told = [GpuFault("GPU-0", 94, "contained", at(1.2))]
    answer = await poll(found, source, gpu(0, last_xid=94))
    (happened,) = answer["node-1/gpu0"].happenings
    assert (happened.body["code"], happened.time) == (94, at(1.2))


async def test_a_xid_of_a_gpu_that_is_lost_with_it_is_not_lost() -> None:
    found, source, _ = device(Capability.EVENTS)
    await poll(found, source, gpu(0), gpu(1))
    source.told = [GpuFault("GPU-1", 79, "off the bus", at(1))]
    answer = await poll(found, source, gpu(0))
    assert kinds(answer["node-1/gpu1"]) == ["xid"]


async def test_what_a_source_says_of_a_gpu_without_a_xid_is_told_with_who_it_is() -> None:
    found, source, _ = device(Capability.EVENTS)
    await poll(found, source, gpu(0, serial="A"), gpu(1))
    source.told = [GpuFault("GPU-0", 0, "its process was abandoned", at(3))]
    source.told += [GpuFault("GPU-9", 0, "of another host", at(3))]
    answer = await poll(found, source, gpu(1))
    (told,) = answer["node-1/gpu0"].happenings
    assert (told.kind, told.time) == ("reported", at(3))
    assert told.body["text"] == "its process was abandoned"
    assert told.body["serial"] == "A"
    assert kinds(answer["node-1/gpu1"]) == []


async def test_the_new_gpu_of_a_slot_does_not_inherit_the_xids_of_the_old() -> None:
    found, source, _ = device()
    await poll(found, source, gpu(0, "old", last_xid=0))
    answer = await poll(found, source, gpu(0, "new", last_xid=79))
    assert kinds(answer["node-1/gpu0"]) == []


async def test_limits_follow_the_model_and_what_the_gpu_tells() -> None:
    found, source, _ = device()
    answer = await poll(found, source, gpu(0), gpu(1, thermal_margin=26))
    plain, telling = answer["node-1/gpu0"].schema, answer["node-1/gpu1"].schema
    assert [li.reading for li in plain["core_temperature"].limits] == [87, 89, 95]
    assert telling["core_temperature"].limits == ()
    assert {li.level: li.reading for li in telling["thermal_margin"].limits} == {
        Level.LOWER_CAUTION: 0,
        Level.LOWER_CRITICAL: -2,
        Level.LOWER_FATAL: -8,
    }
    assert list(plain.index) == list(telling.index)


async def test_a_model_nobody_knows_has_no_limits_invented_for_it() -> None:
    found, source, _ = device()
    answer = await poll(found, source, gpu(0, model="Frobnicator 9000"))
    assert answer["node-1/gpu0"].schema["core_temperature"].limits == ()


async def test_a_sample_that_the_source_has_not_renewed_is_not_new() -> None:
    """A Prometheus server repeats its last scrape; the part grows stale by the clock."""
    found, source, _ = device()
    assert await poll(found, source, gpu(0, measured=at(-5)))
    assert not await poll(found, source, gpu(0, measured=at(-5)))
    answer = await poll(found, source, gpu(0, measured=at(10)))
    assert answer["node-1/gpu0"].time == at(10)


async def test_a_recording_is_shown_now_and_marked() -> None:
    found, source, clock = device(Capability.RECORDED)
    clock.seconds = 100
    answer = await poll(found, source, gpu(0, measured=at(-5000)))
    assert answer["node-1/gpu0"].time == at(100)
