"""GPUs through a Prometheus server: what it says, how old that is, and what was before."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.device import DeviceError, DeviceGarbledError, DeviceRefusedError
from drivers.gpu.prometheus_api import Target
from drivers.gpu.prometheus_source import FIRST_WINDOW_S, PrometheusSource
from drivers.gpu.source import Capability
from drivers.points import Reason, Stamp
from tests.unit.gpu_sources.made import NOW, UUID, good, line, reason, temperature, text_of, value
from tests.unit.gpu_sources.prometheus import Prometheus
from tests.unit.gpu_sources.web import serving

NOW_S = NOW.utc_us / 1e6
TWO = temperature(59) + temperature(41, 1) + line("DCGM_FI_DEV_POWER_USAGE", 629.45)
Open = Callable[..., Awaitable[PrometheusSource]]


@pytest.fixture
def server() -> Prometheus:
    return Prometheus(NOW_S)


def scraped(server: Prometheus, text: str, ages_s: list[float], instance: str = "") -> None:
    for age_s in sorted(ages_s, reverse=True):
        server.scrape(text, server.now_s - age_s, instance or "node-3:9400")


@pytest.fixture
async def source(server: Prometheus) -> AsyncIterator[PrometheusSource]:
    async with opened(server) as made:
        yield made


@asynccontextmanager
async def opened(
    server: Prometheus, query: str = "instance=node-3:9400", ahead_s: float = 0
) -> AsyncIterator[PrometheusSource]:
    """A source by the server's clock, or by one that is ahead of it."""

    def clock() -> Stamp:
        since_s = server.now_s - NOW_S
        return Stamp(NOW.utc_us + round((since_s + ahead_s) * 1e6), NOW.mono_s + since_s)

    async with AsyncExitStack() as stack:
        port = await stack.enter_async_context(serving(server))
        made = PrometheusSource(
            f"prometheus+http://127.0.0.1:{port}?{query}", timeout_s=2, clock=clock
        )
        await made.connect()
        stack.push_async_callback(made.close)
        yield made


async def test_the_latest_scrape_with_its_time(
    server: Prometheus, source: PrometheusSource
) -> None:
    scraped(server, TWO.replace("59", "58"), [20, 35, 50])
    scraped(server, TWO, [5])
    first, second = await source.sample()
    assert good(first) == {"core_temperature": 59, "power": 629.45}
    assert good(second) == {"core_temperature": 41}
    assert reason(second, "power") is Reason.NOT_EXPORTED
    assert first.measured == Stamp(NOW.utc_us - 5_000_000, NOW.mono_s - 5)
    assert first.identity["uuid"] == UUID.format(0)
    assert source.capabilities == {Capability.INVENTORY, Capability.SAMPLE, Capability.HISTORY}
    assert [who["uuid"] for who in await source.inventory()] == [UUID.format(0), UUID.format(1)]


async def test_one_scrape_has_one_stamp(server: Prometheus, source: PrometheusSource) -> None:
    scraped(server, TWO, [5, 20])
    stamps = set()
    for _ in range(3):
        stamps |= {sample.measured for sample in await source.sample()}
        server.now_s += 1.3
    assert len(stamps) == 1


async def test_all_is_asked_at_once_and_only_as_far_back_as_needed(
    server: Prometheus, source: PrometheusSource
) -> None:
    scraped(server, TWO, [5, 20, 35])
    await source.sample()
    await source.sample()
    first, second = server.asked
    assert first["path"] == second["path"] == "/api/v1/query"
    assert first["query"].endswith(f"[{FIRST_WINDOW_S * 1000:.0f}ms]")
    assert second["query"].endswith("[60000ms]")
    assert 'instance="node-3:9400"' in first["query"]
    assert "|DCGM_FI_DEV_GPU_TEMP|" in first["query"]
    assert "|nvidia_smi_temperature_gpu|" in first["query"]


