"""Palettes and layouts, data only."""
