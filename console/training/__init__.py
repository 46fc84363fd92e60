"""Training: the same engine and the same screens on simulated equipment, with a log of its own.

docs/training.md says what is scored, what passing grants and how that reaches the site's log.
"""
