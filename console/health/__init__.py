"""Tank physics and GPU health: pure functions over readings."""
