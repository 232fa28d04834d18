"""Coinbase: spot by the Advanced Trade API, as of 2026."""
