"""What there is: equipment by serial number and place, parts in stock, fluid in tanks."""
