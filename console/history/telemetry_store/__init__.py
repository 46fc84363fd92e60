"""The telemetry store: a durable tail, compressed hourly blocks, and summaries for any zoom."""