class TestAge:
    async def test_where_scraping_stopped_all_is_stale(
        self, server: Prometheus, source: PrometheusSource
    ) -> None:
        scraped(server, TWO, [40, 55, 70])
        first, second = await source.sample()
        assert (good(first), good(second)) == ({}, {})
        assert value(first, "core_temperature") == 59
        assert reason(first, "core_temperature") is Reason.STALE
        assert first.measured == Stamp(NOW.utc_us - 40_000_000, NOW.mono_s - 40)

    async def test_two_and_a_half_intervals_are_allowed(
        self, server: Prometheus, source: PrometheusSource
    ) -> None:
        scraped(server, TWO, [36, 51, 66])
        assert good((await source.sample())[0])

    async def test_with_one_scrape_ninety_seconds_are(self, server: Prometheus) -> None:
        for age_s, is_good in ((89, True), (91, False)):
            server.series.clear()
            scraped(server, TWO, [age_s])
            async with opened(server) as source:
                assert bool(good((await source.sample())[0])) is is_good

    async def test_what_is_gone_from_the_window_stays_stale_not_lost(
        self, server: Prometheus, source: PrometheusSource
    ) -> None:
        scraped(server, TWO, [5, 20])
        before = await source.sample()
        server.now_s += 3600
        after = await source.sample()
        assert [sample.key for sample in after] == [sample.key for sample in before]
        assert value(after[0], "core_temperature") == 59
        assert reason(after[0], "core_temperature") is Reason.STALE
        assert after[0].measured == before[0].measured
        scraped(server, TWO, [1])
        assert good((await source.sample())[0])

    async def test_a_gpu_missing_from_the_scrape_is_not_there(
        self, server: Prometheus, source: PrometheusSource
    ) -> None:
        scraped(server, TWO, [35, 50, 65])
        scraped(server, temperature(59), [5, 20])
        assert [sample.key for sample in await source.sample()] == [UUID.format(0)]

    async def test_a_series_missing_from_the_scrape_is_not_exported(
        self, server: Prometheus, source: PrometheusSource
    ) -> None:
        scraped(server, TWO, [35, 50])
        scraped(server, temperature(59) + temperature(41, 1), [5, 20])
        assert reason((await source.sample())[0], "power") is Reason.NOT_EXPORTED

    @pytest.mark.parametrize("ahead_s", [-7200, 7200])
    async def test_our_own_clock_may_be_wrong(self, server: Prometheus, ahead_s: float) -> None:
        scraped(server, TWO, [5, 20])
        async with opened(server, ahead_s=ahead_s) as source:
            (first, _) = await source.sample()
            assert good(first)
            assert first.measured is not None
            assert first.measured.mono_s == NOW.mono_s - 5

    async def test_without_the_servers_time_ours_counts(self, server: Prometheus) -> None:
        server.has_date = False
        scraped(server, TWO, [5, 20])
        async with opened(server, ahead_s=7200) as source:
            assert good((await source.sample())[0]) == {}


class TestSeveral:
    async def test_one_host_that_stopped_does_not_make_the_other_stale(
        self, server: Prometheus
    ) -> None:
        scraped(server, temperature(59), [5, 20], "a:9400")
        scraped(server, temperature(41, 1), [200, 215], "b:9400")
        async with opened(server, "job=gpu") as source:
            fresh, old = await source.sample()
        assert good(fresh) == {"core_temperature": 59}
        assert (good(old), value(old, "core_temperature")) == ({}, 41)

    async def test_the_same_gpu_under_a_new_name_is_the_newer_one(self, server: Prometheus) -> None:
        scraped(server, temperature(41), [200, 215], "old:9400")
        scraped(server, temperature(59), [5, 20], "new:9400")
        async with opened(server, "job=gpu") as source:
            (gpu,) = await source.sample()
        assert good(gpu) == {"core_temperature": 59}

    async def test_the_selector_selects(self, server: Prometheus, source: PrometheusSource) -> None:
        scraped(server, temperature(59), [5, 20])
        scraped(server, temperature(41, 1), [5, 20], "other:9400")
        assert [sample.key for sample in await source.sample()] == [UUID.format(0)]


class TestSmi:
    async def test_the_other_exporter(self, server: Prometheus, source: PrometheusSource) -> None:
        scraped(server, text_of("smi_h100"), [5, 20])
        (gpu,) = await source.sample()
        assert gpu.identity["model"] == "NVIDIA H100 80GB HBM3"
        assert gpu.identity["module"] == "7"
        assert (good(gpu)["thermal_margin"], good(gpu)["memory_used"]) == (26, 19818)

    async def test_a_failed_collection_is_stale(
        self, server: Prometheus, source: PrometheusSource
    ) -> None:
        scraped(server, text_of("smi_h100"), [20, 35])
        assert good((await source.sample())[0])
        scraped(server, "nvidia_smi_last_collect_success 0\n", [5])
        (gpu,) = await source.sample()
        assert (good(gpu), value(gpu, "core_temperature")) == ({}, 59)

    async def test_xids_with_their_times_are_events(
        self, server: Prometheus, source: PrometheusSource
    ) -> None:
        scraped(server, 'nvidia_smi_temperature_gpu{uuid="a"} 40\n', [5, 20])
        await source.sample()
        assert source.faults() == []
        when = f'nvidia_smi_xid_last_timestamp_seconds{{uuid="a",xid="79"}} {NOW_S - 2}\n'
        scraped(server, 'nvidia_smi_temperature_gpu{uuid="a"} 40\n' + when, [0])
        (gpu,) = await source.sample()
        (fault,) = source.faults()
        assert (fault.gpu, fault.code, fault.time.mono_s) == ("GPU-a", 79, NOW.mono_s - 2)
        assert good(gpu)["last_xid"] == 79
        assert Capability.EVENTS in source.capabilities


