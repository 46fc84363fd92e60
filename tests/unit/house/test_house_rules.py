"""Each house rule fails the test that breaks it, names what was wrong, and leaves others alone."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

import tests.house

ROOT = Path(tests.house.__file__).parents[2]
_INI = """[pytest]
asyncio_mode = auto
asyncio_default_fixture_loop_scope = function
qt_api = pyside6
filterwarnings = error
"""
Run = Callable[[str], pytest.RunResult]


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a file of tests in a process of its own, under the house rules."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.delenv("CI", raising=False)
    pytester.makeini(_INI)

    def run_file(source: str) -> pytest.RunResult:
        impatient = "from tests.house import leaks\nleaks.GRACE_S = 0.5\n"
        pytester.makepyfile(impatient + textwrap.dedent(source))
        return pytester.runpytest_subprocess("-p", "tests.house.plugin", "-p", "no:cacheprovider")

    return run_file


def test_warnings_in_the_log(run: Run) -> None:
    result = run("""
        import logging, pytest
        log = logging.getLogger("some.part")

        def test_unexpected(): log.warning("tank %s fell silent", 3)
        def test_below_warning(): log.info("all is well")
        def test_expected(expected_logs):
            expected_logs("tank . fell silent")
            log.error("tank 3 fell silent")
        @pytest.mark.expected_logs("fell silent")
        def test_expected_by_marker(): log.warning("tank 3 fell silent")
        def test_another_than_expected(expected_logs):
            expected_logs("leak")
            log.warning("tank 4 fell silent")
        def test_expected_never_came(expected_logs): expected_logs("pump")
        def test_optional_never_came(expected_logs): expected_logs("pump", optional=True)
        def test_handlers_were_removed():
            logging.getLogger().handlers.clear()
        def test_still_heard_after_that(): log.warning("filter is full")
    """)
    result.assert_outcomes(passed=9, errors=4)
    result.stdout.fnmatch_lines_random(
        [
            "log: WARNING from some.part: tank 3 fell silent (test_*.py:*)*",
            "log: WARNING from some.part: tank 4 fell silent *",
            "log: nothing was logged that matches 'leak'",
            "log: nothing was logged that matches 'pump'",
            "log: WARNING from some.part: filter is full *",
        ]
    )


def test_threads_tasks_and_processes_left_behind(run: Run) -> None:
    result = run("""
        import asyncio, subprocess, sys, threading, time, pytest

        stop = threading.Event()
        def test_thread(): threading.Thread(target=stop.wait, name="poller").start()
        def test_thread_that_is_about_to_end():
            threading.Thread(target=time.sleep, args=(0.2,)).start()
        @pytest.mark.leaves("threads")
        def test_thread_that_is_the_point():
            threading.Thread(target=stop.wait, daemon=True).start()
        def test_own_thread_is_not_blamed_on_the_next(): stop.set()

        def test_task_of_own_loop():
            async def main(): asyncio.create_task(asyncio.sleep(60), name="poll tank-1")
            asyncio.run(main())
        async def test_task(): asyncio.create_task(asyncio.sleep(60), name="poll tank-2")
        async def test_task_told_to_stop(): asyncio.create_task(asyncio.sleep(60)).cancel()
        async def test_task_done(): await asyncio.create_task(asyncio.to_thread(time.sleep, 0))

        processes = []
        def test_process():
            code = "import time; time.sleep(60)"
            processes.append(subprocess.Popen([sys.executable, "-c", code]))
        def test_process_ended():
            processes[0].kill()
            processes[0].wait()
            subprocess.run([sys.executable, "-c", ""], check=True)
        @pytest.mark.leaves("thraeds")
        def test_misspelt(): pass
        def test_failing_is_reported_as_such_only():
            thread = threading.Thread(target=time.sleep, args=(3,), daemon=True)
            thread.start()
            assert thread is None
    """)
    result.assert_outcomes(passed=11, failed=1, errors=5)
    result.stdout.fnmatch_lines_random(
        [
            "left behind: thread 'poller'",
            "left behind: asyncio task poll tank-1 running <coroutine object sleep *",
            "left behind: asyncio task poll tank-2 running <coroutine object sleep *",
            "left behind: child process * (*time.sleep(60)*",
            "leaves: unknown *thraeds*",
        ]
    )


def test_timers_qthreads_and_widgets_left_behind(run: Run) -> None:
    result = run("""
        import pytest
        from PySide6.QtCore import QObject, QThread, QTimer
        from PySide6.QtWidgets import QLabel, QWidget

        kept = []
        class Page(QWidget): pass

        def test_timer(qapp):
            timer = QTimer(objectName="refresh")
            timer.start(1000)
            kept.append(timer)
        def test_timer_stopped(qapp):
            kept[0].stop()
            kept.append(QTimer())
        def test_timer_dies_with_its_widget(qtbot):
            page = Page()
            qtbot.addWidget(page)
            timer = QTimer(page)
            timer.start(1000)
            page.itself = page  # a cycle, as signals make them
        def test_timer_of_a_collected_object(qapp):
            owner = QObject()
            QTimer(owner).start(1000)
        def test_qthread(qapp):
            thread = QThread(objectName="reader")
            thread.start()
            kept.append(thread)
        def test_qthread_ended(qapp):
            kept[-1].quit()
            kept[-1].wait()
        def test_widget(qapp):
            kept.append(Page(objectName="log"))
        def test_shown_stock_widget(qapp):
            kept.append(QLabel("hello"))
            kept[-1].show()
        def test_widgets_that_go(qtbot, qapp):
            Page().show()
            parent = Page()
            qtbot.addWidget(parent)
            Page(parent)
        def test_pyqtgraph_keeps_hidden_menus(qtbot):
            import pyqtgraph
            plot = pyqtgraph.PlotWidget()
            qtbot.addWidget(plot)
            plot.show()
        def test_tooltip(qtbot):
            from PySide6.QtCore import QPoint
            from PySide6.QtWidgets import QToolTip
            label = QLabel("x")
            qtbot.addWidget(label)
            label.show()
            QToolTip.showText(QPoint(1, 1), "a tip", label)
        def test_end():
            for thing in kept:
                thing.deleteLater()
    """)
    result.assert_outcomes(passed=12, errors=4)
    result.stdout.fnmatch_lines_random(
        [
            "left behind: running QTimer 'refresh', which has no parent",
            "left behind: running QThread 'reader', which has no parent",
            "left behind: top-level widget Page 'log', which has no parent",
            "left behind: top-level widget QLabel '', which has no parent",
        ]
    )


def test_an_application_that_was_told_to_exit_does_not_break_the_next_test(run: Run) -> None:
    result = run("""
        import time
        from PySide6.QtCore import QCoreApplication

        def test_exits(qapp): QCoreApplication.exit(0)
        def test_waits(qtbot):
            began_s = time.monotonic()
            qtbot.wait(100)
            assert time.monotonic() - began_s > 0.09
    """)
    result.assert_outcomes(passed=2)


def test_network_beyond_loopback(run: Run) -> None:
    result = run("""
        import asyncio, socket, pytest

        def connect(*address, kind=socket.SOCK_STREAM):
            with socket.socket(socket.AF_INET, kind) as sock:
                sock.connect(address)
        def test_connect():
            with pytest.raises(OSError): connect("192.0.2.1", 502)
        def test_name():
            with pytest.raises(socket.gaierror): socket.create_connection(("tank-1.example", 502))
        def test_datagram():
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
                with pytest.raises(OSError): sock.sendto(b"x", ("192.0.2.7", 53))
        async def test_asyncio():
            with pytest.raises(OSError): await asyncio.open_connection("192.0.2.9", 502)
        async def test_loopback():
            server = await asyncio.start_server(lambda r, w: w.close(), "127.0.0.1", 0)
            host, port = server.sockets[0].getsockname()
            reader, writer = await asyncio.open_connection("localhost", port)
            assert await reader.read() == b""
            writer.close()
            await writer.wait_closed()
            server.close()
            await server.wait_closed()
    """)
    result.assert_outcomes(passed=5, errors=4)
    result.stdout.fnmatch_lines_random(
        [
            "network: tried to reach 192.0.2.1:502; *",
            "network: tried to reach the name 'tank-1.example'; *",
            "network: tried to reach 192.0.2.7:53; *",
            "network: tried to reach 192.0.2.9:502; *",
        ]
    )


@pytest.mark.parametrize(("ci", "profile"), [("", "default"), ("true", "ci")])
def test_hypothesis_profile_and_the_same_world_everywhere(
    run: Run, monkeypatch: pytest.MonkeyPatch, ci: str, profile: str
) -> None:
    if ci:
        monkeypatch.setenv("CI", ci)
    monkeypatch.setenv("TANKSIDE_LANGUAGE", "zh_CN")
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    result = run(f"""
        import os, time
        from hypothesis import settings

        def test_profile():
            assert settings.get_current_profile_name() == {profile!r}
            assert settings().deadline is None
        def test_world(qapp):
            assert qapp.platformName() == "offscreen"
            assert os.environ["TANKSIDE_LANGUAGE"] == "en"
            assert time.localtime(0).tm_hour == 0
            assert not os.path.exists(os.environ["TANKSIDE_CONFIG_DIR"])
    """)
    result.assert_outcomes(passed=2)
