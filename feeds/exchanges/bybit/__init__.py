"""Bybit: spot, linear and inverse contracts, version 5 of the protocol."""
