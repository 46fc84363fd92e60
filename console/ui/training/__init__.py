"""Training in the window: a watermark, hands at the tank, the brief and the result."""
