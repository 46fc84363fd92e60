"""The main window: strip on top, pages down the left, one page; and how it starts and ends."""

from __future__ import annotations

import contextlib
import logging
import sys
import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QPainter, QPaintEvent, QShortcut
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QMainWindow,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from console.session.session import Refresh, Session
from console.settings import SettingsFile
from console.text import tr, use_language
from console.ui import desktop_notice, paint
from console.ui import theme as look
from console.ui.navigation import Navigation
from console.ui.page import Page
from console.ui.sounder import Sounder
from console.ui.strip import Strip

if TYPE_CHECKING:
    from console.ui.training.demo_hands import DemoHands
    from console.ui.work.sign_in import SignInPanel

_log = logging.getLogger(__name__)
TICK_MS = 200
_WATCH_MS = 100
_GAP_WORTH_A_LINE_S = 0.25
_STOP_S = 2.0
KEYS = {
    "site": 1,
    "tank": 2,
    "gpus": 3,
    "work": 4,
    "alarms": 5,
    "trends": 6,
    "log": 7,
    "setup": 8,
    "review": 9,
}
"""The digit that opens each page. None ever moves."""
PAGES = tuple(KEYS)
_NOTHING = Refresh((), alarms_changed=False)


class MainWindow(QMainWindow):
    """The window over one session; pages are made when first shown, or soon after the window is.

    ``worst_gap_s`` is the longest the window has not answered, in seconds.
    """

    stopped = Signal()

    def __init__(self, session: Session, settings: SettingsFile) -> None:
        super().__init__()
        self.session = session
        self._settings = settings
        self._pages: dict[str, Page] = {}
        self._before: list[str] = []
        self._closing = False
        self.worst_gap_s = 0.0
        self.setWindowTitle(_window_title(session))
        self.setMinimumSize(1024, 640)
        self.sounder = Sounder(lambda: session.book, lambda: settings.values.sound, self)
        self.strip = Strip(session, self.sounder)
        titles = {name: tr(title) for name, title in _TITLES.items()}
        self.navigation = Navigation(
            [(name, titles[name], KEYS[name]) for name in PAGES],
            ("settings", titles["settings"]),
        )
        self.header = _Header()
        self._stack = QStackedWidget()
        self._hands: DemoHands | None = None
        self.sign_in: SignInPanel | None = None
        """The panel of who is at the console, once somebody opened it."""
        whole = self._whole = self._lay_out()
        if session.training:
            self._mark_training(whole)
        self.navigation.chosen.connect(self.open)
        self.strip.open_alarm.connect(self._open_alarm)
        self.strip.open_alarms.connect(lambda: self.open("alarms"))
        self.strip.open_sign_in.connect(self.toggle_sign_in)
        self.stopped.connect(self._on_stopped, Qt.ConnectionType.QueuedConnection)
        self.timers = [self._timer(TICK_MS, self.tick), self._timer(_WATCH_MS, self._watch)]
        self._watched_s = time.monotonic()
        self._shortcuts()

    @property
    def page(self) -> Page | None:
        """The page that is shown."""
        shown = self._stack.currentWidget()
        return shown if isinstance(shown, Page) else None

    def open(self, name: str, subject: str = "", moment_us: int = 0) -> None:
        """Show a page, turned to a part and to a moment (UTC) where these are named.

        Raises ValueError for an unknown page.
        """
        if name not in _MAKERS and name not in self._pages:
            raise ValueError(f"there is no page {name!r}; there are {', '.join(PAGES)}")
        page = self.make(name)
        if self.page is not None and self.page is not page:
            self._before.append(self.page.name)
        self._stack.setCurrentWidget(page)
        self.navigation.show_page(name)
        self.navigation.setHidden(page.is_whole)
        self.header.setHidden(page.is_whole)
        if subject:
            page.show_subject(subject)
        if moment_us:
            page.show_moment(moment_us)
        page.refresh(_NOTHING)
        self._show_hands(page)
        page.setFocus(Qt.FocusReason.OtherFocusReason)
        self.header.show_text(page.headline())

    def make(self, name: str) -> Page:
        """Return a page, made if it is not there yet."""
        if name not in self._pages:
            page = self._pages[name] = _MAKERS[name](self)
            page.open_subject.connect(self.open)
            self._stack.addWidget(page)
        return self._pages[name]

    def add_page(self, page: Page) -> None:
        """Take a page that somebody else made: it is opened by its name."""
        self._pages[page.name] = page
        page.open_subject.connect(self.open)
        self._stack.addWidget(page)

    def add_foot(self, foot: QWidget) -> None:
        """Put something below every page."""
        self._column.addWidget(foot)

    def make_rest(self) -> None:
        """Make the pages nobody has opened yet, one for each turn of the event loop."""
        left = [name for name in PAGES if name not in self._pages]
        if left and not self._closing:
            self.make(left[0])
            QTimer.singleShot(0, self, self.make_rest)

    def tick(self) -> None:
        """Take in what happened and bring strip and page up to date."""
        if self._closing:
            return
        changes = self.session.refresh()
        self.sounder.refresh()
        self.strip.refresh()
        if self.sign_in is not None:
            self.sign_in.refresh()
        page = self.page
        if page is not None:
            page.refresh(changes)
            self.header.show_text(page.headline())
        self._refresh_hands()
        for other in self._pages.values():
            if other is not page and changes.entries:
                other.missed(changes)

    def toggle_sign_in(self) -> None:
        """Open or close the panel of who is at the console."""
        if self.sign_in is None:
            from console.ui.work.sign_in import SignInPanel

            self.sign_in = SignInPanel(self.session, self._whole, self.strip, self.strip.person)
        self.sign_in.toggle()

    def back(self) -> None:
        """Return to the page before."""
        if self._before:
            name = self._before.pop()
            self.open(name)
            if self._before and self._before[-1] != name:
                self._before.pop()

    def closeEvent(self, event: QCloseEvent) -> None:
        """End in order: say so, stop the session beside the window, close when it has stopped."""
        if not self._closing:
            self._closing = True
            for timer in self.timers:
                timer.stop()
            self.sounder.silence()
            self.header.show_text(tr("Closing: writing what is left"))
            threading.Thread(target=self._stop, name="stopping", daemon=True).start()
        event.ignore()

    def _stop(self) -> None:
        try:
            self.session.stop(_STOP_S)
        finally:
            with contextlib.suppress(RuntimeError):  # the window was thrown away meanwhile
                self.stopped.emit()

    def _on_stopped(self) -> None:
        self.hide()
        QApplication.exit(0)

    def _lay_out(self) -> QWidget:
        right = QVBoxLayout()
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(0)
        right.addWidget(self.header)
        right.addWidget(self._stack, 1)
        middle = QHBoxLayout()
        middle.setContentsMargins(0, 0, 0, 0)
        middle.setSpacing(0)
        middle.addWidget(self.navigation)
        middle.addLayout(right, 1)
        whole = QWidget()
        column = QVBoxLayout(whole)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.strip)
        column.addLayout(middle, 1)
        self._column = column
        self.setCentralWidget(whole)

        return whole

    def _mark_training(self, whole: QWidget) -> None:
        """Say over every page that nothing here is real."""
        from console.ui.training.watermark import Watermark

        self.watermark = Watermark(whole, self.strip)

    def _show_hands(self, page: Page) -> None:
        """Let hands reach a demo's tank while a procedure is on the screen."""
        tools = self.session.tools
        if self._hands is None and page.is_whole and tools is not None:
            from console.ui.training.demo_hands import DemoHands

            self._hands = DemoHands(self.session, tools)
            self.add_foot(self._hands)
        self._refresh_hands()

    def _refresh_hands(self) -> None:
        page = self.page
        if self._hands is not None and page is not None:
            self._hands.refresh()
            self._hands.setVisible(page.is_whole and self._hands.is_of_use)

    def _timer(self, interval_ms: int, slot: Callable[[], None]) -> QTimer:
        timer = QTimer(self, interval=interval_ms, timerType=Qt.TimerType.PreciseTimer)
        timer.timeout.connect(slot)
        timer.start()
        return timer

    def _watch(self) -> None:
        now_s = time.monotonic()
        gap_s = now_s - self._watched_s - _WATCH_MS / 1000
        self._watched_s = now_s
        self.worst_gap_s = max(self.worst_gap_s, gap_s)
        if gap_s > _GAP_WORTH_A_LINE_S and self.page is not None:
            _log.info("the window did not answer for %.0f ms on %s", gap_s * 1e3, self.page.name)

    def _shortcuts(self) -> None:
        pairs: list[tuple[str, Callable[[], None]]] = [
            ("Alt+Left", self.back),
            ("Escape", self.back),
            ("F11", self._full_screen),
        ]
        pairs += [(str(key), _opener(self, name)) for name, key in KEYS.items()]
        for keys, slot in pairs:
            QShortcut(QKeySequence(keys), self, slot)

    def _full_screen(self) -> None:
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def _open_alarm(self, subject: str, moment_us: int) -> None:
        """From an alarm to its tank as it was raised; of a server in no tank, to its GPUs."""
        tank = self.session.tank_of(subject)
        if tank is not None:
            self.open("tank", tank.id, moment_us)
        else:
            self.open("gpus", subject, moment_us)