@pytest.mark.parametrize("number", ["NaN", "+Inf", "-Inf"])
async def test_no_number_is_no_value(
    server: Prometheus, source: PrometheusSource, number: str
) -> None:
    scraped(server, temperature(number) + line("DCGM_FI_DEV_POWER_USAGE", 70), [5, 20])
    (gpu,) = await source.sample()
    assert good(gpu) == {"power": 70}
    assert reason(gpu, "core_temperature") is Reason.NOT_SUPPORTED


class TestTrouble:
    @pytest.mark.parametrize(
        ("status", "body", "kind", "words"),
        [
            (
                "400 Bad",
                {"status": "error", "errorType": "bad_data", "error": 'parse error:\n "x"'},
                DeviceRefusedError,
                'refuses the query: parse error: "x"',
            ),
            ("503 Busy", {"status": "error", "error": "timeout"}, DeviceRefusedError, "timeout"),
            ("200 OK", {"status": "error", "error": "odd"}, DeviceRefusedError, "odd"),
            ("502 Bad", "<html>", DeviceRefusedError, "HTTP status 502"),
            ("404 No", "404 page not found", DeviceRefusedError, "nothing under this address"),
            ("302 Found", "", DeviceRefusedError, "does not answer itself"),
            ("200 OK", "<html>", DeviceGarbledError, "not as Prometheus does"),
            ("200 OK", "[" * 100_000, DeviceGarbledError, "not as Prometheus does"),
            ("200 OK", {"status": "success"}, DeviceGarbledError, "not as Prometheus does"),
            (
                "200 OK",
                {"status": "success", "data": {"resultType": "vector", "result": []}},
                DeviceGarbledError,
                "not as Prometheus does",
            ),
        ],
    )
    async def test_each_is_one_sentence(
        self,
        server: Prometheus,
        source: PrometheusSource,
        status: str,
        body: object,
        kind: type[DeviceError],
        words: str,
    ) -> None:
        server.status = status
        server.body = (body if isinstance(body, str) else json.dumps(body)).encode()
        with pytest.raises(DeviceError, match=words) as caught:
            await source.sample()
        assert type(caught.value) is kind
        assert "\n" not in str(caught.value)

    async def test_a_server_that_knows_no_such_gpu_says_so(
        self, server: Prometheus, source: PrometheusSource
    ) -> None:
        scraped(server, "node_load1 1\n", [5])
        with pytest.raises(DeviceError, match="has no GPU with these labels"):
            await source.sample()
        scraped(server, TWO, [5])
        assert len(await source.sample()) == 2

    @given(
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["metric", "values", "__name__", "gpu", "x"]), inner, max_size=4
                )
            ),
            max_leaves=12,
        )
    )
    async def test_hostile_answers_are_refused(self, result: object) -> None:
        data = {"resultType": "matrix", "result": result}
        server = Prometheus(NOW_S, body=json.dumps({"status": "success", "data": data}).encode())
        async with opened(server) as source:
            with pytest.raises(DeviceError):
                await source.sample()

    async def test_too_many_gpus_are_refused_with_the_address(
        self, server: Prometheus, source: PrometheusSource
    ) -> None:
        scraped(server, "".join(temperature(40, i) for i in range(257)), [5])
        with pytest.raises(DeviceGarbledError, match=r"^prometheus\+http://.*more than 256 GPUs"):
            await source.sample()


