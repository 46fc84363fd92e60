"""The Tankside console: the only place that knows every other part."""
