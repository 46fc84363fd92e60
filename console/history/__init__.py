"""What the console keeps: the event log and the telemetry. The only code that touches SQLite."""
