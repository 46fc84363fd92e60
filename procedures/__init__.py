"""Guided procedures: the language, its engine and the library (issue "Guided work" fills it)."""
