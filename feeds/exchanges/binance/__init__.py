"""Binance: spot, USD-M and COIN-M futures, as of 2026."""
