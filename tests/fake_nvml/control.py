"""A fake machine whose state a test changes while workers use it, through a small JSON file.

``{"gpus": 8, "driver": "590.48.01", "hang": [5], "lost": [2], "gone": [3], "xids": {"1": [79]},
"lookup": {"0": 15}, "init_code": 18}`` with numbers
of GPUs as they were first. What is not there is as it should be.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from tests.fake_nvml.facts import h100
from tests.fake_nvml.library import FakeLibrary
from tests.fake_nvml.machine import FakeGpu, FakeMachine

VARIABLE = "FAKE_NVML_CONTROL"


class ControlledMachine(FakeMachine):
    """Reads its file before it answers, whenever that has changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen_ns = -1
        self._all: list[FakeGpu] = []
        super().__init__(gpus=[])
        self._begin()
        self.refresh()

    def _begin(self) -> None:
        """Who is there, and the driver: what a process sees as it begins."""
        state = self._read()
        self._all = [h100(i) for i in range(state.get("gpus", 8))]
        gone = state.get("gone", [])
        self.gpus = [gpu for i, gpu in enumerate(self._all) if i not in gone]
        self.driver = state.get("driver", self.driver)

    def refresh(self) -> None:
        """Follow the file."""
        now_ns = self._path.stat().st_mtime_ns
        if now_ns == self._seen_ns:
            return
        self._seen_ns = now_ns
        state = self._read()
        for i, gpu in enumerate(self._all):
            gpu.hangs = {"*"} if i in state.get("hang", []) else set()
            gpu.lost_after_s = 0.0 if i in state.get("lost", []) else None
            gpu.lookup_code = state.get("lookup", {}).get(str(i), 0)
            gpu.xids = [(0.0, code) for code in state.get("xids", {}).get(str(i), [])]
        # A process that began with the driver of now fits; one that is older does not.
        upgraded = state.get("driver", self.driver) != self.driver
        self.mismatch_after_s = 0.0 if upgraded else None
        self.init_code = state.get("init_code", 0)

    def _read(self) -> dict[str, Any]:
        state: dict[str, Any] = json.loads(self._path.read_text(encoding="utf-8"))
        return state


def controlled() -> FakeLibrary:
    """The machine that the file named by the environment describes."""
    return FakeLibrary(ControlledMachine(Path(os.environ[VARIABLE])))


def write(path: Path, **state: object) -> None:
    """Change the machine; at once whole, for workers read at any moment."""
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(state), encoding="utf-8")
    draft.replace(path)