class _Header(QWidget):
    """Where in the site the page is."""

    def __init__(self) -> None:
        super().__init__()
        self._text = ""
        self.setFixedHeight(40)

    def show_text(self, text: str) -> None:
        """Show another place."""
        if text != self._text:
            self._text = text
            self.setAccessibleName(text)
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        p = QPainter(self)
        rect = QRectF(self.rect()).adjusted(16, 4, -16, 0)
        paint.label(p, rect, self._text, 16, bold=True)


_TITLES = {
    "site": "Site",
    "tank": "Tank",
    "gpus": "GPUs",
    "work": "Work",
    "guided": "Guided work",
    "late": "Filled forms",
    "paper": "Print",
    "alarms": "Alarms",
    "trends": "Trends",
    "log": "Log",
    "setup": "Setup",
    "review": "Review",
    "settings": "Settings",
    "life": "Life",
    "sync": "Bring logs together",
}


def _site(window: MainWindow) -> Page:
    from console.ui.site_page import SitePage

    return SitePage(window.session)


def _tank(window: MainWindow) -> Page:
    from console.ui.tank_page import TankPage

    return TankPage(window.session)


def _gpus(window: MainWindow) -> Page:
    from console.ui.gpus_page import GpusPage

    return GpusPage(window.session)


def _work(window: MainWindow) -> Page:
    from console.ui.work.page import WorkPage

    return WorkPage(window.session)


