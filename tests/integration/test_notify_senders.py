"""Programs and addresses that misbehave in every way: each attempt ends in time and says why."""

from __future__ import annotations

import asyncio
import json
import os
import ssl
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
import trustme

from console.notify.command import CommandSender
from console.notify.desktop import DesktopSender
from console.notify.message import Failure, Message
from console.notify.webhook import WebhookSender
from console.notify.words import Speaker
from tests.unit.gpu_sources.web import answer, serving

posix = pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell is used")
NEVER = threading.Event()


def message(title: str = "Pump failed") -> Message:
    made = Speaker("hall", "Hall 1", str).test(1, 1_795_000_000_000_000)
    return Message(**{name: getattr(made, name) for name in Message.__slots__} | {"title": title})


def shell(script: str, folder: Path, timeout_s: float = 20.0) -> CommandSender:
    return CommandSender(["sh", "-c", script], folder, timeout_s)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    began_s = time.monotonic()
    yield
    assert time.monotonic() - began_s < seconds


@contextmanager
def stopped_after(seconds: float) -> Iterator[threading.Event]:
    stop = threading.Event()
    timer = threading.Timer(seconds, stop.set)
    timer.start()
    yield stop
    timer.join()


def gone(pid: int) -> bool:
    """Whether a process ends; the init of a container may leave it as a zombie."""
    deadline_s = time.monotonic() + 5
    while time.monotonic() < deadline_s:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.01)
    return False


def pids_in(file: Path) -> list[int]:
    return [int(word) for word in file.read_text().split()]


