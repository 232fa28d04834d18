"""Binance: spot and USD-M futures, as of 2026."""
