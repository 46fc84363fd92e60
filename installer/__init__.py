"""Setting Tankside up on a fresh machine. Nothing here needs more than bare Python."""
