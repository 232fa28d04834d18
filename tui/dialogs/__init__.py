"""What opens over the panes: lists, searches, notices, the panel of costs."""
