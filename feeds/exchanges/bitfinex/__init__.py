"""Bitfinex: spot and linear perpetuals, version 2 of the protocol."""