@posix
class TestCommand:
    def test_it_gets_the_alarm_as_json_and_as_variables(self, tmp_path: Path) -> None:
        script = 'cat >got.json; printf "%s" "$TANKSIDE_TITLE" >title; printf "%s" "$0 $1" >words'
        argv = ["sh", "-c", script, "$(touch hurt)", "; touch hurt"]
        sent = message('Leak "$(touch hurt)" \n; touch hurt')
        assert CommandSender(argv, tmp_path, 20.0).send(sent, NEVER) is None
        assert json.loads((tmp_path / "got.json").read_text()) == sent.as_json()
        assert (tmp_path / "title").read_text() == 'Leak "$(touch hurt)" ; touch hurt'
        assert (tmp_path / "words").read_text() == "$(touch hurt) ; touch hurt"
        assert not (tmp_path / "hurt").exists()

    def test_a_program_beside_the_site_file_is_found(self, tmp_path: Path) -> None:
        program = tmp_path / "page"
        program.write_text("#!/bin/sh\npwd >where\n")
        program.chmod(0o755)
        assert CommandSender(["./page"], tmp_path, 20.0).send(message(), NEVER) is None
        assert Path((tmp_path / "where").read_text().strip()) == tmp_path.resolve()

    def test_what_does_not_read_is_no_failure(self, tmp_path: Path) -> None:
        with within(10):
            assert shell("exec <&-", tmp_path).send(message("x" * 500_000), NEVER) is None
            assert shell("exit 0", tmp_path).send(message(), NEVER) is None

    def test_a_message_larger_than_a_pipe_arrives_whole(self, tmp_path: Path) -> None:
        sent = message("x" * 300_000)
        assert shell("cat >got.json", tmp_path).send(sent, NEVER) is None
        assert json.loads((tmp_path / "got.json").read_text()) == sent.as_json()

    def test_a_full_disk_stops_no_message(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full() -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("tempfile.TemporaryFile", full)
        assert shell("grep -q Pump", tmp_path).send(message(), NEVER) is None
        told = shell("cat >/dev/null", tmp_path).send(message("x" * 300_000), NEVER)
        assert told == Failure("not_started", {"program": "sh", "why": "No space left on device"})

    def test_a_status_other_than_0_is_a_failure_with_what_it_said(self, tmp_path: Path) -> None:
        found = shell("echo no; printf 'way\\033[2J\\377' >&2; exit 7", tmp_path)
        told = found.send(message(), NEVER)
        assert told == Failure(
            "exit", {"status": 7, "output": "no way [2J\N{REPLACEMENT CHARACTER}"}
        )
        quiet = shell("exit 9", tmp_path).send(message(), NEVER)
        assert quiet == Failure("exit_quietly", {"status": 9})

    def test_one_that_hangs_is_ended_with_all_its_children(self, tmp_path: Path) -> None:
        script = "trap '' TERM; sleep 60 & (sleep 60 & echo $! >>pids; echo $! >>pids); wait"
        script = f"echo $$ >pids; {script}"
        with within(6):
            told = shell(script, tmp_path, 1.0).send(message(), NEVER)
        assert told == Failure("timeout", {"seconds": "1"})
        pids = pids_in(tmp_path / "pids")
        assert len(pids) == 3
        assert all(gone(pid) for pid in pids)

    def test_children_left_behind_by_one_that_ends_well_are_ended(self, tmp_path: Path) -> None:
        with within(6):
            assert shell("sleep 60 & echo $! >pids", tmp_path).send(message(), NEVER) is None
        (pid,) = pids_in(tmp_path / "pids")
        assert gone(pid)

    def test_an_output_that_somebody_holds_open_does_not_hold_us(self, tmp_path: Path) -> None:
        program = tmp_path / "daemon.py"
        program.write_text(
            "import os, sys, time\n"
            "if os.fork() == 0:\n"
            "    os.setsid()\n"
            "    open('pids', 'w').write(str(os.getpid()))\n"
            "    time.sleep(60)\n"
            "while not os.path.exists('pids'): time.sleep(0.01)\n"
        )
        sender = CommandSender([sys.executable, "daemon.py"], tmp_path, 20.0)
        with within(10):
            assert sender.send(message(), NEVER) is None
        psutil.Process(pids_in(tmp_path / "pids")[0]).kill()

    def test_a_flood_of_output_is_cut_off_and_not_kept(self, tmp_path: Path) -> None:
        with within(6):
            assert shell("yes", tmp_path).send(message(), NEVER) == Failure("flood")

    def test_one_that_closes_its_output_is_waited_for(self, tmp_path: Path) -> None:
        script = "exec >&- 2>&-; sleep 0.4; touch done; exit 3"
        told = shell(script, tmp_path).send(message(), NEVER)
        assert told == Failure("exit_quietly", {"status": 3})
        assert (tmp_path / "done").exists()

    def test_one_that_is_not_there_or_is_no_program(self, tmp_path: Path) -> None:
        told = CommandSender(["./no-such"], tmp_path, 5.0).send(message(), NEVER)
        assert told == Failure("missing", {"program": "./no-such"})
        told = CommandSender(["no-such-program-at-all"], tmp_path, 5.0).send(message(), NEVER)
        assert told == Failure("missing", {"program": "no-such-program-at-all"})
        (tmp_path / "text").write_text("not a program")
        told = CommandSender(["./text"], tmp_path, 5.0).send(message(), NEVER)
        assert told == Failure("missing", {"program": "./text"})
        (tmp_path / "text").chmod(0o755)
        told = CommandSender(["./text"], tmp_path, 5.0).send(message(), NEVER)
        assert told is not None
        assert told.code == "not_started"

    def test_the_end_of_the_console_ends_it(self, tmp_path: Path) -> None:
        with within(5), stopped_after(0.5) as stop:
            told = shell("echo $$ >pids; sleep 60", tmp_path).send(message(), stop)
        assert told is not None
        assert told.code == "stopped"
        assert all(gone(pid) for pid in pids_in(tmp_path / "pids"))

    def test_nothing_stays_open(self, tmp_path: Path) -> None:
        before = psutil.Process().num_fds()
        for _ in range(20):
            shell("exit 0", tmp_path).send(message(), NEVER)
        assert psutil.Process().num_fds() <= before


@posix
class TestDesktop:
    def tool(self, folder: Path, script: str) -> None:
        program = folder / "notify-send"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)

    def test_notify_send_gets_words_that_are_no_markup_and_no_options(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.tool(tmp_path, f'printf "%s\\n" "$@" >{tmp_path}/words')
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
        sent = message("--expire-time=1 <b>")
        assert DesktopSender(10.0).send(sent, NEVER) is None
        words = (tmp_path / "words").read_text().splitlines()
        assert words[-3:-1] == ["--", "--expire-time=1 <b>"]
        assert "--urgency=critical" in words

    def test_a_desktop_that_does_not_answer_is_given_up(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.tool(tmp_path, "sleep 60")
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
        with within(5):
            told = DesktopSender(0.5).send(message(), NEVER)
        assert told == Failure("timeout", {"seconds": "0.5"})

    def test_without_either_it_is_a_failure(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", "")
        sender = DesktopSender(1.0)
        assert sender.send(message(), NEVER) == Failure("no_desktop")
        sender.present = lambda _title, _text, _urgent: False
        assert sender.send(message(), NEVER) == Failure("no_desktop")


class Web:
    """A server that answers one thing after the other, the last again and again."""

    def __init__(self, *answers: bytes | None) -> None:
        self.answers = list(answers)
        self.asked: list[bytes] = []

    async def __call__(self, request: bytes, writer: asyncio.StreamWriter) -> None:
        self.asked.append(request)
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if found is not None:
            writer.write(found)
            await writer.drain()

    def bodies(self) -> list[Any]:
        return [json.loads(request.partition(b"\r\n\r\n")[2]) for request in self.asked]


OK = answer("", "204 No Content")
BROKEN = answer("no", "500 Internal Server Error")


async def post(
    web: Web | bytes | Any,
    *,
    tls: ssl.SSLContext | None = None,
    stop: threading.Event = NEVER,
    **more: Any,
) -> Failure | None:
    scheme = "https" if tls else "http"
    options: dict[str, Any] = {"timeout_s": 5.0, "waits_s": (0.05, 0.05)} | more
    async with serving(web, tls) as port:
        sender = WebhookSender(f"{scheme}://127.0.0.1:{port}/in?key=1", **options)
        return await asyncio.to_thread(sender.send, message(), stop)


class TestWebhook:
    async def test_the_alarm_is_posted_as_json_with_the_token(self, tmp_path: Path) -> None:
        web = Web(OK)
        (tmp_path / "token").write_text("s3cret\n")
        assert await post(web, token_file=tmp_path / "token") is None
        head = web.asked[0].decode().lower()
        assert head.startswith("post /in?key=1 http/1.1")
        assert "authorization: bearer s3cret\r\n" in head
        assert "content-type: application/json" in head
        assert web.bodies()[0]["title"] == "Pump failed"

    async def test_one_that_never_answers_is_given_up_in_time(self) -> None:
        web = Web(None)
        with within(6):
            told = await post(web, timeout_s=0.5)
        assert told == Failure("no_answer", {"seconds": "0.5"})
        assert len(web.asked) == 3

    async def test_one_that_answers_drop_by_drop_is_given_up_in_time(self) -> None:
        async def drip(_request: bytes, writer: asyncio.StreamWriter) -> None:
            for _ in range(600):
                writer.write(b"H")
                await writer.drain()
                await asyncio.sleep(0.1)

        with within(8):
            told = await post(drip, timeout_s=0.5)
        assert told == Failure("no_answer", {"seconds": "0.5"})

    async def test_a_body_without_end_is_not_read(self) -> None:
        async def pour(_request: bytes, writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
            while not writer.is_closing():
                writer.write(b"x" * 65536)
                await writer.drain()

        with within(5):
            assert await post(pour) is None

    async def test_a_redirect_is_not_followed(self) -> None:
        elsewhere = Web(OK)
        async with serving(elsewhere) as port:
            place = f"Location: http://127.0.0.1:{port}/\r\n"
            told = await post(Web(answer("", "307 Temporary Redirect", more=place)))
        assert told == Failure("redirect", {"status": 307})
        assert elsewhere.asked == []

    async def test_what_may_pass_is_tried_again_with_the_same_id(self) -> None:
        web = Web(BROKEN, answer("", "503 Busy"), OK)
        assert await post(web) is None
        assert len({body["id"] for body in web.bodies()}) == 1
        assert len(web.asked) == 3

    async def test_it_is_given_up_after_a_few_attempts(self) -> None:
        web = Web(BROKEN)
        assert await post(web) == Failure("status", {"status": 500})
        assert len(web.asked) == 3

    @pytest.mark.parametrize("status", [400, 401, 404, 410])
    async def test_a_refusal_is_not_tried_again(self, status: int) -> None:
        web = Web(answer("", f"{status} No"))
        assert await post(web) == Failure("status", {"status": status})
        assert len(web.asked) == 1

    async def test_a_certificate_nobody_trusts_gets_no_token(self, tmp_path: Path) -> None:
        ours, strangers = trustme.CA(), trustme.CA()
        ours.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
        (tmp_path / "token").write_text("s3cret")
        web = Web(OK)
        for authority, expected in ((strangers, "certificate"), (ours, None)):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            authority.issue_cert("127.0.0.1").configure_cert(context)
            told = await post(
                web, tls=context, ca_file=tmp_path / "ca.pem", token_file=tmp_path / "token"
            )
            assert (told.code if told else None) == expected
        assert len(web.asked) == 1

    async def test_one_that_never_shakes_hands_is_given_up_in_time(self) -> None:
        async def silent(_request: bytes, _writer: asyncio.StreamWriter) -> None:
            await asyncio.sleep(60)

        async with serving(silent) as port:
            sender = WebhookSender(f"https://127.0.0.1:{port}/", timeout_s=0.5, waits_s=())
            with within(4):
                told = await asyncio.to_thread(sender.send, message(), NEVER)
        assert told is not None
        assert told.code == "no_answer"

    async def test_where_nothing_listens_or_something_else_does(self) -> None:
        sender = WebhookSender("http://127.0.0.1:9/", timeout_s=2.0, waits_s=(0.05,))
        told = await asyncio.to_thread(sender.send, message(), NEVER)
        assert told is not None
        assert told.code == "unreachable"
        told = await post(b"220 mail.example ESMTP\r\n\r\n")
        assert told == Failure("garbled")

    async def test_proxies_and_passwords_of_the_environment_are_not_used(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        proxy, web = Web(OK), Web(OK)
        (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password word\n")
        monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
        async with serving(proxy) as port:
            for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
                monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
            assert await post(web) is None
        assert proxy.asked == []
        assert b"authorization" not in web.asked[0].lower()

    @pytest.mark.parametrize("content", [None, b"", b"a\nb", b"\xff", b"x" * 9000])
    async def test_a_token_that_cannot_be_used_sends_nothing(
        self, tmp_path: Path, content: bytes | None
    ) -> None:
        web = Web(OK)
        if content is not None:
            (tmp_path / "token").write_bytes(content)
        told = await post(web, token_file=tmp_path / "token")
        assert told is not None
        assert told.code == "token"
        assert web.asked == []

    async def test_certificates_that_cannot_be_used_send_nothing(self, tmp_path: Path) -> None:
        (tmp_path / "ca.pem").write_text("not a certificate")
        sender = WebhookSender(
            "https://127.0.0.1:9/", timeout_s=1.0, ca_file=tmp_path / "ca.pem", waits_s=()
        )
        told = await asyncio.to_thread(sender.send, message(), NEVER)
        assert told is not None
        assert told.code == "trust"

    async def test_the_end_of_the_console_ends_it(self) -> None:
        with within(5), stopped_after(0.4) as stop:
            told = await post(Web(None), timeout_s=60.0, stop=stop)
        assert told == Failure("stopped")

    async def test_the_end_of_the_console_ends_the_wait_for_another_attempt(self) -> None:
        web = Web(BROKEN)
        with within(5), stopped_after(0.4) as stop:
            told = await post(web, waits_s=(60.0,), stop=stop)
        assert told == Failure("status", {"status": 500})
        assert len(web.asked) == 1
