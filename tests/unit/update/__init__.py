"""Updates from a stick."""
