"""Work orders: from a wish to a closed record."""
