"""Trends out of what is recorded; kept for its callers, the code is in the telemetry store."""

from __future__ import annotations

from console.history.telemetry_store.reader import TelemetryReader
from console.history.telemetry_store.trend import Trend

__all__ = ["TelemetryReader", "Trend"]
