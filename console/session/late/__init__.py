"""Copying filled paper forms: the rules of the screen over times and values that a pen wrote."""
