"""The house rules: what a test may not do, whatever it tests (see ``plugin``)."""
