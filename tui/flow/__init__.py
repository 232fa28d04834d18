"""Parts of the panel of flow: its measures and their numbers."""
