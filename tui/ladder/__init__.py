"""Parts of the ladder."""
