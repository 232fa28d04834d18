"""Drawings of people on the panes: their file, how they are painted, their numbers."""
