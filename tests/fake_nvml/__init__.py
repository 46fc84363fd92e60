"""NVML without a GPU: what stands where the driver's library would, under the unchanged binding.

A worker uses a scenario by its name: ``--library tests.fake_nvml:healthy_load``. Values are
those of real captures (H100 80GB HBM3, driver 590.48.01; RTX 4080 SUPER, driver 595.71.05).
"""

from tests.fake_nvml.control import controlled
from tests.fake_nvml.scenarios import *  # noqa: F403  every scenario is a name of this package

__all__ = ["controlled"]
