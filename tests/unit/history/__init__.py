"""The history without its thread: events, feed, files, reader."""
