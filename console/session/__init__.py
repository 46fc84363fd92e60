"""One site being watched: what the window, the headless run and the tests all hold."""

from console.session.session import Refresh, Session, Summary

__all__ = ["Refresh", "Session", "Summary"]
