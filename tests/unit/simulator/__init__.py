"""Tests of the simulator: physics, registers, servers without sockets, faults."""
