"""Kraken: spot over WebSocket v2, and futures, as of 2026."""
