"""The exporter of our own."""
