"""The way to the terminal: cells as text, changed spans, pace, and what the link can bear."""
