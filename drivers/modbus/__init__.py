"""Modbus equipment: register maps, read plans, decoding and the connection."""
