"""What ``nvidia-smi`` printed into a file, as a source: for a machine that was only mailed in."""
