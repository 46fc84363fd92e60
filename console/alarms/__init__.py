"""Limits, their crossings and what awaits an acknowledgement. Pure: no Qt, no files, no clock."""
