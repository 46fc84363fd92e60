"""Guided work: one step of a procedure at a time, over the whole window."""