class TestHistory:
    async def test_values_on_a_grid_with_gaps(
        self, server: Prometheus, source: PrometheusSource
    ) -> None:
        for age_s in range(600, 300, -15):
            scraped(server, temperature(age_s / 10), [age_s])
        scraped(server, temperature(20) + line("DCGM_FI_DEV_POWER_USAGE", 70), [0, 15, 30])
        await source.sample()
        start_us, end_us = NOW.utc_us - 600_000_000, NOW.utc_us
        keys = ("core_temperature", "power")
        found = await source.history(keys, start_us, end_us, 15)
        assert set(found) == {UUID.format(0)}
        past = found[UUID.format(0)]
        assert set(past.values) == set(keys)
        assert past.times_s.dtype == past.values["power"].dtype == np.float64
        assert past.times_s.tolist() == [start_us / 1e6 + 15 * i for i in range(41)]
        degrees = past.values["core_temperature"]
        assert degrees[:20].tolist() == [age_s / 10 for age_s in range(600, 300, -15)]
        assert degrees[20:22].tolist() == [31.5, 31.5]  # held for two and a half intervals
        assert np.isnan(degrees[22:38]).all()
        assert degrees[38:].tolist() == [20, 20, 20]
        assert np.isnan(past.values["power"][:38]).all()

    async def test_before_the_first_look(self, server: Prometheus) -> None:
        scraped(server, TWO, [0, 15, 30])
        async with opened(server) as source:
            found = await source.history(
                ["core_temperature"], NOW.utc_us - 30_000_000, NOW.utc_us, 15
            )
        assert {key: past.values["core_temperature"].tolist() for key, past in found.items()} == {
            UUID.format(0): [59, 59, 59],
            UUID.format(1): [41, 41, 41],
        }

    async def test_a_long_time_is_asked_for_in_parts(self, server: Prometheus) -> None:
        for age_s in range(2500, -1, -1):
            server.scrape(temperature(40 + age_s % 2), server.now_s - age_s)
        async with opened(server) as source:
            found = await source.history(
                ["core_temperature"], NOW.utc_us - 2_500_000_000, NOW.utc_us, 1
            )
        asked = [(float(each["start"]), float(each["end"])) for each in server.asked]
        assert [round(end - start) for start, end in asked] == [999, 999, 500]
        degrees = found[UUID.format(0)].values["core_temperature"]
        assert degrees.tolist() == [40 + (i % 2) for i in range(2500, -1, -1)]

    async def test_every_sample_of_the_past_says_when(
        self, server: Prometheus, source: PrometheusSource
    ) -> None:
        scraped(server, TWO, [0, 15, 30])
        past = await source.past(NOW.utc_us - 30_000_000, NOW.utc_us, 15)
        times = [sample.measured for sample in past]
        assert times == [
            Stamp(NOW.utc_us - age_s * 1_000_000, NOW.mono_s - age_s)
            for age_s in (30, 30, 15, 15, 0, 0)
        ]
        assert good(past[0]) == {"core_temperature": 59, "power": 629.45}

    async def test_a_point_that_is_none_is_a_mistake(self, source: PrometheusSource) -> None:
        with pytest.raises(KeyError):
            await source.history(["no_such_point"], 0, 1, 1)


class TestAddress:
    def test_labels_become_the_selector(self) -> None:
        target = Target.parse("prometheus+https://u:p@h:9090/base/?instance=n:9400&rack=7")
        assert target.selector == 'instance="n:9400",rack="7"'
        assert target.address.url == "https://h:9090/base/"
        assert (target.address.user, target.address.password) == ("u", "p")
        assert target.shown == "prometheus+https://h:9090/base/?instance=n:9400&rack=7"

    @given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20))
    def test_no_value_leaves_its_quotes(self, text: str) -> None:
        from urllib.parse import quote

        selector = Target.parse(f"prometheus+http://h:9090?a={quote(text)}").selector
        assert selector.startswith('a="')
        assert json.loads(selector[2:]) == text
        assert "\n" not in selector

    @pytest.mark.parametrize(
        ("url", "words"),
        [
            ("http://h:9090?a=b", "begins with prometheus"),
            ("prometheus+ftp://h:9090?a=b", "is no http"),
            ("prometheus+http://h:9090", "say which GPUs"),
            ("prometheus+http://h:9090?a-b=c", "is no label"),
            ("prometheus+http://h:9090?__name__=c", "is no label"),
            ("prometheus+http://u:s3cret@h:x?a=b", "not an address"),
        ],
    )
    def test_what_is_no_source_is_refused(self, url: str, words: str) -> None:
        with pytest.raises(ValueError, match=words) as caught:
            PrometheusSource(url)
        assert "s3cret" not in str(caught.value)

    async def test_a_prefix_of_the_path_is_kept(self, server: Prometheus) -> None:
        scraped(server, TWO, [5])
        async with serving(server) as port:
            source = PrometheusSource(f"prometheus+http://127.0.0.1:{port}/base/?job=gpu")
            await source.connect()
            await source.sample()
            await source.close()
        assert server.asked[0]["path"] == "/base/api/v1/query"
