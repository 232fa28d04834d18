"""Slow and plain reckonings of what the model states, to compare it with."""
