"""A GPU keeps its place whatever number its driver gives it today."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from drivers.gpu.roster import ExpectedGpu, Roster
from drivers.gpu.source import GpuSample, silence
from drivers.points import Reason
from tests.unit.gpu_device.kit import gpu


def seated(roster: Roster, *samples: object) -> dict[int, str]:
    found = roster.seat(samples)  # type: ignore[arg-type]
    return {number: sample.identity["uuid"] for number, sample in found.items()}


def test_numbers_shift_when_one_is_gone_and_places_do_not() -> None:
    roster = Roster()
    assert seated(roster, gpu(0), gpu(1), gpu(2)) == {0: "GPU-0", 1: "GPU-1", 2: "GPU-2"}
    renumbered = gpu(1, "2", bus="0000:12:00.0")
    assert seated(roster, gpu(0), renumbered) == {0: "GPU-0", 2: "GPU-2"}
    assert [place.number for place in roster.places] == [0, 1, 2]


def test_one_that_comes_back_has_its_place_again() -> None:
    roster = Roster()
    roster.seat([gpu(0), gpu(1)])
    roster.seat([gpu(0)])
    assert seated(roster, gpu(0), gpu(1)) == {0: "GPU-0", 1: "GPU-1"}


def test_another_one_at_the_same_place_on_the_bus_was_swapped_in() -> None:
    roster = Roster()
    roster.seat([gpu(0), gpu(1)])
    assert seated(roster, gpu(0), gpu(1, "new")) == {0: "GPU-0", 1: "GPU-new"}
    assert len(roster.places) == 2


def test_the_list_places_gpus_by_serial_and_by_uuid_in_any_spelling() -> None:
    roster = Roster([ExpectedGpu(4, serial="165"), ExpectedGpu(6, uuid="gpu-AB")])
    found = seated(roster, gpu(0, "x", serial="165"), gpu(1, "ab", bus="0000:40:00.0"))
    assert found == {4: "GPU-x", 6: "GPU-ab"}
    assert not any(place.mismatch for place in roster.places)


def test_another_gpu_where_one_was_expected_is_a_mismatch() -> None:
    roster = Roster([ExpectedGpu(0, serial="A"), ExpectedGpu(1, serial="B")])
    assert seated(roster, gpu(0, "a", serial="A"), gpu(1, "z", serial="Z")) == {
        0: "GPU-a",
        1: "GPU-z",
    }
    assert [place.mismatch for place in roster.places] == [False, True]


def test_a_source_that_tells_no_serial_number_proves_nothing() -> None:
    roster = Roster([ExpectedGpu(0, serial="A")])
    roster.seat([gpu(0, "a")])
    assert not roster.places[0].mismatch
    assert ExpectedGpu(0).is_met_by({"serial": "A"}) is None


def test_more_gpus_than_listed_get_places_of_their_own() -> None:
    roster = Roster([ExpectedGpu(0, serial="A")])
    assert seated(roster, gpu(0, "a", serial="A"), gpu(0, "b", serial="B", bus="x")) == {
        0: "GPU-a",
        1: "GPU-b",
    }


def test_of_two_that_were_swapped_between_slots_both_are_known() -> None:
    """The list says who they are; where they sit on the bus does not matter."""
    roster = Roster([ExpectedGpu(0, uuid="GPU-a"), ExpectedGpu(1, uuid="GPU-b")])
    roster.seat([gpu(0, "a", bus="0000:01:00.0"), gpu(1, "b", bus="0000:02:00.0")])
    swapped = (gpu(0, "b", bus="0000:01:00.0"), gpu(1, "a", bus="0000:02:00.0"))
    assert seated(roster, *swapped) == {0: "GPU-a", 1: "GPU-b"}


def test_one_that_hung_from_the_start_has_its_place_when_it_says_who_it_is() -> None:
    roster = Roster()
    nameless = GpuSample(1, {}, *silence(Reason.NO_COMMS))
    roster.seat([gpu(0), nameless])
    assert seated(roster, gpu(0), gpu(1)) == {0: "GPU-0", 1: "GPU-1"}
    assert len(roster.places) == 2


@given(st.lists(st.sets(st.integers(0, 7)), max_size=8), st.booleans())
def test_whoever_comes_and_goes_each_gpu_has_one_place_for_ever(
    looks: list[set[int]], listed: bool
) -> None:
    roster = Roster([ExpectedGpu(n, uuid=f"GPU-{n}") for n in range(8)] if listed else ())
    home: dict[str, int] = {}
    for present in looks:
        answer = [
            gpu(i, str(n), bus=f"0000:{n + 16:02x}:00.0") for i, n in enumerate(sorted(present))
        ]
        found = seated(roster, *answer)
        assert sorted(found.values()) == sorted(f"GPU-{n}" for n in present)
        for number, name in found.items():
            assert home.setdefault(name, number) == number
    assert len(set(home.values())) == len(home)
