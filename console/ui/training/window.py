"""The window of a training: the usual one, with a watermark, a bar, and a time of its own."""

from __future__ import annotations

import time

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication

from console.settings import SettingsFile
from console.text import use_language
from console.training.trainer import Trainer
from console.ui.training.bar import TrainingBar
from console.ui.training.page import TrainingPage
from console.ui.window import TICK_MS, MainWindow, application, build_window

_STEP_S = 2.0
_LEAST_S = 1.0
_MOST_S = 12.0
"""The most time that passes in one turn: after a pause of the computer the tank does not race."""


class TrainingWindow(QObject):
    """Holds window, bar and pages of one training together; ``drive`` lets its time pass.

    The training's session is not polled: its equipment is simulated in this program, and moves only
    while :meth:`drive` is called (every 200 ms by a timer, or by a test).
    """

    def __init__(self, trainer: Trainer, window: MainWindow) -> None:
        super().__init__(window)
        self.trainer = trainer
        self.window = window
        self.page = TrainingPage(trainer)
        self.bar = TrainingBar(trainer)
        self._debt_s = 0.0
        self._last_s = time.monotonic()
        window.add_page(self.page)
        window.add_foot(self.bar)
        self.page.begun.connect(self._begun)
        self.page.closed.connect(window.close)
        self.bar.ended.connect(self._give_up)
        self.bar.back.connect(lambda: window.open("guided", trainer.run_id))
        window.installEventFilter(self)
        window.open("training")
        self._timer = QTimer(self, interval=TICK_MS)
        self._timer.timeout.connect(self._turn)

    def start(self) -> None:
        """Let time pass by itself."""
        self._last_s = time.monotonic()
        self._timer.start()

    def drive(self, seconds: float) -> None:
        """Let so much real time pass in the training, and look what it brings."""
        trainer = self.trainer
        self._debt_s += min(seconds * self.bar.factor, _MOST_S)
        while self._debt_s >= _LEAST_S and not trainer.is_over:
            step_s = min(self._debt_s, _STEP_S)
            self._debt_s -= step_s
            trainer.world.advance(step_s)
            if self.bar.factor > 1:
                trainer.place.touch()
            trainer.tick()
            self.bar.refresh()
        self._look()

    def refresh(self) -> None:
        """Bring the bar up to date."""
        self.bar.refresh()
        page = self.window.page
        self.bar.work.setVisible(page is not None and page.name != "guided")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Close:
            self._timer.stop()
            self.trainer.give_up()
        return super().eventFilter(watched, event)

    def _turn(self) -> None:
        now_s = time.monotonic()
        passed_s, self._last_s = now_s - self._last_s, now_s
        self.drive(passed_s)
        self.refresh()

    def _begun(self, run: str) -> None:
        self.bar.refresh()
        self.window.open("guided", run)

    def _give_up(self) -> None:
        self.trainer.give_up()
        self._over()

    def _look(self) -> None:
        if self.trainer.is_over:
            self._over()

    def _over(self) -> None:
        """Show the result; the training's time stands still from now on."""
        self._timer.stop()
        self.bar.refresh()
        self.window.open("training")


def build_training(
    trainer: Trainer,
    *,
    theme: str = "light",
    glove: bool = False,
    settings: SettingsFile | None = None,
) -> TrainingWindow:
    """Return a training's window on its brief, not yet shown; raises ValueError for a theme."""
    window = build_window(trainer.session, page="site", theme=theme, glove=glove, settings=settings)
    return TrainingWindow(trainer, window)


def run_training(
    trainer: Trainer,
    *,
    theme: str | None = None,
    glove: bool | None = None,
    language: str | None = None,
) -> None:
    """Show a training until its window is closed; what was not ended by then is scored as left."""
    settings = SettingsFile()
    kept = settings.load()
    if language or kept.language:
        use_language(language or kept.language)
    app = application()
    app.setQuitOnLastWindowClosed(False)
    training = build_training(
        trainer,
        theme=theme or kept.theme,
        glove=kept.glove if glove is None else glove,
        settings=settings,
    )
    window = training.window
    window.resize(1280, 880)
    window.show()
    training.start()
    app.exec()
    window.deleteLater()
    QApplication.processEvents()
