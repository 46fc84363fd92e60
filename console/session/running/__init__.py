"""Guided work on live equipment: procedures run against a session (docs/procedures.md).

The rules are :mod:`procedures.engine`'s; here they are given readings, people and a durable log.
"""

from __future__ import annotations

from console.session.running.binding import Bound, bind
from console.session.running.desk import NewRun, RunDesk, RunView

__all__ = ["Bound", "NewRun", "RunDesk", "RunView", "bind"]
