"""Where the frozen program starts: the command line, or one of its own helper processes.

Tankside starts its simulator and its NVML workers as ``sys.executable -m MODULE``. In the frozen
program that executable is this one, so it answers that call, for those two modules and no others.
"""

from __future__ import annotations

import sys

HELPERS = frozenset({"drivers.simulator", "drivers.gpu.nvml.worker"})


def main() -> None:
    """Run what the arguments ask for."""
    if len(sys.argv) > 2 and sys.argv[1] == "-m" and sys.argv[2] in HELPERS:
        import runpy

        module = sys.argv[2]
        del sys.argv[1:3]
        runpy.run_module(module, run_name="__main__", alter_sys=True)
        return
    from console.cli import main as command_line

    command_line()


if __name__ == "__main__":
    main()