def _paper(window: MainWindow) -> Page:
    from console.ui.paper_page import PaperPage

    return PaperPage(window.session)


def _late(window: MainWindow) -> Page:
    from console.ui.late.page import LatePage

    return LatePage(window.session)


def _guided(window: MainWindow) -> Page:
    from console.ui.guided.page import GuidedPage

    return GuidedPage(window.session)


def _alarms(window: MainWindow) -> Page:
    from console.ui.alarms_page import AlarmsPage

    page = AlarmsPage(window.session)
    page.open_moment.connect(window.open)
    return page


def _trends(window: MainWindow) -> Page:
    from console.ui.trend_model import ViewsFile
    from console.ui.trends_page import TrendsPage

    kept = ViewsFile.beside(window._settings.path)  # noqa: SLF001  its own maker
    page = TrendsPage(window.session, views=kept)
    page.open_moment.connect(window.open)
    return page


def _log_page(window: MainWindow) -> Page:
    from console.ui.log_page import LogPage

    return LogPage(window.session)


def _setup(window: MainWindow) -> Page:
    from console.ui.setup_page import SetupPage

    return SetupPage(window.session)


def _review(window: MainWindow) -> Page:
    from console.ui.review.page import ReviewPage

    return ReviewPage(window.session)


def _life(window: MainWindow) -> Page:
    from console.ui.life_page import LifePage

    page = LifePage(window.session)
    page.open_moment.connect(window.open)
    return page


def _sync(window: MainWindow) -> Page:
    from console.ui.sync_panel import SyncPage

    return SyncPage(window.session, window._settings)  # noqa: SLF001  its own maker


def _settings(window: MainWindow) -> Page:
    from console.ui.settings_panel import SettingsPanel

    return SettingsPanel(window.session, window._settings)  # noqa: SLF001  its own maker


_MAKERS: Mapping[str, Callable[[MainWindow], Page]] = {
    "site": _site,
    "tank": _tank,
    "gpus": _gpus,
    "work": _work,
    "guided": _guided,
    "late": _late,
    "paper": _paper,
    "alarms": _alarms,
    "trends": _trends,
    "log": _log_page,
    "setup": _setup,
    "review": _review,
    "settings": _settings,
    "life": _life,
    "sync": _sync,
}


def _window_title(session: Session) -> str:
    title = f"Tankside \N{EN DASH} {session.site.site.name}"
    return f"{tr('TRAINING')} \N{EN DASH} {title}" if session.training else title


def _opener(window: MainWindow, name: str) -> Callable[[], None]:
    return lambda: window.open(name)


def application() -> QApplication:
    """Return the application, made if there is none."""
    found = QApplication.instance()
    if isinstance(found, QApplication):
        return found
    app = QApplication(sys.argv[:1])
    app.setApplicationName("Tankside")
    app.setDesktopFileName("tankside")
    return app


def build_window(
    session: Session,
    *,
    page: str = "site",
    theme: str = "light",
    glove: bool = False,
    settings: SettingsFile | None = None,
) -> MainWindow:
    """Return a window on a page, not yet shown; raises ValueError for an unknown page or theme."""
    look.apply(theme, glove=glove)
    window = MainWindow(session, settings or SettingsFile())
    window.open(page)
    return window


def run_window(
    session: Session,
    *,
    page: str = "site",
    theme: str | None = None,
    glove: bool | None = None,
    language: str | None = None,
    seconds: float | None = None,
) -> None:
    """Show the window until it is closed (or the time is up); the session has stopped by then."""
    settings = SettingsFile()
    kept = settings.load()
    if language or kept.language:
        use_language(language or kept.language)
    app = application()
    app.setQuitOnLastWindowClosed(False)
    window = build_window(
        session,
        page=page,
        theme=theme or kept.theme,
        glove=kept.glove if glove is None else glove,
        settings=settings,
    )
    window.resize(1280, 800)
    window.show()
    app.processEvents()  # painted before anything slow begins
    desktop_notice.attach(session, window)
    session.start()
    session.open_work()
    QTimer.singleShot(300, window, window.make_rest)
    if seconds is not None:
        QTimer.singleShot(round(seconds * 1000), window, window.close)
    app.exec()
    window.deleteLater()
    app.processEvents()
