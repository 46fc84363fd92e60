"""Captured nvidia-smi output, read."""
