"""GPUs of this machine through NVML, each in a worker process of its own.

Nothing is imported here: a worker loads this package too, and starts the faster for it.
``source`` is what the console uses; only ``library`` knows the binding.
"""
