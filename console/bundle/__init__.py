"""Site bundles: everything a site's engineer wrote, in one signed file that is carried by hand."""
