"""The engine of guided work: a pure state machine over events.

``decide`` turns a command into one event or a refusal; the caller makes the event durable and only
then calls ``apply``. Nothing here reads a clock, a sensor or a file: all are given. ``replay`` of
the same events gives the same run, on any machine, at any time.
"""
