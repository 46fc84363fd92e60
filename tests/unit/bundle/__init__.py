"""Site bundles."""
