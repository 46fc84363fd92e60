"""Talks to equipment: no Qt, no database, no alarms."""
