"""Settings of panes: as words, as steps, and as a dialog."""
