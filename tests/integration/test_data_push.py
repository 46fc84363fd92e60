"""Sending telemetry to a server: each good sample once, whatever breaks on the way."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from console.data_push import Pusher, PushPlan, PushReport
from console.history.push_ledger import LEDGER_NAME, PushLedger
from console.history.trouble import StorageError
from console.push_series import Naming
from console.push_server import PushError, PushServer, ServerOptions
from tests.integration.metrics_peers import FakeServer, Samples, samples_in, victoria_metrics
from tests.unit.history.kit import START_US
from tests.unit.history.telemetry_kit import HOUR_US, Clock, frame, storing

ROOT = Path(__file__).parents[2]
NAN = float("nan")
SECOND_US = 1_000_000


def fill(data: Path, hours: int = 3, step_s: int = 30, first: int = 0) -> None:
    """Rolled-up hours of two parts; every tenth flow is not good."""
    with storing(data) as store:
        for hour in range(first, first + hours):
            for part in ("tank-1", "host-1/gpu0"):
                store.append(
                    [
                        frame(START_US + hour * HOUR_US + s * SECOND_US, *values(s), part=part)
                        for s in range(0, 3600, step_s)
                    ],
                    None,
                )
        store.roll_all()


def values(second: int) -> tuple[float, float]:
    return (NAN if second % 300 == 0 else round(850 + second / 7, 2), 1200.0 + second % 5)


def push(
    data: Path, url: str, *, wait: Callable[[float], None] | None = None, **plan: Any
) -> PushReport:
    waits: list[float] = []
    naming = plan.pop("naming", Naming({"site": "hall"}))
    options = ServerOptions(timeout_s=plan.pop("timeout_s", 5.0))
    full = PushPlan(naming, settle_s=0.0, **plan)
    with PushServer(url, options) as server:
        return Pusher(data, server, full, wait=wait or waits.append).run()


def good_in(samples: Samples, metric: str, part: str) -> list[tuple[int, float]]:
    (found,) = (
        kept
        for series, kept in samples.items()
        if dict(series)["__name__"] == metric and dict(series)["part"] == part
    )
    return sorted(found)


def expected(hours: int, step_s: int = 30, first: int = 0) -> list[tuple[int, float]]:
    """The good flows, as milliseconds and value."""
    seconds = [h * 3600 + s for h in range(first, first + hours) for s in range(0, 3600, step_s)]
    return [
        (START_US // 1000 + second * 1000, values(second % 3600)[0])
        for second in seconds
        if values(second % 3600)[0] == values(second % 3600)[0]
    ]


def is_once(samples: Samples) -> bool:
    """Whether no series holds two samples of one moment."""
    return all(len({at for at, _ in kept}) == len(kept) for kept in samples.values())


def holds(samples: Samples, hours: int = 3) -> bool:
    """Whether exactly what is good has arrived, once."""
    return is_once(samples) and all(
        good_in(samples, "tankside_flow", part) == expected(hours)
        for part in ("tank-1", "host-1/gpu0")
    )


@pytest.fixture
def fake() -> Iterator[FakeServer]:
    with FakeServer() as server:
        yield server


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with victoria_metrics(tmp_path_factory.mktemp("metrics")) as url:
        yield url


class TestRealServer:
    """VictoriaMetrics itself, which keeps what it is sent twice twice."""

    def samples(self, url: str, site: str) -> Samples:
        return samples_in(url, f'{{site="{site}"}}')

    def push(self, data: Path, url: str, site: str, **plan: Any) -> PushReport:
        return push(data, url, naming=Naming({"site": site}), **plan)

    def test_what_is_recorded_arrives_once(self, tmp_path: Path, real: str) -> None:
        fill(tmp_path)
        report = self.push(tmp_path, real, "plain")
        assert (report.hours, report.sent_hours, report.asked, report.late) == (6, 6, 0, 0)
        found = self.samples(real, "plain")
        assert holds(found)
        assert sum(map(len, found.values())) == report.samples
        again = self.push(tmp_path, real, "plain")
        assert (again.hours, again.samples, again.requests) == (0, 0, 0)
        labels = next(dict(s) for s in found if dict(s)["__name__"] == "tankside_flow")
        assert labels == {
            "__name__": "tankside_flow",
            "site": "plain",
            "part": labels["part"],
            "point": "flow",
            "unit": "L/min",
        }

    def test_what_is_not_good_is_told_by_its_quality(self, tmp_path: Path, real: str) -> None:
        fill(tmp_path, hours=1)
        self.push(tmp_path, real, "quality")
        told = [
            kept
            for series, kept in self.samples(real, "quality").items()
            if dict(series).items()
            >= {"__name__": "tankside_quality", "point": "flow", "part": "tank-1"}.items()
        ]
        (quality,) = told
        bad = {at for at, reason in quality if reason == 3}
        assert bad == {START_US // 1000 + second * 1000 for second in range(0, 3600, 300)}
        assert len(quality) >= 60  # at least once a minute

    def test_new_and_late_samples_are_sent_and_no_others(self, tmp_path: Path, real: str) -> None:
        fill(tmp_path)
        self.push(tmp_path, real, "late")
        late_us = START_US + HOUR_US + 7_500_000
        new_us = START_US + 5 * HOUR_US
        with storing(tmp_path) as store:
            store.append([frame(late_us, 1.5, 2.5, part="tank-1")], None)
            store.append([frame(new_us, 3.5, 4.5, part="tank-1")], None)
        report = self.push(tmp_path, real, "late")
        assert (report.late, report.sent_hours) == (1, 2)
        found = self.samples(real, "late")
        assert is_once(found)
        flows = good_in(found, "tankside_flow", "tank-1")
        assert flows == sorted([*expected(3), (late_us // 1000, 1.5), (new_us // 1000, 3.5)])
        with storing(tmp_path) as store:
            store.roll_all()  # the same samples at another place
        assert self.push(tmp_path, real, "late").samples == 0
        assert self.push(tmp_path, real, "late").hours == 0

    def test_a_lost_ledger_is_no_loss(self, tmp_path: Path, real: str) -> None:
        fill(tmp_path)
        self.push(tmp_path, real, "ledger")
        (tmp_path / LEDGER_NAME).unlink()
        report = self.push(tmp_path, real, "ledger", compare=True)
        assert (report.samples, report.asked) == (0, 6)
        assert holds(self.samples(real, "ledger"))

    @pytest.mark.parametrize("after_s", [0.0, 0.3])
    def test_a_killed_push_sends_nothing_twice(
        self, tmp_path: Path, real: str, after_s: float
    ) -> None:
        fill(tmp_path, hours=6, step_s=2)
        site = f"killed-{after_s}"
        child = [sys.executable, "-m", "tests.integration.push_child", str(tmp_path), real, site]
        with subprocess.Popen(child, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
            assert process.stdout is not None
            for _ in range(3):
                process.stdout.readline()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(after_s)
            process.kill()
        report = self.push(tmp_path, real, site)
        found = self.samples(real, site)
        assert is_once(found)
        assert good_in(found, "tankside_flow", "tank-1") == expected(6, 2)
        assert good_in(found, "tankside_flow", "host-1/gpu0") == expected(6, 2)
        assert report.asked or after_s


class TestTrouble:
    """A server that behaves as documented, but for what each test spoils."""

    def test_dry_run_sends_nothing_and_notes_nothing(
        self, tmp_path: Path, fake: FakeServer
    ) -> None:
        fill(tmp_path)
        server = PushServer(fake.url)
        report = Pusher(tmp_path, server, PushPlan(Naming({"site": "hall"}), dry=True)).run()
        assert fake.requests == []
        assert not (tmp_path / LEDGER_NAME).exists()
        assert push(tmp_path, fake.url).samples == report.samples > 0
        assert holds(fake.kept)

    @pytest.mark.parametrize("word", ["swallow", "half", "hang"])
    def test_a_line_that_breaks_in_a_request(
        self, tmp_path: Path, fake: FakeServer, word: str
    ) -> None:
        fill(tmp_path)
        spoilt = iter([None, word, None])
        fake.trouble = lambda method, path, number: next(spoilt, None) if method == "POST" else None
        report = push(tmp_path, fake.url, timeout_s=0.5, body_bytes=10_000)
        fake.released.set()
        assert report.retries == 1
        assert report.asked > 0
        assert holds(fake.kept)

    @pytest.mark.parametrize("status", [429, 500, 502, 503])
    def test_a_busy_server_is_asked_again_as_late_as_it_says(
        self, tmp_path: Path, fake: FakeServer, status: int
    ) -> None:
        fill(tmp_path)
        fake.trouble = lambda method, path, number: (
            (status, {"Retry-After": "7"}, b"busy") if number < 2 else None
        )
        waits: list[float] = []
        push(tmp_path, fake.url, wait=waits.append)
        assert holds(fake.kept)
        assert all(7.0 <= wait_s <= 8.75 for wait_s in waits[:2])

    def test_patience_ends_and_the_next_push_goes_on(
        self, tmp_path: Path, fake: FakeServer
    ) -> None:
        fill(tmp_path)
        posts = iter(range(100))
        fake.trouble = lambda method, path, number: (
            (503, {}, b"no disk") if method == "POST" and next(posts) >= 2 else None
        )
        with pytest.raises(PushError, match=r"503: no disk\. The push has given up; what was"):
            push(tmp_path, fake.url, body_bytes=5_000, patience_s=0.0)
        before = len(fake.kept)
        assert before
        fake.trouble = lambda method, path, number: None
        push(tmp_path, fake.url)
        assert holds(fake.kept)

    @pytest.mark.parametrize(
        ("status", "headers", "words"),
        [
            (400, {}, r"HTTP status 400: cannot parse"),
            (401, {}, r"HTTP status 401: cannot parse"),
            (403, {}, r"HTTP status 403"),
            (404, {}, r"HTTP status 404"),
            (301, {"Location": "http://127.0.0.1:1/"}, r"points to another address \(301\)"),
            (307, {"Location": "http://127.0.0.1:1/"}, r"points to another address \(307\)"),
        ],
    )
    def test_a_refusal_is_final_and_one_sentence(
        self, tmp_path: Path, fake: FakeServer, status: int, headers: dict[str, str], words: str
    ) -> None:
        fill(tmp_path, hours=1)
        fake.trouble = lambda method, path, number: (
            status,
            headers,
            b"cannot\nparse " + b"x" * 999,
        )
        with pytest.raises(PushError, match=words) as caught:
            push(tmp_path, fake.url)
        assert len(str(caught.value)) < 400
        assert len(fake.requests) == 1
        fake.trouble = lambda method, path, number: None
        push(tmp_path, fake.url)
        assert holds(fake.kept, hours=1)

    def test_smaller_bodies_where_large_ones_are_refused(
        self, tmp_path: Path, fake: FakeServer
    ) -> None:
        fill(tmp_path, step_s=5)
        largest: list[int] = []

        def trouble(method: str, path: str, number: int) -> object:
            if method != "POST":
                return None
            size = int(fake.requests[-1][2]["content-length"])
            largest.append(size)
            return (413, {}, b"too large") if size > 12_000 else None

        fake.trouble = trouble
        push(tmp_path, fake.url)
        assert max(largest) > 12_000
        assert is_once(fake.kept)
        assert good_in(fake.kept, "tankside_flow", "tank-1") == expected(3, 5)

    def test_a_server_that_cannot_say_what_it_has(self, tmp_path: Path, fake: FakeServer) -> None:
        fill(tmp_path, hours=1)
        push(tmp_path, fake.url)
        with storing(tmp_path) as store:
            store.append([frame(START_US + 1_500_000, 1.5, 2.5, part="tank-1")], None)
        fake.trouble = lambda method, path, number: "garble" if "export" in path else None
        with pytest.raises(PushError, match="does not say what it has"):
            push(tmp_path, fake.url)
        report = push(tmp_path, fake.url, resend=True)
        assert report.asked == 0
        assert not is_once(fake.kept)  # what --resend is told to accept

    def test_a_server_that_is_not_there(self, tmp_path: Path) -> None:
        fill(tmp_path, hours=1)
        with FakeServer() as gone:
            url = gone.url
        with pytest.raises(PushError, match="cannot be reached"):
            push(tmp_path, url, patience_s=0.0)

    def test_only_one_push_at_a_time(
        self, tmp_path: Path, fake: FakeServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        fill(tmp_path, hours=1)
        monkeypatch.setattr("console.history.connections._BUSY_S", 0.01)
        with (
            PushLedger(tmp_path, "another"),
            pytest.raises(StorageError, match="another push is under way"),
        ):
            push(tmp_path, fake.url)

    def test_a_damaged_ledger_says_what_to_do(self, tmp_path: Path, fake: FakeServer) -> None:
        fill(tmp_path, hours=1)
        (tmp_path / LEDGER_NAME).write_bytes(b"not a database" * 500)
        with pytest.raises(StorageError, match="Remove it and push with --compare"):
            push(tmp_path, fake.url)

    def test_since_leaves_out_what_is_older_for_now(self, tmp_path: Path, fake: FakeServer) -> None:
        fill(tmp_path)
        push(tmp_path, fake.url, since_us=START_US + HOUR_US)
        assert good_in(fake.kept, "tankside_flow", "tank-1") == expected(2, first=1)
        push(tmp_path, fake.url)
        assert holds(fake.kept)

    def test_while_a_console_records_and_rolls_up(self, tmp_path: Path, fake: FakeServer) -> None:
        clock = Clock()
        with storing(tmp_path, clock) as store:
            for minute in range(130):
                at_us = START_US + minute * 60 * SECOND_US
                store.append([frame(at_us, 800.0 + minute, 5.0, part="tank-1")], None)
                clock.advance(60)
                if minute % 7 == 0:
                    store.work(10.0)
                if minute % 11 == 0:
                    push(tmp_path, fake.url)
        push(tmp_path, fake.url)
        assert is_once(fake.kept)
        wanted = [(START_US // 1000 + m * 60_000, 800.0 + m) for m in range(130)]
        assert good_in(fake.kept, "tankside_flow", "tank-1") == wanted

    def test_a_damaged_hour_of_a_point_is_named_and_the_rest_is_sent(
        self, tmp_path: Path, fake: FakeServer
    ) -> None:
        from tests.unit.history.test_telemetry_care import LASTING, spoil_block

        fill(tmp_path)
        spoil_block(tmp_path / LASTING, 2, -3)
        report = push(tmp_path, fake.url)
        assert [(one.key, one.file) for one in report.damaged] == [("flow", Path(LASTING).name)]
        assert len(fake.kept) == 8
        assert push(tmp_path, fake.url).samples == 0


class TestSecrets:
    """Where a token goes, and where not."""

    def options(self, folder: Path, token: str = "very-secret") -> ServerOptions:
        (folder / "token").write_text(f"{token}\n")
        return ServerOptions(token_file=folder / "token", timeout_s=5)

    def test_the_token_is_sent_and_never_shown(self, tmp_path: Path, fake: FakeServer) -> None:
        fake.trouble = lambda method, path, number: (403, {}, b"no")
        with PushServer(fake.url, self.options(tmp_path)) as server:
            with pytest.raises(PushError) as caught:
                server.send(b"{}")
            assert "very-secret" not in str(caught.value)
        assert fake.requests[0][2]["authorization"] == "Bearer very-secret"

    def test_no_secret_over_an_open_line(self, tmp_path: Path) -> None:
        from drivers.files import FileError

        for url in ("http://metrics.example:8428", "http://192.0.2.7"):
            server = PushServer(url, self.options(tmp_path))
            with pytest.raises(FileError, match="https:// only"):
                server.__enter__()
        with pytest.raises(FileError, match="https:// only"):
            PushServer("http://me:very-secret@metrics.example").__enter__()

    @pytest.mark.parametrize("token", ["", "two words", "new\nline", "\N{SNOWMAN}"])
    def test_a_file_that_holds_no_token(self, tmp_path: Path, token: str) -> None:
        from drivers.files import FileError

        (tmp_path / "token").write_text(token, encoding="utf-8")
        options = ServerOptions(token_file=tmp_path / "token")
        with pytest.raises(FileError, match="token"):
            PushServer("https://metrics.example", options).__enter__()

    def test_an_address_that_is_none(self) -> None:
        from drivers.files import FileError

        with pytest.raises(FileError, match="is no http"):
            PushServer("ftp://metrics")


def test_a_year_needs_no_more_memory_than_a_day(tmp_path: Path, fake: FakeServer) -> None:
    """Hours are read and sent one after the other: no body is larger than asked for."""
    fill(tmp_path, hours=30, step_s=60)
    largest: list[int] = []

    def trouble(method: str, path: str, number: int) -> None:
        largest.append(int(fake.requests[-1][2].get("content-length", "0")))

    fake.trouble = trouble
    report = push(tmp_path, fake.url, body_bytes=20_000)
    assert report.requests >= 10
    assert max(largest) < 20_000
    assert is_once(fake.kept)
    counts = np.array([len(kept) for kept in fake.kept.values()])
    assert counts.min() > 0
