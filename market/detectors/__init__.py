"""Detectors of what large players may be doing: heuristics, each of them only "possible"."""
