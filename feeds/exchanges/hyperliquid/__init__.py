"""Hyperliquid: perpetuals, those of builders (HIP-3) included, and spot."""
