"""Tanks that obey physics behind real servers, GPUs behind a real exporter, faults on demand.

``python -m drivers.simulator`` serves a plant in a process of its own; :mod:`.process` starts and
stops that process; :mod:`.plant` is the plant itself, without sockets and without a clock.
"""
