"""The work board: orders, procedures, equipment and people."""
