"""Logs of several laptops brought together: batches, one way of taking them in, where they meet."""
