"""The house rules as a pytest plugin. A test fails when it

- logs a WARNING or worse that it does not expect (fixture and marker ``expected_logs``);
- leaves a thread, asyncio task, child process, running QTimer or QThread, or top-level widget
  behind (``@pytest.mark.leaves("threads")`` where that is what the test is about);
- tries to reach anything beyond loopback.

Leaks are looked for after every fixture of the test is torn down, and only where the test passed:
a failed test's traceback keeps things alive.
"""

from __future__ import annotations

import importlib.util
import itertools
import os
import time
from collections.abc import Generator, Iterator

import pytest
from hypothesis import settings

from tests.house import leaks, logs, network

# Before anything imports Qt or reads the clock: the same screen, language and zone everywhere.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.update(TZ="UTC", LC_ALL="C.UTF-8", TANKSIDE_LANGUAGE="en")
if hasattr(time, "tzset"):
    time.tzset()

_BEFORE = pytest.StashKey[leaks.Inventory]()
_EXPECTED = pytest.StashKey[logs.Expected]()
_FAILED = pytest.StashKey[bool]()
_recorder = logs.Recorder()
_numbers = itertools.count()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "expected_logs(*patterns): warnings that this test means to cause"
    )
    config.addinivalue_line(
        "markers", f"leaves(*kinds): what this test cannot but leave behind: {leaks.KINDS}"
    )
    if config.pluginmanager.hasplugin("pytest-qt"):
        config.addinivalue_line("qt_log_ignore", "This plugin does not support propagateSizeHints")
    _choose_hypothesis_profile(config)
    config.add_cleanup(network.guard())
    leaks.watch_tasks()
    if importlib.util.find_spec("PySide6"):
        leaks.watch_qt()


def _choose_hypothesis_profile(config: pytest.Config) -> None:
    """No deadlines: a shared machine's worst case says nothing about the code."""
    settings.register_profile("default", deadline=None, max_examples=100)
    settings.register_profile(
        "ci", deadline=None, max_examples=200, derandomize=True, database=None, print_blob=True
    )
    if not config.getoption("--hypothesis-profile", None):
        settings.load_profile("ci" if os.environ.get("CI") else "default")


@pytest.fixture
def expected_logs(request: pytest.FixtureRequest) -> logs.Expected:
    """Say which warnings are meant: ``expected_logs("no answer", optional=False)``."""
    expected: logs.Expected = request.node.stash[_EXPECTED]
    return expected


@pytest.fixture(autouse=True)
def _house_rules(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """Set up after what is shared between tests and before what belongs to this one."""
    settings_folder = tmp_path_factory.getbasetemp() / f"settings-{next(_numbers)}"
    os.environ["TANKSIDE_CONFIG_DIR"] = str(settings_folder)
    os.environ["XDG_DATA_HOME"] = str(settings_folder / "data")
    leaks.let_loops_run_again()
    request.node.stash[_BEFORE] = leaks.inventory()
    yield
    os.environ.pop("TANKSIDE_CONFIG_DIR", None)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None]:
    expected = item.stash[_EXPECTED] = logs.Expected()
    for mark in item.iter_markers("expected_logs"):
        expected(*mark.args, **mark.kwargs)
    _recorder.restart()
    network.attempts.clear()
    leaks.cancelled_tasks.clear()
    yield


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when != "teardown":
        item.stash[_FAILED] = item.stash.get(_FAILED, False) or not report.passed
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None]:
    yield
    broken = network.problems()
    if not item.stash.get(_FAILED, False):
        broken += _leaks(item)
        broken += logs.problems(_recorder.records, item.stash[_EXPECTED].all)
    if broken:
        pytest.fail("\n".join(broken), pytrace=False)


def _leaks(item: pytest.Item) -> list[str]:
    before = item.stash.get(_BEFORE, None)
    if before is None:
        return []
    allowed = {kind for mark in item.iter_markers("leaves") for kind in mark.args}
    if unknown := allowed.difference(leaks.KINDS):
        return [f"leaves: unknown {sorted(unknown)}; there are {leaks.KINDS}"]
    return [
        f"left behind: {words}" for kind, words in leaks.left_behind(before) if kind not in allowed
    ]
