"""Telling people outside the window of alarms; nothing in here can hold up the session."""
