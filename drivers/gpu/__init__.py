"""GPUs in the hosts: exporters over HTTP; vendor-neutral points."""
