"""Tests, and the house rules every one of them keeps."""
