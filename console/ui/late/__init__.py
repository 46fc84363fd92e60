"""The page on which a filled paper form is copied into the log."""
