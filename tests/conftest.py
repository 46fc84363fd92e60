"""What every test shares: the house rules (``tests/house/plugin.py``)."""

from __future__ import annotations

pytest_plugins = ["tests.house.plugin", "pytester"]
