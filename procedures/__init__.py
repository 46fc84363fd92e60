"""Guided procedures: the language, its linter and engine, and the library (docs/procedures.md)."""
