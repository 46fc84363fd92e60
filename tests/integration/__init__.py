"""Tests of the parts together."""
