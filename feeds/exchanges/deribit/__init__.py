"""Deribit: perpetuals, dated futures, spot and options, version 2 of the API, as of 2026."""
