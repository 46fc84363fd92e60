"""``python -m drivers.simulator``."""

from __future__ import annotations

import sys

from drivers.simulator.serve import main

sys.exit(main())
